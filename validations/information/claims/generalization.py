"""Claims on the mean of a few examples: what it knows of one of them, and what that allows of the gap."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class NoisyMeans(Configuration):
    """The mean of a few Gaussian examples with noise, by many draws a replicate.

    Attributes:
        examples: n.
        coordinates: d.
        noises: standard deviations of the noise, at which the information is measured.
        draws: of examples and noise; the gap is measured on as many without noise.
    """

    examples: int = 2
    coordinates: int = 2
    noises: tuple[float, ...] = (0.25, 0.5, 1.0)
    draws: int = 4096

    positive = ("noises",)
    between = {"examples": (2, 1000), "coordinates": (1, 100), "draws": (1000, 10**7)}


MEANS = Experiment(
    id="information/noisy_means",
    title="Noisy means of a few Gaussian examples",
    code="validations.information.generalization:simulate",
    scales={"smoke": NoisyMeans(replicates=16), "standard": NoisyMeans(replicates=128, draws=16384)},
    cell=16,
    cost=Cost(seconds=0.13, bytes=32),
)

EXAMPLE = Claim(
    id="information/example_information",
    title="What a noisy mean knows of one example is less than its share of what it knows of all",
    kind="mean",
    statement=r"I(Z_i; W) = -\tfrac d2 \log\Bigl(1 - \frac{1}{n(1 + n\tau^2)}\Bigr) \le \tfrac1n I(S; W)",
    assumptions=("standard Gaussian examples, the algorithm returns their mean and Gaussian noise", "derived here"),
    papers=("bu2019",),
    experiment=MEANS,
    code="validations.information.generalization:EXAMPLE",
    rivals=(
        Rival("equal shares", "information of all examples divided by their number", near=True),
        Rival("no noise", "the published value of the mean itself"),
    ),
    margin=Margin("rival", "0.1 nats, below a third of the largest distance to either rival"),
)

GAP = Claim(
    id="information/example_bound",
    title="Information of one example bounds the gap of the squared loss, and half of that information does not",
    kind="bound",
    statement=r"\mathrm{gap} \le d s\,(1 - u),\qquad u - 1 - \log u = \tfrac2d I(Z_i; W)",
    assumptions=(
        "two standard Gaussian examples, the algorithm returns their mean; s = 1 + 1/n",
        "the gap's sampling error is far below the bound's slack of 15 %",
        "derived here",
    ),
    papers=("bu2019",),
    experiment=MEANS,
    code="validations.information.generalization:GAP",
    rivals=(Rival("half the information", "the exponent's factor two forgotten", near=True),),
    margin=Margin("numerical", "no allowance: sampling error is left to the slack"),
    options={"side": "upper", "mode": "always"},
)

CLAIMS = (EXAMPLE, GAP)
