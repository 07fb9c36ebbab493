"""Scales of the reproduction of Patel and Shwartz-Ziv (arXiv 2410.07687)."""

from dataclasses import dataclass, field

from validations.information.claims.local_rank import Rectified


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        rectified: random rectified networks, layer by layer.
        inputs, width, outputs: of trained networks of three linear or rectified layers.
        rank: of the linear teacher.
        samples: that networks are trained on, all at once.
        start: standard deviation of a layer's weights at first, times the root of its fan-in.
        steps, step: of gradient descent.
        relative: singular values below this share of the largest count as zero.
        rhos: canonical correlations of the bottleneck.
    """

    seed: int = 0
    rectified: Rectified = field(default_factory=lambda: Rectified(replicates=16, networks=100))
    inputs: int = 12
    width: int = 12
    outputs: int = 6
    rank: int = 3
    samples: int = 64
    start: float = 0.2
    steps: int = 3000
    step: float = 0.05
    relative: float = 0.05
    rhos: tuple[float, ...] = (0.9, 0.6, 0.3)


SMOKE = Settings()
STANDARD = Settings(rectified=Rectified(replicates=32, networks=1000), steps=10_000, samples=256)
