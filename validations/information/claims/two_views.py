"""Claim on two views of the same content: what a contrastive encoder keeps of it."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Views(Configuration):
    """Two noisy linear views of Gaussian content, and a linear encoder trained to agree on them.

    Attributes:
        samples: pairs of views.
        agreements: correlation of the views in each mode.
        variances: of the modes in a view; their directions are random.
        units: of the encoder.
        steps, step: of gradient descent on the spectral contrastive loss.
    """

    samples: int = 2000
    agreements: tuple[float, ...] = (0.9, 0.75, 0.5, 0.3, 0.2)
    variances: tuple[float, ...] = (0.5, 0.5, 0.7, 1.0, 1.4)
    units: int = 2
    steps: int = 1000
    step: float = 0.2

    positive = ("variances", "step")
    between = {"samples": (50, 10**6), "agreements": (0, 0.999), "units": (1, 100), "steps": (10, 10**6)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.variances) != len(self.agreements) or self.units >= len(self.agreements):
            raise ConfigurationError(
                f"{len(self.agreements)} agreements need as many variances, not {len(self.variances)}, and fewer "
                f"units, not {self.units}"
            )


VIEWS = Experiment(
    id="information/two_views",
    title="Linear encoders trained to agree on two views of Gaussian content",
    code="validations.information.two_views:simulate",
    scales={"smoke": Views(replicates=32), "standard": Views(replicates=64, samples=10_000, steps=4000)},
    cell=32,
    cost=Cost(seconds=0.016, bytes=24),
)

KEPT = Claim(
    id="information/views_keep_content",
    title="An encoder trained on the agreement of two views keeps the content that they share most",
    kind="mean",
    statement=r"\mathcal L = -\sum_{i \le k} \rho_i^2,\quad I(T;S) = -\tfrac12 \sum_{i \le k} \log(1 - \rho_i),\quad"
    r" I(T;V_2) = -\tfrac12 \sum_{i \le k} \log(1 - \rho_i^2)",
    assumptions=(
        "Gaussian content S in noisy linear views of one law, a linear encoder T of k units without noise",
        "spectral contrastive loss, trained to its end on many pairs",
        "the linear case derived here",
    ),
    papers=("shwartz2024", "haochen2021"),
    experiment=VIEWS,
    code="validations.information.two_views:KEPT",
    rivals=(
        Rival("one unit more", "the value for k + 1 units", near=True),
        Rival("largest variance", "the directions of largest variance, as by principal components"),
        Rival("views for content", "all that is kept of the content shows in the other view: no content unshared"),
    ),
    margin=Margin("rival", "0.06 nats, below a third of the half of log 2 that one unit more keeps"),
)

CLAIMS = (KEPT,)
