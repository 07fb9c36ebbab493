"""The dual route against the primal one: the same nonzero eigenvalues, everything else zero."""

import jax.numpy as jnp
import pytest

from theory.hessian.dual import dual_fisher


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="the scores must be one array"):
        dual_fisher(lambda w: (w, w), jnp.ones(2))
