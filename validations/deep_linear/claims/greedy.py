"""Claims on greedy pre-training: what a stack of autoencoders leaves for the task."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Stacks(Configuration):
    """Autoencoders trained one on the codes of the other by descent, then a last layer on their codes.

    Attributes:
        variances: eigenvalues of the input covariance, whose directions are random; falling.
        widths: of the encoders, from the input.
        outputs: of the task, a linear teacher of Gaussian weights.
        start: deviation of the first weights.
        step, steps: of descent, for each autoencoder.
    """

    variances: tuple[float, ...] = (3.0, 2.2, 1.6, 1.1, 0.7, 0.4)
    widths: tuple[int, ...] = (5, 3)
    outputs: int = 4
    start: float = 0.05
    step: float = 0.1
    steps: int = 800

    positive = ("variances", "widths", "outputs", "start", "step", "steps")

    def __post_init__(self) -> None:
        super().__post_init__()
        if sorted(self.variances, reverse=True) != list(self.variances) or max(self.widths) >= len(self.variances):
            raise ConfigurationError(
                f"variances = {self.variances} must fall, and be more than the widths {self.widths}"
            )


STACKS = Experiment(
    id="deep_linear/greedy_stacks",
    title="Stacked linear autoencoders and the task on top of them",
    code="validations.deep_linear.greedy:simulate",
    scales={"smoke": Stacks(replicates=64), "standard": Stacks(replicates=256, steps=1600)},
    cell=64,
    cost=Cost(seconds=0.0071, bytes=488),
)

GREEDY = Claim(
    id="deep_linear/greedy_pretraining",
    title="Greedy pre-training serves a task as far as the inputs' principal components do",
    kind="mean",
    statement=(
        r"\min_{V} \tfrac12 \mathbb{E}\,|y - V W_2 W_1 x|^2 - \min_W \tfrac12 \mathbb{E}\,|y - W x|^2"
        r" = \tfrac12 \sum_{i > h} \frac{|\Sigma_{yx} q_i|^2}{\lambda_i},\qquad \Sigma_{xx} q_i = \lambda_i q_i"
    ),
    assumptions=(
        "every layer is the encoder of a linear autoencoder, trained by descent from a small start until it rests",
        "h is the narrowest layer",
        "the loss that is left is derived here",
    ),
    papers=("saxe2014", "baldi1989"),
    experiment=STACKS,
    code="validations.deep_linear.greedy:GREEDY",
    rivals=(
        Rival("best for the task", "the least loss of this width, as if the layers knew the task"),
        Rival("one component more", "a layer that keeps h + 1 components", near=True),
        Rival("random layers", "a part h/d of what there is to explain, whatever the inputs"),
    ),
    margin=Margin("practical", "a hundredth of what there is to explain"),
)

CLAIMS = (GREEDY,)
