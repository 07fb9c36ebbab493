"""Every family of estimators on samples of tasks with known information: values and flags."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import ndtr

from theory.information import gaussian, tasks
from theory.information.binning import binned_estimate
from theory.information.cauchy_schwarz import cauchy_schwarz_estimate
from theory.information.estimate import Estimate
from theory.information.gaussian import gaussian_estimate
from theory.information.matrix_entropy import matrix_estimate
from theory.information.neighbors import ksg_information
from theory.information.witness import confronted
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.estimators import CRITICS, FAMILIES, SHANNON, TASKS, Estimators
from validations.information.tasks import truth_of_rounded
from validations.information.trained_critics import Critic, critic_estimate

RHO, STRONG, WEAK, NARROW, WIDE, FREEDOM = 0.75, 0.8, 0.5, 0.1, 0.75, 2
Pair = tuple[np.ndarray, np.ndarray]
Family = Callable[[np.ndarray, np.ndarray], Estimate]


def simulate(config: Estimators, keys: PRNGKeyArray) -> Measurement:
    """Values, flags and flags without a second opinion: replicates, tasks, families.

    NaN where a family does not take a task or is left out.
    """
    draw = quickly_compiled(lambda key: drawn(key, config.samples))
    found = np.full((3, len(keys), len(TASKS), len(FAMILIES)), np.nan)
    for r, key in enumerate(keys):
        for t, pair in enumerate(samples(*map(np.asarray, draw(key))).values()):
            for family, (alone, heard) in estimates(config, *pair).items():
                doubts = float(not heard.reliable), float(not alone.reliable)
                found[:, r, t, FAMILIES.index(family)] = alone.value, *doubts
    return Measurement(start={}, data=dict(zip(("found", "flags", "flags_alone"), found, strict=True)))


def drawn(key: PRNGKeyArray, n: int) -> tuple[Array, ...]:
    """Normal, uniform and chi-square numbers, used by all tasks of a replicate."""
    k = jax.random.split(key, 3)
    x, z = jax.random.normal(k[0], (2, n, 16))
    return x, z, jax.random.uniform(k[1], (n, 2)), jax.random.chisquare(k[2], float(FREEDOM), (n, 1))


def samples(x: np.ndarray, z: np.ndarray, u: np.ndarray, chi: np.ndarray) -> Mapping[str, Pair]:
    """Samples of every task, in the order of `TASKS`."""
    one, scale = slice(0, 1), np.sqrt(chi / FREEDOM)
    a, b = x[:, one], correlated(x, z, RHO)[:, one]
    v = np.concatenate([ndtr(a), ndtr(b)], axis=1)
    pairs = (
        (a, b),
        (a**3, b**3),
        (np.sign(a) * np.abs(a) ** 1.5, np.sign(b) * np.abs(b) ** 1.5),
        (wiggled(a), wiggled(b)),
        (u[:, :1], u[:, :1] + NARROW * (2 * u[:, 1:] - 1)),
        (u[:, :1], u[:, :1] + WIDE * (2 * u[:, 1:] - 1)),
        (a / scale, z[:, one] / scale),
        (rolled(v[:, :1]), v[:, 1:]),
        (x[:, :3], correlated(x, z, STRONG)[:, :3]),
        (x[:, :3] / scale, z[:, :3] / scale),
        (x, correlated(x, z, WEAK)),
        (np.round(a), np.round(b)),
    )
    return dict(zip(TASKS, pairs, strict=True))


def correlated(x: np.ndarray, z: np.ndarray, rho: float) -> np.ndarray:
    return rho * x + (1 - rho**2) ** 0.5 * z


def wiggled(x: np.ndarray) -> np.ndarray:
    """An increasing function that bends up and down."""
    return x + 0.4 * np.sin(x) + 0.2 * np.sin(1.7 * x + 1) + 0.03 * np.sin(3.3 * x - 2.5)


def rolled(u: Float[np.ndarray, "n 1"]) -> Float[np.ndarray, "n 2"]:
    """A line from 0 to 1 on a spiral in the plane."""
    t = 1.5 * np.pi * (1 + 2 * u)
    return np.concatenate([t * np.cos(t), t * np.sin(t)], axis=1) / 21


def families(config: Estimators) -> Mapping[str, Family]:
    """Every family that is not left out; Gram matrices see the first few samples."""
    k = (config.neighbors,)
    trained = {name: Critic(bound, steps=config.critics) for name, bound in CRITICS.items()} if config.critics else {}
    return {
        "bins": binned_estimate,
        "neighbors 1": lambda x, y: ksg_information(x, y, k)[0],
        "neighbors 2": lambda x, y: ksg_information(x, y, k, variant=2)[0],
        "Gaussian": gaussian_estimate,
        "copula": lambda x, y: gaussian_estimate(x, y, copula=True),
        **{name: partial(critic_estimate, critic=critic) for name, critic in trained.items()},
        "matrices": lambda x, y: matrix_estimate(x[: config.few], y[: config.few]),
        "Cauchy-Schwarz": lambda x, y: cauchy_schwarz_estimate(x[: config.few], y[: config.few]),
    }


def estimates(config: Estimators, x: np.ndarray, y: np.ndarray) -> Mapping[str, tuple[Estimate, Estimate]]:
    """Of every family that takes the samples, alone and with nearest neighbors as witness of those that are Gaussian.

    Bins see no vectors.
    """
    vectors = x.shape[1] + y.shape[1] > 2
    alone = {name: of(x, y) for name, of in families(config).items() if not (vectors and name == "bins")}
    near = alone["neighbors 1"]
    return {name: (e, confronted(e, near) if name in ("Gaussian", "copula") else e) for name, e in alone.items()}


def truths() -> Float[np.ndarray, " tasks"]:
    pair, strong, weak = (float(gaussian.correlation_information(r)) for r in (RHO, STRONG, WEAK))
    noise = [float(tasks.additive_noise_information(e)) for e in (NARROW, WIDE)]
    student = [float(tasks.student_information(d, d, float(FREEDOM))) for d in (1, 3)]
    return np.array([pair] * 4 + [*noise, student[0], pair, 3 * strong, student[1], 16 * weak, truth_of_rounded()])


def separation(found: Any, flags: Any, wrong: float) -> Float[np.ndarray, " replicates"]:
    """Share of flags among wrong values less that among right ones, over families that estimate Shannon's."""
    bad, good, flags = _judged(found, flags, wrong, SHANNON)
    return _share(flags, bad) - _share(flags, good)


def _judged(found: Any, flags: Any, wrong: float, families: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    columns = [FAMILIES.index(f) for f in families]
    error = np.abs(np.asarray(found) - truths()[None, :, None])[:, :, columns]
    return error > wrong, error <= wrong, np.asarray(flags)[:, :, columns]


def _share(flags: np.ndarray, among: np.ndarray) -> np.ndarray:
    return np.where(among, flags, 0.0).sum(axis=(1, 2)) / np.maximum(among.sum(axis=(1, 2)), 1)


QUARTER = 0.25
FLAGS = Theory(
    observe=separation,
    predict=lambda: 0.0,
    rivals={"no knowledge": lambda: 0.0, "reverse": lambda: -1.0},
    margin=lambda: QUARTER,
    axes=lambda: Axes(y_label="flags among wrong values less flags among right ones"),
)
