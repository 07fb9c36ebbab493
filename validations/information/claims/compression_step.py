"""Claim on one step of compression, the gradient step that white-box attention stands for: what it filters out."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class NoisyTokens(Configuration):
    """Tokens near orthogonal subspaces, each with the same variances along its axes, and noise in all coordinates.

    Attributes:
        tokens: in all, equally many for each subspace.
        subspaces: whose dimensions are the number of variances.
        variances: along the axes of a token's own subspace.
        noise: variance in every coordinate.
        distortion: epsilon.
        step: of the gradient step, in units of 1/beta.
        lengths: of steps after which the error is measured, in the same units.
    """

    tokens: int = 512
    subspaces: int = 2
    variances: tuple[float, ...] = (4.0, 2.0, 1.0, 0.25)
    noise: float = 0.1
    distortion: float = 1.4
    step: float = 1.0
    lengths: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)

    positive = ("variances", "noise", "distortion")
    between = {"tokens": (8, 10**6), "subspaces": (1, 100), "step": (0, 1), "lengths": (0, 1)}


TOKENS = Experiment(
    id="information/noisy_tokens",
    title="Noisy tokens after one gradient step on their coding rate",
    code="validations.information.compression_step:simulate",
    scales={"smoke": NoisyTokens(replicates=32), "standard": NoisyTokens(replicates=64, tokens=4096)},
    revision=2,
    cell=32,
    cost=Cost(seconds=0.004, bytes=72),
)

FILTER = Claim(
    id="information/compression_filter",
    title="A gradient step on the coding rate of tokens removes what varies little and keeps what varies much",
    kind="mean",
    statement=r"Z - \tfrac{h}{\beta} \nabla R_c(Z):\quad"
    r" z_i \mapsto \Bigl(1 - \frac{h}{1 + p v_i/\epsilon^2}\Bigr) z_i,\qquad \beta = \frac{p}{N\epsilon^2}",
    assumptions=(
        "orthogonal subspaces of dimension p; v the variance of a principal direction over all tokens",
        "many tokens",
        "derived here",
    ),
    papers=("yu2023",),
    experiment=TOKENS,
    code="validations.information.compression_step:FILTER",
    rivals=(
        Rival("all coordinates", "beta from the d of all coordinates, as in the rate of features", near=True),
        Rival("own tokens", "variance over the tokens of a subspace, not over all", near=True),
        Rival("first order", "the inverse expanded, as where a softmax of inner products takes its place"),
    ),
    margin=Margin("rival", "0.04, below a third of the largest distance to any rival"),
)

ERROR = Claim(
    id="information/compression_error",
    title="Half a step of compression denoises tokens, a whole one loses more than was noise",
    kind="mean",
    statement=r"\mathbb E\,|z - \tfrac{h}{\beta} \nabla R_c(z) - x|^2 = \sum_i (1 - g_i)^2 v_i + K g_i^2 \sigma^2,"
    r"\qquad g_i = 1 - \frac{h}{1 + p\,(v_i/K + \sigma^2)/\epsilon^2}",
    assumptions=(
        "clean tokens x in one of K orthogonal subspaces of dimension p, equally likely; variances v along its axes",
        "white noise of variance sigma^2, many tokens; distortion 1.4",
        "derived here",
    ),
    papers=("yu2023", "yu2023b"),
    experiment=TOKENS,
    code="validations.information.compression_step:ERROR",
    rivals=(
        Rival("noise not seen", "the gain of the clean tokens' variance", near=True),
        Rival("best common filter", "the least error of any filter that is the same for all tokens, at every length"),
        Rival("known subspace", "the least error of a filter of the token's own subspace"),
    ),
    margin=Margin("rival", "0.03, below a third of the 0.093 by which noise not seen differs for a whole step"),
)

CLAIMS = (FILTER, ERROR)
