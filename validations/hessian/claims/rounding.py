"""Claims on what rounding the weights of a network costs."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class RoundedNetworks(Configuration):
    """Random tanh networks on Gaussian data, rounded to grids with random offsets.

    Attributes:
        inputs, width, outputs, examples: of networks and data.
        spacings: of the grids.
        draws: offsets, each with its mirror image, in every replicate.
    """

    inputs: int = 6
    width: int = 10
    outputs: int = 2
    examples: int = 40
    spacings: tuple[float, ...] = (0.01, 0.05)
    draws: int = 512

    positive = ("inputs", "width", "outputs", "examples", "spacings", "draws")


ROUNDED = Experiment(
    id="hessian/rounded_networks",
    title="Random networks with rounded weights",
    code="validations.hessian.rounding:simulate",
    scales={"smoke": RoundedNetworks(replicates=64), "standard": RoundedNetworks(replicates=128, draws=1024)},
    cell=64,
    cost=Cost(seconds=0.018, bytes=24),
)


@dataclass(frozen=True, kw_only=True)
class RoundedLayers(Configuration):
    """Random tanh networks at targets that they meet, each layer rounded with a spacing of its own.

    Attributes:
        inputs, width, outputs, examples: of networks and data.
        spacing: of a layer rounded alone, and the common one of equal bits.
        draws: offsets, each with its mirror image, in every replicate.
    """

    inputs: int = 24
    width: int = 8
    outputs: int = 24
    examples: int = 60
    spacing: float = 0.05
    draws: int = 128

    positive = ("inputs", "width", "outputs", "examples", "spacing", "draws")


LAYERS = Experiment(
    id="hessian/rounded_layers",
    title="Random networks with layers rounded apart and together",
    code="validations.hessian.rounding:simulate_layers",
    scales={"smoke": RoundedLayers(replicates=32), "standard": RoundedLayers(replicates=64, draws=256)},
    cell=32,
    cost=Cost(seconds=0.041, bytes=64),
)

ROUNDING = Claim(
    id="hessian/rounding_loss",
    title="Rounding the weights raises the mean loss by the square of the spacing over 24, times the Hessian's trace",
    kind="mean",
    statement=r"\mathbb E\,L(Q_\Delta(w)) - L(w) = \frac{\Delta^2}{24}\,\mathrm{tr}\,H + O(\Delta^4)",
    assumptions=(
        "a grid with a random offset, so that errors are uniform and independent",
        "half the squared error of a random tanh network",
        "derived here",
    ),
    papers=("dong2020",),
    experiment=ROUNDED,
    code="validations.hessian.rounding:ROUNDING",
    rivals=(
        Rival("one twelfth", "the errors' variance without the half of the second order"),
        Rival("one sixth", "half the spacing squared over its own range, a worst case taken for the mean"),
        Rival("a tenth more", "a spacing 5 % wider", near=True),
    ),
    margin=Margin("rival", "a third of the distance to a cost that is a tenth larger"),
)

LAYER = Claim(
    id="hessian/layer_rounding",
    title="What rounding one layer costs is told by its trace, not by its largest eigenvalue",
    kind="mean",
    statement=r"\mathbb E\,L(Q_\Delta(w_l)) - L(w) = \frac{\Delta^2}{24}\,\mathrm{tr}\,H_{ll} + O(\Delta^4)",
    assumptions=(
        "a grid with a random offset for one layer, the other left as it is",
        "half the squared error of a random tanh network at targets that it meets: a minimum",
        "derived here",
    ),
    papers=("dong2019", "dong2020"),
    experiment=LAYERS,
    code="validations.hessian.rounding:LAYER",
    rivals=(
        Rival("largest eigenvalue", "every direction as curved as the sharpest one"),
        Rival("whole trace", "the trace of all layers for each"),
        Rival("a tenth more", "a spacing 5 % wider", near=True),
    ),
    margin=Margin("rival", "a third of the distance to a cost that is a tenth larger"),
)

BITS = Claim(
    id="hessian/layer_bits",
    title="At equal bits, spacings by mean traces cost less than spacings by largest eigenvalues over sizes",
    kind="ordering",
    statement=(
        r"\ln\frac{\Delta L(\Delta_l \propto (\lambda_{\max}(H_l)/n_l)^{-1/2})}"
        r"{\Delta L(\Delta_l \propto (\mathrm{tr}H_l/n_l)^{-1/2})} > 0.02"
    ),
    assumptions=(
        "both at the bits of one common spacing, rises of the loss measured",
        "half the squared error of a random tanh network at targets that it meets: a minimum",
    ),
    papers=("dong2019", "dong2020"),
    experiment=LAYERS,
    code="validations.hessian.rounding:BITS",
    rivals=(
        Rival("no difference", "either score spends the bits as well"),
        Rival("the other way", "the largest eigenvalue is the better score: a tenth less"),
    ),
    no_near_rival="an order has no neighboring constant",
    margin=Margin("practical", "two percent of the rise, what a user of a few bits would not notice"),
)

CLAIMS = (ROUNDING, LAYER, BITS)
