"""Scales of the reproduction of Bushnaq et al. (arXiv 2405.10927)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
    """

    seed: int = 0
    replicates: int


SMOKE = Settings(replicates=16)
STANDARD = Settings(replicates=64)
