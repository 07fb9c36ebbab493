"""Two unequal pairs of classes against plain minimization: over the bias, over strengths, over everything."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from theory.collapse import unequal_pairs as closed
from theory.collapse.low_rank import frame_loss, orthoplex_logits, simplex_logits

from .searched import searched

OPPOSED = np.array([[1.0, -1.0], [-1.0, 1.0]])


def entropy(t: float, s: float, shift: float) -> float:
    """Mean cross-entropy of four classes in two pairs, the bias of the second pair raised."""
    logits = np.zeros((4, 4))
    logits[:2, :2], logits[2:, 2:] = t * OPPOSED, s * OPPOSED
    logits += shift * np.array([0.0, 0.0, 1.0, 1.0])[:, None]
    return float(np.mean(logsumexp(logits, 0) - np.diag(logits)))


@given(st.floats(0, 30), st.floats(0, 30))
def test_fit_and_shift_are_those_of_the_best_bias(t: float, s: float) -> None:
    found = minimize_scalar(lambda x: entropy(t, s, x), bracket=(-1, 1), tol=1e-12)
    assert_allclose(closed.pair_fit(t, s), found.fun, rtol=1e-9, atol=1e-12)
    assert_allclose(entropy(t, s, float(closed.pair_shift(t, s))), found.fun, rtol=1e-9, atol=1e-12)
    assert_allclose(closed.pair_shift(t, s), -closed.pair_shift(s, t), atol=1e-12)


@pytest.mark.parametrize(("depth", "lam"), [(2, 5e-3), (3, 5e-3), (3, 1e-3)])
def test_searches_of_everything_end_here(depth: int, lam: float) -> None:
    penalties = np.full(depth, lam)
    strong, weak, loss = closed.cheapest_pairs(5.0, penalties, lam)
    found = searched("entropy", np.full(4, 5.0), list(penalties), lam, 1e-13, starts=16)
    assert_allclose(found.loss, loss, rtol=1e-7)
    logits = found.logits - found.logits.mean(0)
    assert_allclose(np.linalg.svd(logits)[1][:2], [2 * strong, 2 * weak], rtol=1e-3)
    assert_allclose(np.ptp(found.bias), closed.pair_shift(strong, weak), rtol=1e-3)
    frames = [float(frame_loss(form(4), 5.0, penalties, lam)) for form in (simplex_logits, orthoplex_logits)]
    assert loss < min(frames) * (1 - 1e-3)


def test_equal_pairs_are_a_saddle() -> None:
    """Along equal strengths the loss is that of the known frame; across, it falls."""
    n, lam = 5.0, np.full(3, 5e-3)
    price = 2 * 5e-3

    def loss(x: np.ndarray) -> float:
        return float(closed.pair_fit(*x)) + price * np.sum((2 * n**0.5 * x) ** 0.5)

    equal = minimize_scalar(lambda t: loss(np.array([t, t])), bounds=(1, 20), method="bounded", options={"xatol": 1e-9})
    assert_allclose(equal.fun, frame_loss(orthoplex_logits(4), n, lam, 5e-3), rtol=1e-9)
    t, step = equal.x, 0.1
    assert loss(np.array([t + step, t - step])) < equal.fun < loss(np.array([t + step, t + step]))
    best = minimize(loss, [t + 2, t - 2], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14}).fun
    assert_allclose(closed.cheapest_pairs(n, lam, 5e-3).loss, best, rtol=1e-10)


def test_limits() -> None:
    assert_allclose(closed.pair_fit(700.0, 700.0), 0.0, atol=1e-12)
    assert_allclose(closed.pair_fit(700.0, 0.0), np.log(2) / 2, rtol=1e-12)  # half of the classes are told apart
    assert closed.cheapest_pairs(5.0, np.full(2, 10.0), 10.0) == (0.0, 0.0, pytest.approx(np.log(4)))
    strong, weak, _ = closed.cheapest_pairs(5.0, np.full(1, 1e-2), 1e-2)
    assert_allclose(strong, weak, rtol=1e-6)  # one layer: the price is linear, nothing breaks the symmetry


BAD = {
    "strength": (lambda: closed.pair_fit(-1.0, 1.0), "first = -1"),
    "nan": (lambda: closed.pair_shift(1.0, np.nan), "second"),
    "samples": (lambda: closed.cheapest_pairs(0.0, np.ones(2), 0.1), "samples_per_class = 0"),
    "penalty": (lambda: closed.cheapest_pairs(5.0, np.ones(2), 0.0), "feature_penalty = 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda t: closed.pair_fit(t, 1.0))(-1.0))
