"""Scales of the reproduction of Grigsby et al. (arXiv 2306.06179)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        replicates: independent draws of all that is random.
    """

    seed: int = 0
    replicates: int


SMOKE = Settings(replicates=128)
STANDARD = Settings(replicates=512)
