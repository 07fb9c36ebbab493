"""Claims on what deep linear networks with noise in their layers let through."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class ErasedNetworks(Configuration):
    """Linear networks of random weights, with dropout behind every layer or with dropped weights.

    Attributes:
        widths: inputs, then units of the layers, with dropout of units.
        connected: the same with dropout of weights.
        inputs: number of different inputs, equally probable, of random entries.
        drop: range of the probability of dropping, drawn for every replicate.
    """

    widths: tuple[int, ...] = (3, 3, 2, 3)
    connected: tuple[int, ...] = (2, 2, 2)
    inputs: int = 3
    drop: tuple[float, float] = (0.2, 0.7)

    positive = ("widths", "connected")
    between = {"inputs": (2, 16), "drop": (0, 1)}

    def __post_init__(self) -> None:
        super().__post_init__()
        masks = (sum(self.widths[1:]), sum(a * b for a, b in zip(self.connected, self.connected[1:], strict=False)))
        if max(masks) > 14:
            raise ConfigurationError(
                f"widths = {self.widths} and connected = {self.connected} have 2^{max(masks)} masks to go through; "
                "2^14 are the most"
            )


@dataclass(frozen=True, kw_only=True)
class GaussianNetworks(Configuration):
    """Linear networks of random layers with Gaussian noise behind each, and signals about their white inputs.

    Attributes:
        widths: inputs, then units of the layers.
        sigma: range of the noise's standard deviation.
        strongest: squared correlation of the strongest signal with the inputs; the others are weaker, down to a
            thousandth.
    """

    widths: tuple[int, ...] = (4, 3, 4, 3)
    sigma: tuple[float, float] = (0.3, 1.5)
    strongest: float = 0.9

    positive = ("widths", "sigma")
    between = {"strongest": (0.01, 0.999)}


ERASED = Experiment(
    id="deep_linear/erased_networks",
    title="Linear networks whose units or weights are dropped",
    code="validations.deep_linear.noisy_layers:simulate_erased",
    scales={"smoke": ErasedNetworks(replicates=24), "standard": ErasedNetworks(replicates=200)},
    cost=Cost(seconds=0.006, bytes=48),
)

GAUSSIAN = Experiment(
    id="deep_linear/gaussian_networks",
    title="Linear networks with Gaussian noise behind every layer, and signals about their inputs",
    code="validations.deep_linear.noisy_layers:simulate_gaussian",
    scales={"smoke": GaussianNetworks(replicates=64), "standard": GaussianNetworks(replicates=512)},
    cost=Cost(seconds=0.001, bytes=304),
    cell=64,
)

GENERIC = "finitely many equally probable inputs of random entries, random weights; the masks are not known"

DROPOUT = Claim(
    id="deep_linear/dropout_information",
    title="Behind dropout of d units a linear layer keeps the share 1 - p^d of the information, and layers multiply",
    kind="identity",
    statement=r"I(X; T_l) = H(X) \prod_{m \le l} (1 - p^{d_m})",
    assumptions=(GENERIC, "the product is published as a bound, that it is attained is derived here"),
    papers=("he2024",),
    experiment=ERASED,
    code="validations.deep_linear.noisy_layers:DROPOUT",
    rivals=(
        Rival("losses add up", "1 - sum p^d: the union bound", near=True),
        Rival("narrowest layer", "1 - p^d of the narrowest layer so far: the others lose nothing more", near=True),
        Rival("one unit a layer", "(1 - p)^l, as if every unit that is lost lost it all"),
    ),
    margin=Margin("numerical", "the tolerance of the identity takes its place"),
)

DROPCONNECT = Claim(
    id="deep_linear/dropconnect_information",
    title="Dropped weights silence units, and silent units the next: a Markov chain, below the product of the layers",
    kind="identity",
    statement=(
        r"I(X; T_l) = H(X)\,\Pr[k_l > 0],\quad k_m \sim \mathrm{Bin}(d_m, 1 - p^{k_{m-1}}),\; k_0 = d_0"
        r"\quad \le \prod_m (1 - p^{d_m d_{m-1}})"
    ),
    assumptions=(GENERIC, "the law is derived here; the product of coefficients is the published way to bound it"),
    papers=("he2024",),
    experiment=ERASED,
    code="validations.deep_linear.noisy_layers:DROPCONNECT",
    rivals=(
        Rival("product of the layers", "1 - p^{d_m d_{m-1}}, multiplied: every weight of a layer in use", near=True),
        Rival("a unit's weights", "1 - p^{d_{m-1}}, multiplied: one unit's weights for all"),
    ),
    margin=Margin("numerical", "the tolerance of the identity takes its place"),
)

GAUSSIAN_SHARE = Claim(
    id="deep_linear/gaussian_contraction",
    title="Noisy linear layers keep at most the largest squared correlation of any information; weak signals reach it",
    kind="bound",
    statement=(
        r"I(U; T_l) \le \rho_l^2\, I(U; X),\qquad"
        r"\rho_l^2 = \lambda_{\max}\bigl(A^\top (A A^\top + N)^{-1} A\bigr)"
    ),
    assumptions=(
        "X is white and Gaussian, U a scalar Gaussian signal about it, noise is Gaussian",
        "half of the signals lie along the best direction, the rest anywhere",
        "classical for Gaussian laws, derived here for chains; published are coefficients for bounded layers",
    ),
    papers=("he2024",),
    experiment=GAUSSIAN,
    code="validations.deep_linear.noisy_layers:GAUSSIAN_SHARE",
    rivals=(
        Rival("a tenth less", "the constant moved inwards", near=True),
        Rival("average direction", "the mean of the squared correlations in place of the largest"),
    ),
    margin=Margin("numerical", "rounding; the tolerance of the bound takes its place"),
    options={"tight": True},
)

CLAIMS = (DROPOUT, DROPCONNECT, GAUSSIAN_SHARE)
