"""Claims on directions of a network's parameters that are free."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class RepeatedUnits(Configuration):
    """Tanh networks with repeated units around a layer, and ReLU units that fire on the same examples.

    Attributes:
        inputs, width, outputs: of networks of two hidden layers of this width.
        first, second: distinct units of the two hidden layers, in pairs; the others repeat them.
        together: ReLU units that fire on the same half of the examples, in networks of one hidden layer.
        examples: of every network.
    """

    inputs: int = 5
    width: int = 6
    outputs: int = 4
    first: tuple[int, ...] = (6, 4, 3)
    second: tuple[int, ...] = (3, 4, 6)
    together: tuple[int, ...] = (2, 3)
    examples: int = 60

    positive = ("inputs", "width", "outputs", "first", "second", "together", "examples")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.first) != len(self.second) or max(*self.first, *self.second) > self.width:
            raise ConfigurationError("first and second must name as many pairs of numbers of units, none above width")
        if self.examples < self.width**2:
            raise ConfigurationError(
                f"examples = {self.examples} are too few for a layer of {self.width**2} weights; take as many or more"
            )
        if max(self.together) > min(self.inputs, self.outputs):
            raise ConfigurationError("together cannot exceed inputs or outputs; take fewer units")


UNITS = Experiment(
    id="hessian/repeated_units",
    title="Networks with repeated and with synchronized units",
    code="validations.hessian.degeneracy:simulate",
    scales={"smoke": RepeatedUnits(replicates=16), "standard": RepeatedUnits(replicates=64, examples=200)},
    cell=16,
    cost=Cost(seconds=0.0033, bytes=40),
)

BLOCK = Claim(
    id="hessian/layer_degeneracy",
    title="A layer has as many directions that matter as independent activations times independent gradients",
    kind="mean",
    statement=r"\mathrm{rank} \sum_i a_i a_i^\top \otimes g_i g_i^\top = r_a\, r_g",
    assumptions=("repeated hidden units before and behind a layer of a tanh network", "many examples", "derived here"),
    papers=("bushnaq2024",),
    experiment=UNITS,
    code="validations.hessian.degeneracy:BLOCK",
    options={"discrete": True},
    rivals=(
        Rival("every weight", "as many as the layer has weights"),
        Rival("activations only", "independent activations times all gradients"),
        Rival("one fewer", "the product less one", near=True),
    ),
    margin=Margin("rival", "a third of a single direction, the step of a rank"),
)

TOGETHER = Claim(
    id="hessian/synchronized_units",
    title="ReLU units that fire on the same examples lose the square of their number, not their number",
    kind="mean",
    statement=r"\mathrm{rank}\,J = k\,(n_{in} + n_{out} - k)",
    assumptions=("k ReLU units of one hidden layer that fire on the same half of the examples", "derived here"),
    papers=("bushnaq2024",),
    experiment=UNITS,
    code="validations.hessian.degeneracy:TOGETHER",
    options={"discrete": True},
    rivals=(
        Rival("scalings only", "one direction lost for each unit"),
        Rival("every weight", "nothing lost"),
        Rival("one fewer", "one direction more lost", near=True),
    ),
    margin=Margin("rival", "a third of a single direction, the step of a rank"),
)

CLAIMS = (BLOCK, TOGETHER)
