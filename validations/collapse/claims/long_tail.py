"""A claim on regularizers that bring the simplex back to classes of unequal size."""

from dataclasses import dataclass

from validations.collapse.claims.squared_error import FREE
from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class LongTail(Configuration):
    """Free features and one layer on cross-entropy with two sizes of classes and two regularizers of the features.

    Attributes:
        counts: samples of each class, the large classes first.
        large: how many classes are large.
        penalties: of layer and features alike, one search each; small classes merge without regularizers from
            `theory.collapse.cross_entropy.merging_penalty` on.
        strength: of both regularizers.
        sharpness: of the soft minimum over other classes, per radian.
        iterations: most steps of a search.
    """

    counts: tuple[int, ...] = (8, 8, 2, 2)
    large: int = 2
    width: int = 5
    penalties: tuple[float, ...] = (0.03, 0.08, 0.12)
    strength: float = 3.0
    sharpness: float = 40.0
    iterations: int = 400

    positive = ("counts", "width", "penalties", "strength", "sharpness", "iterations")
    between = {"large": (2, 1000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.counts) < self.large + 2:
            raise ConfigurationError(
                f"counts = {self.counts} must list at least two small classes after the {self.large} large ones"
            )
        if self.width < len(self.counts) - 1:
            raise ConfigurationError(f"width = {self.width} holds no simplex of {len(self.counts)} classes; raise it")


SEARCHED = Experiment(
    id="collapse/regularized_tail",
    title="Cross-entropy of large and small classes under two regularizers of the features",
    code="validations.collapse.long_tail:simulate",
    scales={
        "smoke": LongTail(replicates=8),
        "standard": LongTail(replicates=32, counts=(20, 20, 20, 2, 2, 2), large=3, width=8),
    },
    cell=8,
    cost=Cost(seconds=0.037, bytes=72),
    revision=3,
)

SIMPLEX = Claim(
    id="collapse/regularized_tail_simplex",
    title="Two regularizers of the features bring the simplex back to a long tail, also where small classes merge",
    kind="mean",
    statement=r"\min\ \mathrm{CE} + \mathrm{ridge} + \tau\Bigl(\sum_k \tfrac1{n_k}\sum_{y_i = k} |h_i - \mu_k|^2"
    r" - \tfrac1K\sum_k \min_{j \ne k}\arccos\,\cos_{jk}\Bigr):\quad \cos_{jk} \approx -\frac{1}{K-1}",
    assumptions=(
        FREE,
        "one layer, no bias; cosines of class means about their mean",
        "published regularizers, but for a soft minimum; both of strength 3",
    ),
    papers=("liu2023",),
    experiment=SEARCHED,
    code="validations.collapse.long_tail:SIMPLEX",
    rivals=(
        Rival("orthogonal means", "classes as far from each other as orthogonal vectors", near=True),
        Rival(
            "merged small classes",
            "small classes are one vertex of a smaller simplex, as without regularizers at two of three penalties",
        ),
    ),
    margin=Margin("rival", "0.3 of the distance to orthogonal means: the regularizers are strong, not infinite"),
)

CLAIMS = (SIMPLEX,)
