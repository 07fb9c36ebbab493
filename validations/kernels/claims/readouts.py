"""Claims on wide networks whose last layer alone is trained: mean and covariance of an ensemble at any time."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Readouts(Configuration):
    """Networks of one hidden layer of erf without biases, of which descent on a few points moves the readout alone.

    Attributes:
        networks: of a replicate, between which the covariance is taken.
        width: of the hidden layer, which stays as it was drawn.
        sigma_w: gain of both layers.
        train, test: angles of the inputs on the circle, in turns.
        step: of descent.
        times: of gradient flow, in multiples of the step; by the last of them the posterior is all but reached.
    """

    networks: int = 16
    width: int = 256
    sigma_w: float = 2.0
    train: tuple[float, ...] = (0.0, 0.17, 0.34)
    test: tuple[float, ...] = (0.08, 0.45, 0.7)
    step: float = 0.05
    times: tuple[float, ...] = (0.75, 2.25, 12.0)

    positive = ("width", "sigma_w", "step", "times")
    between = {"networks": (2, 10000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step > min(self.times):
            raise ConfigurationError(f"step = {self.step} is too coarse for a flow until times = {self.times}")


READOUTS = Experiment(
    id="kernels/readouts",
    title="Ensembles of wide networks of which the last layer alone is trained",
    code="validations.kernels.readouts:simulate",
    scales={"smoke": Readouts(replicates=320, width=128), "standard": Readouts(replicates=512, width=1024)},
    cell=64,
    cost=Cost(seconds=0.01, bytes=1152),
)

FLOW = "gradient flow on half the mean squared error, NTK parametrization, the last layer alone is trained"
WIDE = "corrections of order 1/width are inside the margin"
ALL = Rival("all layers", "the process of the tangent kernel, where hidden layers learn too")
ERROR = Rival("exponent of the error", "exp(-K t/N), as in the mean, for exp(-2 K t/N)", near=True)
MARGIN = Margin("rival", "a quarter of the largest distance to training all layers or to half the time, the nearer")

READOUT_MEAN = Claim(
    id="kernels/readout_mean",
    title="If the last layer alone is trained, the mean of wide networks is kernel regression with their covariance",
    kind="mean",
    statement=r"\mathbb{E} f_t(x_*) = K_* K^{-1} \bigl(1 - e^{-K t/N}\bigr)\, y",
    assumptions=(FLOW, WIDE),
    papers=("lee2018", "lee2019"),
    experiment=READOUTS,
    code="validations.kernels.readouts:MEAN",
    rivals=(ALL, Rival("half the time", "a loss without the factor one half", near=True)),
    margin=MARGIN,
)

READOUT_COVARIANCE = Claim(
    id="kernels/readout_covariance",
    title="If the last layer alone is trained, wide networks become samples of the posterior of the NNGP",
    kind="mean",
    statement=r"\mathrm{Cov} f_t = K_{**} - K_* K^{-1} \bigl(1 - e^{-2 K t/N}\bigr) K_*^\top"
    r" \to K_{**} - K_* K^{-1} K_*^\top",
    assumptions=(FLOW, WIDE, "measured between networks, for all pairs of three inputs, equal ones among them"),
    papers=("lee2019", "lee2018"),
    experiment=READOUTS,
    code="validations.kernels.readouts:COVARIANCE",
    rivals=(ALL, ERROR, Rival("start", "training moves the mean alone"), Rival("posterior", "at every time")),
    margin=MARGIN,
)

CLAIMS = (READOUT_MEAN, READOUT_COVARIANCE)
