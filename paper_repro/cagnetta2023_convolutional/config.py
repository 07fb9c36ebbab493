"""Scales of the reproduction of Cagnetta, Favero and Wyart (arXiv 2208.01003)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: sets of inputs.
        examples: numbers of training examples, each half of the next.
        tests: test inputs.
        points: of each circle where the spectrum is taken.
    """

    seed: int = 0
    replicates: int
    examples: tuple[int, ...]
    tests: int = 128
    points: int


SMOKE = Settings(replicates=10, examples=(32, 64, 128, 256, 512), points=512)
STANDARD = Settings(replicates=20, examples=(32, 64, 128, 256, 512, 1024, 2048), points=1024)
