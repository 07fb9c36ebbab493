"""Claims on the information plane of deep linear networks, exact at every time of training."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class LinearPlanes(Configuration):
    """Two-layer linear networks trained by descent from balanced starts, below and above their targets.

    Attributes:
        strengths: singular values of the task; as many inputs and outputs, and two more hidden units.
        below, above: largest start of a mode that starts below, and the least above, in units of its target; starts
            are spread by a factor 2.
        noise: standard deviation of the noise at the hidden units, for the information only.
        label_noise: of the labels.
        step: of descent.
        times: at which the information is measured.
    """

    strengths: tuple[float, ...] = (3.0, 2.0, 1.0)
    below: float = 1e-3
    above: float = 4.0
    noise: float = 0.3
    label_noise: float = 0.5
    step: float = 0.001
    times: tuple[float, ...] = (0.0, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)

    positive = ("strengths", "below", "above", "noise", "label_noise", "step")
    not_negative = ("times",)


LINEAR = (
    "white Gaussian inputs, gradient flow from balanced layers aligned with the task; noise only where it is measured"
)

LINEAR_PLANES = Experiment(
    id="information/linear_planes",
    title="Two-layer linear networks in the information plane",
    code="validations.information.linear_plane:simulate",
    scales={"smoke": LinearPlanes(replicates=16), "standard": LinearPlanes(replicates=64, step=0.0003125)},
)

FITTING = Claim(
    id="information/linear_fitting",
    title="A deep linear network that starts small gains information about its input in steps and never compresses",
    kind="mean",
    statement=(
        r"I(T_1;X)(t) = \frac12 \sum_i \log\left(1 + \frac{u_i(t)}{\sigma^2}\right),\qquad"
        r" u_i(t) = \frac{s_i}{1 + (s_i/u_0 - 1)\,e^{-2 s_i t}}"
    ),
    assumptions=(LINEAR, "derived here"),
    papers=("saxe2014", "saxe2018"),
    experiment=LINEAR_PLANES,
    code="validations.information.linear_plane:FITTING",
    rivals=(
        Rival("three layers' share", "the hidden layer holds a third of the mode's logarithm, not half", near=True),
        Rival("strength squared", "the mode's strength taken for the singular value of one layer"),
        Rival("compression", "what was gained by half-time is lost again by the end"),
    ),
    margin=Margin("practical", "0.02 nats, which no estimate from samples could resolve"),
)

COMPRESSION = Claim(
    id="information/linear_compression",
    title="A deep linear network that starts above its targets compresses while it learns: no saturation needed",
    kind="mean",
    statement=(
        r"I(T_1;X)(t) - I(T_1;X)(0) = \frac12 \sum_i \log\frac{\sigma^2 + u_i(t)}{\sigma^2 + u_i(0)} < 0"
        r" \quad\text{for } u_i(0) > s_i"
    ),
    assumptions=(LINEAR, "derived here"),
    papers=("saxe2014", "saxe2018"),
    experiment=LINEAR_PLANES,
    code="validations.information.linear_plane:COMPRESSION",
    rivals=(
        Rival("three layers' share", "the hidden layer holds a third of the mode's logarithm, not half", near=True),
        Rival("no compression", "a network without saturation keeps what it knows"),
        Rival("twice the time", "the mode's rate without the factor of its two layers"),
    ),
    margin=Margin("practical", "0.02 nats, which no estimate from samples could resolve"),
)

LABEL = Claim(
    id="information/linear_label",
    title="Information of a deep linear layer about noisy labels follows each mode's strength",
    kind="mean",
    statement=(
        r"I(T_1;Y)(t) = -\frac12 \sum_i"
        r" \log\left(1 - \frac{u_i(t)}{u_i(t) + \sigma^2}\,\frac{s_i^2}{s_i^2 + s_y^2}\right)"
    ),
    assumptions=(LINEAR, "labels with independent Gaussian noise", "derived here"),
    papers=("saxe2014",),
    experiment=LINEAR_PLANES,
    code="validations.information.linear_plane:LABEL",
    rivals=(
        Rival("three layers' share", "the hidden layer holds a third of the mode's logarithm, not half", near=True),
        Rival("noiseless layer", "all that the input knows of the label, from the start"),
        Rival("input information", "what the layer knows of the input, as if all of it were about the label"),
    ),
    margin=Margin("practical", "0.02 nats, which no estimate from samples could resolve"),
)

CLAIMS = (FITTING, COMPRESSION, LABEL)
