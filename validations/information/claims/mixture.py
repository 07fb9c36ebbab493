"""Claims on noisy layers over finitely many inputs: which pairwise sums bound their information, and which do not."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class NoisyLayers(Configuration):
    """Random tanh layers of two units over a few inputs, some so far apart that noise cannot confuse them.

    Attributes:
        patterns: inputs, equally likely; half of them of either label.
        gains: range of the weights' gain, uniform in its logarithm.
        noises: range of the noise's standard deviation, uniform in its logarithm.
        grid: points of the quadrature in each unit.
    """

    patterns: int = 8
    gains: tuple[float, float] = (0.1, 5.0)
    noises: tuple[float, float] = (0.03, 1.0)
    grid: int = 160

    positive = ("gains", "noises")
    between = {"patterns": (2, 200), "grid": (50, 2000)}


NOISY = "inputs are finitely many and equally likely; every unit has independent Gaussian noise of equal variance"
LAYERS = Experiment(
    id="information/noisy_layers",
    title="Noisy tanh layers over finitely many inputs, by quadrature",
    code="validations.information.mixture:simulate",
    scales={"smoke": NoisyLayers(replicates=64), "standard": NoisyLayers(replicates=512, grid=240)},
    cell=16,
)
ROUNDING = Margin("numerical", "1e-9 nats: the error of the quadrature, whose grid resolves the noise")

UPPER = Claim(
    id="information/pairwise_upper",
    title="Kullback-Leibler distances between pairs of inputs bound the information of a noisy layer from above",
    kind="bound",
    statement=r"I(X;T) \le -\frac1N \sum_i \log \frac1N \sum_j e^{-|h_i - h_j|^2/2\sigma^2}",
    assumptions=(NOISY,),
    papers=("kolchinsky2017", "saxe2018"),
    experiment=LAYERS,
    code="validations.information.mixture:UPPER",
    rivals=(
        Rival("constant 10 % smaller", "a bound that well separated inputs violate", near=True),
        Rival("Bhattacharyya distances", "the lower bound's kernel, four times as wide in variance"),
    ),
    margin=ROUNDING,
    options={"side": "upper", "mode": "always", "tight": True},
)

LOWER = Claim(
    id="information/pairwise_lower",
    title="Bhattacharyya distances between pairs of inputs bound the information of a noisy layer from below",
    kind="bound",
    statement=r"I(X;T) \ge -\frac1N \sum_i \log \frac1N \sum_j e^{-|h_i - h_j|^2/8\sigma^2}",
    assumptions=(NOISY,),
    papers=("kolchinsky2017", "saxe2018"),
    experiment=LAYERS,
    code="validations.information.mixture:LOWER",
    rivals=(
        Rival("constant 10 % larger", "a bound that well separated inputs violate", near=True),
        Rival("Kullback-Leibler distances", "the upper bound's kernel"),
    ),
    margin=ROUNDING,
    options={"side": "lower", "mode": "always", "tight": True},
)

NO_NEAR = "the bound is loose, so that no constant near it is singled out; the rival is what is commonly reported"

LABEL_UPPER = Claim(
    id="information/label_upper",
    title="Upper less lower bound bounds information about the label from above; a difference of lower bounds does not",
    kind="bound",
    statement=r"I(T;Y) \le \hat I^{\,\mathrm{up}}(X;T) - \sum_y p_y\, \hat I^{\,\mathrm{low}}(X;T|Y = y)",
    assumptions=(NOISY, "the input determines the label", "derived here"),
    papers=("kolchinsky2017", "saxe2018"),
    experiment=LAYERS,
    code="validations.information.mixture:LABEL_UPPER",
    rivals=(Rival("difference of lower bounds", "one kernel for both terms, taken for a bound from above"),),
    no_near_rival=NO_NEAR,
    margin=ROUNDING,
    options={"side": "upper", "mode": "always"},
)

LABEL_LOWER = Claim(
    id="information/label_lower",
    title="Lower less upper bound bounds information about the label from below; a difference of upper bounds does not",
    kind="bound",
    statement=r"I(T;Y) \ge \hat I^{\,\mathrm{low}}(X;T) - \sum_y p_y\, \hat I^{\,\mathrm{up}}(X;T|Y = y)",
    assumptions=(NOISY, "the input determines the label", "derived here"),
    papers=("kolchinsky2017", "saxe2018"),
    experiment=LAYERS,
    code="validations.information.mixture:LABEL_LOWER",
    rivals=(Rival("difference of upper bounds", "one kernel for both terms, as in published information planes"),),
    no_near_rival=NO_NEAR,
    margin=ROUNDING,
    options={"side": "lower", "mode": "always"},
)

CLAIMS = (UPPER, LOWER, LABEL_UPPER, LABEL_LOWER)
