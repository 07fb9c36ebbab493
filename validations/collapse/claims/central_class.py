"""Claim on deep cross-entropy with a free bias: one of six classes goes to the origin."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class CentralClass(Configuration):
    """One feature for each of six equal classes, linear layers and a free bias on cross-entropy; a start a replicate.

    Attributes:
        per_class: samples of a class.
        depth: linear layers, four or more.
        penalty: of the features and of each layer.
    """

    per_class: int = 5
    depth: int = 4
    penalty: float = 2e-3

    positive = ("per_class", "penalty")
    between = {"depth": (4, 8)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.per_class * self.penalty > 0.02:
            raise ConfigurationError(
                f"penalty = {self.penalty} vanishes everything beside {self.per_class} samples a class; take less than "
                f"{0.02 / self.per_class:.2g}"
            )


CENTRAL_CLASS = Experiment(
    id="collapse/central_class",
    title="Six equal classes, four linear layers and a free bias on cross-entropy, from random starts",
    code="validations.collapse.central_class:simulate",
    scales={"smoke": CentralClass(replicates=64), "standard": CentralClass(replicates=256, depth=5)},
    cell=64,
    cost=Cost(seconds=0.038, bytes=8),
)

CLASSES = 6

CENTRAL = Claim(
    id="collapse/deep_ce_central_class",
    title="A bias without a penalty sends one of six classes to the origin and the others to a pentagon",
    kind="bound",
    statement=r"L \ge \min_t \tfrac16\bigl[5\log\tfrac{r + e^\beta}{e^{tC_{kk}}} + \log(1 + 5e^{-\beta})\bigr]"
    r" + \tfrac{M+1}2\lambda\sum_i(\sqrt n\,t\,\sigma_i)^{\frac2{M+1}},\quad r = \sum_j e^{tC_{jk}},"
    r"\ e^\beta = \sqrt{r + 4} - 2,\ C\ \text{a pentagon}",
    assumptions=(
        "six equal classes, four layers or five, equal penalties that are small",
        "the loss of such logits is derived here; that nothing is lower is observed",
    ),
    papers=("garrod2025",),
    experiment=CENTRAL_CLASS,
    code="validations.collapse.central_class:CENTRAL",
    rivals=(
        Rival("no class at the origin", "the cheapest known frame of a penalized bias: a hexagon", near=True),
        Rival("constant 10 % larger", "a bound that searches go below", near=True),
        Rival("pairs", "what wins with fewer layers, opposed classes"),
    ),
    margin=Margin("numerical", "searches end within 1e-9 of a minimum"),
    options={"side": "lower", "mode": "always", "tight": True, "discrete": True},
)

CLAIMS = (CENTRAL,)
