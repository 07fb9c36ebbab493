"""Claims on the sharpness that training ends with."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.settings import check_steps


@dataclass(frozen=True, kw_only=True)
class ScalarLayers(Configuration):
    """Two scalar layers a, b trained on 1/2 (ab - 1)^2 from random starts, to convergence.

    Attributes:
        first, second: ranges of the layers at the start, drawn uniformly; their product stays below 1.
        step: of gradient descent, small.
        time: step times number of steps.
    """

    first: tuple[float, float] = (1.0, 2.0)
    second: tuple[float, float] = (0.05, 0.4)
    step: float = 0.002
    time: float = 20.0

    positive = ("first", "second", "step", "time")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_steps(("step", "time"), self.step, self.time)


SCALARS = Experiment(
    id="hessian/scalar_layers",
    title="Two scalar layers trained to convergence",
    code="validations.hessian.sharpness:simulate_scalars",
    scales={"smoke": ScalarLayers(replicates=32), "standard": ScalarLayers(replicates=128, step=0.0005)},
    cell=32,
    cost=Cost(seconds=0.0002, bytes=24),
)

FLOW = Claim(
    id="hessian/flow_sharpness",
    title="The sharpness that gradient flow ends with is set by what it conserves",
    kind="mean",
    statement=r"\lambda_{\max}(\infty) = \sqrt{(a_0^2 - b_0^2)^2 + 4 s^2}",
    assumptions=("two scalar layers, loss 1/2 (ab - s)^2 with s = 1", "small steps", "derived here"),
    papers=("mulayoff2020", "du2018"),
    experiment=SCALARS,
    code="validations.hessian.sharpness:FLOW",
    rivals=(
        Rival("flattest", "2 s, the smallest sharpness of all minima, as if descent found it"),
        Rival("start", "a_0^2 + b_0^2, as if the kernel never moved"),
        Rival("imbalance 10 % larger", "an imbalance that drifted by a tenth", near=True),
    ),
    margin=Margin(
        "numerical",
        "each step loses the square of step times error of the imbalance: in all less than step times the time scale"
        " of learning, at most one here; twice the step allows for both terms of the root",
    ),
)

CLAIMS = (FLOW,)
