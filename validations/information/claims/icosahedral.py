"""Claim on the icosahedral variant of the 12-bit task: what rules fitted to its noisy labels seem to know."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Labels(Configuration):
    """Labels drawn by a sigmoid of a pattern's power spectrum, and logistic rules in that spectrum fitted to some.

    Attributes:
        gain: of the sigmoid, per standard deviation.
        weights: of the spectrum's degrees 0 to 3.
        examples: numbers of them, drawn with replacement.
        fits: a replicate averages.
    """

    gain: float = 2.0
    weights: tuple[float, ...] = (0.0, 1.0, 0.5, 0.25)
    examples: tuple[int, ...] = (256, 512, 1024)
    fits: int = 60

    positive = ("gain",)
    between = {"gain": (0, 4), "examples": (100, 10**6), "fits": (1, 10**5)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.weights) != 4 or not any(self.weights[1:]):
            raise ConfigurationError(f"weights = {self.weights} must be four, those of degrees 1 to 3 not all zero")


LABELS = Experiment(
    id="information/icosahedral_labels",
    title="Rules fitted to noisy labels of patterns on an icosahedron",
    code="validations.information.icosahedral:simulate",
    scales={"smoke": Labels(replicates=24), "standard": Labels(replicates=64, fits=200)},
    cell=24,
    cost=Cost(seconds=0.039, bytes=48),
)

FITTED = Claim(
    id="information/icosahedral_fits",
    title="Rules fitted to the icosahedral task's noisy labels overstate its information and then fall short as much",
    kind="mean",
    statement=r"\log 2 - \text{loss} = I(X;Y) \pm \frac{k}{2n},\qquad k = 5,\quad"
    r" I(X;Y) = \log 2 - \langle H(Y|x) \rangle",
    assumptions=(
        "labels drawn by a sigmoid of the rotation-invariant power spectrum, both equally likely",
        "a threshold and four weights of the spectrum fitted by greatest likelihood to n examples, to first order",
        "plus on the examples that it was fitted to, minus on new ones",
    ),
    papers=("shwartz2017", "akaike1974"),
    experiment=LABELS,
    code="validations.information.icosahedral:FITTED",
    rivals=(
        Rival("what the task holds", "I(X;Y) on both, no price for fitting", near=True),
        Rival("all on new examples", "I(X;Y) on its own examples and k/n less on new ones", near=True),
        Rival("labels without noise", "the information of the rule itself"),
    ),
    margin=Margin("rival", "0.0032 nats, below a third of the 5/512 that fitting to 256 examples changes"),
)

CLAIMS = (FITTED,)
