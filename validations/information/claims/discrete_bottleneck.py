"""Claims on the bottleneck of discrete variables and on what noisy channels must lose."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Channels(Configuration):
    """Random asymmetric channels between two bits, and all binary encoders of them on a grid.

    Attributes:
        joint: probabilities of (x, y) around which channels are drawn, rows x.
        spread: standard deviation of the logarithms of the entries' random factors.
        points: of the grid of encoder probabilities, uniform in their logarithm.
        least: the smallest of them.
    """

    joint: tuple[float, ...] = (0.45, 0.45, 0.09, 0.01)
    spread: float = 0.2
    points: int = 300
    least: float = 1e-4

    positive = ("joint",)
    between = {"spread": (0, 1), "points": (10, 5000), "least": (1e-6, 0.1)}


CHANNELS = Experiment(
    id="information/binary_channels",
    title="Every binary encoder of random channels between two bits",
    code="validations.information.discrete_bottleneck:search",
    scales={"smoke": Channels(replicates=32), "standard": Channels(replicates=128, points=1000, least=1e-5)},
)

ONSET = Claim(
    id="information/bottleneck_onset",
    title="The bottleneck opens at the inverse contraction of divergence, well below the local instability",
    kind="threshold",
    statement=(
        r"\beta_c = 1/\eta_{KL},\qquad \eta_{KL} = \sup_r \frac{D(rP\,\|\,p_y)}{D(r\,\|\,p_x)}"
        r" \;\ge\; \sigma_2^2"
    ),
    assumptions=("two values of each variable; encoders with two clusters suffice at the onset",),
    papers=("anantharam2013", "wu2019", "tishby1999"),
    experiment=CHANNELS,
    code="validations.information.discrete_bottleneck:ONSET",
    rivals=(
        Rival("local instability", "1/sigma_2^2, where the trivial encoder stops being a minimum"),
        Rival("10 % later", "the encoder that keeps something is found only 10 % above the onset", near=True),
    ),
    margin=Margin("rival", "0.02 in the logarithm of beta, below a third of the distance log(1.1)"),
)

CONTRACTION = Claim(
    id="information/channel_contraction",
    title="A channel passes at most its contraction coefficient of any information; maximal correlation is too small",
    kind="bound",
    statement=r"I(U;Y) \le \eta_{KL}\, I(U;X) \quad \text{for every } U - X - Y",
    assumptions=("U has two values, chosen by search for the largest ratio",),
    papers=("anantharam2013",),
    experiment=CHANNELS,
    code="validations.information.discrete_bottleneck:CONTRACTION",
    rivals=(
        Rival("constant 10 % smaller", "a bound that the search must violate", near=True),
        Rival("squared maximal correlation", "the second singular value squared, as for Gaussian variables"),
    ),
    margin=Margin("numerical", "1e-9: rounding of the ratio of two informations of at least 1e-6 nats"),
    options={"side": "upper", "mode": "always", "tight": True},
)


@dataclass(frozen=True, kw_only=True)
class SoftEncoders(Configuration):
    """Encoders of a fair bit into three clusters, trained on the Lagrangian.

    Attributes:
        flip: probability that Y differs from X.
        betas: trade-offs, none within 10 % of the onset.
        steps, step: of Adam on the logits.
    """

    flip: float = 0.1
    betas: tuple[float, ...] = (1.2, 1.8, 2.5, 5.0)
    steps: int = 1500
    step: float = 0.1

    between = {"flip": (0.001, 0.499), "betas": (0.1, 1000), "steps": (10, 100_000), "step": (1e-6, 1)}


SOFT = Experiment(
    id="information/soft_encoders",
    title="Encoders of a noisy bit trained on the bottleneck Lagrangian",
    code="validations.information.discrete_bottleneck:train_encoders",
    scales={"smoke": SoftEncoders(replicates=16), "standard": SoftEncoders(replicates=64, steps=5000)},
)


def _coordinate(which: str, name: str, what: str, statement: str) -> Claim:
    return Claim(
        id=f"information/binary_bottleneck_{name}",
        title=f"An encoder of a noisy bit trained on the bottleneck keeps what Mrs. Gerber's lemma says about {what}",
        kind="mean",
        statement=statement,
        assumptions=("X is a fair bit, Y differs from it with probability eps", "training reaches the optimum"),
        papers=("wyner1973", "tishby1999"),
        experiment=SOFT,
        code=f"validations.information.discrete_bottleneck:{which}",
        rivals=(
            Rival("10 % more flips", "eps a tenth larger", near=True),
            Rival("Gaussian", "the bottleneck of Gaussian variables of the same correlation 1 - 2 eps"),
        ),
        margin=Margin("practical", "0.005 nats, under one percent of a bit"),
    )


BINARY_INPUT = _coordinate(
    "BINARY_INPUT",
    "input",
    "the input",
    r"I(X;T) = \log 2 - h(a),\qquad"
    r" \beta = \frac{\log\frac{1-a}{a}}{(1 - 2\epsilon)\log\frac{1 - a*\epsilon}{a*\epsilon}}",
)
BINARY_LABEL = _coordinate(
    "BINARY_LABEL",
    "label",
    "the label",
    r"I(T;Y) = \log 2 - h(a * \epsilon),\qquad a * \epsilon = a(1 - \epsilon) + (1 - a)\epsilon",
)

CLAIMS = (ONSET, CONTRACTION, BINARY_INPUT, BINARY_LABEL)
