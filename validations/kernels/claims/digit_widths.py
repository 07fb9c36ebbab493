"""Claim on how far networks of finite width are from their kernel on handwritten digits."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


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
    cell=96,
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

CLAIMS = (DEPARTURE,)
