"""Scales of the reproduction of Zhu et al. (arXiv 2305.19377)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: data sets.
        inputs: dimension of the separated classes.
        examples: numbers of training examples of the separated classes.
        tests: test examples.
        separation: distance of a class from the origin, in units of the noise along any direction.
        flipped: share of labels that are wrong.
        sizes: numbers of examples of the floor, at one ratio to the dimension.
        ratio: of examples to dimensions there.
    """

    seed: int = 0
    replicates: int = 20
    inputs: int = 300
    examples: tuple[int, ...]
    tests: int = 400
    separation: float = 6.0
    flipped: float = 0.15
    sizes: tuple[int, ...]
    ratio: float = 0.8


SMOKE = Settings(examples=(50, 200), sizes=(120, 240))
STANDARD = Settings(replicates=40, examples=(50, 100, 200, 400), sizes=(120, 240, 480))
