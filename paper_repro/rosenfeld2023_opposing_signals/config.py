"""Scales of the reproduction of Rosenfeld and Risteski (arXiv 2311.04163), the linear model."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Flows and descents at one scale.

    Attributes:
        replicates: random starts, of flows and of descents.
        shown: descents whose course is drawn.
        steps: of these.
    """

    seed: int = 0
    replicates: int
    shown: int = 3
    steps: int = 1200


SMOKE = Settings(replicates=24)
STANDARD = Settings(replicates=128, shown=6)
