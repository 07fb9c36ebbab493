"""Scales of the reproduction of Liu et al. (arXiv 1805.09298)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Points on spheres searched for the least energy.

    Attributes:
        starts: random starts of every search, of which the best counts.
        points: numbers of points on the sphere of three dimensions.
        classes: numbers of points in as many dimensions, for energies over all space and over lines.
    """

    seed: int = 0
    starts: int
    points: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 12)
    classes: tuple[int, ...] = (3, 4, 5, 6)


SMOKE = Settings(starts=8)
STANDARD = Settings(starts=64, points=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 24))
