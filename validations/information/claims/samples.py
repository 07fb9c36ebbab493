"""Claims on what kernels, random features, critics and minibatches report, where their law is exact."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Samples(Configuration):
    """Independent draws for four small experiments that share nothing but their form.

    Attributes:
        rho: correlation of Gaussian pairs seen through kernels.
        bandwidths: of the kernels.
        pairs: samples a kernel estimate is made from.
        rows, columns: of random feature matrices; `matrices` of them a replicate.
        weak_rho, dimension: of the pairs whose density ratio is drawn `ratios` times.
        batch, strong_rho, strong_dimension: of the contrastive estimate.
        inputs, minibatch, label_noise: of linear regression; distances of its weights; `gradients` minibatches each.
    """

    rho: float = 0.8
    bandwidths: tuple[float, ...] = (0.7, 1.0, 2.0)
    pairs: int = 1000
    rows: int = 8
    columns: int = 5
    matrices: int = 2000
    weak_rho: float = 0.3
    dimension: int = 2
    ratios: int = 200_000
    batch: int = 64
    strong_rho: float = 0.8
    strong_dimension: int = 20
    inputs: int = 4
    minibatch: int = 16
    label_noise: float = 0.5
    distances: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
    gradients: int = 2000

    positive = ("bandwidths", "distances", "label_noise")
    between = {
        "rho": (-0.99, 0.99),
        "weak_rho": (-0.33, 0.33),
        "strong_rho": (-0.999, 0.999),
        "pairs": (10, 8000),
        "rows": (1, 1000),
        "columns": (1, 1000),
        "matrices": (2, 10**6),
        "ratios": (100, 10**7),
        "dimension": (1, 10),
        "strong_dimension": (1, 1000),
        "batch": (2, 10_000),
        "inputs": (1, 1000),
        "minibatch": (1, 10_000),
        "gradients": (10, 10**6),
    }


SAMPLES = Experiment(
    id="information/samples",
    title="Kernels on Gaussian pairs, random features, best critics, minibatch gradients",
    code="validations.information.samples:simulate",
    scales={"smoke": Samples(replicates=16), "standard": Samples(replicates=64, pairs=4000)},
)

BANDWIDTH = Claim(
    id="information/cauchy_schwarz_bandwidth",
    title="A kernel of finite bandwidth sees Cauchy-Schwarz information at a correlation lowered by half its variance",
    kind="mean",
    statement=r"I_{CS} = \log\frac{4 - \rho'^2}{4\sqrt{1 - \rho'^2}},\qquad \rho' = \frac{\rho}{1 + \sigma^2/2}",
    assumptions=(
        "Gaussian pairs of unit variance, whitened so that their sample correlation is rho",
        "many samples",
        "derived here",
    ),
    papers=("yu2024",),
    experiment=SAMPLES,
    code="validations.information.samples:BANDWIDTH",
    rivals=(
        Rival("whole variance", "the correlation lowered by the bandwidth squared, not half of it", near=True),
        Rival("no bias", "the value of no bandwidth at all"),
        Rival("Shannon information", "the quantity that the estimate is often taken for"),
    ),
    margin=Margin("rival", "0.015, below a third of the largest distance to the whole variance"),
)

PURITY = Claim(
    id="information/random_purity",
    title="The purity of random Gaussian features is exact at every size: the null model of matrix entropy",
    kind="mean",
    statement=r"\mathbb{E}\, e^{-S_2(ZZ^\top)} = \frac{n + d + 1}{nd + 2}",
    assumptions=("n by d independent standard Gaussian entries", "derived here"),
    papers=("giraldo2015", "page1993"),
    experiment=SAMPLES,
    code="validations.information.samples:PURITY",
    rivals=(
        Rival("large sizes", "(n + d)/(nd), the limit taken at finite size", near=True),
        Rival("complex features", "(n + d)/(nd + 1), the law of complex entries", near=True),
        Rival("identity", "1/min(n, d), features without fluctuations"),
    ),
    margin=Margin("rival", "a third of the distance to the limit of large sizes"),
)

RATIO = Claim(
    id="information/ratio_variance",
    title="The best critic's partition term fluctuates with the square of the exponential of the information",
    kind="mean",
    statement=r"\mathrm{Var}_{p_x p_y} \frac{p(x,y)}{p(x)p(y)} = (1 - \rho^2)^{-d} - 1 = e^{2I} - 1",
    assumptions=("d independent Gaussian pairs of correlation rho", "derived here"),
    papers=("song2020", "belghazi2018"),
    experiment=SAMPLES,
    code="validations.information.samples:RATIO",
    rivals=(
        Rival("first order", "2 I: the exponential taken for its first term", near=True),
        Rival("general bound", "exp(I) - 1, which every joint law reaches at least"),
    ),
    margin=Margin("rival", "a third of the distance to the first order"),
)

CONTRASTIVE = Claim(
    id="information/infonce_ceiling",
    title="The contrastive estimate never exceeds the logarithm of its batch, however large the information",
    kind="bound",
    statement=r"\hat I_{\mathrm{NCE}} \le \log N",
    assumptions=("any scores; here those of the best critic for 10 nats",),
    papers=("oord2018", "song2020"),
    experiment=SAMPLES,
    code="validations.information.samples:CONTRASTIVE",
    rivals=(
        Rival("constant 10 % smaller", "a ceiling that strong dependence breaks", near=True),
        Rival("half of the logarithm", "log of the root of the batch"),
    ),
    margin=Margin("numerical", "1e-12: rounding of a logarithm of a sum"),
    options={"side": "upper", "mode": "always", "tight": True},
)

SIGNAL = Claim(
    id="information/gradient_crossover",
    title="Signal of minibatch gradients falls below noise at a predicted distance, with no information involved",
    kind="mean",
    statement=(
        r"\frac{|\mathbb{E} g|}{\sqrt{\mathrm{tr}\,\mathrm{Cov}\, g}}"
        r" = \frac{|\Delta|\sqrt B}{\sqrt{(d+1)|\Delta|^2 + d s^2}}"
    ),
    assumptions=("linear regression on white Gaussian inputs", "derived here"),
    papers=("shwartz2017",),
    experiment=SAMPLES,
    code="validations.information.samples:SIGNAL",
    rivals=(
        Rival("independent coordinates", "d for d + 1: the inputs' fourth moments left out", near=True),
        Rival("label noise only", "gradient noise from the labels alone, unbounded signal at large distance"),
    ),
    margin=Margin("rival", "0.05, below a third of the largest distance to independent coordinates"),
)

CLAIMS = (BANDWIDTH, PURITY, RATIO, CONTRASTIVE, SIGNAL)
