"""Claims on the spectra of ReLU kernels on the sphere and the circle."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class SphereNetworks(Configuration):
    """Random ReLU networks of one hidden layer on a grid of the sphere in three dimensions.

    Attributes:
        width: hidden units.
        latitudes: Gauss-Legendre nodes of the height; each circle of latitude has twice as many points.
        highest: largest degree of the harmonics.
    """

    width: int = 256
    latitudes: int = 24
    highest: int = 5

    positive = ("width",)
    between = {"highest": (3, 40), "latitudes": (16, 512)}


@dataclass(frozen=True, kw_only=True)
class CircleNetworks(Configuration):
    """Random ReLU networks of several hidden layers on a regular grid of the circle.

    Attributes:
        depth: hidden layers.
        width: units of each.
        points: of the grid.
        lowest: smallest frequency.
        span: of the frequencies.
    """

    depth: int = 2
    width: int = 64
    points: int = 4096
    lowest: int = 8
    span: float = 36.0

    positive = ("width", "points", "lowest")
    between = {"depth": (1, 10), "span": (36, 1024)}


NO_BIASES = "ReLU units without biases; weights are centered and Gaussian"

SPHERE_NETWORKS = Experiment(
    id="kernels/sphere_networks",
    title="Kernels of random ReLU networks on the sphere",
    code="validations.kernels.sphere:simulate",
    scales={
        "smoke": SphereNetworks(replicates=48),
        "standard": SphereNetworks(replicates=128, width=1024, latitudes=64, highest=8),
    },
)

MEASURED = (
    "the eigenvalue is the mean Rayleigh quotient of all harmonics of a degree under the kernel of a finite network"
)

NTK_SPECTRUM = Claim(
    id="kernels/sphere_ntk_spectrum",
    title="The tangent kernel of one hidden ReLU layer has known eigenvalues, and none at odd degrees above one",
    kind="mean",
    statement=(
        r"\lambda_k = \frac{k\,\lambda_{k-1}(k_0) + (k+d-2)\,\lambda_{k+1}(k_0)}{2k+d-2} + \lambda_k(k_1)"
        r",\qquad \lambda_1 = \tfrac1d,\quad \lambda_3 = \lambda_5 = \dots = 0"
    ),
    assumptions=(NO_BIASES, "inputs are uniform on the sphere", MEASURED),
    papers=("bietti2019", "basri2019", "bach2017"),
    experiment=SPHERE_NETWORKS,
    code="validations.kernels.sphere:NTK_SPECTRUM",
    rivals=(
        Rival("one input more", "the sphere of the next dimension", near=True),
        Rival("all parities", "odd degrees between their neighbors, as with biases or another layer", near=True),
        Rival("NNGP", "the kernel of training the last layer alone"),
    ),
    margin=Margin(
        "rival",
        "a twelfth of the eigenvalue at even degrees and at the first, where the next dimension differs by more than a "
        "quarter at degree 1; a quarter of the geometric mean of the neighbors where the theory says zero",
    ),
)

NNGP_SPECTRUM = Claim(
    id="kernels/sphere_nngp_spectrum",
    title="The NNGP kernel of one hidden ReLU layer has the squared coefficients of a half-line as eigenvalues",
    kind="mean",
    statement=(
        r"\lambda_k(k_1) = 2d\,(\mu_k)^2,\qquad (t)_+ = \sum_k N_k\,\mu_k\,P_k(t),"
        r"\qquad \lambda_3 = \lambda_5 = \dots = 0"
    ),
    assumptions=(NO_BIASES, "inputs are uniform on the sphere", MEASURED),
    papers=("bach2017", "cho2009"),
    experiment=SPHERE_NETWORKS,
    code="validations.kernels.sphere:NNGP_SPECTRUM",
    rivals=(
        Rival("one input more", "the sphere of the next dimension", near=True),
        Rival("all parities", "odd degrees between their neighbors, as with biases or another layer", near=True),
        Rival("tangent kernel", "the kernel of training all layers"),
        Rival("half", "ReLU's second moment 1/2 left in: the kernel 1/2 at t = 1"),
    ),
    margin=Margin(
        "rival",
        "a twelfth of the eigenvalue at even degrees and at the first; a quarter of the geometric mean of the "
        "neighbors where the theory says zero",
    ),
)

CIRCLE_NETWORKS = Experiment(
    id="kernels/circle_networks",
    title="Kernels of deep random ReLU networks on the circle",
    code="validations.kernels.circle:simulate",
    scales={
        "smoke": CircleNetworks(replicates=32),
        "standard": CircleNetworks(replicates=64, width=256, points=8192, span=72.0),
    },
)

DEEP = "two and more hidden layers: both parities are present and the exponent does not depend on depth"

NTK_DECAY = Claim(
    id="kernels/circle_ntk_decay",
    title="Eigenvalues of the tangent kernel of a deep ReLU network fall as the inverse square of the frequency",
    kind="rate",
    statement=r"\lambda_k \sim k^{-(2\nu + d - 1)} = k^{-d} \text{ with } \nu = \tfrac12,\; d = 2",
    assumptions=(NO_BIASES, "inputs are uniform on the circle", DEEP),
    papers=("bietti2021", "basri2019"),
    experiment=CIRCLE_NETWORKS,
    code="validations.kernels.circle:NTK_DECAY",
    rivals=(
        Rival("NNGP", "k^-4, the kernel of training the last layer alone"),
        Rival("one input more", "k^-3, the exponent of the sphere in space", near=True),
        Rival("dimension of the circle", "k^-1, its one dimension taken for the two of the inputs", near=True),
    ),
    margin=Margin("rival", "a tenth, a tenth of the distance to the neighboring exponents"),
)

NNGP_DECAY = Claim(
    id="kernels/circle_nngp_decay",
    title="Eigenvalues of the NNGP kernel of a deep ReLU network fall as the inverse fourth power of the frequency",
    kind="rate",
    statement=r"\lambda_k \sim k^{-(2\nu + d - 1)} = k^{-(d+2)} \text{ with } \nu = \tfrac32,\; d = 2",
    assumptions=(NO_BIASES, "inputs are uniform on the circle", DEEP),
    papers=("bietti2021",),
    experiment=CIRCLE_NETWORKS,
    code="validations.kernels.circle:NNGP_DECAY",
    rivals=(
        Rival("tangent kernel", "k^-2, the kernel of training all layers"),
        Rival("one input more", "k^-5, the exponent of the sphere in space", near=True),
        Rival("dimension of the circle", "k^-3, its one dimension taken for the two of the inputs", near=True),
    ),
    margin=Margin("rival", "a tenth, a tenth of the distance to the neighboring exponents"),
)

CLAIMS = (NTK_SPECTRUM, NNGP_SPECTRUM, NTK_DECAY, NNGP_DECAY)
