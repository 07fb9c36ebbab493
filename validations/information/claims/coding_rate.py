"""Claims on the features that rate reduction prefers."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Features(Configuration):
    """Free features of a few classes, class norms held, that climb their rate reduction from random starts.

    Attributes:
        classes, coordinates, examples: K, d, and features a class.
        distortion: epsilon.
        steps, step: of normalized ascent.
    """

    classes: int = 2
    coordinates: int = 6
    examples: int = 10
    distortion: float = 0.5
    steps: int = 400
    step: float = 0.05

    positive = ("distortion", "step")
    between = {"classes": (2, 20), "coordinates": (2, 100), "examples": (1, 1000), "steps": (10, 100_000)}


FEATURES = Experiment(
    id="information/rate_features",
    title="Free features that climb their rate reduction",
    code="validations.information.coding_rate:simulate",
    scales={"smoke": Features(replicates=16), "standard": Features(replicates=64, steps=4000, step=0.02)},
)

ORTHOGONAL = Claim(
    id="information/rate_reduction_optimum",
    title="Features that climb their rate reduction stop at orthogonal subspaces of full rank, not at collapse",
    kind="bound",
    statement=(
        r"\Delta R \le \frac{Kr}{2}\log\left(1 + \frac{d}{K\epsilon^2 r}\right)"
        r" - \frac r2 \log\left(1 + \frac{d}{\epsilon^2 r}\right),\qquad r = d/K"
    ),
    assumptions=(
        "classes of equal size with squared norm equal to their number of features",
        "K divides d",
        "small distortion",
    ),
    papers=("yu2020",),
    experiment=FEATURES,
    code="validations.information.coding_rate:ORTHOGONAL",
    rivals=(
        Rival("constant 10 % smaller", "a bound that the ascent breaks", near=True),
        Rival("orthogonal collapse", "the value of one direction a class"),
        Rival("neural collapse", "the value of a simplex of class means"),
    ),
    margin=Margin("numerical", "1e-9: rounding of the logarithms of determinants"),
    options={"side": "upper", "mode": "always", "tight": True},
)

CLAIMS = (ORTHOGONAL,)
