"""Scales of the reproduction of Zhu et al. (arXiv 2205.11787)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
        shown: steps times first kernel of the courses, smallest first: one lazy, the others catapults.
        scales: likewise of the diagram of phases; none is within a tenth of a threshold.
        steps: of every course.
        units, inputs, examples: of the ReLU networks that are expanded to second order.
    """

    seed: int = 0
    replicates: int
    shown: tuple[float, ...] = (1.5, 2.5, 3.5)
    scales: tuple[float, ...] = tuple(tenths / 10 for tenths in range(11, 48, 2))
    steps: int = 80
    units: int = 256
    inputs: int = 4
    examples: int = 6


SMOKE = Settings(replicates=24)
STANDARD = Settings(replicates=64)
