"""Claims on the error and the Jacobian of the best denoiser."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class NoisyClouds(Configuration):
    """Points of two Gaussian clouds with noise, and their posterior means.

    Attributes:
        inputs: dimensions; the clouds' centers lie at plus and minus `distance` along the first.
        distance: of either center from the origin.
        spread: of each cloud.
        sigmas: of the noise.
        draws: points in every replicate.
    """

    inputs: int = 2
    distance: float = 1.5
    spread: float = 0.3
    sigmas: tuple[float, ...] = (0.5, 1.0, 1.5)
    draws: int = 8192

    positive = ("inputs", "sigmas", "draws")
    not_negative = ("distance", "spread")


CLOUDS = Experiment(
    id="hessian/noisy_clouds",
    title="Noisy points of two clouds and their posterior means",
    code="validations.hessian.denoiser:simulate",
    scales={"smoke": NoisyClouds(replicates=32), "standard": NoisyClouds(replicates=64, draws=16_384)},
    cell=32,
    cost=Cost(seconds=0.013, bytes=48),
)

IDENTITY = Claim(
    id="hessian/denoiser_error",
    title="The error of the best denoiser is the noise's variance times the mean trace of its Jacobian",
    kind="mean",
    statement=(
        r"\mathbb E|x - \mathbb E[x|y]|^2 = \sigma^2\,\mathbb E\,\mathrm{tr}\,J(y),\qquad"
        r" J = \mathrm{Cov}(x|y)/\sigma^2"
    ),
    assumptions=("two Gaussian clouds", "Gaussian noise", "the Jacobian by differentiation at the points' own y"),
    papers=("hatsell1971",),
    experiment=CLOUDS,
    code="validations.hessian.denoiser:IDENTITY",
    rivals=(
        Rival("no denoising", "the noise's own error"),
        Rival("linear", "the error of the best linear denoiser, as if x were Gaussian"),
        Rival("a fifth more", "any constant that is a fifth larger", near=True),
    ),
    margin=Margin(
        "rival", "a thirtieth of the linear denoiser's error: less than a third of the distance to a fifth more"
    ),
)

CLAIMS = (IDENTITY,)
