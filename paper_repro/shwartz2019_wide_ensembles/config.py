"""Scales of the reproduction of Shwartz-Ziv and Alemi (arXiv 1911.09189)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: of ensembles and of sets of linear models.
        networks, width: of an ensemble.
        models: linear ones, of a replicate.
    """

    seed: int = 0
    replicates: int
    networks: int = 160
    width: int = 64
    models: int = 1024


SMOKE = Settings(replicates=24)
STANDARD = Settings(replicates=32, networks=320, width=256, models=4096)
