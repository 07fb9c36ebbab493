"""Scales of the reproduction of Yu et al. (arXiv 2311.13110)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The figure at one scale.

    Attributes:
        replicates: draws of subspaces, tokens and noise.
        tokens: in each.
        noises: variances of the noise, increasing; the middle one is compared.
        steps: sizes h of the gradient step, the last being 1.
    """

    seed: int = 0
    replicates: int
    tokens: int
    noises: tuple[float, ...] = (0.1, 0.3, 0.9)
    steps: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


SMOKE = Settings(replicates=16, tokens=512)
STANDARD = Settings(replicates=32, tokens=4096)
