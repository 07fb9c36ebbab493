"""Errors of the nearest class mean, counted."""

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from theory.collapse import metrics, moments
from theory.collapse import transfer as closed
from validations.collapse.claims.transfer import Centers
from validations.core.theory import Axes, Measurement, Theory

FAR = 1e6  # of the classes that play no part, in units of the distance of the two that do
BEYOND = 1 + 1e-6


def simulate(config: Centers, keys: PRNGKeyArray) -> Measurement:
    """One case a replicate, its features and the share of them that lies nearer to another class's mean."""
    seeds = np.asarray(jax.random.key_data(keys))
    features = np.stack([case(np.random.default_rng(seed), config) for seed in seeds])
    means = features.mean(2)
    square = np.sum((features[:, :, :, None] - means[:, None, None]) ** 2, -1)
    wrong = square.argmin(-1) != np.arange(config.classes)[None, :, None]
    return Measurement(start={"features": features}, data={"errors": wrong.mean((1, 2))})


def case(rng: np.random.Generator, config: Centers) -> Float[np.ndarray, "K n d"]:
    """Gaussian classes, or two of two values that lean as far towards each other as their share of errors allows."""
    K, n, d = config.classes, config.samples, config.dimensions
    if rng.random() < 0.5:
        means = rng.standard_normal((K, 1, d))
        return means + rng.choice(config.noises) * rng.standard_normal((K, n, d))
    out = int(rng.integers(1, n // 2))
    line = np.full((K, n), 0.0)
    line[:2, :out] = 0.5 * BEYOND
    line[:2, out:] = -0.5 * BEYOND * out / (n - out)
    line[0], line[1] = line[0], 1 - line[1]
    line[2:] = FAR * np.arange(1, K - 1)[:, None]
    turned = rng.standard_normal(d)
    return line[:, :, None] * turned / np.linalg.norm(turned)


def _bounds(features: np.ndarray, isotropic: int = 1) -> np.ndarray:
    K, n, _ = features.shape[1:]
    labels = np.repeat(np.arange(K), n)
    flat = features.reshape(len(features), K * n, -1)
    spread = [metrics.class_distance_variances(moments.class_moments(f, labels, K)) for f in flat]
    return np.array([float(closed.center_error_bound(V, isotropic)) for V in spread])


ERRORS = Theory(
    inputs=lambda features: {"bound": _bounds(features), "spread": _bounds(features, features.shape[-1])},
    observe=lambda errors: errors,
    predict=lambda bound: bound,
    rivals={"constant 10 % smaller": lambda bound: 0.9 * bound, "over the dimensions": lambda spread: spread},
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="errors of the nearest class mean"),
    extras={"tolerance": lambda: 1e-12},
    rests_on=(closed.center_error_bound,),
)
