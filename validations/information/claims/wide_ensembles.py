"""Claims on ensembles trained on random labels: what outputs and parameters know about them, and how far they go."""

from dataclasses import dataclass
from itertools import pairwise

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Labeled(Configuration):
    """Ensembles in which every member is trained on Gaussian labels of its own at a few points of a circle.

    Attributes:
        networks: of a replicate, with one hidden layer of erf, between which the information is estimated.
        width: of the hidden layer.
        sigma_w: gain.
        label_variance: of the labels.
        train, test: angles of the inputs on the circle, in turns.
        step: of descent on half the sum of squares.
        times: at which networks are looked at, in multiples of the step.
        models: linear in four parameters, of a replicate.
        linear_times: at which those are looked at, increasing.
    """

    networks: int = 160
    width: int = 64
    sigma_w: float = 1.5
    label_variance: float = 0.6
    train: tuple[float, ...] = (0.0, 0.2, 0.55)
    test: tuple[float, ...] = (0.1, 0.4)
    step: float = 0.02
    times: tuple[float, ...] = (0.1, 0.3, 2.0)
    models: int = 1024
    linear_times: tuple[float, ...] = (0.1, 0.3, 0.6, 1.2)

    positive = ("width", "sigma_w", "label_variance", "step", "times", "linear_times")
    between = {"networks": (16, 100_000), "models": (16, 10**6)}

    def __post_init__(self) -> None:
        super().__post_init__()
        steps = [0, *(round(t / self.step) for t in self.times)]
        ascending = all(a < b for at in (steps, (0, *self.linear_times)) for a, b in pairwise(at))
        if not ascending or not (self.times and self.linear_times and self.train and self.test):
            raise ConfigurationError(
                f"times = {self.times} must increase by at least step = {self.step}, linear_times = "
                f"{self.linear_times} must increase, and none of them, train or test may be empty"
            )


LABELED = Experiment(
    id="information/labeled_ensembles",
    title="Wide networks and linear models, each trained on random labels of its own",
    code="validations.information.wide_ensembles:simulate",
    scales={
        "smoke": Labeled(replicates=24),
        "standard": Labeled(replicates=96, width=256, networks=320, models=4096),
    },
    cell=24,
    cost=Cost(seconds=1.3, bytes=104),
)
FLOW = "gradient flow on half the sum of squared errors; Gaussian labels independent of the inputs"

OUTPUT = Claim(
    id="information/output_information",
    title="A trained wide network's output holds less about its labels than its divergence from the start bounds",
    kind="mean",
    statement=r"I(f_t(x); Y) = \tfrac12 \log\bigl(1 + c\,|s_t|^2/\Sigma_t\bigr),\quad"
    r" s_t = \Theta_* \Theta^{-1}(1 - e^{-\Theta t})",
    assumptions=(FLOW, "NTK parametrization; corrections of order 1/width are inside the margin", "derived here"),
    papers=("shwartz2019",),
    experiment=LABELED,
    code="validations.information.wide_ensembles:OUTPUT",
    rivals=(
        Rival("divergence from the start", "the paper's bound, taken for the information", near=True),
        Rival("last layer alone", "the flow of the NNGP in the place of the tangent kernel"),
        Rival("spread of the start", "the variance between networks before training"),
    ),
    margin=Margin("rival", "0.11 nats, below a third of the largest distance to the divergence from the start"),
)

PARAMETERS = Claim(
    id="information/parameter_information",
    title="What the parameters of a trained linear model know about its labels is exact, below the variational bound",
    kind="mean",
    statement=r"I(\theta_t; Y) = \tfrac12 \sum_i \log\bigl(1 + c\,(e^{t\lambda_i} - 1)^2/\lambda_i\bigr)",
    assumptions=(FLOW, "a model linear in its parameters, which start standard Gaussian", "derived here"),
    papers=("shwartz2019",),
    experiment=LABELED,
    code="validations.information.wide_ensembles:PARAMETERS",
    rivals=(
        Rival("divergence from the start", "the mean divergence from the start, taken for the information", near=True),
        Rival("half the time", "a loss without the factor one half"),
        Rival("start remembered", "noise of the start's full variance beside what is learned"),
    ),
    margin=Margin("rival", "0.15 nats, below a third of the largest distance to the divergence from the start"),
)

TRAVEL = Claim(
    id="information/parameter_travel",
    title="How far the parameters of wide networks travel follows from both kernels at every time",
    kind="mean",
    statement=r"\mathbb{E}|\theta_t - \theta_0|^2 = \mathrm{tr}\,\Theta^{-1}(1 - e^{-\Theta t})^2 (K + c I)",
    assumptions=(FLOW, "NTK parametrization; corrections of order 1/width are inside the margin", "derived here"),
    papers=("shwartz2019",),
    experiment=LABELED,
    code="validations.information.wide_ensembles:TRAVEL",
    rivals=(
        Rival("first power", "what is learned to the first power in place of its square", near=True),
        Rival("tangent kernel alone", "the start's outputs given the tangent kernel as covariance"),
        Rival("labels alone", "networks that start from zero output"),
    ),
    margin=Margin("rival", "0.2, below a third of the largest distance to any rival"),
)

CLAIMS = (OUTPUT, PARAMETERS, TRAVEL)
