"""Unconstrained features on squared error, searched from random starts by quasi-Newton descent."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import ridged_bias
from theory.collapse import squared_error as closed
from theory.core.random_matrices import gaussian
from validations.collapse.claims.squared_error import FreeFeatures, RidgedBias
from validations.collapse.search import Found, best_of, descend
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

MARGIN = 1e-5


def labels_of(counts: tuple[int, ...]) -> Array:
    return jnp.repeat(jnp.arange(len(counts)), jnp.asarray(counts), total_repeat_length=sum(counts))


def averaging(counts: tuple[int, ...]) -> Float[Array, "N K"]:
    """Takes features to class means from the right."""
    return jax.nn.one_hot(labels_of(counts), len(counts), dtype=float) / jnp.asarray(counts, float)[None, :]


def random_factors(key: PRNGKeyArray, classes: int, samples: int, width: int, depth: int) -> tuple[Array, ...]:
    """Features first, then the layers from below."""
    shapes = [(width, samples), *[(width, width)] * (depth - 1), (classes, width)]
    stds = [1.0, *[width**-0.5] * depth]
    return tuple(gaussian(k, *s, std) for k, s, std in zip(jax.random.split(key, depth + 1), shapes, stds, strict=True))


def chained(factors: tuple[Array, ...]) -> Array:
    product = factors[0]
    for layer in factors[1:]:
        product = layer @ product
    return product


def ridge(factors: tuple[Array, ...], feature_penalty: float | Array, layer_penalty: float | Array) -> Array:
    features, *layers = factors
    return 0.5 * (feature_penalty * jnp.sum(features**2) + layer_penalty * sum(jnp.sum(w**2) for w in layers))


def simulate(config: FreeFeatures, keys: PRNGKeyArray) -> Measurement:
    """Squared lengths of class means by depth, and the least loss of the starts of every replicate."""
    K, N = len(config.counts), sum(config.counts)
    target, mean = jax.nn.one_hot(labels_of(config.counts), K).T, averaging(config.counts)

    def loss(factors: tuple[Array, ...]) -> Array:
        fit = jnp.sum((chained(factors) - target) ** 2) / (2 * N)
        return fit + ridge(factors, config.feature_penalty, config.layer_penalty)

    def of_depth(depth: int) -> Found:
        def one(key: PRNGKeyArray) -> Found:
            return descend(loss, random_factors(key, K, N, config.width, depth))

        starts = jax.vmap(lambda key: jax.random.split(jax.random.fold_in(key, depth), config.starts))(keys)
        return quickly_compiled(jax.vmap(lambda keys: best_of(jax.vmap(one)(keys))))(starts)

    found = [of_depth(depth) for depth in config.depths]
    means = [f.params[0] @ mean for f in found]
    return Measurement(
        start={},
        data={
            "lengths": jnp.stack([jnp.sum(m**2, 1) for m in means], 1),
            "losses": jnp.stack([f.loss for f in found], 1),
        },
    )


_class_lengths = one_program(closed.class_lengths)


def _lengths(counts: np.ndarray, depths: tuple[int, ...], layer_penalty: float, feature_penalty: float) -> np.ndarray:
    return np.stack([_class_lengths(counts, np.full(M, layer_penalty), np.asarray(feature_penalty)) for M in depths])


def _sizes(counts: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {"sizes": np.asarray(counts, float)}


CLASS_LENGTHS = Theory(
    inputs=_sizes,
    observe=lambda lengths: lengths,
    predict=lambda sizes, depths, layer_penalty, feature_penalty: _lengths(
        sizes, depths, layer_penalty, feature_penalty
    ),
    rivals={
        "one layer more": lambda sizes, depths, layer_penalty, feature_penalty: _lengths(
            sizes, tuple(M + 1 for M in depths), layer_penalty, feature_penalty
        ),
        "equal classes": lambda sizes, depths, layer_penalty, feature_penalty: _lengths(
            np.full_like(sizes, sizes.mean()), depths, layer_penalty, feature_penalty
        ),
        "arithmetic mean": lambda sizes, depths, layer_penalty, feature_penalty: np.concatenate(
            [_lengths(sizes, (M,), *[(M * layer_penalty + feature_penalty) / (M + 1)] * 2) for M in depths]
        ),
    },
    margin=lambda: MARGIN,
    axes=lambda depths: Axes(
        x="sizes",
        x_label="samples of the class",
        y_label="squared length of the class mean",
        x_scale="log",
        series=tuple(f"depth {M}" for M in depths),
    ),
    rests_on=(closed.class_lengths,),
)


def _deepest(sizes: np.ndarray, depths: tuple[int, ...], layer_penalty: float, feature_penalty: float) -> np.ndarray:
    return np.asarray(
        closed.least_loss(sizes, float(np.sum(sizes)), np.full(depths[-1], layer_penalty), feature_penalty)
    )


LEAST_LOSS = Theory(
    inputs=_sizes,
    observe=lambda losses: losses[:, -1],
    predict=lambda sizes, depths, layer_penalty, feature_penalty: _deepest(
        sizes, depths, layer_penalty, feature_penalty
    ),
    rivals={
        "constant 10 % larger": lambda sizes, depths, layer_penalty, feature_penalty: (
            1.1 * _deepest(sizes, depths, layer_penalty, feature_penalty)
        ),
        "equal classes": lambda sizes, depths, layer_penalty, feature_penalty: _deepest(
            np.full_like(sizes, sizes.mean()), depths, layer_penalty, feature_penalty
        ),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="least loss found"),
    extras={"tolerance": lambda: 1e-12},
    rests_on=(closed.least_loss,),
)


def simulate_bias(config: RidgedBias, keys: PRNGKeyArray) -> Measurement:
    """Mean cosine of different class means, and mean bias, at every penalty of the bias."""
    K, counts = config.classes, (config.per_class,) * config.classes
    target, mean = jax.nn.one_hot(labels_of(counts), K).T, averaging(counts)

    def loss(params: tuple, bias_penalty: Array) -> Array:
        factors, bias = params
        fit = jnp.sum((chained(factors) + bias[:, None] - target) ** 2) / (2 * len(mean))
        penalty = ridge(factors, config.feature_penalty, config.layer_penalty) + bias_penalty / 2 * jnp.sum(bias**2)
        return fit + penalty

    def one(key: PRNGKeyArray, bias_penalty: Array) -> Found:
        start = random_factors(key, K, len(mean), config.width, 1), jnp.zeros(K)
        return descend(lambda params: loss(params, bias_penalty), start)

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        starts = jax.random.split(key, (len(config.bias_penalties), config.starts))
        search = jax.vmap(lambda keys, b: best_of(jax.vmap(lambda k: one(k, b))(keys)))
        (factors, bias), *_ = search(starts, jnp.asarray(config.bias_penalties))
        return jax.vmap(lambda h: mean_cosine(h @ mean))(factors[0]), jnp.mean(bias, 1)

    cosines, biases = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={}, data={"cosines": cosines, "biases": biases})


def mean_cosine(means: Float[Array, "d K"]) -> Float[Array, ""]:
    units = means / jnp.linalg.norm(means, axis=0)
    K = means.shape[1]
    return (jnp.sum(units.T @ units) - K) / (K * (K - 1))


def _bias_inputs(
    classes: int, per_class: int, layer_penalty: float, feature_penalty: float, bias_penalties: tuple[float, ...]
) -> dict:
    lam = (layer_penalty * feature_penalty) ** 0.5
    q = classes * per_class**0.5 * lam
    return {"K": classes, "n": float(per_class), "lam": lam, "q": q, "lam_b": np.asarray(bias_penalties)}


def _pays_alone(K: int, q: float, lam_b: np.ndarray) -> np.ndarray:
    across, along = 1 - q, np.maximum(1 - q / lam_b, 0)
    return (along - across) / ((K - 1) * across + along)


FRAME_OF_BIAS = Theory(
    inputs=_bias_inputs,
    observe=lambda cosines: cosines,
    predict=lambda K, n, lam, lam_b: ridged_bias.mean_cosine(K, n, lam, lam_b),
    rivals={
        "bias pays alone": _pays_alone,
        "simplex": lambda K, lam_b: np.full(lam_b.shape, -1 / (K - 1)),
        "orthogonal frame": lambda lam_b: np.zeros(lam_b.shape),
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(x="lam_b", x_label="penalty of the bias", y_label="cosine of two class means", x_scale="log"),
    rests_on=(ridged_bias.mean_cosine,),
)

BIAS_VALUE = Theory(
    inputs=_bias_inputs,
    observe=lambda biases: biases,
    predict=lambda K, n, lam, lam_b: ridged_bias.bias_value(K, n, lam, lam_b),
    rivals={
        "ridge": lambda K, lam_b: 1 / (K * (1 + lam_b)),
        "free": lambda K, lam_b: np.full(lam_b.shape, 1 / K),
        "no crossover": lambda K, q, lam_b: q / lam_b / K,
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(x="lam_b", x_label="penalty of the bias", y_label="bias of every class", x_scale="log"),
    rests_on=(ridged_bias.bias_value,),
)
