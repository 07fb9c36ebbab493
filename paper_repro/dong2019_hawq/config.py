"""Scales of the reproduction of Dong et al. (arXiv 1905.03696)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
    """

    seed: int = 0
    replicates: int


SMOKE = Settings(replicates=32)
STANDARD = Settings(replicates=128)
