"""Scales of the reproduction of Dang et al. (arXiv 2301.00437)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Direct optimization of free features and linear layers; the defaults are those of the authors' code.

    Attributes:
        replicates: random starts at every depth.
        width: of features and layers.
        start: standard deviation of the start's entries times the root of the width; the authors' 0.1 at width 64 is
            0.8, from which deep narrow heads take longer to leave zero.
        steps: of heavy balls with momentum 0.9.
    """

    seed: int = 0
    replicates: int
    counts: tuple[int, ...] = (200, 100, 50, 50)
    depths: tuple[int, ...] = (1, 3, 6, 9)
    width: int
    penalty: float = 5e-4
    rate: float = 0.1
    start: float = 1.0
    steps: int
    points: int = 40


SMOKE = Settings(replicates=8, width=16, steps=4000)
STANDARD = Settings(replicates=8, width=32, steps=12000)
PAPER = Settings(replicates=8, width=64, start=0.8, steps=30000)
