"""Scales of the reproduction of Karnik, Veselovska, Iwen and Krahmer (arXiv 2410.16247)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Descent on half the squared error of m measurements of a normalized tensor of low tubal rank, as published.

    Attributes:
        replicates: tensors, with their own measurements and starts.
        size, length, rank, measurements: n, k, r and m.
        width: of the factor; published 200.
        scales: of the start.
        step, steps: of descent.
        every: steps between recorded errors.
    """

    seed: int = 0
    replicates: int
    size: int = 10
    length: int = 4
    rank: int = 3
    measurements: int = 285
    width: int
    scales: tuple[float, ...] = (1e-2, 1e-4, 1e-6, 1e-8)
    step: float = 1e-5
    steps: int = 4000
    every: int = 5


SMOKE = Settings(replicates=16, width=20)
STANDARD = Settings(replicates=20, width=200)
