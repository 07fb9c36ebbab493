"""Scales of the reproduction of Skean et al. (arXiv 2502.02013)."""

from dataclasses import dataclass, field

from validations.information.claims.digit_plane import DigitPlanes
from validations.information.claims.matrix_entropy import Collapsing, Unstructured


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All figures at one scale.

    Attributes:
        tokens: features without structure, the null of the entropy of a prompt.
        collapsing: features of classes on the way to collapse.
        digits: networks on handwritten digits, whose layers are looked at.
    """

    seed: int = 0
    tokens: Unstructured = field(default_factory=lambda: Unstructured(replicates=16))
    collapsing: Collapsing = field(default_factory=lambda: Collapsing(replicates=16))
    digits: DigitPlanes = field(
        default_factory=lambda: DigitPlanes(replicates=10, hidden=(24, 24, 24), steps=600, at=(1, 600))
    )


SMOKE = Settings()
STANDARD = Settings(
    tokens=Unstructured(replicates=32, matrices=1000),
    collapsing=Collapsing(replicates=32, examples=2000),
    digits=DigitPlanes(replicates=20, hidden=(64, 64, 64, 64), steps=3000, at=(1, 3000)),
)
