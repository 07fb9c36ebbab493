"""Claims on convolutional networks that learn from handwritten digits: flattened or pooled at the end."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class DigitImages(Configuration):
    """Networks of one convolution with ReLU, then flattened or pooled, that learn to tell odd digits from even ones.

    Asked are the first digits of the data set, the same in every replicate; those learned from are drawn anew among
    the digits that follow.

    Attributes:
        width: channels of the convolution.
        train, test: numbers of digits learned from and asked.
        shown: how many of those asked are compared one by one.
        pool: number of digits among which those learned from are drawn.
        pixels: along each side of an image, of eight; of fewer each is the mean of a square.
        window: pixels along each side of what the convolution sees; windows that cross an edge are left out.
        step: of gradient descent.
        times: of training.
    """

    width: int = 128
    train: int = 24
    test: int = 48
    shown: int = 16
    pool: int = 240
    pixels: int = 4
    window: int = 3
    step: float = 0.5
    times: tuple[float, ...] = (10.0, 20.0)

    positive = ("width", "window", "step", "times")
    between = {"train": (4, 500), "test": (2, 500), "shown": (1, 500), "pool": (4, 1200), "pixels": (2, 8)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if 8 % self.pixels:
            raise ConfigurationError(f"pixels = {self.pixels} must divide 8, as 4 does")
        if self.window > self.pixels:
            raise ConfigurationError(f"window = {self.window} must not exceed the image's {self.pixels} pixels")
        if self.train > self.pool:
            raise ConfigurationError(
                f"train = {self.train} digits cannot be drawn among pool = {self.pool}; enlarge pool"
            )
        if self.step > 2.0 or self.step > min(self.times):
            raise ConfigurationError(
                f"step = {self.step} is too coarse for a flow until times = {self.times}; 0.5 is fine"
            )
        if self.shown > self.test:
            raise ConfigurationError(f"shown = {self.shown} digits must be among the test = {self.test} asked")


DIGIT_IMAGES = Experiment(
    id="kernels/digit_images",
    title="Wide convolutional networks trained on handwritten digits, flattened or pooled",
    code="validations.kernels.digit_images:simulate",
    scales={
        "smoke": DigitImages(replicates=256),
        "standard": DigitImages(
            replicates=256, width=192, train=48, test=60, pool=400, pixels=8, window=5, times=(20.0, 60.0)
        ),
    },
    cell=64,
    cost=Cost(seconds=0.14, bytes=4032),
    datasets=("digits",),
)

LAYERS = "one convolution without biases, ReLU, NTK parametrization, all weights trained"
FLOW = "gradient flow on half the mean squared error; labels 1 for odd and -1 for even digits"
GIVEN = "given the digits that each network learns from and its outputs at the start"
STATEMENT = r"f_t(x_*) = f_0(x_*) + \Theta_* \Theta^{-1}\bigl(1 - e^{-\Theta t/N}\bigr)\,(y - f_0(X)),\quad"
DENSE = Rival("dense", "the kernel of a network of the same depth that sees all pixels alike")
HALF = Rival("half the time", "a loss without the factor one half", near=True)
NNGP = Rival("last layer alone", "the flow of the NNGP kernel")
MARGIN = Margin("practical", "0.05 on labels of -1 and 1: two and a half percent of what separates the classes")

FLATTENED = Claim(
    id="kernels/digit_convolution",
    title="On digits a convolutional network that flattens follows its own kernel, not the dense network's",
    kind="mean",
    statement=STATEMENT + r"\Theta = \textstyle\frac1P \sum_p \Theta(p, p)",
    assumptions=(LAYERS + ", flattened before the readout", FLOW, GIVEN),
    papers=("novak2019", "garriga2019", "arora2019"),
    experiment=DIGIT_IMAGES,
    code="validations.kernels.digit_images:FLATTENED",
    rivals=(HALF, DENSE, NNGP, Rival("pooled", "the kernel of the network that averages over positions")),
    margin=MARGIN,
)

POOLED = Claim(
    id="kernels/digit_pooling",
    title="On digits a pooled convolutional network follows the kernel with all pairs of positions",
    kind="mean",
    statement=STATEMENT + r"\Theta = \textstyle\frac1{P^2} \sum_{p, p'} \Theta(p, p')",
    assumptions=(LAYERS + ", averaged over all positions before the readout", FLOW, GIVEN),
    papers=("novak2019", "arora2019"),
    experiment=DIGIT_IMAGES,
    code="validations.kernels.digit_images:POOLED",
    rivals=(HALF, DENSE, NNGP, Rival("flattened", "the kernel of the network that flattens")),
    margin=MARGIN,
)

LATER = Claim(
    id="kernels/digit_pooling_lag",
    title="Pooled networks are later on digits: at the same time of flow they err more than flattened ones",
    kind="ordering",
    statement=r"\overline{(f^{\mathrm{pool}}_t(x_*) - y_*)^2} > \overline{(f^{\mathrm{flat}}_t(x_*) - y_*)^2}",
    assumptions=(
        LAYERS,
        FLOW,
        "both learn from the same digits, drawn anew for every pair of networks, until the last of the times",
        "by the kernels: what a pooled network can tell apart has eigenvalues several times smaller",
    ),
    papers=("novak2019", "arora2019"),
    experiment=DIGIT_IMAGES,
    code="validations.kernels.digit_images:LATER",
    rivals=(
        Rival("equal", "the readout's averaging changes nothing but constants"),
        Rival("reverse", "knowing that digits may be shifted helps from the start"),
    ),
    no_near_rival="an ordering has no neighboring constant: its rivals are equality and the reverse",
    margin=Margin("practical", "0.1 on squared errors about one, a tenth of what a guess of zero costs"),
)

ERRORS = Claim(
    id="kernels/digit_image_errors",
    title="The kernels say how much flattened and pooled networks err on digits at each time",
    kind="mean",
    statement=r"\mathbb{E}\,\bigl(f_t(x_*) - y_*\bigr)^2 = \bigl(A_t\, y - y_*\bigr)^2 + \mathrm{Var} f_t(x_*)",
    assumptions=(LAYERS, FLOW, "given the digits that each network learns from", "averaged over the digits asked"),
    papers=("novak2019", "lee2019", "arora2019"),
    experiment=DIGIT_IMAGES,
    code="validations.kernels.digit_image_errors:ERRORS",
    rivals=(
        HALF,
        NNGP,
        Rival("exchanged", "the pooled network's error for the flattened one's, and the other way round"),
    ),
    margin=Margin("practical", "0.045 on squared errors about one: two networks so near in error are not told apart"),
)

CLAIMS = (FLATTENED, POOLED, LATER, ERRORS)
