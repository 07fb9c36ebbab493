"""Claims on the bottleneck of Gaussian variables, against encoders trained on the Lagrangian."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Encoders(Configuration):
    """Noisy linear encoders of three inputs with random covariances, trained from random starts.

    Attributes:
        correlations: canonical correlations of inputs and targets.
        betas: trade-offs trained at, none within 10 % of a critical one.
        steps, step: of Adam.
        brackets: how often the interval of the first critical beta is halved.
    """

    correlations: tuple[float, ...] = (0.9, 0.6, 0.3)
    betas: tuple[float, ...] = (2.0, 5.0, 20.0)
    steps: int = 2000
    step: float = 0.05
    brackets: int = 9

    positive = ("correlations", "step")
    between = {"correlations": (0, 0.999), "betas": (1.01, 1e6), "steps": (10, 100_000), "brackets": (1, 40)}


GAUSSIAN = "X and Y are jointly Gaussian; the encoder is linear with Gaussian noise"
ENCODERS = Experiment(
    id="information/gaussian_encoders",
    title="Noisy linear encoders trained on the bottleneck Lagrangian",
    code="validations.information.gaussian_bottleneck:simulate",
    revision=2,
    scales={"smoke": Encoders(replicates=16), "standard": Encoders(replicates=64, steps=6000)},
)


def _coordinate(which: str, name: str, title: str, statement: str) -> Claim:
    return Claim(
        id=f"information/gaussian_bottleneck_{name}",
        title=title,
        kind="mean",
        statement=statement,
        assumptions=(GAUSSIAN, "training reaches the optimum, which has no local minima but rotations of T"),
        papers=("chechik2005",),
        experiment=ENCODERS,
        code=f"validations.information.gaussian_bottleneck:{which}",
        rivals=(
            Rival("beta for beta - 1", "the trade-off counted without the cost of what is kept", near=True),
            Rival("all directions at once", "no critical betas: every direction is kept at every beta"),
            Rival("only the best direction", "a single critical beta"),
        ),
        margin=Margin("practical", "0.01 nats, about what the last critical direction adds 1 % above its beta"),
    )


INPUT = _coordinate(
    "INPUT",
    "input",
    "A trained Gaussian encoder keeps the closed form's information about its input at every beta",
    r"I(X;T) = \frac12 \sum_{\beta\rho_i^2 > 1} \log\frac{(\beta - 1)\rho_i^2}{1 - \rho_i^2}",
)
LABEL = _coordinate(
    "LABEL",
    "label",
    "A trained Gaussian encoder attains the closed form's information about its target at every beta",
    r"I(T;Y) = I(X;T) - \frac12 \sum_{\beta\rho_i^2 > 1} \log \beta\rho_i^2",
)

CRITICAL = Claim(
    id="information/gaussian_critical_beta",
    title="The first direction enters a Gaussian encoder at beta = 1/rho^2",
    kind="threshold",
    statement=r"\beta_c = 1/\rho_1^2",
    assumptions=(GAUSSIAN, "an infinitesimal encoder grows above the value and shrinks below it"),
    papers=("chechik2005",),
    experiment=ENCODERS,
    code="validations.information.gaussian_bottleneck:CRITICAL",
    rivals=(
        Rival("first power", "1/rho: the correlation not squared", near=True),
        Rival("second direction", "1/rho_2^2, the next transition"),
        Rival("information", "1/(1 - rho^2), the eigenvalue taken for its complement"),
    ),
    margin=Margin("rival", "0.03, below a third of the distance 0.123 to the first power at rho = 0.9"),
)

RANK = Claim(
    id="information/bottleneck_rank",
    title="Directions enter the local rank of a trained Gaussian encoder one by one and from zero, without a jump",
    kind="mean",
    statement=r"-\frac{d\,I(T;X)}{d\log\sigma} = \sum_{\beta\rho_i^2 > 1} \frac{\beta - \rho_i^{-2}}{\beta - 1}",
    assumptions=(GAUSSIAN, "rank counted above the noise: what information gains as the noise falls", "derived here"),
    papers=("patel2024", "chechik2005"),
    experiment=ENCODERS,
    code="validations.information.gaussian_bottleneck:RANK",
    rivals=(
        Rival("beta for beta - 1", "the trade-off counted without the cost of what is kept", near=True),
        Rival("rank of the matrix", "one for every direction above its critical beta, a staircase"),
        Rival("all directions at once", "no critical betas: directions below theirs count negatively"),
    ),
    margin=Margin("practical", "0.01 directions, what training leaves at a hundredth of the first one's share"),
)

CLAIMS = (INPUT, LABEL, CRITICAL, RANK)
