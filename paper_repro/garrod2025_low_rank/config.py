"""Scales of the reproduction of Garrod and Keating (arXiv 2410.23169)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale; the defaults are those printed under the paper's first figure.

    Attributes:
        replicates: random starts at every width.
        widths: of features and layers.
        start: standard deviation of the start's entries times the root of the width.
        steps: of heavy balls with momentum 0.9 and a step of `rate`, which at long times act as descent with tenfold
            steps, the paper's 0.5.
    """

    seed: int = 0
    replicates: int
    widths: tuple[int, ...]
    classes: int = 10
    per_class: int = 5
    layers: int = 2
    penalty: float = 2.0**-10
    rate: float = 0.05
    start: float = 0.3
    steps: int = 5000


SMOKE = Settings(replicates=16, widths=(10, 40))
STANDARD = Settings(replicates=24, widths=(10, 15, 20, 30, 50, 70), steps=10000)
