"""Claim on how far representations that keep little information can be moved."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Moved(Configuration):
    """Random tanh networks of two Gaussian inputs, scaled to the signal of a linear map with a given information.

    Attributes:
        width: hidden units.
        information: Cauchy-Schwarz information in nats of Gaussian variables with the signal and noise of the network.
        spread, noise: standard deviation of each input, of the noise added to the output.
        least_gain, largest_gain: gains of hidden units are uniform in their logarithm between them; small ones make
            a network linear.
        points: of the grid along an axis.
    """

    width: int = 5
    information: float = 0.5
    spread: float = 0.7
    noise: float = 1.3
    least_gain: float = 1e-3
    largest_gain: float = 2.0
    points: int = 97

    positive = ("information", "spread", "noise", "least_gain", "largest_gain")
    between = {
        "width": (1, 100),
        "information": (1e-6, 5),
        "spread": (0.1, 10),
        "noise": (0.1, 10),
        "least_gain": (1e-4, 1),
        "largest_gain": (1e-4, 2),
        "points": (49, 400),
    }


MOVED = Experiment(
    id="information/moved_networks",
    title="Random networks of Gaussian inputs under small changes of the input",
    code="validations.information.robustness:simulate",
    scales={"smoke": Moved(replicates=48), "standard": Moved(replicates=400, points=129)},
    cost=Cost(seconds=0.0015, bytes=8),
)

ROBUST = Claim(
    id="information/cauchy_schwarz_robustness",
    title="No network moves further under a small change of its input than the linear map of equal signal",
    kind="bound",
    statement=(
        r"\max_{|\delta| = 1} \delta^\top \mathbb{E} \nabla h(X) \le \frac{\nu}{\sigma} \frac{\rho}{\sqrt{1 - \rho^2}},"
        r"\qquad \log\frac{4 - \rho^2}{4\sqrt{1 - \rho^2}} = I"
    ),
    assumptions=(
        "Gaussian inputs of variance sigma^2 along every axis, white noise of variance nu^2 on the output",
        "I is the Cauchy-Schwarz information of Gaussian variables with the network's signal and noise, not its own",
        "to first order in the length of the change",
        "derived here",
    ),
    papers=("yu2024", "stein1981"),
    experiment=MOVED,
    code="validations.information.robustness:ROBUST",
    rivals=(
        Rival("constant 10 % smaller", "a bound that nearly linear networks break", near=True),
        Rival("squared correlation", "rho^2 in place of rho, the share of variance taken for the correlation"),
    ),
    margin=Margin("numerical", "1e-7: rounding of the sums over the grid and of the root of the information"),
    options={"side": "upper", "mode": "always", "tight": True},
)

CLAIMS = (ROBUST,)
