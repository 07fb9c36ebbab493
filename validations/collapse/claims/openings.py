"""Claim on the edges at which features lose their last direction to a bias."""

from dataclasses import dataclass

from validations.collapse.claims.squared_error import FREE
from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Directions(Configuration):
    """One feature a class, one layer and two, and a bias, on squared error: searched on both sides of an edge.

    Equal classes have a penalized bias at growing penalties of it, unequal ones a free bias at growing penalties of all
    factors.

    Attributes:
        balanced, unequal: class sizes.
        penalties: of all factors while the bias's grows, for one layer and two.
        lowest: where the penalties begin: of the bias for one layer and two, of the factors for one layer and two.
        ratio, points: penalties, evenly spaced in the logarithm.
        noise: added to the start, in which every class has a direction of its own, in units of balanced layers; at
            every penalty the better of two searches counts, from there and from the same without the last direction.
    """

    balanced: tuple[float, ...] = (4.0, 4.0, 4.0)
    unequal: tuple[float, ...] = (9.0, 4.0, 2.0)
    penalties: tuple[float, ...] = (0.05, 0.02)
    lowest: tuple[float, ...] = (0.403, 0.297, 0.099, 0.0458)
    ratio: float = 1.016
    points: int = 9
    noise: float = 0.2

    positive = ("balanced", "unequal", "penalties", "lowest", "noise")
    between = {"ratio": (1.0001, 2), "points": (3, 10000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        few = len(set(self.balanced)) != 1 or len(self.balanced) < 3 or len(self.unequal) != len(self.balanced)
        if few or len(self.penalties) != 2 or len(self.lowest) != 4:
            raise ConfigurationError(
                f"balanced = {self.balanced} must be at least three equal sizes and unequal = {self.unequal} as many,"
                f" with two penalties and four lowest ones, not {len(self.penalties)} and {len(self.lowest)}"
            )


EDGES = Experiment(
    id="collapse/last_direction",
    title="Free features with a bias, on both sides of where they lose a direction",
    code="validations.collapse.openings:simulate",
    scales={"smoke": Directions(replicates=8), "standard": Directions(replicates=24, ratio=1.008, points=17)},
    cell=8,
    revision=2,
    cost=Cost(seconds=0.021, bytes=64),
)

LAST_DIRECTION = Claim(
    id="collapse/mse_last_direction",
    title="Where features lose a direction to a bias: its penalty for equal classes, the factors' for unequal ones",
    kind="mean",
    statement=(
        r"\beta\,(1 + 1/\lambda_b)^{1 + 1/M} = \beta^*_M\ \text{(equal, the mode along } \mathbf 1\text{)},\qquad"
        r" \beta_{K-1} = \beta^*_M\ \text{(unequal, a free bias)}"
    ),
    assumptions=(
        FREE,
        "one layer and two; the better of two searches",
        r"\beta^*_M = (M-1)^{(M-1)/M}/M; \beta_{K-1} that of the weakest mode of \mathrm{diag}(n) - nn^\top/N",
        "derived here",
    ),
    papers=("zhou2022", "dang2023"),
    experiment=EDGES,
    code="validations.collapse.openings:EDGES",
    options={"discrete": True},
    rivals=(
        Rival("equal classes", "the edge of balanced classes of the mean size"),
        Rival("bias pays alone", "1/lambda_b in place of 1 + 1/lambda_b: the open mode is not shrunk"),
    ),
    no_near_rival="edges differ by a fifth and more where they differ; brackets of 1.6 % tell nothing nearer",
    margin=Margin(
        "practical",
        "one per cent between the middle of a bracket and the threshold; with half a bracket two per cent, and no "
        "penalty is tuned more finely",
    ),
)

CLAIMS = (LAST_DIRECTION,)
