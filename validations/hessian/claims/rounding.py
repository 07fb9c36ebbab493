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

CLAIMS = (ROUNDING,)
