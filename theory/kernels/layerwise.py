r"""Neural tangent kernels of finite architectures, one affine map after the other.

An affine map sees windows $a_p$ of its input at positions p and puts out $h_p = m W a_p + m_b b$. Of an output the
gradient with respect to W is $m \sum_p \delta_p a_p^T$ with $\delta_p$ the gradient with respect to $h_p$. Its share
of the kernel is either a product of these gradients, or $m^2 \sum_{p, p'} (a_p \cdot a'_{p'})(\delta_p \cdot
\delta'_{p'})$ without forming them: the cheaper is taken. One pass forward and one back an output give all of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.networks import Architecture, Conv
from theory.networks.layer import Affine, AffineLayer, Values, scales

Inputs = tuple[Values, ...]


class Site(NamedTuple):
    """An affine map where it is applied: squares of its multipliers, and how its inputs are cut into windows."""

    layer: AffineLayer
    weight: float
    bias: float

    def windows(self, x: Values) -> Float[Array, "n positions fan_in"]:
        """What each position of the output sees."""
        if isinstance(self.layer, Conv):
            window = self.layer.window
            edged, parts = window.padded(x, 1), []
            for offset in window.offsets():
                part = edged
                for i, o in enumerate(offset):
                    part = window.at(part, o, 1 + i, i)
                parts.append(part)
            x = jnp.concatenate(parts, -1)
        return x.reshape(len(x), -1, x.shape[-1])


@partial(jax.jit, static_argnums=0)
def layerwise_ntk(
    network: Architecture, params: Any, x1: Float[Array, "n ..."], x2: Float[Array, "m ..."]
) -> Float[Array, "n m"]:
    """The kernel, averaged over the outputs; see `theory.kernels.empirical.empirical_ntk`."""
    sites, shape = _sites(network, params, x1)
    first, back1 = _passes(network, params, x1)
    second, back2 = _passes(network, params, x2)
    shares = [_share(site, a, b, shape[1]) for site, a, b in zip(sites, first, second, strict=True)]

    def add(total: Values, o: Array) -> tuple[Values, None]:
        for share, d1, d2 in zip(shares, back1(o), back2(o), strict=True):
            total = total + share(d1, d2)
        return total, None

    zero = jnp.zeros((len(x1), len(x2)), first[0].dtype)
    return jax.lax.scan(add, zero, jnp.arange(shape[1]))[0] / shape[1]


def _sites(network: Architecture, params: Any, x: Values) -> tuple[list[Site], tuple[int, int]]:
    """Every affine map in the order of its use, and the shape of the outputs, one row an example."""
    sites = []

    def through(layer: AffineLayer, own: Affine, a: Values) -> Values:
        scale = scales(layer, a.shape[1:], network.scaling)
        sites.append(Site(layer, scale.weight.multiplier**2, 0.0 if scale.bias is None else scale.bias.multiplier**2))
        return network.affine(layer, own, a)

    out = jax.eval_shape(lambda p, x: network.apply(p, x, through), params, x)
    return sites, (len(x), out.size // len(x))


def _passes(network: Architecture, params: Any, x: Values) -> tuple[Inputs, Callable[[Array], Inputs]]:
    """The input of every affine map, and the gradients of the o-th output at what they put out."""
    shapes = []

    def look(layer: AffineLayer, own: Affine, a: Values) -> Values:
        shapes.append((*network.affine(layer, own, a).shape,))
        return network.affine(layer, own, a)

    jax.eval_shape(lambda p, x: network.apply(p, x, look), params, x)

    def forward(added: Inputs) -> tuple[Values, Inputs]:
        rest, seen = iter(added), []

        def through(layer: AffineLayer, own: Affine, a: Values) -> Values:
            seen.append(a)
            return network.affine(layer, own, a) + next(rest)

        out = network.apply(params, x, through)
        return out.reshape(len(x), -1), tuple(seen)

    out, pull, seen = jax.vjp(forward, tuple(jnp.zeros(shape, x.dtype) for shape in shapes), has_aux=True)

    def back(o: Array) -> Inputs:
        return pull(jnp.broadcast_to(jax.nn.one_hot(o, out.shape[1], dtype=out.dtype)[None], out.shape))[0]

    return seen, back


def _share(site: Site, a1: Values, a2: Values, outputs: int) -> Callable[[Values, Values], Values]:
    """What one affine map adds to the kernel of an output, given the gradients at what it puts out."""
    first, second = site.windows(a1), site.windows(a2)
    n, positions, fan_in = first.shape
    width, m = site.layer.width, len(second)
    by_gradients = outputs * fan_in * width * ((n + m) * positions + n * m)
    by_pairs = n * m * positions * second.shape[1] * (fan_in + outputs * (width + 1))
    if by_pairs < by_gradients:
        gram = site.weight * jnp.einsum("npi,mqi->npmq", first, second) + site.bias

        def of_pairs(d1: Values, d2: Values) -> Values:
            d1, d2 = (d.reshape(len(d), -1, d.shape[-1]) for d in (d1, d2))
            return jnp.einsum("npmq,npmq->nm", gram, jnp.einsum("npk,mqk->npmq", d1, d2))

        return of_pairs

    def of_gradients(d1: Values, d2: Values) -> Values:
        d1, d2 = (d.reshape(len(d), -1, d.shape[-1]) for d in (d1, d2))
        g1, g2 = (jnp.einsum("npi,npk->nik", a, d).reshape(len(a), -1) for a, d in ((first, d1), (second, d2)))
        return site.weight * g1 @ g2.T + site.bias * d1.sum(1) @ d2.sum(1).T

    return of_gradients
