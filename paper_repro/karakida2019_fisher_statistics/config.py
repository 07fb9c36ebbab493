"""Scales of the reproduction of Karakida et al. (arXiv 1806.01316)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
        width: of the networks.
    """

    seed: int = 0
    replicates: int
    width: int


SMOKE = Settings(replicates=96, width=500)
STANDARD = Settings(replicates=64, width=1000)
