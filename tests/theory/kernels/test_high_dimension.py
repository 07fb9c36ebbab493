"""The smallest eigenvalue against sampled matrices and exact special cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels.high_dimension import smallest_gram_eigenvalue


def sampled(kernel, n: int, d: int, seed: int) -> float:
    x = np.random.default_rng(seed).standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1)[:, None]
    return float(np.linalg.eigvalsh(kernel(np.clip(x @ x.T, -1, 1)))[0])


@pytest.mark.parametrize("n", [60, 150, 400])
def test_against_sampled_matrices(n: int) -> None:
    """exp(t) at d = 600: off by Tracy and Widom's law at the edge (mean 1.2065, deviation 1.268) and order 1/d."""
    d, theory = 600, float(smallest_gram_eigenvalue(np.e, 1.0, 1.0, n / 600))
    scale = (d**0.5 - n**0.5) * (n**-0.5 - d**-0.5) ** (1 / 3) / d
    off = sampled(np.exp, n, d, seed=n) - theory
    assert abs(off - 1.2065 * scale) < 3.5 * 1.268 * scale + 2 / d


def test_special_cases() -> None:
    """No linear part: the diagonal alone. A linear kernel: the edge. One example: kappa(1) - kappa(0)."""
    assert_allclose(smallest_gram_eigenvalue(1.0, 0.2, 0.0, 0.7), 0.8, rtol=1e-15)
    assert_allclose(smallest_gram_eigenvalue(1.0, 0.0, 1.0, 0.25), 0.25, rtol=1e-15)
    assert_allclose(smallest_gram_eigenvalue(2.0, 0.5, 1.0, jnp.array([0.0, 0.36])), [1.5, 0.66], rtol=1e-15)
    assert abs(sampled(lambda t: t, 100, 400, seed=1) - 0.25) < 0.02


def test_transformations_and_bad_input() -> None:
    f = lambda c: smallest_gram_eigenvalue(2.0, 0.5, 1.0, c)
    assert_allclose(jax.jit(jax.vmap(f))(jnp.array([0.1, 0.5])), f(jnp.array([0.1, 0.5])), rtol=1e-15)
    assert_allclose(jax.grad(f)(0.25), -1.0, rtol=1e-14)
    assert f(jnp.array(0.5, jnp.float32)).dtype == jnp.float32
    assert jnp.isnan(jax.jit(f)(1.5))
    with pytest.raises(ValueError, match=r"ratio = 1.5 is outside the allowed ratios n/d in \[0, 1\)"):
        f(1.5)
    with pytest.raises(ValueError, match="slope_at_zero = -1 is outside"):
        smallest_gram_eigenvalue(2.0, 0.5, -1.0, 0.5)
    with pytest.raises(ValueError, match="at_one = 1 is outside the allowed values at or above"):
        smallest_gram_eigenvalue(1.0, 0.5, 1.0, 0.5)
