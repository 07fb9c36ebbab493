"""A network with free-feature penalties trained on long-tailed draws of handwritten digits."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from theory.collapse import squared_error as closed
from theory.core.random_matrices import gaussian
from validations.collapse.claims.digits import LongTailedDigits
from validations.collapse.search import descend
from validations.collapse.squared_error import averaging, labels_of, mean_cosine
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.data import digits

Params = tuple[Array, Array, Array, Array]


def simulate(config: LongTailedDigits, keys: PRNGKeyArray) -> Measurement:
    """Squared lengths and mean cosine of the class means at the end of training, and those of the images."""
    K, N = len(config.counts), sum(config.counts)
    target, mean = jax.nn.one_hot(labels_of(config.counts), K).T, averaging(config.counts)
    images = drawn(keys, config.counts)

    def loss(params: Params, pixels: Array) -> Array:
        features, classifier = features_of(params, pixels), params[-1]
        fit = jnp.sum((classifier @ features - target) ** 2) / (2 * N)
        penalty = config.classifier_penalty * jnp.sum(classifier**2) + config.feature_penalty * jnp.sum(features**2)
        return fit + penalty / 2

    def one(key: PRNGKeyArray, pixels: Float[Array, "pixels N"]) -> tuple[Array, Array, Array]:
        found = descend(lambda p: loss(p, pixels), start(key, config, len(pixels)), config.steps, tolerance=1e-7)
        features = features_of(found.params, pixels)
        means = features @ mean
        within = jnp.sum((features - means @ target) ** 2) / N
        return jnp.sum(means**2, 0), mean_cosine(means), within / jnp.mean(jnp.sum(means**2, 0))

    lengths, cosine, within = quickly_compiled(jax.vmap(one))(keys, images)
    return Measurement(
        start={"pixel_cosine": quickly_compiled(jax.vmap(lambda x: mean_cosine(x @ mean)))(images)},
        data={"lengths": lengths, "cosine": cosine, "within": within},
    )


def drawn(keys: PRNGKeyArray, counts: tuple[int, ...]) -> Float[Array, "replicates pixels N"]:
    """Images of the digits 0, 1, ... as columns of unit mean square, so many of each."""
    data = digits()
    classes = np.argmax(data.targets, 1)

    def chosen(key: PRNGKeyArray) -> Int[Array, " N"]:
        own = zip(jax.random.split(key, len(counts)), counts, strict=True)
        drawn = [jax.random.permutation(k, np.flatnonzero(classes == c))[:count] for c, (k, count) in enumerate(own)]
        return jnp.concatenate(drawn)

    pixels = jnp.asarray(data.inputs, float)[quickly_compiled(jax.vmap(chosen))(keys)]
    return jnp.swapaxes(pixels, 1, 2) / jnp.sqrt(jnp.mean(pixels**2, axis=(1, 2), keepdims=True))


def start(key: PRNGKeyArray, config: LongTailedDigits, pixels: int) -> Params:
    first, second, third = jax.random.split(key, 3)
    return (
        gaussian(first, config.hidden, pixels),
        jnp.zeros((config.hidden, 1)),
        gaussian(second, config.features, config.hidden),
        gaussian(third, len(config.counts), config.features),
    )


def features_of(params: Params, pixels: Float[Array, "pixels N"]) -> Float[Array, "features N"]:
    weights, biases, above, _ = params
    return above @ jnp.tanh(weights @ pixels + biases)


def _inputs(counts: tuple[int, ...], classifier_penalty: float, feature_penalty: float) -> dict:
    return {"sizes": np.asarray(counts, float), "lam_w": np.array([classifier_penalty]), "lam_h": feature_penalty}


DIGIT_LENGTHS = Theory(
    inputs=_inputs,
    observe=lambda lengths: lengths,
    predict=lambda sizes, lam_w, lam_h: closed.class_lengths(sizes, lam_w, lam_h),
    rivals={
        "two layers": lambda sizes, lam_w, lam_h: closed.class_lengths(sizes, np.repeat(lam_w, 2), lam_h),
        "equal classes": lambda sizes, lam_w, lam_h: closed.class_lengths(
            np.full_like(sizes, sizes.mean()), lam_w, lam_h
        ),
        "interpolation": lambda sizes, lam_w, lam_h: np.sqrt(lam_w / lam_h / sizes),
    },
    margin=lambda: 0.02,
    axes=lambda: Axes(
        x="sizes", x_label="images of the digit", y_label="squared length of the class mean", x_scale="log"
    ),
    rests_on=(closed.class_lengths,),
)

DIGIT_FRAME = Theory(
    inputs=lambda counts, pixel_cosine: {"K": len(counts), "pixels": pixel_cosine},
    observe=lambda cosine: cosine,
    predict=lambda: 0.0,
    rivals={"simplex": lambda K: -1 / (K - 1), "pixels": lambda pixels: pixels},
    margin=lambda: 0.02,
    axes=lambda: Axes(y_label="mean cosine of two class means"),
)
