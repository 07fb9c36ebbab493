"""Claims on the distribution of a random network's output at finite width."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class RandomOutputs(Configuration):
    """Random networks with one hidden layer of ReLU and readout weights of three distributions.

    Attributes:
        width: of the hidden layer; small, so that the output is far from Gaussian.
        draws: networks of a replicate.
    """

    width: int = 4
    draws: int = 65536

    positive = ("width", "draws")


OUTPUTS = Experiment(
    id="kernels/random_outputs",
    title="Outputs of random narrow networks",
    code="validations.kernels.outputs:simulate",
    scales={"smoke": RandomOutputs(replicates=32), "standard": RandomOutputs(replicates=512)},
)

KURTOSIS = Claim(
    id="kernels/output_kurtosis",
    title="The excess kurtosis of a narrow network's output is exact and depends on the readout's fourth moment",
    kind="mean",
    statement=r"\kappa = \frac1n\left[\frac{\mathbb{E} v^4}{(\mathbb{E} v^2)^2}"
    r"\frac{\mathbb{E}\phi^4}{(\mathbb{E}\phi^2)^2} - 3\right] = \frac{15}{n},\ \frac{7.8}{n},\ \frac{3}{n}",
    assumptions=(
        "one hidden layer of ReLU, independent Gaussian weights in it",
        "readout weights independent, Gaussian, uniform or signs; standardized by the variance of the replicate",
    ),
    papers=("antognini2019",),
    experiment=OUTPUTS,
    code="validations.kernels.outputs:KURTOSIS",
    rivals=(
        Rival("one unit more", "the width counted with the bias unit", near=True),
        Rival("Gaussian readout", "the fourth moment 3 of the readout weights, whatever their distribution"),
        Rival("Gaussian output", "the limit of infinite width"),
    ),
    margin=Margin("rival", "three tenths of the distance to one unit more, for each distribution"),
)

CLAIMS = (KURTOSIS,)
