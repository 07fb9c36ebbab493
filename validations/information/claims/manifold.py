"""Claim on entropy on a manifold: samples of a sphere tell it, to who knows the sphere's dimension."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Sphere(Configuration):
    """Samples of von Mises and Fisher's law on the sphere in three dimensions.

    Attributes:
        samples: for an estimate.
        concentrations: kappa of the law.
        neighbors: of the estimate.
    """

    samples: int = 1600
    concentrations: tuple[float, ...] = (0.5, 2.0, 8.0)
    neighbors: int = 4

    positive = ("concentrations",)
    between = {"samples": (50, 10**6), "neighbors": (1, 20), "concentrations": (0, 1e6)}


SPHERE = Experiment(
    id="information/sphere_samples",
    title="Nearest neighbors on the sphere",
    code="validations.information.manifold:simulate",
    scales={"smoke": Sphere(replicates=32), "standard": Sphere(replicates=64, samples=4000)},
    cell=32,
    cost=Cost(seconds=0.068, bytes=24),
)

ON_SPHERE = Claim(
    id="information/sphere_entropy",
    title="Nearest neighbors find the entropy of samples on a sphere with its dimension in place of the space's",
    kind="mean",
    statement=r"h = \log\frac{4\pi \sinh\kappa}{\kappa} - \kappa\coth\kappa + 1"
    r" \quad\text{on the sphere in }\mathbb R^3",
    assumptions=(
        "density proportional to exp(kappa u_1) in the area of the sphere",
        "distance to the fourth neighbor, by the chord, in the volume of two dimensions; many samples",
    ),
    papers=("liu2022", "kozachenko1987"),
    experiment=SPHERE,
    code="validations.information.manifold:ON_SPHERE",
    rivals=(
        Rival("one dimension more", "the entropy on the sphere in four dimensions", near=True),
        Rival("tangent plane", "a Gaussian's with the variance of the coordinates across", near=True),
        Rival("whole sphere", "log 4 pi, no matter the concentration"),
    ),
    margin=Margin("practical", "0.05 nats, a twentieth of a sample's worth, as single estimates scatter"),
)

CLAIMS = (ON_SPHERE,)
