"""Extreme eigenpairs against dense ones over the shared cases, and by ARPACK on a larger matrix with a multiple top."""

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.hessian.eigenpairs import top_eigenpairs
from theory.hessian.operators import hessian_operator

from .cases import CASES, Case


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_against_dense(case: Case) -> None:
    operator, exact = hessian_operator(case.loss, case.params), np.linalg.eigvalsh(case.dense)[::-1]
    for count in {1, operator.size}:
        assert_allclose(top_eigenpairs(operator, count).values, exact[:count], atol=1e-10)
        assert_allclose(top_eigenpairs(operator, count, smallest=True).values, exact[-count:], atol=1e-10)
    assert top_eigenpairs(operator, operator.size).residuals.max() < 1e-9


def test_by_arpack() -> None:
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((260, 260)))
    values = np.r_[9.0, 9.0, 5.0, np.linspace(-3, 1, 257)]
    a = jnp.asarray((q * values) @ q.T)
    operator = hessian_operator(lambda w: 0.5 * w @ a @ w, jnp.zeros(260))
    top = top_eigenpairs(operator, 3)
    assert_allclose(top.values, [9, 9, 5], rtol=1e-9)
    assert_allclose(np.abs(top.vectors.T @ q[:, :3]).sum(axis=0)[2], 1, atol=1e-6)
    assert_allclose(np.linalg.norm(q[:, :2].T @ np.asarray(top.vectors[:, :2])), 2**0.5, rtol=1e-8)
    assert top.residuals.max() < 1e-6
    assert_allclose(top_eigenpairs(operator, 1, smallest=True).values, [-3], rtol=1e-7)


def test_bad_input() -> None:
    operator = hessian_operator(lambda w: jnp.sum(w**2), jnp.zeros(3))
    with pytest.raises(ValueError, match="4 eigenpairs were asked of 3 parameters; ask for at most 3"):
        top_eigenpairs(operator, 4)
    with pytest.raises(ValueError, match="count = 0 is below the least allowed, 1"):
        top_eigenpairs(operator, 0)
