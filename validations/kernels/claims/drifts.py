"""Claims on the way from a finite network to its linearization, over widths."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Drifts(Configuration):
    """Networks of one hidden layer, trained by descent on a few points, over widths.

    Attributes:
        widths: of the hidden layer.
        networks: of a replicate, over which the root mean square is taken.
        cosines: of the inputs in the plane to the first axis; labels alternate.
        step, steps: of descent on half the mean squared error; four steps of one fit most of what will be fitted.
    """

    widths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048)
    networks: int = 2
    cosines: tuple[float, ...] = (1.0, 0.3, -0.4, -0.9)
    step: float = 1.0
    steps: int = 4

    positive = ("widths", "networks", "step", "steps")


DRIFTS = Experiment(
    id="kernels/drifts",
    title="Tangent kernels before and after training, over widths",
    code="validations.kernels.drifts:simulate",
    scales={"smoke": Drifts(replicates=96), "standard": Drifts(replicates=384)},
    revision=2,
    cell=96,
    cost=Cost(seconds=0.0068, bytes=288),
)

LAYER = "one hidden layer, NTK parametrization, centered Gaussian readout, a fixed number of steps"
CENTERED = "the output at the start is subtracted, so that all networks fit the same residuals"
MARGIN = Margin("rival", "three tenths of the distance to the nearest rival exponent")

NTK_DRIFT = Claim(
    id="kernels/ntk_drift",
    title="The tangent kernel of a smooth network moves by 1/width, not by its square root as the proven bound allows",
    kind="rate",
    statement=r"\bigl|\hat\Theta_t - \hat\Theta_0\bigr|_F \propto n^{-1}",
    assumptions=("tanh; " + LAYER, CENTERED),
    papers=("dyer2020", "lee2019"),
    experiment=DRIFTS,
    code="validations.kernels.drifts:NTK_DRIFT",
    rivals=(
        Rival("published bound", "n^(-1/2), an upper bound taken for the rate", near=True),
        Rival("second order", "no drift of first order"),
    ),
    margin=MARGIN,
)

LINEARIZATION = Claim(
    id="kernels/linearization_error",
    title="A smooth wide network leaves its linearization by 1/width",
    kind="rate",
    statement=r"\sup_t \bigl| f_t - f_t^{\mathrm{lin}} \bigr| \propto n^{-1}",
    assumptions=("tanh; " + LAYER, CENTERED, "on the training inputs"),
    papers=("dyer2020", "lee2019"),
    experiment=DRIFTS,
    code="validations.kernels.drifts:LINEARIZATION",
    rivals=(
        Rival("published bound", "n^(-1/2), an upper bound taken for the rate", near=True),
        Rival("second order", "no error of first order"),
    ),
    margin=MARGIN,
)

RELU_DRIFT = Claim(
    id="kernels/relu_ntk_drift",
    title="For ReLU the tangent kernel moves by no more than width^(-1/2), and by more than the smooth rate 1/width",
    kind="rate",
    statement=r"\bigl|\hat\Theta_t - \hat\Theta_0\bigr|_F = O(n^{-1/2})",
    assumptions=(
        "ReLU; " + LAYER,
        CENTERED,
        "units whose sign flips, of which there are sqrt(n), enter the kernel at full size; "
        "the rest moves by 1/n and bends the slope at small widths",
    ),
    papers=("lee2019", "dyer2020"),
    experiment=DRIFTS,
    code="validations.kernels.drifts:RELU_DRIFT",
    rivals=(
        Rival("smooth", "n^(-1), the rate of smooth activations", near=True),
        Rival("no concentration", "a kernel that moves whatever the width"),
    ),
    margin=MARGIN,
    options={"form": "bound_only"},
)

KINKS = (
    "derived here: sqrt(n) units cross their kink, by 1/sqrt(n); those that are on at an input are pushed by one "
    "example more than those that are off, so that what they add, n^(-1/2) in all, does not cancel"
)

RELU_LINEARIZATION = Claim(
    id="kernels/relu_linearization_error",
    title="A ReLU network leaves its linearization by no more than width^(-1/2), and by more than a smooth one",
    kind="rate",
    statement=r"\sup_t \bigl| f_t - f_t^{\mathrm{lin}} \bigr| = O(n^{-1/2})",
    assumptions=(
        "ReLU; " + LAYER,
        CENTERED,
        "on the training inputs",
        KINKS + "; the spread between networks, n^(-3/4), bends the slope at small widths",
    ),
    papers=("lee2019", "dyer2020"),
    experiment=DRIFTS,
    code="validations.kernels.drifts:RELU_LINEARIZATION",
    rivals=(
        Rival("smooth", "n^(-1), the rate of smooth activations", near=True),
        Rival("no kernel regime", "networks of all widths leave it alike"),
    ),
    margin=MARGIN,
    options={"form": "bound_only"},
)

RELU_LAG = Claim(
    id="kernels/relu_linearization_lag",
    title="On average ReLU networks fit less than their linearization does, by width^(-1/2): the bound is attained",
    kind="rate",
    statement=r"-\,\mathbb{E}\, y \bigl( f_t - f_t^{\mathrm{lin}} \bigr) \propto n^{-1/2}",
    assumptions=("ReLU; " + LAYER, CENTERED, "on the training inputs, labels -1 and 1, at the end of training", KINKS),
    papers=("lee2019", "dyer2020"),
    experiment=DRIFTS,
    code="validations.kernels.drifts:RELU_LAG",
    rivals=(
        Rival("smooth", "n^(-1), the rate of smooth activations", near=True),
        Rival("no kernel regime", "networks of all widths leave it alike"),
    ),
    margin=MARGIN,
)

CLAIMS = (NTK_DRIFT, LINEARIZATION, RELU_DRIFT, RELU_LINEARIZATION, RELU_LAG)
