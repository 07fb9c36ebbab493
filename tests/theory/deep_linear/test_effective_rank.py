"""Effective ranks against their definitions by singular values, their order and their extremes."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.effective_rank import entropy_rank, participation_ratio, stable_rank
from theory.deep_linear.matrix_strategies import matrices

RANKS = jax.jit(lambda w: (participation_ratio(w), stable_rank(w), entropy_rank(w), entropy_rank(w, 2)))


def with_spectrum(sigma: list[float], rows: int, columns: int) -> np.ndarray:
    rng, middle = np.random.default_rng(0), np.zeros((rows, columns))
    np.fill_diagonal(middle, sigma)
    return (
        np.linalg.qr(rng.standard_normal((rows, rows)))[0]
        @ middle
        @ np.linalg.qr(rng.standard_normal((columns, columns)))[0]
    )


@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_by_hand(shape: tuple[int, int], scale: float) -> None:
    """Spectrum 4, 2, 1: squares 16, 4, 1."""
    w = scale * with_spectrum([4.0, 2.0, 1.0], *shape)
    ratio, stable, entropy, squared = RANKS(w)
    assert_allclose(ratio, 21**2 / (256 + 16 + 1), rtol=1e-12)
    assert_allclose(stable, 21 / 16, rtol=1e-12)
    p, q = np.array([4, 2, 1]) / 7, np.array([16, 4, 1]) / 21
    assert_allclose(entropy, np.exp(-(p * np.log(p)).sum()), rtol=1e-12)
    assert_allclose(squared, np.exp(-(q * np.log(q)).sum()), rtol=1e-12)


@settings(max_examples=40)
@given(st.data(), st.sampled_from([(3, 3), (3, 5), (5, 3)]))
def test_order_and_bounds(data: st.DataObject, shape: tuple[int, int]) -> None:
    """Renyi counts fall with their order: rank >= entropy (of squares) >= participation ratio >= stable rank >= 1."""
    w = data.draw(matrices(*shape).filter(lambda w: bool(np.abs(w).max() > 0)))
    ratio, stable, _, squared = (float(r) for r in RANKS(w))
    rank = np.linalg.matrix_rank(w)
    assert 1 - 1e-9 <= stable <= ratio * (1 + 1e-9) <= squared * (1 + 1e-8) <= rank * (1 + 1e-7)
    assert ratio <= stable**2 * (1 + 1e-9)


def test_batches_and_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    w = np.stack([np.eye(3), np.diag([1.0, 0.0, 0.0])])
    for rank in (participation_ratio, stable_rank, entropy_rank):
        assert_allclose(rank(w), [3.0, 1.0], rtol=1e-12)
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="a zero matrix has no rank"):
        stable_rank(jnp.zeros((2, 2)))
