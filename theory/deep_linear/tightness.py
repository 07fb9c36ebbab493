r"""How tight interval bounds of a linear network are, and exactly how tight they are at initialization.

A box of half-widths $\varepsilon$ around an input is mapped by $W_D \cdots W_1$ to outputs of half-widths
$|W_D \cdots W_1|\,\varepsilon$. Interval bound propagation (IBP) forgets between layers which coordinates vary
together and returns $|W_D| \cdots |W_1|\,\varepsilon$. Their ratio is the tightness (Mao, Mueller, Fischer and
Vechev 2024, arXiv 2306.10426). For independent Gaussian layers the ratio of the expectations is a product of
one factor a hidden layer, at any depth and any widths (derived here).
"""

import math
from functools import reduce

import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within
from theory.deep_linear.arguments import counts
from theory.deep_linear.layers import Layers, Matrices, chain

SHIFT = 32
# Of the ratio Gamma(x + 1/2)/Gamma(x) over sqrt(x) in powers of 1/(2x): numerators and powers of two below them.
SERIES = ((-1, 2), (1, 5), (5, 7), (-21, 11), (-399, 13), (869, 16), (39325, 19))


@closed_form
def optimal_radius(weights: Layers, radius: Float[ArrayLike, " inputs"]) -> Float[Array, "... outputs"]:
    r"""Half-widths of the outputs, $|W_D \cdots W_1|\,\varepsilon$: those of the smallest box that holds them all.

    Args:
        weights: the layers.
        radius: half-widths $\varepsilon$ of the box of inputs.

    Raises:
        ValueError: a negative half-width, or a number of them that is not that of the inputs.

    >>> optimal_radius([jnp.array([[1.0], [1.0]]), jnp.array([[1.0, -1.0]])], jnp.array([1.0])).tolist()
    [0.0]
    """
    layers = chain(weights)
    return jnp.abs(reduce(lambda below, above: above @ below, layers)) @ _box(layers, radius)


@closed_form
def propagated_radius(weights: Layers, radius: Float[ArrayLike, " inputs"]) -> Float[Array, "... outputs"]:
    r"""Half-widths that interval bound propagation returns, $|W_D| \cdots |W_1|\,\varepsilon$.

    Arguments and errors as in `optimal_radius`, which it never falls below.

    >>> propagated_radius([jnp.array([[1.0], [1.0]]), jnp.array([[1.0, -1.0]])], jnp.array([1.0])).tolist()
    [2.0]
    """
    layers = chain(weights)
    return reduce(lambda below, above: above @ below, [jnp.abs(w) for w in layers]) @ _box(layers, radius)


@closed_form
def tightness(weights: Layers, radius: Float[ArrayLike, " inputs"]) -> Float[Array, "... outputs"]:
    r"""`optimal_radius` over `propagated_radius` of each output, in [0, 1]; 1 where both are zero.

    It is 1 for one output and every box if and only if all paths from one input to it have products of one sign
    (Mao et al. 2024): signs $\mathrm{sign}\,W_{l+1} = s\,t^\top$, $\mathrm{sign}\,W_l = t\,u^\top$ suffice. A product
    of two layers without zeros in which four entries have $W_{ij} W_{ij'} W_{i'j} W_{i'j'} < 0$ cannot be exact.

    >>> tightness([jnp.array([[3.0], [1.0]]), jnp.array([[1.0, -1.0]])], jnp.array([0.1])).tolist()
    [0.5]
    """
    best, bound = optimal_radius(weights, radius), propagated_radius(weights, radius)
    return jnp.where(bound > 0, best / jnp.where(bound > 0, bound, 1.0), 1.0)


@closed_form
def hidden_factor(width: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""The factor by which a hidden layer of d units loosens interval bounds at initialization.

    $$\tau(d) = \frac{\sqrt\pi\;\Gamma((d+1)/2)}{d\;\Gamma(d/2)} = \sqrt{\frac{\pi}{2d}}\,
      \Bigl(1 - \frac{1}{4d} + O(d^{-2})\Bigr).$$

    For Gaussian rows v and w of the two neighbors, $\mathbb E|v \cdot w| / \sum_i \mathbb E|v_i w_i|$ (Mao et al.
    2024 for two layers, where they show the order $1/\sqrt d$). 1 at d = 1.

    Args:
        width: d, at least 1, a floating number.

    Raises:
        ValueError: a width below 1.

    >>> [round(float(hidden_factor(d)), 6) for d in (1.0, 2.0, 64.0)]
    [1.0, 0.785398, 0.156054]
    """
    d = finite("width", width)
    d = within("width", d, d >= 1, "widths at or above 1")
    return math.sqrt(math.pi) * _gamma_step(d / 2) / d


def _gamma_step(x: Array) -> Array:
    r"""$\Gamma(x + 1/2)/\Gamma(x)$ by its series 32 units up: two logarithms of gamma would cancel in wide layers."""
    ratio, u = jnp.ones_like(x), 1 / (2 * (x + SHIFT))
    for j in range(SHIFT):
        ratio = ratio * ((x + j) / (x + j + 0.5))
    series = jnp.zeros_like(x)
    for numerator, power in reversed(SERIES):
        series = u * (numerator / 2.0**power + series)
    return ratio * jnp.sqrt(x + SHIFT) * (1 + series)


@closed_form
def expected_tightness(hidden: tuple[int, ...]) -> Float[Array, ""]:
    r"""Ratio of the expected half-widths of a Gaussian linear network, true over propagated.

    $$\frac{\mathbb E\,|W_D \cdots W_1|_{ij}}{\mathbb E\,(|W_D| \cdots |W_1|)_{ij}} = \prod_{l=1}^{D-1} \tau(d_l)$$

    with `hidden_factor` $\tau$: exact at any depth and any widths, the same for every input and output, whatever
    their numbers, the box and the variances of the layers (derived here: given the layers below, a row times a
    Gaussian layer is Gaussian of the row's length, and what is below sees nothing of it but that length). The mean of
    the ratio itself is another number, somewhat larger as a rule.

    Args:
        hidden: widths $d_1, \dots, d_{D-1}$ of the hidden layers; none for a single layer.

    Raises:
        ValueError: a width below 1.

    >>> round(float(expected_tightness((16, 16))), 6)
    0.095156
    """
    return jnp.prod(hidden_factor(jnp.asarray(_widths(hidden), float)))


@closed_form
def relu_hidden_factor(width: int) -> Float[Array, ""]:
    r"""The same factor for a ReLU layer of d units, with the activation pattern at the box's center held fixed.

    $$\tau_+(d) = \frac{2}{d}\sqrt{\frac\pi2}\;\mathbb E\,\chi_K, \qquad K \sim \mathrm{Bin}(d, \tfrac12),\quad
      \mathbb E\,\chi_k = \sqrt2\,\Gamma((k+1)/2)/\Gamma(k/2),$$

    close to $\sqrt2\,\tau(d)$ in wide layers (derived here; Mao et al. 2024 report the ratio 1.414 for two layers).
    At d = 1 both are 1.

    >>> [round(float(relu_hidden_factor(d)), 6) for d in (1, 64)]
    [1.0, 0.219383]
    """
    d = whole("width", width, least=1)
    k = jnp.arange(1, d + 1, dtype=float)
    log_choose = gammaln(d + 1.0) - gammaln(k + 1) - gammaln(d - k + 1)
    weights = jnp.exp(log_choose - d * math.log(2.0))
    return jnp.sum(weights * k * hidden_factor(k)) * 2 / d


@closed_form
def expected_relu_tightness(hidden: tuple[int, ...]) -> Float[Array, ""]:
    r"""Ratio of the expected half-widths of a Gaussian ReLU network without biases, linearized at any nonzero input.

    $\prod_{l=1}^{D-1} \tau_+(d_l)$ with `relu_hidden_factor`, exact at any depth and any widths: the sign of a hidden
    unit's input is a fair coin, and turning it over turns only a sign in the layer above, which is symmetric
    (derived here).

    Args:
        hidden: widths of the hidden layers.

    >>> round(float(expected_relu_tightness((16, 16))), 6)
    0.181036
    """
    return jnp.prod(jnp.stack([jnp.ones(()), *(relu_hidden_factor(d) for d in _widths(hidden))]))


@closed_form
def embedding_propagated_radius(inputs: int, rank: int) -> Float[Array, ""]:
    r"""Mean half-width from propagating the unit box through $U U^\top$, U a random orthonormal basis of rank k.

    $\mathbb E\,(|U||U^\top| 1)_i = \frac{k}{d}\bigl(1 + \frac{2(d-1)}{\pi}\bigr)$, exact (derived here): two
    coordinates of a uniform unit vector have $\mathbb E|xy| = 2/(\pi d)$. Mao et al. 2024 give $2k/\pi$ for large d:
    the bounds grow with the dimension k of the data, not with its root.

    Raises:
        ValueError: a rank above the number of inputs.

    >>> round(float(embedding_propagated_radius(100, 30)), 4)
    19.2076
    """
    d, k = _embedding(inputs, rank)
    return jnp.asarray(k / d * (1 + 2 * (d - 1) / math.pi))


@closed_form
def embedding_optimal_radius(inputs: int, rank: int) -> Float[Array, ""]:
    r"""Mean half-width of the unit box's image under a random projection $P = U U^\top$ of rank k in d dimensions.

    $\mathbb E\,(|P| 1)_i = \frac kd + (d-1)\,m_{d-1}\,\mathbb E\sqrt{p(1-p)}$, exact (derived here): $p = P_{ii}$ has
    the law Beta(k/2, (d-k)/2), the rest of the row has the length $\sqrt{p(1-p)}$ and any direction, and
    $m_n = \Gamma(n/2)/(\sqrt\pi\,\Gamma((n+1)/2))$ is the mean size of a coordinate of a unit vector. For large d
    about $\sqrt{2k(1-k/d)/\pi} + k/d$.

    Raises:
        ValueError: a rank above the number of inputs.

    >>> round(float(embedding_optimal_radius(100, 30)), 4)
    3.9041
    """
    d, k = _embedding(inputs, rank)
    if k == d:
        return jnp.asarray(1.0)
    steps = [_gamma_step(jnp.asarray(n / 2)) for n in (k, d - k, d - 1)]
    spread = steps[0] * steps[1] / (d / 2)
    return k / d + (d - 1) * spread / (math.sqrt(math.pi) * steps[2])


def _embedding(inputs: int, rank: int) -> tuple[int, int]:
    d, k = whole("inputs", inputs, least=1), whole("rank", rank, least=1)
    if k > d:
        raise ValueError(f"rank = {k} is above inputs = {d}; a subspace has at most the dimension of its space")
    return d, k


def _widths(hidden: tuple[int, ...]) -> list[int]:
    return list(counts("hidden", hidden))


def _box(layers: Matrices, radius: Float[ArrayLike, " inputs"]) -> Float[Array, " inputs"]:
    r = finite("radius", radius)
    r = within("radius", r, r >= 0, "half-widths at or above zero").astype(layers[0].dtype)
    if r.shape != layers[0].shape[-1:]:
        raise ValueError(f"radius has shape {r.shape} but the first layer takes {layers[0].shape[-1]} inputs")
    return r
