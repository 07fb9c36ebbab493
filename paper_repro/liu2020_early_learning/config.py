"""Scales of the reproduction of Liu, Niles-Weed, Razavian and Fernandez-Granda (arXiv 2007.00151)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        replicates: of the examples.
        noise: Delta, in figure `early` and in the published condition.
        spread: sigma in figure `early`.
        step, final_time: of descent there.
        examples: in figure `threshold`.
        shares: noises there.
    """

    seed: int = 0
    replicates: int
    noise: float = 0.4
    spread: float = 0.01
    step: float = 0.02
    final_time: float = 8.0
    examples: int = 60
    shares: tuple[float, ...] = (0.1, 0.25, 0.4, 0.6, 0.8, 1.0)


SMOKE = Settings(replicates=16)
STANDARD = Settings(replicates=64, examples=120)
