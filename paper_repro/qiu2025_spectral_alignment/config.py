"""Scales of the reproduction of Qiu et al. (arXiv 2510.04202)."""

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
