"""A claim on how far descent gets on random targets with fewer parameters than targets."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Memorization(Configuration):
    """Tanh networks of one hidden layer, as many inputs, hidden units and outputs, fitted to Gaussian targets.

    Attributes:
        width: n; there are 2 n^2 parameters, no biases.
        ratios: parameters over targets.
        steps: of the Levenberg-Marquardt method, from random weights of variance 1/n.
    """

    width: int = 6
    ratios: tuple[float, ...] = (0.1, 0.25, 0.5)
    steps: int = 80

    positive = ("ratios", "steps")
    between = {"width": (2, 100), "ratios": (0.001, 0.9)}


TARGETS = Experiment(
    id="hessian/random_targets",
    title="Small networks fitted to random targets that they cannot memorize",
    code="validations.hessian.memorization:simulate",
    scales={"smoke": Memorization(replicates=20), "standard": Memorization(replicates=24, width=8, steps=60)},
    cell=20,
    cost=Cost(seconds=0.48, bytes=24),
)

ENERGY = Claim(
    id="hessian/memorization_energy",
    title="Two trained layers memorize random targets better than as many linear parameters would",
    kind="phenomenon",
    statement=(
        r"\min\frac1{2m}|f - y|^2 < \tfrac12(1 - \phi) - 0.02,\qquad \phi = P/m,\quad"
        r"\text{reported: near } \tfrac12(1-\phi)^2"
    ),
    assumptions=(
        "tanh networks of one hidden layer without biases, Gaussian inputs and targets of unit mean square",
        "a local minimizer from random weights, one for each data set",
        "the reported formula is an observation without a derivation; it is no part of what is judged",
    ),
    papers=("pennington2017",),
    experiment=TARGETS,
    code="validations.hessian.memorization:ENERGY",
    options={"side": "below"},
    rivals=(
        Rival(
            "linear regression",
            "(1 - phi)/2: every parameter takes one target, and no choice of features helps",
            near=True,
        ),
        Rival("readout alone", "(1 - phi/2)/2: the readout's half of the parameters fits, on random features"),
    ),
    margin=Margin("practical", "a twenty-fifth of the targets' energy: less would not show in a plot"),
)

CLAIMS = (ENERGY,)
