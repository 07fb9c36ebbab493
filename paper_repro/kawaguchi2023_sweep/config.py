"""Scales of the reduced sweep after Kawaguchi, Deng, Ji and Huang (arXiv 2305.18887)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All networks of the sweep at one scale.

    Attributes:
        replicates: data sets, each of clusters of its own.
        widths: of the first two layers, increasing; half of it in the two after them.
        decays: of the weights.
        starts: networks of each width and decay.
        classes, train, test: clusters, and samples of each.
        spread: standard deviation of the clusters, whose centers are uniform in a square of side 20.
        steps, rate, momentum: of descent on all training samples.
    """

    seed: int = 0
    replicates: int
    widths: tuple[int, ...]
    decays: tuple[float, ...] = (0.0, 0.01, 0.05)
    starts: int
    classes: int = 5
    train: int = 10
    test: int = 50
    spread: float = 0.7
    steps: int = 300
    rate: float = 0.01
    momentum: float = 0.9


SMOKE = Settings(replicates=32, widths=(16, 32), starts=2)
STANDARD = Settings(replicates=48, widths=(32, 64, 128), starts=3)
