"""Random networks of two Gaussian inputs on a grid: the steepest slope of their mean at a given signal."""

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray
from scipy.optimize import brentq

from theory.information import robustness as closed
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.robustness import Moved

REACH = 8.0  # standard deviations of the input that the grid covers
ROUNDING = 1e-7


def simulate(config: Moved, keys: PRNGKeyArray) -> Measurement:
    """Slope of the mean of each network along its steepest direction."""
    signal = np.exp(brentq(lambda log: overlap(config.noise, np.exp(log)) - config.information, -20, 20, xtol=1e-13))
    seeds = np.asarray(jax.random.key_data(keys))
    slopes = [slope(config, signal, np.random.default_rng(seed)) for seed in seeds]
    return Measurement(start={}, data={"slope": np.array(slopes)})


def overlap(noise: float, signal: float) -> float:
    """Cauchy-Schwarz information of a Gaussian signal and its sum with noise, by determinants."""
    joint = np.array([[signal**2, signal**2], [signal**2, signal**2 + noise**2]])
    product = np.diag(np.diagonal(joint))
    joint_log, product_log, both = (np.linalg.slogdet(c)[1] for c in (joint, product, (joint + product) / 2))
    return both - (joint_log + product_log) / 2


def slope(config: Moved, signal: float, rng: np.random.Generator) -> float:
    """Size of the mean gradient by the chain rule, of a network scaled to the signal."""
    axis = np.linspace(-REACH, REACH, config.points)
    density = np.exp(-(axis**2) / 2)
    chance = np.outer(density, density).ravel() / density.sum() ** 2
    x = config.spread * np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    gain = np.exp(rng.uniform(np.log(config.least_gain), np.log(config.largest_gain)))
    w, b, a = (
        rng.standard_normal((config.width, 2)),
        rng.standard_normal(config.width),
        rng.standard_normal(config.width),
    )
    inner = np.tanh(gain * (x @ w.T + b))
    gradient = gain * (a * (chance @ (1 - inner**2))) @ w
    return float(np.linalg.norm(gradient) * signal / deviation(inner @ a, chance))


def deviation(values: Float[np.ndarray, " n"], chance: Float[np.ndarray, " n"]) -> float:
    return float((chance @ (values - chance @ values) ** 2) ** 0.5)


def _ours(information, spread, noise) -> np.ndarray:
    return np.asarray(closed.linear_shift(information, 1.0, spread, noise))


def _squared(information, spread, noise) -> np.ndarray:
    return _ours(information, spread, noise) * np.asarray(closed.correlation_held(information))


ROBUST = Theory(
    observe=lambda slope: slope,
    predict=_ours,
    rivals={
        "constant 10 % smaller": lambda information, spread, noise: 0.9 * _ours(information, spread, noise),
        "squared correlation": _squared,
    },
    margin=lambda: ROUNDING,
    axes=lambda: Axes(y_label="move of the mean a unit of change"),
    extras={"tolerance": lambda: ROUNDING},
    rests_on=(closed.linear_shift, closed.correlation_held),
)
