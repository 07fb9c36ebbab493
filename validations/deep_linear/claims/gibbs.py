"""Claims on the Gibbs algorithm over all linear networks of weights plus or minus one."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class SignNetworks(Configuration):
    """Linear networks of weights plus or minus one, drawn by the Gibbs algorithm to classify points of the cube.

    Attributes:
        inputs: of the networks, three; labels are a linear threshold of random weights, flipped by noise.
        widths, depths: of the architectures, from shallow and wide to deep and narrow; all have as many weights.
        drop: probability of dropout of every hidden unit, in training and in use, in the second half of the gaps.
        noise: range of the probability of a flipped label, drawn for every replicate.
        examples: n.
        beta: inverse temperature.
    """

    inputs: int = 3
    widths: tuple[int, ...] = (3, 2, 1)
    depths: tuple[int, ...] = (2, 3, 10)
    drop: float = 0.2
    noise: tuple[float, float] = (0.1, 0.3)
    examples: int = 3
    beta: float = 6.0

    positive = ("widths", "beta")
    between = {"inputs": (3, 3), "depths": (2, 12), "drop": (0.01, 0.9), "examples": (1, 3), "noise": (0, 0.5)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) != len(self.depths):
            raise ConfigurationError(f"widths = {self.widths} and depths = {self.depths} must be pairs of networks")
        pairs = zip(self.widths, self.depths, strict=True)
        weights = {self.inputs * h + (depth - 2) * h * h + h for h, depth in pairs}
        if len(weights) > 1 or max(weights) > 12:
            raise ConfigurationError(
                f"widths = {self.widths} and depths = {self.depths} make networks of {sorted(weights)} weights; "
                "they must have equally many, at most 12"
            )


NETWORKS = Experiment(
    id="deep_linear/sign_networks",
    title="All linear networks of twelve weights plus or minus one, drawn by the Gibbs algorithm",
    code="validations.deep_linear.gibbs:simulate",
    scales={"smoke": SignNetworks(replicates=10), "standard": SignNetworks(replicates=40)},
    cost=Cost(seconds=0.01, bytes=176),
    cell=10,
)

SETTING = "networks are all of one architecture, equally probable beforehand; the loss is the wrong signs, ties half"

IDENTITY = Claim(
    id="deep_linear/gibbs_generalization",
    title="The Gibbs algorithm's generalization gap is its mutual plus its lautum information times the temperature",
    kind="identity",
    statement=r"\mathbb{E}[L(W) - \hat L(W, S)] = \frac{I(W; S) + L(W; S)}{\beta}",
    assumptions=(SETTING,),
    papers=("aminian2021", "he2024"),
    experiment=NETWORKS,
    code="validations.deep_linear.gibbs:IDENTITY",
    rivals=(
        Rival("one example more", "the same law with n + 1 examples", near=True),
        Rival("leading order", "beta/n times the variance of the losses, the limit of high temperature"),
    ),
    margin=Margin("numerical", "the tolerance of the identity takes its place"),
)

NARROWER = Claim(
    id="deep_linear/gibbs_deeper_narrower",
    title="With dropout in every layer, deeper and narrower networks of equally many weights have a smaller gap",
    kind="ordering",
    statement=r"g_{3 \times 2} > g_{2 \times 3} > g_{1 \times 10},\qquad g = \mathbb{E}[L(W) - \hat L(W, S)]",
    assumptions=(
        SETTING,
        "dropout acts in training and in use; it erases more the more layers there are and the narrower they are",
        "the published statement is about bounds for finitely many parameters; its constants were not read",
        "a small gap is no small loss: the deepest network here loses nearly all information and guesses",
    ),
    papers=("he2024",),
    experiment=NETWORKS,
    code="validations.deep_linear.gibbs:NARROWER",
    rivals=(
        Rival("no effect", "as many weights, the same gap"),
        Rival("deeper is worse", "more layers, more to overfit: the reverse order"),
    ),
    no_near_rival="an ordering has no neighboring constant: its rivals are equality and the reverse",
    margin=Margin("practical", "a fiftieth of the loss between neighbors"),
)

NOISELESS = Claim(
    id="deep_linear/gibbs_narrowest",
    title="Without noise the deepest and narrowest network does not have the smallest gap",
    kind="ordering",
    statement=r"g_{1 \times 10} > g_{2 \times 3} \quad\text{without dropout}",
    assumptions=(
        SETTING,
        "a restriction of what is published for examples, with the question left open how broadly it applies",
    ),
    papers=("he2024",),
    experiment=NETWORKS,
    code="validations.deep_linear.gibbs:NOISELESS",
    rivals=(
        Rival("no effect", "as many weights, the same gap"),
        Rival("deeper is better", "narrower networks realize fewer functions and fit less noise: the reverse order"),
    ),
    no_near_rival="an ordering has no neighboring constant: its rivals are equality and the reverse",
    margin=Margin("practical", "a hundredth of the loss"),
)

CLAIMS = (IDENTITY, NARROWER, NOISELESS)
