"""Noisy labels of patterns on an icosahedron, and rules fitted to a few of them by greatest likelihood."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray
from scipy.special import entr, expit, log_expit

from theory.information.icosahedral import fitted_information, icosahedral_law, law_information
from theory.information.twelve_bit import ANTIPODES, NEIGHBORS, twelve_bit_inputs
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.icosahedral import Labels

NEWTON = 8  # steps, after which nothing moves
HALVINGS = 60


class Kinds(NamedTuple):
    """Kinds of patterns that no rotation-invariant rule tells apart: their shares, features, and labels' law."""

    of_pattern: np.ndarray
    shares: np.ndarray
    features: np.ndarray
    law: np.ndarray


def simulate(config: Labels, keys: PRNGKeyArray) -> Measurement:
    """Information on own examples and on new ones, replicates by the two by numbers of examples.

    What the true law shows on the same examples beyond its mean is taken off: luck that every rule shares.
    """
    kinds = described(config)
    shape = (config.fits, max(config.examples))
    draw = quickly_compiled(jax.vmap(lambda key: drawn(key, shape)))
    patterns, chances = (np.asarray(a) for a in draw(keys))
    found = [found_by_fits(kinds, patterns[..., :n], chances[..., :n]) for n in config.examples]
    return Measurement(start={}, data={"found": np.stack(found, axis=2)})


def drawn(key: PRNGKeyArray, shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
    k = jax.random.split(key)
    return jax.random.randint(k[0], shape, 0, 4096), jax.random.uniform(k[1], shape)


def described(config: Labels) -> Kinds:
    """By numbers of ones and of pairs of ones at each distance on the graph, and Legendre's polynomials of cosines."""
    x, near, far = twelve_bit_inputs(), np.zeros((12, 12), int), np.zeros((12, 12), int)
    for vertex, others in enumerate(NEIGHBORS):
        near[vertex, list(others)] = 1
    far[np.arange(12), list(ANTIPODES)] = 1
    pairs = [np.einsum("ni,ij,nj->n", x, m, x) // 2 for m in (near, 1 - near - far - np.eye(12, dtype=int), far)]
    counts, of_pattern, sizes = np.unique(
        np.stack([x.sum(axis=1), *pairs], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    shares, cosine = sizes / 4096, np.array([5**-0.5, -(5**-0.5), -1.0])
    legendre = np.stack([np.ones(3), cosine, 1.5 * cosine**2 - 0.5, 2.5 * cosine**3 - 1.5 * cosine])
    f = (counts[:, :1] + 2 * counts[:, 1:] @ legendre.T) @ np.asarray(config.weights)
    f = (f - shares @ f) / np.sqrt(shares @ (f - shares @ f) ** 2)
    low, high = f.min() - 1, f.max() + 1
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if shares @ expit(config.gain * (f - middle)) > 0.5 else (low, middle)
    spread = counts - shares @ counts
    features = np.concatenate([np.ones((len(counts), 1)), spread / np.sqrt(shares @ spread**2)], axis=1)
    return Kinds(of_pattern.ravel(), shares, features, expit(config.gain * (f - low)))


def found_by_fits(kinds: Kinds, patterns: np.ndarray, chances: np.ndarray) -> Float[np.ndarray, "replicates 2"]:
    """Log 2 less log-losses of fitted rules, by counts of examples and of ones of each kind."""
    n, count = patterns.shape[-1], len(kinds.shares)
    of_kind = kinds.of_pattern[patterns].reshape(-1, n)
    ones = chances.reshape(-1, n) < kinds.law[of_kind]
    cell = np.arange(len(of_kind))[:, None] * count + of_kind
    seen = np.bincount(cell.ravel(), minlength=len(of_kind) * count).reshape(-1, count)
    on = np.bincount(cell[ones], minlength=len(of_kind) * count).reshape(-1, count)
    score = fitted(kinds.features, seen, on) @ kinds.features.T
    entropy = kinds.shares @ (entr(kinds.law) + entr(1 - kinds.law))
    luck = loss(np.log(kinds.law / (1 - kinds.law)), seen, on) / n - entropy
    own = loss(score, seen, on) / n - luck
    new = loss(score, kinds.shares, kinds.shares * kinds.law)
    return np.log(2) - np.stack([own, new], axis=1).reshape(*patterns.shape[:2], 2).mean(axis=1)


def loss(score: np.ndarray, seen: np.ndarray, on: np.ndarray) -> np.ndarray:
    return -(on * log_expit(score) + (seen - on) * log_expit(-score)).sum(axis=-1)


def fitted(features: np.ndarray, seen: np.ndarray, on: np.ndarray) -> Float[np.ndarray, "fits k"]:
    """Newton's method on the likelihood of all fits at once."""
    w = np.zeros((len(seen), features.shape[1]))
    for _ in range(NEWTON):
        p = expit(w @ features.T)
        curvature = np.einsum("fc,ci,cj->fij", seen * p * (1 - p), features, features, optimize=True)
        w = w + np.linalg.solve(curvature, ((on - seen * p) @ features)[..., None])[..., 0]
    return w


def _information(gain: float, weights: tuple[float, ...]) -> float:
    return law_information(icosahedral_law(gain, weights))


def _ours(gain, weights, examples) -> np.ndarray:
    return np.asarray(fitted_information(_information(gain, weights), len(weights) + 1, np.asarray(examples, float)))


def _other_cost(own: float, new: float):
    def curves(gain, weights, examples) -> np.ndarray:
        cost = (len(weights) + 1) / (2 * np.asarray(examples, float))
        return _information(gain, weights) + np.stack([own * cost, new * cost])

    return curves


FITTED = Theory(
    inputs=lambda examples: {"n": np.asarray(examples, float)},
    observe=lambda found: found,
    predict=_ours,
    rivals={
        "what the task holds": _other_cost(0.0, 0.0),
        "all on new examples": _other_cost(0.0, -2.0),
        "labels without noise": lambda weights, examples: np.full((2, len(examples)), _information(1e6, weights)),
    },
    margin=lambda: 0.0032,
    axes=lambda: Axes(
        x="n",
        x_label="examples",
        x_scale="log",
        y_label="information about the label in nats",
        series=("on its own examples", "on new ones"),
    ),
    rests_on=(fitted_information, icosahedral_law, law_information),
)
