r"""Neural tangent kernels of finite networks, layer by layer.

Of a dense layer $h = m W a + m_b b$ the gradient of an output is an outer product, so that its share of the kernel is
$\rho\, m^2 (a \cdot a')(\delta \cdot \delta') + \rho_b m_b^2\, \delta \cdot \delta'$ with $\delta$ the gradient with
respect to h: products of small matrices, no Jacobian. Of other architectures see `theory.kernels.layerwise`.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import reject_silent_rounding
from theory.kernels.arguments import described
from theory.kernels.inputs import examples, rows
from theory.kernels.layerwise import layerwise_ntk
from theory.networks import Activation, Architecture, Network, Parameters, pointwise


def empirical_ntk(
    network: Network | Architecture,
    params: Any,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
) -> Float[Array, "n m"]:
    r"""Neural tangent kernel at these parameters, averaged over the outputs.

    $\hat\Theta(x, x') = \frac1O \sum_o \sum_p \rho_p\, \partial_p f_o(x)\, \partial_p f_o(x')$ with $\rho_p$ the
    parametrization's factor of the step, so that f moves by $-\eta\hat\Theta$ times the gradient of the loss.

    Args:
        network, params: the finite network.
        x1, x2: inputs, one a row; x2 = x1 if left out.

    Raises:
        ValueError: inputs of another shape, an empty set, NaN or infinity.

    >>> from theory.networks import deep_linear
    >>> network = deep_linear((2, 1))
    >>> empirical_ntk(network, network.init(jax.random.key(0)), jnp.array([[1.0, 2.0]])).tolist()
    [[5.0]]
    """
    reject_silent_rounding(x1)
    reject_silent_rounding(x2)
    described(network, Network, Architecture)
    _fitting(network, params)
    if isinstance(network, Architecture):
        given = examples("x1", x1, network.inputs)
        return layerwise_ntk(network, params, given, given if x2 is None else examples("x2", x2, network.inputs))
    first = _passes(network, params, rows("x1", x1, network.inputs))
    second = first if x2 is None else _passes(network, params, rows("x2", x2, network.inputs))
    total = jnp.zeros((), first[0][0].dtype)
    for (_, weight, bias), (a1, d1), (a2, d2) in zip(network.scales(), first, second):
        backward = _products(d1, d2) / d1.shape[1]
        forward = weight.rate * weight.multiplier**2 * (a1 @ a2.T)
        shift = 0.0 if bias is None else bias.rate * bias.multiplier**2
        total = total + backward * (forward + shift)
    return total


def _fitting(network: Network | Architecture, params: Any) -> None:
    """Raise ValueError for parameters that are not the network's."""
    drawn = jax.eval_shape(network.init, jax.random.key(0))
    shapes = lambda tree: [getattr(leaf, "shape", None) for leaf in jax.tree.leaves(tree)]
    if not isinstance(params, tuple | list) or len(params) != len(drawn) or shapes(params) != shapes(drawn):
        raise ValueError("params are not parameters of this network; pass what its `init` draws, or the like")


def _products(a: Float[Array, "n o p"], b: Float[Array, "m o p"]) -> Float[Array, "n m"]:
    """Summed over both last axes: one matrix product is several times faster than a contraction of two axes."""
    return a.reshape(a.shape[0], -1) @ b.reshape(b.shape[0], -1).T


def _passes(network: Network, params: Parameters, x: Float[Array, "n d"]) -> list[tuple[Array, Array]]:
    """For every dense layer its inputs (n, fan-in) and the outputs' gradients at its outputs (n, O, fan-out)."""
    weights, inputs, slopes = network.weights(params), [], []
    dense = iter(zip(network.scales(), weights, params))
    for layer in network.layers:
        if isinstance(layer, Activation):
            x, slope = jax.jvp(pointwise(layer.name), (x,), (jnp.ones_like(x),))
            slopes.append(slope)
        else:
            (_, _, bias), effective, affine = next(dense)
            inputs.append(x)
            x = x @ effective.T
            if bias is not None and affine.bias is not None:
                x = x + (bias.multiplier * affine.bias)[None, :]
    outputs = x.shape[1]
    back = jnp.broadcast_to(jnp.eye(outputs, dtype=x.dtype)[None], (x.shape[0], outputs, outputs))
    gradients = []
    remaining = list(weights)
    for layer in reversed(network.layers):
        if isinstance(layer, Activation):
            back = back * slopes.pop()[:, None, :]
        else:
            gradients.append(back)
            back = back @ remaining.pop()[None]
    return list(zip(inputs, reversed(gradients)))
