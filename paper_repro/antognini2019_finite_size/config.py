"""Scales of the reproduction of Antognini (arXiv 1908.10030)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: independent ensembles of networks at every width.
        draws: networks of an ensemble.
        widths: of the hidden layer.
        shown: width whose density is drawn.
    """

    seed: int = 0
    replicates: int
    draws: int
    widths: tuple[int, ...] = (4, 8, 16, 32)
    shown: int = 16


SMOKE = Settings(replicates=16, draws=65536, widths=(4, 8, 16))
STANDARD = Settings(replicates=64, draws=262144, widths=(4, 8, 16, 32, 64))
