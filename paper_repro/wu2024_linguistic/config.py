"""Scales of the reproduction of Wu and Papyan (arXiv 2405.17767)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One small model in place of many large ones.

    Attributes:
        replicates: random starts and texts.
        rounds: how often every word comes.
        points: recorded steps.
    """

    seed: int = 0
    replicates: int
    rounds: int = 5
    hidden: int = 32
    steps: int = 500
    points: int = 25


SMOKE = Settings(replicates=16)
STANDARD = Settings(replicates=48, rounds=12, hidden=64, steps=3000, points=40)
