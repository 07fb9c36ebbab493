"""Claims on the interaction basis of deep linear networks that invertible maps hide."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class HiddenFeatures(Configuration):
    """Deep linear networks with a narrow layer, rewritten by random invertible maps between their layers.

    Attributes:
        widths: inputs, hidden widths, outputs.
        examples: inputs of a random covariance.
        spread: the hiding maps stretch by up to e to this power, and shrink likewise.
        seen: interactions above this share of the largest are counted.
    """

    widths: tuple[int, ...] = (10, 8, 3, 8, 6)
    examples: int = 64
    spread: float = 1.0
    seen: float = 1e-6

    positive = ("widths", "examples")
    not_negative = ("spread",)
    between = {"seen": (0, 1), "spread": (0, 5)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) < 3 or self.examples < self.widths[0]:
            raise ConfigurationError(
                f"widths = {self.widths} need a hidden layer, and examples = {self.examples} as many as inputs or more"
            )


FEATURES = Experiment(
    id="hessian/hidden_features",
    title="Deep linear networks behind invertible maps, in the interaction basis of every layer",
    code="validations.hessian.interaction_basis:simulate",
    scales={
        "smoke": HiddenFeatures(replicates=16),
        "standard": HiddenFeatures(replicates=64, widths=(20, 16, 5, 16, 12, 10), examples=200),
    },
    cell=16,
    cost=Cost(seconds=0.012, bytes=5192),
)

HIDDEN = ("a deep linear network", "random invertible maps between its layers", "derived here")

SPECTRUM = Claim(
    id="hessian/interaction_importances",
    title="What matters in a deep linear network's layer is the same at every layer, however the network is written",
    kind="identity",
    statement=(
        r"\mathrm{eig}\bigl(\langle a_l a_l^\top\rangle\,\langle J_l^\top J_l\rangle\bigr) ="
        r" \sigma^2\bigl(W_L \cdots W_1 \langle xx^\top\rangle^{1/2}\bigr)\ \text{for every } l"
    ),
    assumptions=HIDDEN,
    papers=("bushnaq2024",),
    experiment=FEATURES,
    code="validations.hessian.interaction_basis:SPECTRUM",
    rivals=(
        Rival("principal components", "variances of the layer's activations alone, which hiding maps change"),
        Rival("white inputs", "the whole map's singular values as if inputs were white", near=True),
    ),
    margin=Margin("numerical", "rounding times the norms of both matrices and the condition of the hiding maps"),
)

SPARSE = Claim(
    id="hessian/interaction_sparsity",
    title="In the interaction basis two layers of a deep linear network share one line a feature, not one a pair",
    kind="mean",
    statement=r"\#\{(i, j) : (C_{l+1} W_{l+1} C_l^+)_{ij} \ne 0\} = \min_l n_l",
    assumptions=HIDDEN,
    papers=("bushnaq2024",),
    experiment=FEATURES,
    code="validations.hessian.interaction_basis:SPARSE",
    options={"discrete": True},
    rivals=(
        Rival("neurons", "a line for every pair of neurons"),
        Rival("principal components", "a line for every pair of independent activations"),
        Rival("pairs of features", "as many features, every pair of them connected"),
        Rival("one more", "a feature beyond the narrowest width", near=True),
    ),
    margin=Margin("rival", "a third of a single interaction, the step of a count"),
)

CLAIMS = (SPECTRUM, SPARSE)
