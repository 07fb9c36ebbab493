"""Claims on cross-entropy with classes that all differ in size: angles with any bias, and how wide is wide."""

from dataclasses import dataclass

from validations.collapse.claims.squared_error import FREE, SEARCHED
from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class AnySizes(Configuration):
    """One feature a class, weighted by the class's size, one layer and a bias or none, on cross-entropy.

    Attributes:
        counts: samples of every class.
        penalties: of layer and features, at which angles are measured without, with a penalized and with a free bias.
        bias_penalty: of the penalized bias.
        width_penalties: at which every width up to the number of classes is searched.
        starts: random starts at every width, the best of which counts.
    """

    counts: tuple[float, ...] = (20.0, 10.0, 5.0, 4.0)
    penalties: tuple[float, ...] = (2e-3, 1e-2, 3e-2, 4.5e-2)
    bias_penalty: float = 0.3
    width_penalties: tuple[float, ...] = (0.03, 0.06, 0.09)
    starts: int = 6

    positive = ("counts", "penalties", "bias_penalty", "width_penalties", "starts")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.counts) < 3:
            raise ConfigurationError(f"counts = {self.counts} must be at least three class sizes")


ANY_SIZES = Experiment(
    id="collapse/any_sizes",
    title="Free features and one layer on cross-entropy, four classes of four sizes, any bias and any width",
    code="validations.collapse.any_sizes:simulate",
    scales={"smoke": AnySizes(replicates=8), "standard": AnySizes(replicates=32, starts=12)},
    cell=8,
    cost=Cost(seconds=0.045, bytes=312),
)

DUAL = r"\max_Q \tfrac1N\sum_k n_k H(q_k) - \tfrac{|(Q - I)n|^2}{2N^2\lambda_b}"

ANGLES = Claim(
    id="collapse/ce_any_sizes",
    title="Any class sizes under cross-entropy, any bias: the certified minimizer has every angle of trained rows",
    kind="mean",
    statement=(
        r"WW^\top \propto (Z D Z^\top)^{1/2},\quad Z = \arg\min_{Z, b}\tfrac1N\sum_k n_k\,\mathrm{CE}(Z_k + b, k)"
        r" + \lambda\,|ZD^{1/2}|_* + \tfrac{\lambda_b}2|b|^2 = " + DUAL + r":\ |(Q - I)D^{1/2}|_{op} \le N\lambda"
    ),
    assumptions=(FREE, "one layer, width of at least K - 1, no bias, a penalized or a free one", "dual derived here"),
    papers=("hong2023", "thrampoulidis2022"),
    experiment=ANY_SIZES,
    code="validations.collapse.any_sizes:ANGLES",
    options={"discrete": True},
    rivals=(
        Rival("two sizes", "the two larger classes of one size, and the two smaller ones", near=True),
        Rival("no bias", "the angles without bias, whatever its penalty", near=True),
        Rival("no ridge", "the angles of the vanishing ridge (SELI) without bias, at every penalty"),
        Rival("simplex", "-1/(K-1) whatever the sizes"),
    ),
    margin=SEARCHED,
)

NARROW = Claim(
    id="collapse/ce_wide_enough",
    title="A width as large as the rank of the wide minimizer loses nothing, one less does: it falls with the penalty",
    kind="mean",
    statement=(
        r"\min\{d: L_{\min}(d) = L_{\min}(\infty)\} = \mathrm{rank}\,\arg\min_Z \tfrac1N\sum_k n_k\,\mathrm{CE}(Z_k, k)"
        r" + \lambda\,|ZD^{1/2}|_*"
    ),
    assumptions=(FREE, "one layer, no bias, cross-entropy, the best of six starts", "derived here"),
    papers=("hong2023", "dang2023"),
    experiment=ANY_SIZES,
    code="validations.collapse.any_sizes:NARROW",
    options={"discrete": True},
    rivals=(
        Rival(
            "living classes", "one less than the classes above their own threshold, as if each ended alone", near=True
        ),
        Rival("all classes", "K - 1 at every penalty", near=True),
    ),
    margin=Margin("rival", "a third of one direction: widths are whole numbers"),
)

CLAIMS = (ANGLES, NARROW)
