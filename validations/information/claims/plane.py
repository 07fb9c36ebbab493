"""Claims on the information plane of trained networks: how much of their compression bins make."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Planes(Configuration):
    """Tanh networks trained on the 12-bit task.

    Attributes:
        widths: inputs, hidden units, outputs.
        step, steps, batch: of Adam on the cross-entropy of four fifths of the patterns.
        at: increasing steps at which the last hidden layer is looked at, the last being `steps`.
        noise: standard deviation of the noise with which the exact information is defined.
        inputs: patterns from which that is sampled; the mixture always holds all of them.
    """

    widths: tuple[int, ...] = (12, 10, 7, 5, 4, 3, 2)
    step: float = 0.008
    steps: int = 1000
    batch: int = 256
    at: tuple[int, ...] = (10, 30, 100, 300, 1000)
    noise: float = 0.1
    inputs: int = 128

    positive = ("widths", "step", "noise", "at")
    between = {"batch": (1, 3276), "inputs": (2, 4096)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.widths[0] != 12 or self.widths[-1] != 2 or self.at[-1] != self.steps:
            raise ConfigurationError("the 12-bit task needs 12 inputs and 2 outputs, and the last of `at` is `steps`")


PLANES = Experiment(
    id="information/planes",
    title="Networks on the 12-bit task in the information plane",
    code="validations.information.plane:simulate",
    scales={
        "smoke": Planes(replicates=12),
        "standard": Planes(replicates=20, steps=6000, at=(10, 30, 100, 300, 1000, 3000, 6000), inputs=1024),
    },
    cell=12,
)
NO_NEAR = "an ordering has no neighboring exponent or constant: its rivals are equality and the reverse"
TASK = "the 12-bit task; networks 12-10-7-5-4-3-2; last hidden layer; all 4096 patterns equally likely"
NOISY = "exact information is that of the activity with Gaussian noise of standard deviation 0.1, over all patterns"
HALF_BIT = Margin("practical", "0.35 nats, half a bit: what a reader of a printed information plane would see")


def _ordering(name: str, title: str, statement: str, code: str, rivals: tuple[Rival, ...], *more: str) -> Claim:
    return Claim(
        id=f"information/{name}",
        title=title,
        kind="ordering",
        statement=statement,
        assumptions=(TASK, NOISY, *more),
        papers=("shwartz2017", "saxe2018", "goldfeld2019"),
        experiment=PLANES,
        code=f"validations.information.plane:{code}",
        rivals=rivals,
        no_near_rival=NO_NEAR,
        margin=HALF_BIT,
    )


OVERSTATED = _ordering(
    "binned_overstates",
    "Bins overstate the compression of a tanh layer by half a bit and more",
    r"\Delta I_{\mathrm{binned}} - \Delta I_{\mathrm{noisy}} > 0.35,\qquad \Delta I = \max_t I(t) - I(\mathrm{end})",
    "OVERSTATED",
    (
        Rival("faithful bins", "the same loss in bins and in noise"),
        Rival("understated", "a smaller loss in bins"),
    ),
    "30 equal bins on [-1, 1]",
)

CLAIMS = (OVERSTATED,)
