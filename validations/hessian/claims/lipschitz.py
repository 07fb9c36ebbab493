"""Claims on how much networks and frames stretch."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Stretches(Configuration):
    """Small ReLU networks and frames under searches for what they stretch most, and sorting networks.

    Attributes:
        inputs, hidden, outputs: of the ReLU networks.
        points: inputs of the search, and of that within a box.
        side: of the box, at a Gaussian place.
        width, layers: of sorting networks of orthogonal layers.
        vectors: of Gaussian frames in as many dimensions as `width`.
    """

    inputs: int = 2
    hidden: int = 4
    outputs: int = 2
    points: int = 20_000
    side: float = 1.0
    width: int = 8
    layers: int = 4
    vectors: int = 12

    positive = ("inputs", "outputs", "points", "side", "width", "layers", "vectors")
    between = {"hidden": (1, 10)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width % 2:
            raise ConfigurationError(f"width = {self.width} must be even, for pairs are sorted")
        if self.vectors < self.width:
            raise ConfigurationError(f"vectors = {self.vectors} span no space of width = {self.width}; take more")


STRETCHES = Experiment(
    id="hessian/stretches",
    title="How much ReLU networks, sorting networks and frames stretch",
    code="validations.hessian.lipschitz:simulate",
    scales={"smoke": Stretches(replicates=16), "standard": Stretches(replicates=32, hidden=5, points=50_000)},
    revision=2,
    cell=16,
    cost=Cost(seconds=0.13, bytes=1016),
)

EXACT = Claim(
    id="hessian/relu_lipschitz",
    title="The Lipschitz constant of a small ReLU network is its steepest realized piece",
    kind="bound",
    statement=r"\frac{|f(x) - f(y)|}{|x - y|} \le \max_{s\ \text{realized}} \|W_2\,\mathrm{diag}(s)\,W_1\|",
    assumptions=("one hidden layer", "the steepest of many points, near and far, is searched"),
    papers=(),
    experiment=STRETCHES,
    code="validations.hessian.lipschitz:EXACT",
    options={"tight": True},
    rivals=(
        Rival("10 % lower", "the constant moved inwards", near=True),
        Rival("half of the linear map", "the product of both layers at the ReLU's mean slope"),
    ),
    margin=Margin("numerical", "rounding of a norm"),
)

BOX = Claim(
    id="hessian/box_lipschitz",
    title="Within a box a ReLU network stretches by the steepest piece that the box meets, and no more",
    kind="bound",
    statement=(
        r"\frac{|f(x) - f(y)|_\infty}{|x - y|_\infty} \le"
        r" \max_{s\ \text{realized in the box}} \max_i \sum_j |W_2\,\mathrm{diag}(s)\,W_1|_{ij}"
    ),
    assumptions=("one hidden layer", "a box at a random place; the steepest of many points in it is searched"),
    papers=(),
    experiment=STRETCHES,
    code="validations.hessian.lipschitz:BOX",
    options={"tight": True},
    rivals=(
        Rival("10 % lower", "the constant moved inwards", near=True),
        Rival("the middle's piece", "the slope in the middle of the box, as if it met no other piece"),
    ),
    margin=Margin("numerical", "rounding of sums"),
)

SORTED = Claim(
    id="hessian/group_sort",
    title="Networks of orthogonal layers that sort pairs reach the bound by norms at every input",
    kind="identity",
    statement=r"|\nabla f(x)| = \prod_l \|W_l\|",
    assumptions=("pairs sorted after every hidden layer", "orthogonal hidden layers and one output", "any input"),
    papers=("anil2019",),
    experiment=STRETCHES,
    code="validations.hessian.lipschitz:SORTED",
    rivals=(
        Rival("ReLU", "half of the squared length lost at every hidden layer"),
        Rival("a thousandth less", "any loss at all", near=True),
    ),
    margin=Margin("numerical", "rounding of products of orthogonal matrices"),
)

FRAME = Claim(
    id="hessian/frame_moduli",
    title="Moduli of a frame's coefficients stretch by the root of its upper bound, and no more",
    kind="bound",
    statement=r"\big|(|\langle x, f_k\rangle|)_k - (|\langle y, f_k\rangle|)_k\big| \le \sqrt B\,|x - y|",
    assumptions=("Gaussian frames", "random pairs, and the leading direction against the origin"),
    papers=("wiatowski2018",),
    experiment=STRETCHES,
    code="validations.hessian.lipschitz:FRAME",
    options={"tight": True},
    rivals=(
        Rival("10 % lower", "the constant moved inwards", near=True),
        Rival("the lower bound", "the root of the frame's lower bound"),
    ),
    margin=Margin("numerical", "rounding of a norm"),
)

CLAIMS = (EXACT, BOX, SORTED, FRAME)
