"""Tightness of interval bounds over 2,000 draws of a network, beside the public code's way: one network at a time."""

import jax
import jax.numpy as jnp
import numpy as np

from validations.deep_linear.tightness import half_widths

DRAWS = 2_000
WIDTHS = ((100, 100, 100), (100, 20, 100), (64, 64, 64, 64, 64))


def cases() -> list[tuple]:
    """Both draw their own Gaussian layers, and return the mean true and propagated half-width of the output."""
    name = "2,000 draws of tightness, {}"
    plain = "layer by layer, a network at a time, NumPy"
    return [
        (name.format("-".join(map(str, w))), ours(w), one_by_one(w), plain, "about 1: drawing the layers is most of it")
        for w in WIDTHS
    ]


def ours(widths: tuple[int, ...]):
    def one(key: jax.Array) -> jax.Array:
        keys = jax.random.split(key, len(widths) - 1)
        layers = [jax.random.normal(k, (b, a)) for k, a, b in zip(keys, widths, widths[1:], strict=False)]
        return half_widths(layers, None)[-1]

    work = jax.jit(lambda keys: jnp.mean(jax.lax.map(one, keys, batch_size=64), axis=0))
    return lambda: work(jax.random.split(jax.random.key(0), DRAWS))


def one_by_one(widths: tuple[int, ...]):
    def work() -> np.ndarray:
        rng, sizes = np.random.default_rng(0), np.empty((DRAWS, 2))
        for draw in range(DRAWS):
            signed, spread = np.eye(widths[0]), np.ones(widths[0])  # as a bound on any layer is propagated
            for a, b in zip(widths, widths[1:], strict=False):
                layer = rng.normal(size=(b, a))
                signed, spread = layer @ signed, np.abs(layer) @ spread
            sizes[draw] = np.abs(signed).sum(axis=1).mean(), spread.mean()
        return sizes.mean(axis=0)

    return work
