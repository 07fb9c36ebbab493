"""Claims on the Gram matrix of random nonlinear features: which nonlinearities keep Marchenko-Pastur, and what else."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class NonlinearFeatures(Configuration):
    """Features f(WX/sqrt(n_0)) of Gaussian inputs under Gaussian weights, for f = tanh and f = |z| less its mean.

    Attributes:
        inputs, features, samples: n_0, n_1 and m.
    """

    inputs: int = 200
    features: int = 300
    samples: int = 400

    between = {"inputs": (10, 10000), "features": (10, 10000), "samples": (10, 10000)}


FEATURES = Experiment(
    id="hessian/nonlinear_features",
    title="Random features of Gaussian inputs and their Gram matrices",
    code="validations.hessian.nonlinear_gram:simulate",
    scales={
        "smoke": NonlinearFeatures(replicates=16),
        "standard": NonlinearFeatures(replicates=32, inputs=400, features=600, samples=800),
    },
    cell=16,
    cost=Cost(seconds=0.11, bytes=128),
)

GAUSSIAN = "weights and inputs are independent standard Gaussian, the function has mean zero under a Gaussian"
SIZES = "all dimensions grow at fixed ratios"

TANH = Claim(
    id="hessian/nonlinear_gram",
    title="Eigenvalues of random tanh features lie between Marchenko-Pastur and a product of Wisharts",
    kind="mean",
    statement=(
        r"\frac{1}{n_1}\#\{\lambda_i \le x\} \to F_{\eta,\zeta}(x),\quad G = \frac\psi z P + \frac{1-\psi}{z},\quad"
        r" P = 1 + (\eta - \zeta)\,t P_\phi P_\psi + \frac{t\zeta P_\phi P_\psi}{1 - t\zeta P_\phi P_\psi},"
        r"\; t = \frac{1}{z\psi}"
    ),
    assumptions=(GAUSSIAN, SIZES),
    papers=("pennington2017nonlinear",),
    experiment=FEATURES,
    code="validations.hessian.nonlinear_gram:TANH",
    options={"discrete": True},
    rivals=(
        Rival("Marchenko-Pastur", "features taken for independent: zeta = 0"),
        Rival("linear", "tanh taken for a linear function of the same variance: zeta = eta", near=True),
        Rival("ratio 20 % larger", "a fifth more inputs over samples", near=True),
    ),
    margin=Margin("rival", "less than a third of the distance to a fifth more inputs over samples"),
)

VANISHING = Claim(
    id="hessian/vanishing_slope_gram",
    title="Features of a nonlinearity without mean slope have the spectrum of pure noise",
    kind="mean",
    statement=r"\zeta = (\mathbb{E} f')^2 = 0 \;\Rightarrow\; F = F^{MP}_{\phi/\psi}(x/\eta)",
    assumptions=(GAUSSIAN, SIZES, "f = |z| less its mean"),
    papers=("pennington2017nonlinear", "marchenko1967"),
    experiment=FEATURES,
    code="validations.hessian.nonlinear_gram:VANISHING",
    options={"discrete": True},
    rivals=(
        Rival("linear", "the product of two Wishart matrices, zeta = eta"),
        Rival("some slope", "zeta = 0.4 eta, of a function that is partly linear"),
        Rival("ratio 20 % larger", "Marchenko-Pastur for a fifth more features", near=True),
    ),
    margin=Margin("rival", "a third of the distance to a function that is partly linear"),
)

CLAIMS = (TANH, VANISHING)
