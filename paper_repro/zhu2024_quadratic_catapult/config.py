"""Scales of the reproduction of Zhu et al. (arXiv 2205.11787)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
    """

    seed: int = 0
    replicates: int


SMOKE = Settings(replicates=24)
STANDARD = Settings(replicates=64)
