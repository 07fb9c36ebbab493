"""Claims on the Fisher information of wide random networks."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class WideNetworks(Configuration):
    """Random tanh perceptrons of one output on Gaussian inputs, as many as hidden units.

    Attributes:
        width: M, of inputs and hidden layers.
        layers: L, weight matrices.
        samples: N, inputs.
        sigma_w, sigma_b: gains of weights and biases.
    """

    width: int = 500
    layers: int = 3
    samples: int = 30
    sigma_w: float = 1.7320508
    sigma_b: float = 0.8

    positive = ("sigma_w", "sigma_b")
    between = {"width": (2, 100000), "layers": (2, 100), "samples": (2, 10000)}


NETWORKS = Experiment(
    id="hessian/wide_networks",
    title="Fisher information of random tanh perceptrons",
    code="validations.hessian.fisher:simulate",
    scales={"smoke": WideNetworks(replicates=64), "standard": WideNetworks(replicates=128, width=1500, samples=60)},
    revision=2,
    cell=16,
    cost=Cost(seconds=0.082, bytes=16),
)

RANDOM = (
    "weights and biases are random, inputs independent and centered; the hidden layers are wide",
    "one output; F is the mean over inputs of the outer product of the output's gradient",
)

LARGEST = Claim(
    id="hessian/fisher_largest",
    title="One eigenvalue of the Fisher information of a wide network grows with its width",
    kind="mean",
    statement=r"\lambda_{\max}/M \to \alpha\left(\frac{N-1}N\kappa_2 + \frac1N\kappa_1\right)",
    assumptions=RANDOM,
    papers=("karakida2019",),
    experiment=NETWORKS,
    code="validations.hessian.fisher:LARGEST",
    rivals=(
        Rival("infinite data", "alpha kappa_2, without the term of order 1/N", near=True),
        Rival("no bias", "the law without biases, where inputs that are uncorrelated stay so"),
        Rival("one layer fewer", "the order parameters of L - 1 matrices"),
    ),
    margin=Margin("rival", "a quarter of the distance to infinite data"),
)

MEAN = Claim(
    id="hessian/fisher_mean",
    title="The mean eigenvalue of the Fisher information of a wide network falls as one over its width",
    kind="mean",
    statement=r"M\,\bar\lambda \to \kappa_1",
    assumptions=RANDOM,
    papers=("karakida2019",),
    experiment=NETWORKS,
    code="validations.hessian.fisher:MEAN",
    rivals=(
        Rival("off diagonal", "kappa_2, the correlation of two inputs' gradients"),
        Rival("no bias", "the law without biases", near=True),
        Rival("one layer fewer", "the order parameters of L - 1 matrices"),
    ),
    margin=Margin("rival", "less than a third of the distance to the law without biases"),
)

SQUARE = Claim(
    id="hessian/fisher_second_moment",
    title="What the one large eigenvalue adds to the mean square of all of the Fisher information's in a wide network",
    kind="mean",
    statement=r"\overline{\lambda^2} \to \alpha\left(\frac{N-1}N\kappa_2^2 + \frac1N\kappa_1^2\right)",
    assumptions=RANDOM,
    papers=("karakida2019",),
    experiment=NETWORKS,
    code="validations.hessian.fisher:SQUARE",
    rivals=(
        Rival("infinite data", "alpha kappa_2^2, without the term of order 1/N"),
        Rival("no outlier", "the terms of single inputs alone, as if gradients of two inputs were orthogonal"),
    ),
    no_near_rival="laws without biases or with a layer fewer differ by 15 %, of which the width takes a third already",
    margin=Margin("rival", "less than a third of the distance to the law without an outlier"),
)

CLAIMS = (LARGEST, MEAN, SQUARE)
