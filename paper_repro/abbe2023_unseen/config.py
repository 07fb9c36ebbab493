"""Scales of the reproduction of Abbe, Bengio, Lotfi and Rizk (arXiv 2301.13105)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        replicates: draws of the random features.
        inputs: dimension of the cube; 15 is published.
        features: width; 8192 is published.
        dimensions: for which the law of figure `activations` is drawn.
        starts: of the diagonal networks' weights, in figure `leak`.
    """

    seed: int = 0
    replicates: int
    inputs: int
    features: int = 8192
    dimensions: tuple[int, ...] = (6, 8, 10, 15, 20, 30, 40)
    starts: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


SMOKE = Settings(replicates=12, inputs=8)
STANDARD = Settings(replicates=24, inputs=10)
