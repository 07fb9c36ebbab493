"""Scales of the reproduction of He and Goldfeld (arXiv 2404.03176)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        replicates: of classifiers, and of laws of the examples in figure `gibbs`.
        draws: classifiers that a replicate averages over.
        drop: probability in figure `contraction`.
        widths: inputs and layers there.
    """

    seed: int = 0
    replicates: int
    draws: int = 1024
    drop: float = 0.5
    widths: tuple[int, ...] = (3, 3, 2, 3, 2)


SMOKE = Settings(replicates=10)
STANDARD = Settings(replicates=32, draws=4096)
