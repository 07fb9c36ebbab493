"""Scales of the reproduction of Belghazi et al. (arXiv 1801.04062)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: trained critics at each point, and samples for nearest neighbors.
        rhos: correlations of every pair of coordinates, increasing; the last is compared.
        pairs: of coordinates, few and many.
        hidden, batch, steps, rate: of the critics; every step sees fresh samples.
        evaluations: fresh batches in an estimate.
        samples: for nearest neighbors.
    """

    seed: int = 0
    replicates: int
    rhos: tuple[float, ...]
    pairs: tuple[int, int] = (1, 20)
    hidden: int
    batch: int
    steps: int
    rate: float = 2e-3
    evaluations: int = 64
    samples: int


SMOKE = Settings(replicates=8, rhos=(0.3, 0.6), hidden=32, batch=64, steps=600, samples=800)
STANDARD = Settings(
    replicates=16, rhos=(0.1, 0.3, 0.5, 0.7, 0.9), hidden=96, batch=256, steps=4000, rate=1e-3, samples=5000
)
