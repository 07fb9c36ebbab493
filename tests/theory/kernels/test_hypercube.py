"""Hypercube spectra against parities summed over the whole cube, dense eigenvalues, and theorems."""

from math import comb

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.hypercube import hypercube_eigenvalues
from theory.kernels.spectrum_strategies import taylor_coefficients


def cube(d: int) -> np.ndarray:
    return 1.0 - 2 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1)


def relu_ntk(t: jnp.ndarray) -> jnp.ndarray:
    t = jnp.clip(t, -1, 1)
    step = 1 - jnp.arccos(t) / jnp.pi
    return 2 * t * step + jnp.sqrt(1 - t**2) / jnp.pi


@pytest.mark.parametrize("d", [1, 2, 7])
def test_parities_are_eigenvectors(d: int) -> None:
    x = cube(d)
    gram = np.asarray(relu_ntk(jnp.asarray(x @ x.T / d)))
    values = np.asarray(hypercube_eigenvalues(relu_ntk, d))
    for k in range(d + 1):
        parity = x[:, :k].prod(1)
        assert_allclose(gram @ parity / 2**d, values[k] * parity, atol=1e-13)


def test_dense_eigenvalues() -> None:
    """Multiplicities too."""
    d, x = 6, cube(6)
    dense = np.linalg.eigvalsh(np.exp(x @ x.T / d)) / 2**d
    values = np.repeat(np.asarray(hypercube_eigenvalues(jnp.exp, d)), [comb(d, k) for k in range(d + 1)])
    assert_allclose(np.sort(values), dense, atol=1e-13)


@given(taylor_coefficients(), st.sampled_from([3, 8, 40]))
def test_weak_simplicity_bias(coefficients: list[float], d: int) -> None:
    """Within a parity simple functions come first (Yang and Salman 2019, Theorem 3.2); the trace is kappa(1)."""
    values = np.asarray(hypercube_eigenvalues(lambda t: jnp.polyval(jnp.array(coefficients[::-1]), t), d))
    assert (np.diff(values[0::2]) < 1e-14).all() and (np.diff(values[1::2]) < 1e-14).all()
    assert (values > -1e-14).all()
    assert abs(sum(comb(d, k) * v for k, v in enumerate(values[:8])) - 1) < 1e-8


def test_limit_of_many_inputs() -> None:
    """C(d, k) mu_k tends to the k-th Taylor coefficient: exp(t) has 1/k!; at d = 400 up to order 1/d."""
    values = np.asarray(hypercube_eigenvalues(jnp.exp, 400))
    for k, factorial in enumerate((1, 1, 2, 6)):
        assert abs(comb(400, k) * values[k] * factorial - 1) < 0.01


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="inputs = 0 is below the least allowed, 1"):
        hypercube_eigenvalues(jnp.exp, 0)
    with pytest.raises(ValueError, match="inputs = 501 is above 500"):
        hypercube_eigenvalues(jnp.exp, 501)
    with pytest.raises(ValueError, match="kernel = nan is outside the allowed finite numbers"):
        hypercube_eigenvalues(jnp.sqrt, 4)
