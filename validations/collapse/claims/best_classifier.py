"""Claims on features whose classifier is always the best one: deviations within classes fall, and what that takes."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Following(Configuration):
    """Random features of imbalanced classes under gradient flow on squared error, one layer, no bias.

    Attributes:
        counts: samples of each class.
        separation: standard deviation of class means, in units of the deviations.
        penalties: of the layer, for the rates at the start.
        watched: penalty of the layer along the flows, and of the random head whose loss is taken apart.
        rows: of the classifier that learns with the features, each starts as the class mean times minus this.
        nudge: time step of the derivative at the start.
        step, stride, points: of the flows; `points` times are recorded, `stride` steps apart.
    """

    counts: tuple[int, ...] = (8, 4, 2)
    width: int = 4
    separation: float = 0.7
    penalties: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3)
    watched: float = 0.02
    feature_penalty: float = 0.002
    rows: float = 1.0
    nudge: float = 0.01
    step: float = 0.1
    stride: int = 10
    points: int = 60

    positive = (
        "counts",
        "width",
        "separation",
        "penalties",
        "watched",
        "feature_penalty",
        "rows",
        "nudge",
        "step",
        "stride",
    )
    between = {"points": (2, 10000)}


FLOWS = Experiment(
    id="collapse/best_classifier",
    title="Features that flow under the best classifier, or under one that learns with them",
    code="validations.collapse.best_classifier:simulate",
    scales={"smoke": Following(replicates=32), "standard": Following(replicates=128, points=240)},
    cell=32,
    revision=4,
    cost=Cost(seconds=0.015, bytes=8320),
)

EQUAL = Experiment(
    id="collapse/best_classifier_equal",
    title="Features of equally large classes that flow under the best classifier, or under one that learns with them",
    code="validations.collapse.best_classifier:simulate",
    scales={
        "smoke": Following(replicates=32, counts=(5, 5, 5)),
        "standard": Following(replicates=128, counts=(5, 5, 5), points=240),
    },
    cell=32,
    cost=Cost(seconds=0.015, bytes=8352),
)

BEST = "at every instant the classifier is the ridge solution for the features; one layer, no bias"
FAST = Rival("as fast as at first", "it falls exponentially, at the rate of the start")
LEVEL = "the bound is zero, which no factor moves; the rival is another law of decrease"
ROUNDING = Margin("numerical", "rounding of a logarithm of order one")

RATES = Claim(
    id="collapse/scatter_rates",
    title="How fast collapse goes under the best classifier: what deviations lose, class means gain",
    kind="mean",
    statement=(
        r"\frac{d}{dt}\log\frac{|H_w|^2}{|H_b|^2} = -\frac2N\,\frac{|WH_w|^2}{|H_w|^2}"
        r" - \frac2N\,\frac{N\lambda_W|W|^2 + |WH_w|^2}{|H_b|^2}"
    ),
    assumptions=(
        BEST,
        "any class sizes; any penalty of the features, which cancels",
        "class means about the origin; constants derived here",
    ),
    papers=("tirer2023",),
    experiment=FLOWS,
    code="validations.collapse.best_classifier:RATES",
    rivals=(
        Rival("penalty of the features", "deviations alone shrink by it, 2 lambda_H more", near=True),
        Rival("means unfed", "class means gain the ridge's term only, not what the deviations lose", near=True),
        Rival("deviations alone", "class means stand still"),
    ),
    margin=Margin(
        "numerical",
        "the five-point rule with steps of a hundredth of the fastest time errs by about 1e-8; a thousand times that "
        "is allowed",
    ),
)

FALLS = Claim(
    id="collapse/variability_falls",
    title="Under the best classifier within-class variability falls all the time, from any start",
    kind="bound",
    statement=r"\log\frac{|H_w|^2}{|H_b|^2}(t') < \log\frac{|H_w|^2}{|H_b|^2}(t)\quad\text{for all } t' > t",
    assumptions=(
        BEST,
        "any class sizes, any penalties; class means about the origin, where the published theorem has them about the "
        "mean of all features and classes of equal size",
        "recorded times",
    ),
    papers=("tirer2023",),
    experiment=FLOWS,
    code="validations.collapse.best_classifier:FALLS",
    rivals=(FAST,),
    no_near_rival=LEVEL,
    margin=ROUNDING,
    options={"side": "upper", "mode": "always"},
)

CENTERED = Claim(
    id="collapse/centered_variability_falls",
    title="With classes of equal size it falls all the time also against the spread of class means about their mean",
    kind="bound",
    statement=(
        r"\log\frac{\mathrm{tr}\,\Sigma_W}{\mathrm{tr}\,\Sigma_B}(t') <"
        r" \log\frac{\mathrm{tr}\,\Sigma_W}{\mathrm{tr}\,\Sigma_B}(t)\quad\text{for all } t' > t"
    ),
    assumptions=(BEST, "classes of equal size, a penalty of the layer, any of the features", "recorded times"),
    papers=("tirer2023",),
    experiment=EQUAL,
    code="validations.collapse.best_classifier:CENTERED",
    rivals=(FAST,),
    no_near_rival=LEVEL,
    margin=ROUNDING,
    options={"side": "upper", "mode": "always"},
)

CONDITION = Claim(
    id="collapse/variability_can_rise",
    title="With a classifier that has still to learn the labels, within-class variability can rise for a while",
    kind="ordering",
    statement=(
        r"\max_{t < t'}\ \log\frac{|H_w|^2}{|H_b|^2}(t') - \log\frac{|H_w|^2}{|H_b|^2}(t) > 0"
        r"\quad\text{when } W \text{ has still to learn the labels}"
    ),
    assumptions=(
        "joint gradient flow of features and layer at one rate",
        "a random start of the layer, large",
        "observed",
    ),
    papers=("tirer2023",),
    experiment=FLOWS,
    code="validations.collapse.best_classifier:CONDITION",
    rivals=(Rival("any classifier", "the decrease needs no condition on the classifier"),),
    no_near_rival="the statement is that an assumption is needed; without it there is no number to be near to",
    margin=Margin("practical", "a rise of one per cent, which a plot on a logarithmic axis would show"),
)

IN_PARTS = Claim(
    id="collapse/loss_in_parts",
    title="The squared error of any head is variability, frame, and distance from the central path, nothing else",
    kind="identity",
    statement=r"L(W, b) = L_{NC1} + L_{NC2/3} + L_\perp",
    assumptions=("any features, any class sizes, any head; one-hot labels, equal decay of weights and bias",),
    papers=("han2022",),
    experiment=FLOWS,
    code="validations.collapse.best_classifier:IN_PARTS",
    rivals=(
        Rival("classes alike", "the frame's part averaged over classes, as for balanced ones", near=True),
        Rival("best head", "without the third part"),
    ),
    margin=Margin("numerical", "rounding times condition"),
)

CLAIMS = (RATES, FALLS, CENTERED, CONDITION, IN_PARTS)
