"""Scales of the reproduction of Liu et al. (arXiv 2208.12055)."""

from dataclasses import dataclass, field

from validations.information.claims.manifold import Sphere


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        sphere: samples whose entropy is estimated.
        points: of the ascent, drawn at the largest concentration.
        steps, step: of the ascent, each away from the nearest neighbor.
    """

    seed: int = 0
    sphere: Sphere = field(default_factory=lambda: Sphere(replicates=16, samples=800))
    points: int = 200
    steps: int = 500
    step: float = 0.05


SMOKE = Settings()
STANDARD = Settings(sphere=Sphere(replicates=32, samples=4000), points=1000, steps=1000)
