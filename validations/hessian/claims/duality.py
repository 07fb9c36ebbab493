"""A claim on the matrix of examples that shares the Fisher information's eigenvalues."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError
from validations.hessian.claims.digits import CONDITIONAL


@dataclass(frozen=True, kw_only=True)
class DigitKernels(Configuration):
    """Random tanh networks of one output on the digits' 4 x 4 pixels.

    Attributes:
        widths: of the hidden layers.
        images: drawn without replacement for every replicate.
    """

    widths: tuple[int, ...] = (8, 6)
    images: int = 20

    positive = ("widths",)
    between = {"images": (2, 1000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = (16, *self.widths, 1)
        parameters = sum(n * (m + 1) for m, n in zip(sizes, sizes[1:], strict=False))
        if parameters < self.images:
            raise ConfigurationError(
                f"images = {self.images} must not be more than the network has parameters, {parameters}"
            )


KERNELS = Experiment(
    id="hessian/digit_kernels",
    title="Fisher information of random networks on handwritten digits, weight by weight",
    code="validations.hessian.duality:simulate",
    scales={
        "smoke": DigitKernels(replicates=16),
        "standard": DigitKernels(replicates=64, widths=(16, 12), images=60),
    },
    cell=16,
    cost=Cost(seconds=0.026, bytes=15504),
    datasets=("digits",),
)

DUALITY = Claim(
    id="hessian/fisher_duality",
    title="On digits: the Fisher information has the tangent kernel's eigenvalues, and zeros for all other parameters",
    kind="identity",
    statement=(
        r"\mathrm{eig}\,\tfrac1N J^\top J = \mathrm{eig}\,\tfrac1N J J^\top \cup \{0\}^{P - N},\qquad"
        r" (J J^\top)_{ij} = \sum_l (\delta_l^i \cdot \delta_l^j)\,(h_{l-1}^i \cdot h_{l-1}^j + 1)"
    ),
    assumptions=("a tanh network of one output, random weights and biases", CONDITIONAL),
    papers=("karakida2019",),
    experiment=KERNELS,
    code="validations.hessian.duality:DUALITY",
    rivals=(
        Rival("no biases", "the kernel of the weights alone, without the 1 of the biases", near=True),
        Rival("orthogonal gradients", "the kernel's mean diagonal for every example, nothing between two of them"),
    ),
    margin=Margin("numerical", "rounding of sums over parameters and of eigenvalues"),
)

CLAIMS = (DUALITY,)
