"""A claim on transfer: what class-distance normalized variance says of the nearest class mean's errors."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Centers(Configuration):
    """Features of a few classes of equal size, told apart by the nearest of their own means.

    Attributes:
        noises: deviations inside the classes, over that of the means, one at random in half of the cases. In the others
            two classes have two values each on the line between them, as far out as errors need, and the rest is far.
    """

    classes: int = 3
    samples: int = 40
    dimensions: int = 4
    noises: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0)

    positive = ("noises",)
    between = {"classes": (2, 100), "samples": (4, 10000), "dimensions": (1, 1000)}


CENTERS = Experiment(
    id="collapse/class_centers",
    title="Errors of the nearest class mean on random features, and on the worst of two values",
    code="validations.collapse.transfer:simulate",
    scales={"smoke": Centers(replicates=64), "standard": Centers(replicates=512, classes=5, samples=200)},
    cell=64,
    cost=Cost(seconds=0.001, bytes=100),
)

ERRORS = Claim(
    id="collapse/center_error_bound",
    title="Class-distance normalized variance bounds the errors of the nearest class mean",
    kind="bound",
    statement=r"\mathrm{err} \le \frac1K\sum_{i\ne j}\frac{4V_{ij}}{1 + 4V_{ij}},\quad"
    r" V_{ij} = \frac{\mathrm{Var}_i + \mathrm{Var}_j}{2|\mu_i - \mu_j|^2}",
    assumptions=(
        "any features, classes equally likely, exact class means",
        "half of the cases are made to come close: two values on the line between two classes",
        "constants derived here",
    ),
    papers=("galanti2022",),
    experiment=CENTERS,
    code="validations.collapse.transfer:ERRORS",
    rivals=(
        Rival("constant 10 % smaller", "a bound that two values violate", near=True),
        Rival("over the dimensions", "4V/p, which only features that vary alike in all dimensions obey"),
    ),
    margin=Margin("numerical", "errors are counted: rounding alone, 1e-12"),
    options={"side": "upper", "mode": "always", "tight": True, "discrete": True},
)


@dataclass(frozen=True, kw_only=True)
class FewShots(Configuration):
    """Two classes of finitely many values, told apart by the nearer mean of a few samples of each.

    Attributes:
        cases: (shots, dimensions), one at random a replicate; all draws are gone through, (2p)^n centers a class.
        exponents: powers of ten between which the size of the first class lies, in distances of the class means.
    """

    cases: tuple[tuple[int, int], ...] = ((1, 1), (3, 1), (7, 1), (3, 2), (2, 8), (1, 32), (1, 64))
    exponents: tuple[float, float] = (-1.0, 0.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        for shots, dimensions in self.cases:
            if shots < 1 or dimensions < 1 or (2 * dimensions) ** shots > 5000:
                raise ConfigurationError(
                    f"cases = {self.cases} must be pairs of shots and dimensions, n, p >= 1 and (2p)^n up to 5,000"
                )


FEW_SHOTS = Experiment(
    id="collapse/few_shots",
    title="Errors of the nearest mean of a few samples, over all that can be drawn",
    code="validations.collapse.transfer:simulate_few",
    scales={"smoke": FewShots(replicates=64), "standard": FewShots(replicates=512)},
    cell=64,
    cost=Cost(seconds=0.007, bytes=32),
)

FEW = Claim(
    id="collapse/few_shot_bound",
    title="Class-distance normalized variance bounds the errors of means of a few samples",
    kind="bound",
    statement=r"\mathrm{err} \le \min\left\{1,\ 4V\min\bigl[(1 + n^{-1/2})^2,\ (p^{-1/3} + n^{-1/3})^3\bigr]\right\}"
    r" \le 16\,V\,\Bigl(\frac1p + \frac1n\Bigr)",
    assumptions=(
        "two classes equally likely, n independent samples of each, features alike in all of p dimensions",
        "constants derived here; cases reach an eighth of it where it says anything",
    ),
    papers=("galanti2022",),
    experiment=FEW_SHOTS,
    code="validations.collapse.transfer:FEW",
    rivals=(
        Rival("means known", "the bound for exact means, as if the number of shots did not matter"),
        Rival("shots as dimensions", "shots and dimensions trade against each other"),
    ),
    no_near_rival="two moments bound loosely; no case that attains the constants is known to us",
    margin=Margin("numerical", "errors are counted: rounding alone, 1e-12"),
    options={"side": "upper", "mode": "always", "discrete": True},
)

CLAIMS = (ERRORS, FEW)
