"""Claims on matrix entropies: what features without structure have, and what collapse leaves."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Unstructured(Configuration):
    """Independent complex Gaussian features of a few tokens.

    Attributes:
        tokens: numbers of them.
        dimensions: of each.
        matrices: a replicate averages.
    """

    tokens: tuple[int, ...] = (2, 4, 8)
    dimensions: int = 4
    matrices: int = 300

    between = {"tokens": (2, 1000), "dimensions": (2, 1000), "matrices": (1, 10**5)}


@dataclass(frozen=True, kw_only=True)
class Collapsing(Configuration):
    """Features around class means that form a regular simplex.

    Attributes:
        classes, examples, dimensions: K, features a class, and d above K.
        noises: variance within classes in each direction, over that of the means.
        orders: of the entropy.
    """

    classes: int = 4
    examples: int = 400
    dimensions: int = 8
    noises: tuple[float, ...] = (0.001, 0.03, 0.2, 1.0)
    orders: tuple[float, ...] = (1.0, 2.0)

    positive = ("noises", "orders")
    between = {"classes": (2, 100), "examples": (10, 10**6), "dimensions": (2, 1000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dimensions <= self.classes:
            raise ConfigurationError(
                f"dimensions = {self.dimensions} must exceed the {self.classes} classes, or a rival has no place"
            )


UNSTRUCTURED = Experiment(
    id="information/unstructured_features",
    title="Complex Gaussian features without structure",
    code="validations.information.matrix_entropy:unstructured",
    scales={"smoke": Unstructured(replicates=16), "standard": Unstructured(replicates=64, matrices=1000)},
    cell=16,
    cost=Cost(seconds=0.022, bytes=24),
)
COLLAPSING = Experiment(
    id="information/collapsing_features",
    title="Features of classes on the way to collapse",
    code="validations.information.matrix_entropy:collapsing",
    scales={"smoke": Collapsing(replicates=16), "standard": Collapsing(replicates=64, examples=2000)},
    cell=16,
    cost=Cost(seconds=0.0091, bytes=64),
)

PAGE = Claim(
    id="information/page_entropy",
    title="Complex features without structure have Page's mean entropy, at every number of tokens",
    kind="mean",
    statement=r"\mathbb E\, S_1(ZZ^*) = \sum_{k=M+1}^{nd} \frac1k - \frac{m-1}{2M},"
    r"\qquad m = \min(n, d),\ M = \max(n, d)",
    assumptions=("n by d independent complex Gaussian entries", "von Neumann's entropy of the normalized Gram matrix"),
    papers=("page1993", "giraldo2015"),
    experiment=UNSTRUCTURED,
    code="validations.information.matrix_entropy:PAGE",
    rivals=(
        Rival("leading order", "log m - m/2M, for many tokens in many dimensions", near=True),
        Rival("from the purity", "-log of the mean purity, the entropy of order two"),
        Rival("identity", "log m, all directions alike"),
    ),
    margin=Margin(
        "rival", "0.015 nats, below a third of the 0.05 of the leading order at two tokens of four dimensions"
    ),
)

COLLAPSED = Claim(
    id="information/collapsed_entropy",
    title="Matrix entropies fall to log(K - 1) at every order as K classes collapse, as their noise says",
    kind="mean",
    statement=r"S_\alpha = \frac{1}{1 - \alpha} \log\Bigl[(K - 1)\Bigl(\frac{1 + s}{K - 1 + ds}\Bigr)^\alpha"
    r" + (d - K + 1) \Bigl(\frac{s}{K - 1 + ds}\Bigr)^\alpha\Bigr]",
    assumptions=(
        "centered features of equal classes around a regular simplex, isotropic noise, many examples",
        "s: variance within classes over that of the means, in each direction",
        "derived here",
    ),
    papers=("giraldo2015",),
    experiment=COLLAPSING,
    code="validations.information.matrix_entropy:COLLAPSED",
    rivals=(
        Rival("K directions", "one more class, as for features that are not centered", near=True),
        Rival("noise beside the means", "noise in one direction less", near=True),
        Rival("collapsed", "log(K - 1) at any noise"),
    ),
    margin=Margin("rival", "0.03 nats, below a third of the tenth of a nat that a direction of noise adds"),
)

CLAIMS = (PAGE, COLLAPSED)
