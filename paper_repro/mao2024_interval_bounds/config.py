"""Scales of the reproduction of Mao, Mueller, Fischer and Vechev (arXiv 2306.10426)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: random subspaces, and random networks of every depth.
        inputs: dimension of the space.
        ranks: dimensions of the data's subspace; 10, 20 and 30 are among them.
        width: of all layers of the networks.
        depths: numbers of layers.
        centers: boxes that a network's tightness is averaged over.
    """

    seed: int = 0
    replicates: int
    inputs: int = 100
    ranks: tuple[int, ...] = (1, 2, 5, 10, 15, 20, 25, 30)
    width: int
    depths: tuple[int, ...] = (2, 3, 5, 7, 9, 11, 13)
    centers: int = 8


SMOKE = Settings(replicates=96, width=128)
STANDARD = Settings(replicates=200, width=256)
