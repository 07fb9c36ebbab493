"""The dual route against the primal one: the same nonzero eigenvalues, everything else zero."""

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.hessian.dual import dual_fisher, jacobian
from theory.hessian.operators import fisher_operator, matrix

from .cases import CASES, Case


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nonzero_spectra_agree(case: Case) -> None:
    assert_allclose(jacobian(case.model, case.params), case.dense_jacobian, atol=1e-12)
    primal = np.linalg.eigvalsh(np.asarray(matrix(fisher_operator(case.model, case.params))))[::-1]
    dual = np.linalg.eigvalsh(np.asarray(dual_fisher(case.model, case.params)))[::-1]
    shared = min(len(primal), len(dual))
    assert_allclose(primal[:shared], dual[:shared], atol=1e-12 * max(primal[0], 1.0))
    assert np.abs(np.r_[primal[shared:], dual[shared:]]).max(initial=0) < 1e-12 * max(primal[0], 1.0)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="the scores must be one array"):
        dual_fisher(lambda w: (w, w), jnp.ones(2))
