"""Scales of the reproduction of Yu, Yu, Lokse, Jenssen and Principe (arXiv 2404.17951)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The figure at one scale.

    Attributes:
        replicates: samples of each correlation.
        pairs: in each.
        rhos: correlations, increasing.
        bandwidths: of the kernels, in standard deviations.
    """

    seed: int = 0
    replicates: int
    pairs: int
    rhos: tuple[float, ...] = (0.4, 0.8)
    bandwidths: tuple[float, ...] = (0.7, 1.0, 2.0, 9.1)


SMOKE = Settings(replicates=16, pairs=1000)
STANDARD = Settings(replicates=24, pairs=3000)
