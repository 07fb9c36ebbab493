"""Scales of the reproduction of Galanti, Gyorgy and Hutter (arXiv 2112.15121)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A perceptron trained on some of the ten digits and tried on the others.

    Attributes:
        replicates: random splits into source and target digits, and starts.
        source: digits that are trained on.
        images: of every source digit in training, as many again are new samples.
        hidden, features: widths.
        decay: weight decay of all layers.
        rate, steps: heavy balls with momentum 0.9.
        shots: labeled images of every target digit.
    """

    seed: int = 0
    replicates: int
    source: int = 8
    images: int = 60
    hidden: int = 64
    features: int = 24
    decay: float = 5e-3
    rate: float = 0.1
    steps: int
    points: int = 12
    shots: int = 5


SMOKE = Settings(replicates=40, steps=400)
STANDARD = Settings(replicates=96, steps=4000, images=80)
