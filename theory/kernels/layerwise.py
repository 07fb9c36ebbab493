r"""Neural tangent kernels of finite architectures, one affine map after the other.

An affine map sees windows $a_p$ of its input at positions p and puts out $h_p = m W a_p + m_b b$. Of an output the
gradient with respect to W is $m \sum_p \delta_p a_p^T$ with $\delta_p$ the gradient with respect to $h_p$. Its share
of the kernel is either a product of these gradients, or $m^2 \sum_{p, p'} (a_p \cdot a'_{p'})(\delta_p \cdot
\delta'_{p'})$ without forming them: the cheaper is taken. One pass forward and one back an output give all of it.
"""

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
    sites, outputs = _sites(network, params, x1)
    (first, slopes1), (second, slopes2) = (_passes(network, params, x) for x in (x1, x2))
    shares = [_share(*one) for one in zip(sites, first, slopes1, second, slopes2, strict=True)]
    return sum(shares[1:], shares[0]) / outputs


def _sites(network: Architecture, params: Any, x: Values) -> tuple[list[Site], int]:
    """Every affine map in the order of its use, and the number of outputs."""
    sites = []

    def through(layer: AffineLayer, own: Affine, a: Values) -> Values:
        scale = scales(layer, a.shape[1:], network.scaling)
        sites.append(Site(layer, scale.weight.multiplier**2, 0.0 if scale.bias is None else scale.bias.multiplier**2))
        return network.affine(layer, own, a)

    out = jax.eval_shape(lambda p, x: network.apply(p, x, through), params, x)
    return sites, out.size // len(x)


def _passes(network: Architecture, params: Any, x: Values) -> tuple[Inputs, Inputs]:
    """The input of every affine map, and the gradients of all outputs at what it puts out, (outputs, n, ...)."""
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

    # All outputs at once: in a loop XLA has no fast convolution on a processor.
    unit = jnp.eye(out.shape[1], dtype=out.dtype)[:, None, :]
    return seen, jax.vmap(lambda o: pull(o)[0])(jnp.broadcast_to(unit, (out.shape[1], *out.shape)))


def _share(site: Site, a1: Values, d1: Values, a2: Values, d2: Values) -> Float[Array, "n m"]:
    """What one affine map adds to the kernel, summed over the outputs."""
    first, second = site.windows(a1), site.windows(a2)
    (n, positions, fan_in), m = first.shape, len(second)
    outputs, width = len(d1), d1.shape[-1]
    d1, d2 = (d.reshape(outputs, d.shape[1], -1, width) for d in (d1, d2))
    by_gradients = outputs * fan_in * width * ((n + m) * positions + n * m)
    by_pairs = n * m * positions * second.shape[1] * (fan_in + outputs * (width + 1))
    if by_pairs < by_gradients:
        gram = site.weight * jnp.einsum("npi,mqi->npmq", first, second) + site.bias
        return jnp.einsum("npmq,npmq->nm", gram, jnp.einsum("onpk,omqk->npmq", d1, d2))

    def add(total: Values, slopes: tuple[Values, Values]) -> tuple[Values, None]:
        one, other = slopes
        g1, g2 = (jnp.einsum("npi,npk->nik", a, d).reshape(len(a), -1) for a, d in ((first, one), (second, other)))
        return total + site.weight * g1 @ g2.T + site.bias * one.sum(1) @ other.sum(1).T, None

    return jax.lax.scan(add, jnp.zeros((n, m), first.dtype), (d1, d2))[0]
