"""Claims on unconstrained features under cross-entropy: margin, no spurious minima, what depth does to the simplex."""

from dataclasses import dataclass

from validations.collapse.claims.squared_error import FREE, SEARCHED
from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class BalancedEntropy(Configuration):
    """Features and one linear layer searched for the least cross-entropy of balanced classes.

    Attributes:
        layer_penalties: one search each, from every start.
        starts: random starts a replicate; margins are of the best, losses of the worst.
    """

    classes: int = 4
    per_class: int = 5
    width: int = 4
    layer_penalties: tuple[float, ...] = (1e-3, 1e-2, 0.1, 1.0, 2.0)
    feature_penalty: float = 1e-2
    starts: int = 2

    positive = ("per_class", "width", "layer_penalties", "feature_penalty", "starts")
    between = {"classes": (2, 1000)}


@dataclass(frozen=True, kw_only=True)
class DeepEntropy(Configuration):
    """Features and linear heads of several depths searched for the least cross-entropy of balanced classes.

    Attributes:
        depths: numbers of linear layers.
        penalty: of every layer and of the features.
        starts: random starts a replicate, of which the best counts.
    """

    classes: int = 6
    per_class: int = 2
    width: int = 6
    depths: tuple[int, ...] = (1, 2, 3)
    penalty: float = 2e-3
    starts: int = 6

    positive = ("per_class", "width", "depths", "penalty", "starts")
    between = {"classes": (4, 1000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.classes % 2 or self.width < self.classes:
            raise ConfigurationError(
                f"classes = {self.classes} must be even, to form pairs, and width = {self.width} at least as large"
            )


BALANCED = Experiment(
    id="collapse/balanced_entropy",
    title="Free features and one layer on cross-entropy, balanced classes, weak to vanishing penalties",
    code="validations.collapse.cross_entropy:simulate",
    scales={"smoke": BalancedEntropy(replicates=24), "standard": BalancedEntropy(replicates=96, starts=8)},
    cell=24,
)

DEEP = Experiment(
    id="collapse/deep_entropy",
    title="Free features and linear heads of depth 1 to 3 on cross-entropy, balanced classes",
    code="validations.collapse.cross_entropy:simulate_deep",
    scales={"smoke": DeepEntropy(replicates=8), "standard": DeepEntropy(replicates=48, starts=24)},
    cell=8,
)

MARGIN_OF_CLASSES = Claim(
    id="collapse/ce_margin",
    title="Under cross-entropy the penalties set the margin, and above a threshold everything vanishes",
    kind="mean",
    statement=r"z_{y} - z_{k} = \log\left(\frac{1}{\sqrt n\,\lambda_Z} - (K-1)\right)_{\ge 1}"
    r",\qquad \lambda_Z^2 = \lambda_W\lambda_H",
    assumptions=(FREE, "balanced classes, one layer, no bias"),
    papers=("zhu2021",),
    experiment=BALANCED,
    code="validations.collapse.cross_entropy:MARGIN_OF_CLASSES",
    rivals=(
        Rival("two classes", "log(1/(sqrt(n) lambda_Z) - 1): the other classes count as one", near=True),
        Rival("all samples", "N in place of n: the penalty is taken once for all classes"),
        Rival("arithmetic mean", "the mean of the two penalties in place of their geometric mean"),
    ),
    margin=SEARCHED,
)

NO_SPURIOUS = Claim(
    id="collapse/ce_every_start",
    title="Every start reaches the least loss: one layer under cross-entropy has no spurious local minima",
    kind="bound",
    statement=r"L(\text{end of any descent}) \;\le\; \log\left(1 + (K-1)e^{-t}\right) + \lambda_Z (K-1)\sqrt n\,t",
    assumptions=(FREE, "balanced classes, one layer, no bias", "random starts; the third of five penalties"),
    papers=("zhu2021",),
    experiment=BALANCED,
    code="validations.collapse.cross_entropy:NO_SPURIOUS",
    rivals=(Rival("constant 10 % smaller", "a loss that no start reaches", near=True),),
    margin=Margin("numerical", "what gradients of 1e-11 leave of the loss is rounding; 1e-10 of it is allowed"),
    options={"side": "upper", "mode": "always", "tight": True},
)

DEPTH_BREAKS_SIMPLEX = Claim(
    id="collapse/deep_ce_least_loss",
    title="Depth kills the simplex under cross-entropy: from two layers on, pairs of classes are cheaper",
    kind="mean",
    statement=(
        r"L_{\min} = \min_t \log\left(1 + (K-2)e^{-t} + e^{-2t}\right)"
        r" + \tfrac{K(M+1)}{4}\lambda\,(2\sqrt n\,t)^{2/(M+1)}"
        r"\quad (K = 6,\ M = 2, 3)"
    ),
    assumptions=(
        FREE,
        "balanced classes, equal penalties, no bias, widths of at least K",
        "M = 1: the simplex",
        "that no simplex is optimal is proved; that pairs attain the least loss at K = 6 is derived and observed here",
    ),
    papers=("garrod2025", "dang2023"),
    experiment=DEEP,
    code="validations.collapse.cross_entropy:DEPTH_BREAKS_SIMPLEX",
    rivals=(
        Rival(
            "simplex at every depth",
            "the abstract of Dang et al. (2023) read without restriction: global minima collapse to a simplex",
            near=True,
        ),
        Rival("pairs at every depth", "the low-rank frame already for a single layer", near=True),
    ),
    margin=Margin(
        "numerical", "what gradients of 1e-11 leave of the loss is rounding; 1e-8 is what a user would call equal"
    ),
)

DEPTH_HALVES_RANK = Claim(
    id="collapse/deep_ce_rank",
    title="The least loss of a deep head has rank K/2, not K - 1",
    kind="mean",
    statement=r"\mathrm{rank}(W_M\cdots W_1 H) = K - 1\ (M = 1),\quad K/2\ (M = 2, 3;\ K = 6)",
    assumptions=(FREE, "balanced classes, equal penalties, no bias", "the best of several random starts"),
    papers=("garrod2025",),
    experiment=DEEP,
    code="validations.collapse.cross_entropy:DEPTH_HALVES_RANK",
    options={"discrete": True},
    rivals=(
        Rival("simplex", "K - 1 singular values at every depth"),
        Rival("one more", "K/2 + 1 singular values", near=True),
        Rival("two", "the bound of infinite depth, rank two"),
    ),
    margin=Margin("rival", "a third of one singular value"),
)

CLAIMS = (MARGIN_OF_CLASSES, NO_SPURIOUS, DEPTH_BREAKS_SIMPLEX, DEPTH_HALVES_RANK)
