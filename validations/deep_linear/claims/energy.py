"""Claims on the energy of layers: the least that a product can cost, and where descent takes it."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Factorizations(Configuration):
    """Random layers, and the same product refactorized by descent on the energy alone.

    Attributes:
        widths: inputs, hidden units, outputs.
        spread: every layer is multiplied by a power of ten up to this one, of either sign.
        search: descent steps of the directed search for a violation.
        step: of that search, in units of the inverse energy.
    """

    widths: tuple[int, ...] = (5, 6, 6, 4)
    spread: float = 1.0
    search: int = 300
    step: float = 0.2

    positive = ("widths", "search", "step")
    between = {"spread": (0, 10), "step": (0, 1)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) < 3:
            raise ConfigurationError(f"widths = {self.widths} must be at least three numbers: inputs, hidden, outputs")
        if min(self.widths[1:-1]) < min(self.widths[0], self.widths[-1]):
            raise ConfigurationError(
                f"widths = {self.widths}: hidden layers below the rank cannot attain the bound; widen them"
            )


FACTORIZATIONS = Experiment(
    id="deep_linear/factorizations",
    title="Factorizations of random products, before and after a search for the least energy",
    code="validations.deep_linear.energy:simulate",
    scales={"smoke": Factorizations(replicates=64), "standard": Factorizations(replicates=512)},
    cell=64,
    cost=Cost(seconds=0.0099, bytes=176),
)

LEAST_ENERGY = Claim(
    id="deep_linear/least_energy",
    title="D layers cost at least the Schatten 2/D quasi-norm of their product, and balanced layers no more",
    kind="bound",
    statement=r"\sum_{l=1}^{D} |W_l|_F^2 \;\ge\; D \sum_r \sigma_r(W_D \cdots W_1)^{2/D}",
    assumptions=("any real layers whose shapes fit",),
    papers=("arora2019",),
    experiment=FACTORIZATIONS,
    code="validations.deep_linear.energy:LEAST_ENERGY",
    rivals=(
        Rival("constant 10 % larger", "a bound that balanced layers would violate", near=True),
        Rival("nuclear norm", "twice the nuclear norm, the bound of two layers, at any depth"),
    ),
    margin=Margin(
        "numerical", "rounding of the product and of its singular values: 64 units in the last place of the bound"
    ),
    options={"side": "lower", "mode": "always", "tight": True},
)

CLAIMS = (LEAST_ENERGY,)
