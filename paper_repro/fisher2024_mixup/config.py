"""Scales of the reproduction of Fisher, Meng and Papyan (arXiv 2402.06171)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Features of mixed-up samples under a fixed simplex classifier, each searched for by itself.

    Attributes:
        replicates: random starts of every search.
        shares: of the first class in the label, from one half to one.
        classes, row_length, feature_penalty: of the model; three classes are drawn.
    """

    seed: int = 0
    replicates: int
    shares: tuple[float, ...]
    classes: int = 10
    row_length: float = 1.0
    feature_penalty: float = 0.002


SMOKE = Settings(replicates=8, shares=tuple(round(0.5 + 0.025 * i, 3) for i in range(21)))
STANDARD = Settings(replicates=8, shares=tuple(round(0.5 + 0.005 * i, 3) for i in range(101)))
