"""Spectra of sampled features: complex Gaussian ones without structure, and those of classes with noise."""

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from theory.information import matrix_entropy as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.matrix_entropy import Collapsing, Unstructured


def unstructured(config: Unstructured, keys: PRNGKeyArray) -> Measurement:
    """Mean von Neumann entropy, replicates by numbers of tokens."""
    shape = (2, config.matrices, max(config.tokens), config.dimensions)
    draw = quickly_compiled(jax.vmap(lambda key: jax.random.normal(key, shape)))
    real, imaginary = np.moveaxis(np.asarray(draw(keys)), 1, 0)
    z = real + 1j * imaginary
    found = [entropies(z[:, :, :n], 1.0).mean(axis=1) for n in config.tokens]
    return Measurement(start={}, data={"entropy": np.stack(found, axis=1)})


def entropies(z: np.ndarray, alpha: float) -> Float[np.ndarray, "..."]:
    """From the squares of singular values, as shares."""
    p = np.linalg.svd(z, compute_uv=False) ** 2
    p = np.maximum(p / p.sum(axis=-1, keepdims=True), 1e-300)
    if alpha == 1:
        return -(p * np.log(p)).sum(axis=-1)
    return np.log((p**alpha).sum(axis=-1)) / (1 - alpha)


def collapsing(config: Collapsing, keys: PRNGKeyArray) -> Measurement:
    """Entropies of centered features: replicates, orders, noises."""
    shape = (config.classes, config.examples, config.dimensions)
    draw = quickly_compiled(jax.vmap(lambda key: jax.random.normal(key, shape)))
    found = [[of_noise(config, z, noise) for noise in config.noises] for z in np.asarray(draw(keys))]
    return Measurement(start={}, data={"entropy": np.array(found).swapaxes(1, 2)})


def of_noise(config: Collapsing, z: Float[np.ndarray, "k n d"], noise: float) -> list[float]:
    """Of all features together, from the eigenvalues of their covariance."""
    means = np.zeros((config.classes, 1, config.dimensions))
    means[:, 0, : config.classes] = np.eye(config.classes) * config.classes**0.5
    features = (means + noise**0.5 * z).reshape(-1, config.dimensions)
    features = features - features.mean(axis=0)
    root = np.asarray(np.linalg.qr(features, mode="r"))
    return [float(entropies(root, alpha)) for alpha in config.orders]


def _page(tokens, dimensions) -> np.ndarray:
    return np.array([closed.page_entropy(n, dimensions) for n in tokens])


def _leading(n, dimensions) -> np.ndarray:
    least, most = np.minimum(n, dimensions), np.maximum(n, dimensions)
    return np.log(least) - least / (2 * most)


PAGE = Theory(
    inputs=lambda tokens: {"n": np.asarray(tokens, float)},
    observe=lambda entropy: entropy,
    predict=_page,
    rivals={
        "leading order": _leading,
        "from the purity": lambda n, dimensions: -np.log((n + dimensions) / (n * dimensions + 1)),
        "identity": lambda n, dimensions: np.log(np.minimum(n, dimensions)),
    },
    margin=lambda: 0.015,
    axes=lambda: Axes(x="n", x_label="tokens", y_label="entropy in nats"),
    rests_on=(closed.page_entropy,),
)


def _with(classes_off: int = 0, directions_off: int = 0):
    """The formula with another number of classes, or with noise in another number of directions."""

    def curve(classes, dimensions, noises, orders) -> np.ndarray:
        k, d, noise = classes + classes_off, dimensions + directions_off, np.asarray(noises)
        return np.stack([np.asarray(closed.collapsed_entropy(k, d, noise, alpha)) for alpha in orders])

    return curve


_ours = _with()


def _collapsed(classes, noises, orders) -> np.ndarray:
    return np.full((len(orders), len(noises)), np.log(classes - 1))


COLLAPSED = Theory(
    inputs=lambda noises: {"noise": np.asarray(noises)},
    observe=lambda entropy: entropy,
    predict=_ours,
    rivals={
        "K directions": _with(classes_off=1),
        "noise beside the means": _with(directions_off=-1),
        "collapsed": _collapsed,
    },
    margin=lambda: 0.03,
    axes=lambda orders: Axes(
        x="noise",
        x_label="variance within classes over that of means",
        x_scale="log",
        y_label="entropy in nats",
        series=tuple(f"order {alpha:g}" for alpha in orders),
    ),
    rests_on=(closed.collapsed_entropy,),
)
