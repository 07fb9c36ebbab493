"""Scales of the reproduction of Pennington and Bahri (ICML 2017)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One scale.

    Attributes:
        ratios: phi, at which the exponent is taken.
        replicates: data sets of random targets and networks fitted to them.
        width: of these networks.
        nearest: relative distances to the critical energy; the larger and the smaller half give two exponents.
    """

    seed: int = 0
    ratios: tuple[float, ...]
    replicates: int = 16
    width: int = 6
    nearest: tuple[float, ...] = (1e-4, 2e-4, 4e-4, 8e-4)


SMOKE = Settings(ratios=(0.25, 0.5))
STANDARD = Settings(ratios=(0.1, 0.25, 0.5, 0.75), replicates=32, width=8)
