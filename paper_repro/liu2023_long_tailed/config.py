"""Scales of the reproduction of Liu et al. (arXiv 2302.12453)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Free features and one layer on cross-entropy with classes of two sizes, regularized or not.

    Attributes:
        replicates: random starts.
        counts: samples of each class, the large classes first.
        large: how many classes are large.
        penalty: of layer and features; above the threshold at which small classes become one.
        strengths: of the two regularizers, zero among them.
        sharpness: of the soft minimum over other classes, per radian.
    """

    seed: int = 0
    replicates: int
    counts: tuple[int, ...] = (8, 8, 2, 2)
    large: int = 2
    width: int = 5
    penalty: float = 0.08
    strengths: tuple[float, ...] = (0.0, 0.1, 3.0)
    sharpness: float = 40.0


SMOKE = Settings(replicates=8)
STANDARD = Settings(replicates=32, strengths=(0.0, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0))
