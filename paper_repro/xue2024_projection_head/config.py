"""Scales of the reproduction of Xue et al. (arXiv 2403.11391)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        linear: random starts and draws of images of the deep linear networks.
        absent: random starts and inputs of the rectified networks.
        digits: random starts and draws of images of the rectified networks on digits.
    """

    seed: int = 0
    linear: int
    absent: int
    digits: int


SMOKE = Settings(linear=24, absent=16, digits=24)
STANDARD = Settings(linear=48, absent=48, digits=96)
