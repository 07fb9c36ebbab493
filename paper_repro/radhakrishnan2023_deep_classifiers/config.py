"""Scales of the reproduction of Radhakrishnan, Belkin and Uhler (arXiv 2204.14126)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        replicates: data sets of every family.
        machines: replicates of the three limits.
        train, test: examples of a data set; an odd number in training, so that no vote is a tie.
        depth: of the networks on the families.
    """

    seed: int = 0
    replicates: int
    machines: int
    train: int
    test: int
    depth: int


SMOKE = Settings(replicates=10, machines=16, train=201, test=300, depth=60)
STANDARD = Settings(replicates=20, machines=64, train=1001, test=1000, depth=100)
