"""Scales of the reproduction of Han, Papyan and Donoho (arXiv 2106.02073)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The renormalized flow of features, and descent on features and classifier together.

    Attributes:
        replicates: random starts of both.
        final_time, points: of the flow.
        classes, per_class, width: of descent.
        decay: weight decay of classifier and bias; features have a tenth of it.
        rate, steps: heavy balls with momentum 0.9.
    """

    seed: int = 0
    replicates: int
    final_time: float = 600.0
    points: int = 12
    classes: int = 4
    per_class: int = 6
    width: int = 8
    decay: float = 5e-4
    rate: float = 0.2
    steps: int


SMOKE = Settings(replicates=8, steps=3000)
STANDARD = Settings(replicates=32, steps=30000, final_time=2400.0, points=24)
