"""Scales of the reproduction of Lee, Xiao, Schoenholz et al. (arXiv 1902.06720)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        ensembles: of eight networks each.
        width: of an ensemble's networks.
        networks: pairs of networks at every width, for the distance from linear training.
    """

    seed: int = 0
    ensembles: int
    width: int
    networks: int


SMOKE = Settings(ensembles=128, width=256, networks=96)
STANDARD = Settings(ensembles=512, width=1024, networks=384)
