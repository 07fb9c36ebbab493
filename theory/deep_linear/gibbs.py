r"""Generalization of the Gibbs algorithm over finitely many networks, by information.

The Gibbs algorithm draws a network w from $\pi(w)\,e^{-\beta \hat L(w)}$, $\hat L$ the mean loss on n examples.
"""

import itertools
import math
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.special import factorial

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, one_number, whole, within


@closed_form
def gibbs_generalization(
    losses: Float[ArrayLike, "networks values"],
    prior: Float[ArrayLike, " networks"],
    law: Float[ArrayLike, " values"],
    examples: int,
    beta: Float[ArrayLike, ""],
) -> Float[Array, ""]:
    r"""Expected loss on new examples minus expected loss on the training examples.

    $\frac1\beta\bigl(I(W; S) + L(W; S)\bigr)$, mutual and lautum information of the network and its training set
    (Aminian, Bu, Toni, Rodrigues and Wornell 2021, arXiv 2107.13656): exact, and never negative. Summed over all
    training sets, told apart by how often each value occurs.

    Args:
        losses: of every network on every value that an example can take.
        prior: $\pi$, adding up to one.
        law: probabilities of the values, adding up to one.
        examples: n.
        beta: inverse temperature, above zero.

    Raises:
        ValueError: probabilities that are negative or do not add up to one, a temperature or number below its range,
            more than a million training sets.

    >>> round(float(gibbs_generalization(jnp.eye(2), jnp.ones(2) / 2, jnp.ones(2) / 2, 1, 2.0)), 6)  # tanh(1)/2
    0.380797
    """
    table, n = one_matrix("losses", losses), whole("examples", examples, least=1)
    b = one_number("beta", beta)
    b = within("beta", b, b > 0, "inverse temperatures above zero")
    pi, mu = _probabilities("prior", prior), _probabilities("law", law)
    if (*pi.shape, *mu.shape) != table.shape:
        raise ValueError(
            f"losses have shape {table.shape} but prior {pi.shape} and law {mu.shape}; give a row for each network of "
            "the prior and a column for each value of the law"
        )
    if math.comb(n + len(mu) - 1, n) > 10**6:
        raise ValueError(f"{n} examples of {len(mu)} values make over a million training sets; take fewer")
    counts, ways = (jnp.asarray(a, mu.dtype) for a in _training_sets(n, len(mu)))
    chance = ways * jnp.prod(mu[None, :] ** counts, axis=1)
    drawn = (pi > 0)[None, :]
    exponents = -b / n * counts @ table.T
    exponents = exponents - jnp.max(jnp.where(drawn, exponents, -jnp.inf), axis=1, keepdims=True)
    # logarithms of posterior over prior, exact also for the differences of a hot algorithm, finite for a cold one
    tilt = jnp.where(drawn, exponents, 0.0)
    share, short = (jnp.sum(pi[None, :] * f(tilt), axis=1, keepdims=True) for f in (jnp.exp, jnp.expm1))
    tilt = tilt - jnp.where(share < 0.5, jnp.log(share), jnp.log1p(jnp.maximum(short, -0.5)))
    gained = pi[None, :] * jnp.expm1(tilt)
    # both divergences from and to the average: the logarithm of the average cancels in their sum
    return jnp.sum(chance[:, None] * (gained - (chance @ gained)[None, :]) * tilt) / b


@lru_cache(maxsize=8)
def _training_sets(n: int, values: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each value occurs in every unordered training set, and in how many orders."""
    kinds = itertools.combinations_with_replacement(range(values), n)
    counts = np.array([np.bincount(kind, minlength=values) for kind in kinds], float)
    return counts, math.factorial(n) / np.prod(factorial(counts), axis=1)


def _probabilities(name: str, value: Float[ArrayLike, " n"]) -> Float[Array, " n"]:
    p = finite(name, value)
    p = within(name, p, p >= 0, "probabilities at or above zero")
    whole_law = jnp.broadcast_to(jnp.abs(jnp.sum(p) - 1) < 1e-9, p.shape)
    return within(name, p, whole_law, "probabilities that add up to one", "divide by their sum")
