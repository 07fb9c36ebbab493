"""Claims on one binned neuron: compression that saturation makes, and its absence without saturation."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Neurons(Configuration):
    """One neuron f(wX) on standard normal inputs.

    Attributes:
        weights: the values of w.
        samples: draws of X a replicate, one in each of as many slices of equal probability.
    """

    weights: tuple[float, ...] = (0.1, 0.3, 0.7, 1.0, 2.0, 4.0)
    samples: int = 30_000

    positive = ("weights",)
    between = {"samples": (1000, 10_000_000)}


GAUSSIAN = "X is standard normal and T = f(wX) has no noise"

NEURONS = Experiment(
    id="information/binned_neurons",
    title="One tanh and one rectified neuron, binned",
    code="validations.information.binned_neuron:simulate",
    scales={"smoke": Neurons(replicates=16), "standard": Neurons(replicates=64)},
)

BINNED_TANH = Claim(
    id="information/binned_tanh",
    title="Binned information of a tanh neuron rises, peaks near unit weight and falls as the neuron saturates",
    kind="mean",
    statement=(
        r"H(\lfloor\tanh wX\rfloor_{30}) = -\sum_k p_k \log p_k,\qquad"
        r" p_k = \Phi\left(\frac{\mathrm{artanh}\, b_{k+1}}{w}\right)"
        r" - \Phi\left(\frac{\mathrm{artanh}\, b_k}{w}\right)"
    ),
    assumptions=(GAUSSIAN, "30 equal bins on [-1, 1]"),
    papers=("saxe2018", "shwartz2017"),
    experiment=NEURONS,
    code="validations.information.binned_neuron:BINNED_TANH",
    rivals=(
        Rival("29 bins", "30 edges taken for 30 bins, as in the published code", near=True),
        Rival("no saturation", "the rectified neuron's steady growth"),
        Rival("uniform bins filled", "log 30 at every weight, the most that the bins can hold"),
    ),
    margin=Margin("rival", "0.01 nats, below a third of log(30/29), the distance to 29 bins"),
)

BINNED_RELU = Claim(
    id="information/binned_relu",
    title="Binned information of a rectified neuron only grows with its weight",
    kind="mean",
    statement=(
        r"H(\lfloor (wX)_+ \rfloor_\delta) = -\sum_k p_k \log p_k,\qquad p_0 = \Phi(\delta/w),\quad"
        r" p_k = \Phi((k+1)\delta/w) - \Phi(k\delta/w)"
    ),
    assumptions=(GAUSSIAN, "bins of width 0.07 without end"),
    papers=("saxe2018",),
    experiment=NEURONS,
    code="validations.information.binned_neuron:BINNED_RELU",
    rivals=(
        Rival("bins 10 % wider", "another width: the value belongs to the bins", near=True),
        Rival("saturating", "the rise and fall of the tanh neuron"),
        Rival("no atom", "the entropy of |wX|, as if the silent half of the inputs had no bin of its own"),
    ),
    margin=Margin("rival", "0.01 nats, below a third of the distance log(1.1)/2 to bins 10 % wider"),
)

CLAIMS = (BINNED_TANH, BINNED_RELU)
