"""Scales of the reproduction of Yu et al. (arXiv 2306.01129)."""

from dataclasses import dataclass, field

from validations.information.claims.compression_step import NoisyTokens


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        tokens: laws of the tokens, and how many.
        scales: that tokens, noise and distortion are multiplied with; the second is compared.
        step: h of both steps.
    """

    seed: int = 0
    tokens: NoisyTokens = field(default_factory=lambda: NoisyTokens(replicates=16, tokens=256))
    scales: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0, 1.5)
    step: float = 0.5


SMOKE = Settings()
STANDARD = Settings(tokens=NoisyTokens(replicates=32, tokens=1024))
