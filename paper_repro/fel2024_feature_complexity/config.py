"""Scales of the reproduction of Fel, Bethune, Lampinen, Serre and Hermann (arXiv 2407.06076)."""

from dataclasses import dataclass, field

from validations.information.claims.usable import Polynomials


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Both figures at one scale.

    Attributes:
        polynomials: predictors of every degree, from a variable and from its square.
        inputs, width: of networks of one hidden layer of tanh units.
        samples: that they are trained on, all at once.
        steps, step: of gradient descent.
    """

    seed: int = 0
    polynomials: Polynomials = field(default_factory=lambda: Polynomials(replicates=16, samples=4000))
    inputs: int = 6
    width: int = 48
    samples: int = 300
    steps: int = 3000
    step: float = 0.1


SMOKE = Settings()
STANDARD = Settings(polynomials=Polynomials(replicates=32, samples=50_000), width=128, samples=1000, steps=10_000)
