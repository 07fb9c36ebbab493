"""Claims on gradients through deep tanh networks of orthogonal layers, below, at and above the edge of chaos."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class TanhNetworks(Configuration):
    """Jacobians of tanh networks of Haar orthogonal layers times a gain.

    Attributes:
        width: N of all layers.
        depths: at which the Jacobian from the first layer's inputs is taken.
        gains: g; 1 is the edge of chaos.
        variance: q_0, the mean square of the first inputs.
    """

    width: int = 64
    depths: tuple[int, ...] = (1, 2, 3, 5, 8)
    gains: tuple[float, ...] = (0.9, 1.0, 1.2)
    variance: float = 0.5

    positive = ("gains", "variance")
    between = {"width": (8, 10000), "depths": (1, 1000)}


NETWORKS = Experiment(
    id="deep_linear/tanh_networks",
    title="Jacobians of deep tanh networks of orthogonal layers",
    code="validations.deep_linear.faithful_gradients:simulate",
    scales={"smoke": TanhNetworks(replicates=128), "standard": TanhNetworks(replicates=256, width=128)},
    cell=128,
    cost=Cost(seconds=0.034, bytes=240),
)

WIDE = ("layers are Haar orthogonal times g, the network is wide", "inputs have the mean square q_0 exactly")

SPREAD = Claim(
    id="deep_linear/faithful_gradients",
    title="With orthogonal layers the Jacobian's singular values spread by the slopes alone, little at the edge",
    kind="mean",
    statement=(
        r"\frac{N\,\mathrm{tr}\,(JJ^\top)^2}{(\mathrm{tr}\,JJ^\top)^2} = 1 + \sum_{l<D}"
        r" \left[\frac{\mathbb{E}\,\phi'(\sqrt{q_l} z)^4}{(\mathbb{E}\,\phi'(\sqrt{q_l} z)^2)^2} - 1\right],\qquad"
        r" q_{l+1} = g^2\, \mathbb{E}\,\phi(\sqrt{q_l} z)^2"
    ),
    assumptions=(*WIDE, "the sum over layers that are not at the fixed point is derived here"),
    papers=("saxe2014", "pennington2017isometry"),
    experiment=NETWORKS,
    code="validations.deep_linear.faithful_gradients:SPREAD",
    rivals=(
        Rival("Gaussian layers", "one more for every layer, as for a product of Gaussian matrices"),
        Rival("linear", "all singular values alike, as without the nonlinearity"),
        Rival("one layer fewer", "the slopes of the last layer left out", near=True),
        Rival("slopes of the first layer", "every layer as the first, its inputs not shrinking"),
    ),
    margin=Margin("practical", "0.08, a twelfth of the spread that one Gaussian layer adds"),
)

SIZE = Claim(
    id="deep_linear/edge_gradient_size",
    title="The mean square of a deep tanh network's Jacobian is a product of susceptibilities along the way",
    kind="mean",
    statement=(
        r"\log_{10} \frac1N \mathrm{tr}\,JJ^\top = \sum_{l<D} \log_{10} g^2\, \mathbb{E}\,\phi'(\sqrt{q_l} z)^2"
    ),
    assumptions=WIDE,
    papers=("saxe2014", "poole2016"),
    experiment=NETWORKS,
    code="validations.deep_linear.faithful_gradients:SIZE",
    rivals=(
        Rival("linear", "g^(2D), as without the nonlinearity"),
        Rival("fixed point", "every layer at the fixed point of the variance: chi^D, 1 up to the edge"),
        Rival("one layer fewer", "the susceptibility of the last layer left out", near=True),
    ),
    margin=Margin("practical", "0.04 decades, a tenth of the mean square"),
)

CLAIMS = (SPREAD, SIZE)
