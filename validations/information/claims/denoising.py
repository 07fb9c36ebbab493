"""Claim on the best denoiser of tokens near two subspaces: what doubt about the subspace costs."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class TwoSubspaces(Configuration):
    """Noisy tokens of two orthogonal subspaces, equally likely, denoised by their posterior mean.

    Attributes:
        tokens: in a replicate.
        dimension: p of each subspace.
        variance: of clean tokens along each axis of their subspace.
        noises: standard deviations of the noise.
    """

    tokens: int = 1500
    dimension: int = 2
    variance: float = 1.0
    noises: tuple[float, ...] = (0.35, 0.7, 1.0, 1.5)

    positive = ("variance", "noises")
    between = {"tokens": (100, 10**6), "dimension": (1, 20), "variance": (0, 100), "noises": (0.01, 100)}


SUBSPACES = Experiment(
    id="information/two_subspaces",
    title="Noisy tokens of two subspaces, denoised by Bayes' rule",
    code="validations.information.denoising:simulate",
    scales={"smoke": TwoSubspaces(replicates=32), "standard": TwoSubspaces(replicates=64, tokens=20_000)},
    cell=32,
    cost=Cost(seconds=0.034, bytes=32),
)

GATED = Claim(
    id="information/denoiser_gate",
    title="The best denoiser of tokens near two subspaces gates Wiener filters softly, and doubt has its price",
    kind="mean",
    statement=r"\mathbb E\,|\hat x - x|^2 = \frac{pv\sigma^2}{v + \sigma^2} + \Bigl(\frac{v}{v + \sigma^2}\Bigr)^2"
    r" \mathbb E\Bigl[\pi^2 \bigl((v + \sigma^2) q + \sigma^2 q'\bigr)\Bigr],\qquad"
    r" \log\frac{1 - \pi}{\pi} = \frac{vq}{2\sigma^2} - \frac{vq'}{2(v + \sigma^2)}",
    assumptions=(
        "tokens in one of two orthogonal subspaces of p dimensions, equally likely, variance v along each axis",
        "white Gaussian noise of variance sigma^2; q, q' independent chi-square variables of p degrees of freedom",
        "derived here",
    ),
    papers=("yu2023b",),
    experiment=SUBSPACES,
    code="validations.information.denoising:GATED",
    rivals=(
        Rival("likelier subspace", "a hard choice of subspace, then its filter", near=True),
        Rival("known subspace", "no price for doubt", near=True),
        Rival("best common filter", "one filter for all tokens, as a step of compression is"),
    ),
    margin=Margin("rival", "0.045, below a third of the 0.15 that a hard choice costs where the noise is loudest"),
)

CLAIMS = (GATED,)
