"""Claims on what the layers of a linear classifier keep of its training examples."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class MeanClassifiers(Configuration):
    """Mean classifiers of Gaussian examples, and the examples' laws behind random linear layers.

    Attributes:
        examples: n.
        widths: inputs, then units after every layer, never wider than before.
        gains: root mean square gain of every layer.
        sigma: standard deviation of an example.
        draws: classifiers that a replicate averages over.
    """

    examples: int = 4
    widths: tuple[int, ...] = (8, 6, 4, 3, 2)
    gains: tuple[float, ...] = (0.7, 0.8, 1.5, 1.8)
    sigma: float = 1.5
    draws: int = 5120

    positive = ("widths", "gains", "sigma", "draws")
    between = {"examples": (2, 100000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.gains) != len(self.widths) - 1 or list(self.widths) != sorted(self.widths, reverse=True):
            raise ConfigurationError(
                f"widths = {self.widths} must not grow and be one more than the {len(self.gains)} gains"
            )


CLASSIFIERS = Experiment(
    id="deep_linear/mean_classifiers",
    title="Examples behind linear layers, with and without knowing the classifier trained on them",
    code="validations.deep_linear.memorized_information:simulate",
    scales={"smoke": MeanClassifiers(replicates=32), "standard": MeanClassifiers(replicates=128)},
    revision=2,
    cost=Cost(seconds=0.023, bytes=64),
)

GAUSSIAN = "examples are Gaussian around their class's center, the classifier is their mean, layers are linear"

INFORMATION = Claim(
    id="deep_linear/memorized_information",
    title="What linear layers keep of a training example falls with their rank, half a logarithm a direction",
    kind="mean",
    statement=(
        r"I(W; A_l Z_i) = \mathbb{E}_W\,\mathrm{KL}(P_{A_l Z|W}\,\|\,P_{A_l Z})"
        r" = \tfrac{r_l}{2}\ln\tfrac{n}{n-1}"
    ),
    assumptions=(GAUSSIAN, "derived here for the published setting"),
    papers=("he2024",),
    experiment=CLASSIFIERS,
    code="validations.deep_linear.memorized_information:INFORMATION",
    rivals=(
        Rival("many examples", "the leading order r/(2n)", near=True),
        Rival("one example more", "r/2 ln((n+1)/n): the example counted beside the n others"),
        Rival("all directions", "the inputs' dimension in place of the rank, the same at every layer"),
    ),
    margin=Margin("rival", "a quarter of the distance to the leading order"),
)

TRANSPORT = Claim(
    id="deep_linear/memorized_transport",
    title="The Wasserstein distance that a layer keeps follows the layers' gain and can be least in between",
    kind="mean",
    statement=r"\mathbb{E}_W\,W_2^2(P_{A_l Z|W}, P_{A_l Z}) = 2\sigma^2\,|A_l|_F^2\,\bigl(1 - \sqrt{1 - 1/n}\bigr)",
    assumptions=(GAUSSIAN, "derived here for the published setting"),
    papers=("he2024",),
    experiment=CLASSIFIERS,
    code="validations.deep_linear.memorized_information:TRANSPORT",
    rivals=(
        Rival("centers only", "sigma^2 |A|^2/n, the distance of the means without that of the covariances", near=True),
        Rival("monotone", "the least value so far at every layer, as if processing could not raise it"),
        Rival("whole covariance", "the centers, and the covariances' difference 1/n in place of their roots'"),
    ),
    margin=Margin("rival", "a quarter of the distance to the centers alone"),
)

CLAIMS = (INFORMATION, TRANSPORT)
