"""Claim on how far networks of finite width are from their kernel on handwritten digits."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class DigitWidths(Configuration):
    """ReLU networks of one hidden layer that learn to tell odd digits from even ones, narrow ones and wide ones.

    The training digits are the first of the data set, the tests those that follow.

    Attributes:
        widths: of the hidden layer.
        train, test: numbers of digits.
        pixels: along each side of an image, of eight; of fewer each is the mean of a square.
        time: of gradient flow.
        step: of descent.
    """

    widths: tuple[int, ...] = (32, 64, 128, 256, 512, 1024)
    train: int = 16
    test: int = 16
    pixels: int = 4
    time: float = 5.0
    step: float = 0.25

    positive = ("widths", "time", "step")
    between = {"train": (4, 1000), "test": (2, 700), "pixels": (1, 8)}


DIGIT_WIDTHS = Experiment(
    id="kernels/digit_widths",
    title="ReLU networks of all widths trained on handwritten digits",
    code="validations.kernels.digit_widths:simulate",
    scales={
        "smoke": DigitWidths(replicates=192),
        "standard": DigitWidths(
            replicates=64, widths=(32, 64, 128, 256, 512, 1024, 2048), train=200, test=100, pixels=8, time=10.0
        ),
    },
    revision=2,
    cell=64,
    cost=Cost(seconds=0.55, bytes=28000),
    datasets=("digits",),
)

DEPARTURE = Claim(
    id="kernels/digit_departure",
    title="Networks trained on digits leave the infinite network by width^(-1/2), all along the widths",
    kind="rate",
    statement=(
        r"\Bigl(\mathbb{E}\,\bigl|f_t(x_*) - f_0(x_*) - \Theta_* \Theta^{-1}\bigl(1 - e^{-\Theta t/N}\bigr)"
        r"\,(y - f_0(X))\bigr|^2\Bigr)^{1/2} \propto n^{-1/2}"
    ),
    assumptions=(
        "gradient flow on half the mean squared error, NTK parametrization, all weights trained, no biases",
        "one set of digits, labels 1 for odd and -1 for even; given the outputs of every network at its start",
        "the tangent kernel at the start spreads about its limit by this order, and by no less does it move for ReLU",
    ),
    papers=("lee2019", "jacot2018"),
    experiment=DIGIT_WIDTHS,
    code="validations.kernels.digit_widths:DEPARTURE",
    rivals=(
        Rival("order of the bias", "1/width, as far as the linearization of a smooth network is", near=True),
        Rival("no kernel regime", "networks of all widths learn alike, and not as the kernel"),
    ),
    margin=Margin("rival", "three tenths of the distance to the nearest rival exponent"),
)

LINEARIZED = Claim(
    id="kernels/digit_linearization",
    title="On digits a ReLU network leaves its own linearization by no more than width^(-1/2), more than smooth ones",
    kind="rate",
    statement=r"\bigl(\mathbb{E}\,\bigl|f_t(x_*) - f_t^{\mathrm{lin}}(x_*)\bigr|^2\bigr)^{1/2} = O(n^{-1/2})",
    assumptions=(
        "descent on half the mean squared error, NTK parametrization, all weights trained, no biases",
        "one set of digits, labels 1 for odd and -1 for even; asked are digits not learned from",
        "the linearization takes the same steps, along the tangent kernel that each network has at its start",
    ),
    papers=("lee2019", "dyer2020"),
    experiment=DIGIT_WIDTHS,
    code="validations.kernels.digit_widths:LINEARIZED",
    rivals=(
        Rival("smooth", "n^(-1), the rate of smooth activations", near=True),
        Rival("no kernel regime", "networks of all widths leave it alike"),
    ),
    margin=Margin("rival", "three tenths of the distance to the nearest rival exponent"),
    options={"form": "bound_only"},
)

DRAWN = Claim(
    id="kernels/digit_departure_at_start",
    title="What keeps a wide network from its kernel on digits is how it was drawn: movement is less than half of it",
    kind="ordering",
    statement=(r"\bigl|f_t(x_*) - f_t^{\mathrm{lin}}(x_*)\bigr|_2 < \tfrac12 \bigl|f_t(x_*) - f_t^\infty(x_*)\bigr|_2"),
    assumptions=(
        "at the largest of the widths; norms over the digits asked, that were not learned from",
        "the linearization takes the same steps along the network's own tangent kernel at its start, the infinite "
        "network flows along the limit of that kernel; both from the network's outputs at its start",
        "reported by experiment: both distances fall with the width, that from the limit as its inverse root",
    ),
    papers=("lee2019",),
    experiment=DIGIT_WIDTHS,
    code="validations.kernels.digit_widths:DRAWN",
    rivals=(
        Rival("equal", "the kernel's movement accounts for the whole distance"),
        Rival("reverse", "movement undone by chance: twice the distance"),
    ),
    no_near_rival="an ordering has no neighboring constant: its rivals are equality and the reverse",
    margin=Margin("practical", "the logarithm of 2: of two causes the smaller is less than half of what both make"),
)

CLAIMS = (DEPARTURE, LINEARIZED, DRAWN)
