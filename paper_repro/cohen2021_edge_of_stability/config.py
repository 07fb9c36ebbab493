"""Scales of the reproduction of Cohen et al. (arXiv 2103.00065), on small networks."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Trainings at one scale.

    Attributes:
        replicates: starts and data sets that the numbers are means over.
        steps: of every run of these.
        shown: step sizes whose course is drawn, smallest first, from one start.
        rates: step sizes of the diagram.
        held: those between these two are large enough that the sharpness reaches the edge.
        together: starts of the diagram.
        drawn_steps, looks: length of these runs, and how often the sharpness is taken.
    """

    seed: int = 0
    replicates: int
    steps: int
    shown: tuple[float, ...] = (0.25, 0.35, 0.5)
    rates: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
    held: tuple[float, float] = (0.4, 0.6)
    together: int = 48
    drawn_steps: int = 1500
    looks: int = 50


SMOKE = Settings(replicates=32, steps=2000, together=24)
STANDARD = Settings(replicates=128, steps=6000, drawn_steps=6000, looks=120)
