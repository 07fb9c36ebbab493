"""Claims on products of random layers: how singular values spread with depth, and when they do not."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Products(Configuration):
    """Products of D square Gaussian layers of variance 1/N.

    Attributes:
        width: N.
        depth: D.
        points: squared singular values up to which their share is counted.
    """

    width: int = 128
    depth: int = 3
    points: tuple[float, ...] = (0.001, 0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 7.0)

    positive = ("points",)
    between = {"width": (2, 100000), "depth": (1, 1000)}


@dataclass(frozen=True, kw_only=True)
class OrthogonalProducts(Configuration):
    """Products of Haar orthogonal layers times a gain.

    Attributes:
        depths: numbers D of layers at which the product is decomposed.
        gain: range of the factor of every layer, drawn uniformly for every replicate.
    """

    width: int = 32
    depths: tuple[int, ...] = (1, 2, 8, 64, 256)
    gain: tuple[float, float] = (0.9, 1.1)

    positive = ("gain",)
    between = {"width": (1, 10000), "depths": (1, 100000)}


GAUSSIAN = "entries of all layers are independent, centered and Gaussian with variance 1/N"

PRODUCTS = Experiment(
    id="deep_linear/gaussian_products",
    title="Products of Gaussian layers",
    code="validations.deep_linear.isometry:simulate",
    scales={"smoke": Products(replicates=512), "standard": Products(replicates=1024, width=256)},
    cell=64,
    cost=Cost(seconds=0.023, bytes=2048),
)

ORTHOGONAL_PRODUCTS = Experiment(
    id="deep_linear/orthogonal_products",
    title="Products of orthogonal layers",
    code="validations.deep_linear.isometry:simulate_orthogonal",
    scales={"smoke": OrthogonalProducts(replicates=16), "standard": OrthogonalProducts(replicates=64, width=64)},
    cost=Cost(seconds=0.16, bytes=88),
)

SECOND_MOMENT = Claim(
    id="deep_linear/product_second_moment",
    title="The spread of squared singular values grows by one with every layer, and by an exact finite-width term",
    kind="mean",
    statement=(
        r"\frac1N \mathbb{E}\,\mathrm{tr}\,(M M^\top)^2 = \frac13\left[(N+2)\left(1 + \frac2N\right)^D"
        r" - (N-1)\left(1 - \frac1N\right)^D\right] = D + 1 + O(1/N)"
    ),
    assumptions=(GAUSSIAN, "the form at finite width is derived here"),
    papers=("saxe2014", "penson2011"),
    experiment=PRODUCTS,
    code="validations.deep_linear.isometry:SECOND_MOMENT",
    rivals=(
        Rival("one layer fewer", "the moment of a product of D - 1 layers", near=True),
        Rival("Marchenko-Pastur", "the moment 2 of a single layer at any depth"),
        Rival("doubling", "2^D, as if the layers' spreads multiplied"),
    ),
    margin=Margin("rival", "a tenth of the step that one layer makes"),
)

PRODUCT_LAW = Claim(
    id="deep_linear/product_law",
    title="Squared singular values of a product of D Gaussian layers follow the Fuss-Catalan law of order D",
    kind="mean",
    statement=r"\frac1N\,\#\{i : \sigma_i^2(W_D \cdots W_1) \le x\} \to F_D(x)"
    r",\qquad \int x^k\, dF_D = \frac{1}{Dk+1}\binom{(D+1)k}{k}",
    assumptions=(GAUSSIAN, "large width"),
    papers=("penson2011", "saxe2014"),
    experiment=PRODUCTS,
    code="validations.deep_linear.isometry:PRODUCT_LAW",
    options={"discrete": True},
    rivals=(
        Rival("one layer more", "the law of order D + 1", near=True),
        Rival("one layer fewer", "the law of order D - 1", near=True),
        Rival("Marchenko-Pastur", "the law of a single layer at any depth"),
    ),
    margin=Margin("practical", "the share of one singular value in N: no single network can show less"),
)

PRODUCT_EDGE = Claim(
    id="deep_linear/product_edge",
    title="The largest squared singular value lies at the Fuss-Catalan edge, shifted inward by N^(-2/3)",
    kind="mean",
    statement=(
        r"\mathbb{E}\,\sigma_1^2 \approx \frac{(D+1)^{D+1}}{D^D}"
        r"\left(1 + D\,(2D+2)^{-1/3}\, N^{-2/3}\, \mathbb{E}\,TW_1\right),\qquad \mathbb{E}\,TW_1 = -1.2065"
    ),
    assumptions=(GAUSSIAN, "the shift is proved for one layer and taken over to real products by universality"),
    papers=("penson2011", "saxe2014"),
    experiment=PRODUCTS,
    code="validations.deep_linear.isometry:PRODUCT_EDGE",
    rivals=(
        Rival("edge without shift", "the limit of infinite width taken at finite width", near=True),
        Rival("one layer more", "the edge of order D + 1"),
        Rival("product of edges", "4^D, as if the layers' largest singular vectors were aligned"),
    ),
    margin=Margin(
        "finite_size",
        "the next term is of order 1/N, by N^(-1/3) smaller than the scale of the fluctuations, with a constant that "
        "theory gives for one layer only (2, by the centering N - 1/2): twice N^(-1/3) of that scale, at every depth",
    ),
)

ISOMETRY = Claim(
    id="deep_linear/isometry",
    title="A product of orthogonal layers keeps all its singular values equal at any depth",
    kind="identity",
    statement=r"\sigma_i^2(W_D \cdots W_1) = g^{2D} \quad\text{for all } i,\qquad W_l W_l^\top = g^2 I",
    assumptions=("all layers are square",),
    papers=("saxe2014",),
    experiment=ORTHOGONAL_PRODUCTS,
    code="validations.deep_linear.isometry:ISOMETRY",
    rivals=(
        Rival("one layer more", "g^(2D+2), D counted in layers of neurons", near=True),
        Rival("Gaussian spread", "the root mean square of squared singular values of Gaussian layers of the same gain"),
    ),
    margin=Margin("numerical", "rounding of D products of N x N matrices and of the singular values: D + N units each"),
)

CLAIMS = (SECOND_MOMENT, PRODUCT_LAW, PRODUCT_EDGE, ISOMETRY)
