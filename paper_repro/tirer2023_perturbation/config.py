"""Scales of the reproduction of Tirer, Huang and Niles-Weed (arXiv 2210.16658)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Random features that flow under the best classifier, and nearly collapsed ones that are kept near given ones.

    Attributes:
        replicates: random starts.
        points: recorded times of the flow, one time unit apart.
        proximities: how strongly features are kept, one search each.
        factor: by which each penalty is raised to see what it does.
        counts: samples of each class along the flow and around exact collapse, equally many as in the theorems.
        firm: proximity around exact collapse, large enough for the first order in its inverse.
    """

    seed: int = 0
    replicates: int
    points: int
    proximities: tuple[float, ...] = (0.05, 0.1, 0.3, 1.0, 3.0)
    factor: float = 2.0
    counts: tuple[int, ...] = (5, 5, 5)
    firm: float = 100.0


SMOKE = Settings(replicates=16, points=60)
STANDARD = Settings(replicates=64, points=400)
