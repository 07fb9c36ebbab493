"""Scales of the reproduction of Min, Mallada and Vidal (arXiv 2307.12851)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        early: networks whose alignment is timed, from each size of start.
        scales: of the start, for the alignment.
        small: networks trained on from starts of several sizes.
        lonely: networks with one example a class.
        tail: times at which these record their loss.
    """

    seed: int = 0
    early: int
    scales: tuple[float, float] = (1e-6, 1e-2)
    small: int
    lonely: int
    tail: tuple[float, ...]


SMOKE = Settings(early=32, small=16, lonely=16, tail=(2.0, 4.0, 6.0, 10.0, 14.0, 20.0))
STANDARD = Settings(early=128, small=64, lonely=64, tail=(2.0, 4.0, 6.0, 10.0, 20.0, 40.0, 80.0))
