"""Scales of the reproduction of Zhou et al. (arXiv 2410.24200)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Attention matrices of random logits, by length and temperature.

    Attributes:
        replicates: random matrices.
        lengths: numbers of tokens; the first is the short text, the last the long one.
        spread: standard deviation of the logits at temperature one.
        temperatures: by which logits are divided.
    """

    seed: int = 0
    replicates: int
    lengths: tuple[int, ...]
    spread: float = 1.0
    temperatures: tuple[float, ...] = (1.0, 0.75, 0.5)


SMOKE = Settings(replicates=8, lengths=(16, 32, 64, 128, 256))
STANDARD = Settings(replicates=16, lengths=(16, 32, 64, 128, 256, 512, 1024))
