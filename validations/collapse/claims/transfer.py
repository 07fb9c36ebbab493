"""A claim on transfer: what class-distance normalized variance says of the nearest class mean's errors."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


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

CLAIMS = (ERRORS,)
