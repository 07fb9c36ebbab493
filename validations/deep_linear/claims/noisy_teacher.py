"""Claims on linear networks that learn a noisy teacher: the signal, then the noise."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError
from validations.core.settings import check_steps


@dataclass(frozen=True, kw_only=True)
class NoisyTeachers(Configuration):
    """Two balanced layers, aligned with the data, trained on a teacher of one mode plus Gaussian noise.

    Attributes:
        outputs, inputs: of teacher and student; at most as many outputs.
        strength: s of the teacher's mode; a noise entry has the variance 1/inputs.
        start: strength of every mode at the start.
    """

    outputs: int = 30
    inputs: int = 60
    strength: float = 2.0
    start: float = 0.01
    step: float = 0.002
    final_time: float = 5.0
    points: int = 16

    positive = ("outputs", "inputs", "strength", "start", "step", "final_time")
    between = {"points": (2, 10000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_steps(("step", "final_time"), self.step, self.final_time)
        if self.outputs > self.inputs:
            raise ConfigurationError(f"outputs = {self.outputs} must not be above inputs = {self.inputs}")


NOISY_TEACHERS = Experiment(
    id="deep_linear/noisy_teachers",
    title="Linear students of a noisy teacher",
    code="validations.deep_linear.noisy_teacher:simulate",
    scales={
        "smoke": NoisyTeachers(replicates=512),
        "standard": NoisyTeachers(replicates=1024, outputs=60, inputs=120, step=0.001, points=32),
    },
    cell=64,
    cost=Cost(seconds=0.0016, bytes=256),
)

ERROR = Claim(
    id="deep_linear/noisy_teacher",
    title="A student learns the noisy teacher's mode, then the noise: its test error falls, then rises",
    kind="mean",
    statement=(
        r"\frac{\mathbb{E}\,|W(t) - \bar W|_F^2}{s^2} = \frac{1}{s^2}\Bigl[s^2 + u_1^2 - 2sO\,u_1"
        r" + N_3 \textstyle\int f\,d\mu + \Delta(f) - 2s\ell(t)\Bigr],\qquad f(x) = u(t;\sqrt{x})^2,"
        r"\quad u_1 = u(t; \sqrt{(1+s^2)(A+s^2)}/s)"
    ),
    assumptions=(
        "inputs are white; layers start balanced and aligned with the noisy correlation; small steps",
        "wide layers; the terms of order one, Delta and l, are derived here",
    ),
    papers=("lampinen2019",),
    experiment=NOISY_TEACHERS,
    code="validations.deep_linear.noisy_teacher:ERROR",
    rivals=(
        Rival("leading order", "the published sum of its parts, each to leading order in the width", near=True),
        Rival("clean teacher", "the mode learned at the teacher's strength, its direction exact, among the same noise"),
        Rival("no noise", "the noise's modes are never learned"),
    ),
    margin=Margin("rival", "a third of the largest distance between the curve and its leading order"),
)

CLAIMS = (ERROR,)
