"""Noisy points, their posterior means by hand and the Jacobians of these by differences."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.hessian import denoiser as closed
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.denoiser import NoisyClouds
from validations.hessian.pruning import generators

STEP = 1e-4


def simulate(config: NoisyClouds, keys: PRNGKeyArray) -> Measurement:
    """Mean squared errors and mean traces for every noise, of points and noise of their own."""
    rngs = generators(keys)
    found = [[of_noise(rng, config, sigma) for sigma in config.sigmas] for rng in rngs]
    traces, errors = np.moveaxis(np.asarray(found), -1, 0)
    return Measurement(start={"traces": traces}, data={"errors": errors})


def of_noise(rng: np.random.Generator, config: NoisyClouds, sigma: float) -> tuple[float, float]:
    x = config.spread * rng.standard_normal((config.draws, config.inputs))
    x[:, 0] += config.distance * rng.choice((-1.0, 1.0), config.draws)
    y = x + sigma * rng.standard_normal(x.shape)
    steps = STEP * np.eye(config.inputs)
    slopes = [(posterior(y + h, config, sigma) - posterior(y - h, config, sigma))[:, i] for i, h in enumerate(steps)]
    errors = np.sum((x - posterior(y, config, sigma)) ** 2, axis=1)
    return np.mean(np.sum(slopes, axis=0)) / (2 * STEP), np.mean(errors)


def posterior(
    y: Float[np.ndarray, "draws inputs"], config: NoisyClouds, sigma: float
) -> Float[np.ndarray, "draws inputs"]:
    """Of two clouds: a shrunken point, moved by a hyperbolic tangent along the first axis."""
    total = config.spread**2 + sigma**2
    mean = config.spread**2 / total * y
    mean[:, 0] += sigma**2 / total * config.distance * np.tanh(config.distance * y[:, 0] / total)
    return mean


def _linear(inputs: int, distance: float, spread: float, sigmas: tuple[float, ...]) -> np.ndarray:
    variances = np.full(inputs, spread**2)
    variances[0] += distance**2
    return np.asarray([float(closed.wiener_error(variances, sigma)) for sigma in sigmas])


def _told(traces: Array, sigma: np.ndarray) -> np.ndarray:
    return np.asarray(closed.error_from_trace(jnp.asarray(traces), sigma))


IDENTITY = Theory(
    inputs=lambda traces, sigmas: {"traces": traces, "sigma": np.asarray(sigmas)},
    observe=lambda errors: errors,
    predict=_told,
    rivals={
        "no denoising": lambda sigma, inputs: inputs * sigma**2,
        "linear": _linear,
        "a fifth more": lambda traces, sigma: 1.2 * _told(traces, sigma),
    },
    margin=lambda inputs, distance, spread, sigmas: _linear(inputs, distance, spread, sigmas) / 30,
    axes=lambda: Axes(x="sigma", x_label="noise", y_label="mean squared error"),
    rests_on=(closed.error_from_trace,),
)
