"""Claims on usable information: what predictors of a family can say, and how much of it fits to samples find."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Polynomials(Configuration):
    """Polynomials fitted to a noisy even function of a normal variable: from it, from its square, and back.

    Attributes:
        samples: of X and Y.
        weights: of normalized Hermite polynomials of degree 1, 2, ...; those of odd degree zero, so that X has mean
            zero given Y.
        noise: standard deviation of the noise in Y.
        degrees: of the polynomials, from 1.
    """

    samples: int = 16_000
    weights: tuple[float, ...] = (0.0, 0.8, 0.0, 0.4)
    noise: float = 0.6
    degrees: int = 4

    positive = ("noise",)
    between = {"samples": (100, 10**6), "degrees": (1, 6)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(self.weights[::2]) or not any(self.weights):
            raise ConfigurationError(f"weights = {self.weights} must be zero at odd degrees, which come first, only")


@dataclass(frozen=True, kw_only=True)
class Fits(Configuration):
    """Linear predictors fitted to few samples of Gaussian variables.

    Attributes:
        samples: numbers of them.
        features: of each sample.
        explained: share of the variance of Y that the best predictor explains.
        fits: a replicate averages.
    """

    samples: tuple[int, ...] = (24, 32, 48)
    features: int = 5
    explained: float = 0.5
    fits: int = 256

    between = {"samples": (8, 10_000), "features": (1, 100), "explained": (0, 0.999), "fits": (1, 10**5)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.samples) < self.features + 8:
            raise ConfigurationError(
                f"samples = {self.samples} are too few for {self.features} features: take {self.features + 8} or more"
            )


POLYNOMIALS = Experiment(
    id="information/polynomials",
    title="Polynomials fitted to samples of an even function, forward and back",
    code="validations.information.usable:by_degree",
    scales={"smoke": Polynomials(replicates=64), "standard": Polynomials(replicates=64, samples=50_000)},
    revision=2,
    cell=32,
    cost=Cost(seconds=0.009, bytes=96),
)
FITS = Experiment(
    id="information/fitted_predictors",
    title="Linear predictors fitted to few samples, on new data",
    code="validations.information.usable:held_out",
    scales={"smoke": Fits(replicates=32), "standard": Fits(replicates=64, fits=2048)},
    cell=8,
    cost=Cost(seconds=0.072, bytes=24),
)

BY_DEGREE = Claim(
    id="information/usable_by_degree",
    title="Usable information grows with the predictor's degree and by squaring its input, and flows one way",
    kind="mean",
    statement=r"I_{\mathcal V_k}(X \to Y) = -\tfrac12 \log\Bigl(1 - \frac{\sum_{j \le k} a_j^2}"
    r"{\sum_j a_j^2 + s^2}\Bigr),\quad I_{\mathcal V_k}(X^2 \to Y) = I_{\mathcal V_{2k}}(X \to Y),\quad"
    r" I_{\mathcal V_k}(Y \to X) = 0,\qquad Y = \sum_j a_j h_j(X) + sZ",
    assumptions=(
        "X and Z standard normal, Hermite weights a_j of even degree only",
        "polynomials of degree k with Gaussian residuals of fitted spread, many samples",
        "the values derived here",
    ),
    papers=("xu2020",),
    experiment=POLYNOMIALS,
    code="validations.information.usable:BY_DEGREE",
    rivals=(
        Rival("parts add up", "every degree's own information in nats, summed", near=True),
        Rival("explained share", "R^2, the value for predictors of spread 1/2, in units of the target's variance"),
        Rival("data processing", "squaring the input adds nothing, as for Shannon's information"),
        Rival("symmetry", "as much from Y to X as from X to Y"),
    ),
    margin=Margin("rival", "0.03 nats, below a third of the 0.11 by which the parts' sum differs at degree four"),
)

HELD_OUT = Claim(
    id="information/usable_held_out",
    title="A fitted predictor has less usable information on new data than the best one, by more than p/2n",
    kind="mean",
    statement=r"\mathbb E\, \hat I = -\tfrac12\log(1 - R^2) + \tfrac12\bigl[\psi(\tfrac{n-1}2) - \psi(\tfrac{n-p-1}2)"
    r"\bigr] + \tfrac{n+1}2\Bigl(\tfrac1{n-3} - \tfrac{n-2}{(n-p-2)(n-p-3)}\Bigr)",
    assumptions=("Gaussian variables; means, slopes and spreads of greatest likelihood", "derived here"),
    papers=("xu2020",),
    experiment=FITS,
    code="validations.information.usable:HELD_OUT",
    rivals=(
        Rival("degrees of freedom", "spreads from squares over n - p - 1 in place of n", near=True),
        Rival("leading order", "p/2n less than the truth, as for many samples"),
        Rival("on its own samples", "p/2n more than the truth, as where the fit was made"),
    ),
    margin=Margin("rival", "0.03 nats, below a third of the 0.105 by which degrees of freedom differ at 24 samples"),
)

CLAIMS = (BY_DEGREE, HELD_OUT)
