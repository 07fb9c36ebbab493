"""The least loss over all biases: its bound from a theorem, never above what any bias attains, closed where modes fail.

One layer has the loss of a mode in a line, `tent`, here written out; other depths go through `split_bias`.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.collapse import bias_search
from theory.collapse.bias_search import axes, enclosed, growth, strengths
from theory.collapse.brackets import least_loss_bracket
from theory.collapse.split_bias import given_bias, split_bias

from .searched import searched

SIZES = [(9.0, 5.0, 2.0), (20.0, 3.0, 1.0), (6.0, 6.0, 1.0), (7.0, 7.0, 7.0, 2.0), (8.0, 5.0, 3.0, 1.0), (4.0, 3.0)]


def tent(N: float, penalty: float, width: int) -> Callable[[np.ndarray], np.ndarray]:
    """Of one layer, by rows of strengths: half the misfit, less what the modes that are alive save."""
    dead = penalty * N**2

    def loss(rows: np.ndarray) -> np.ndarray:
        saved = np.maximum(np.sqrt(rows) - np.sqrt(dead), 0.0) ** 2
        return (rows.sum(1) - saved[:, :width].sum(1)) / (2 * N)

    return loss


def at(b: np.ndarray, n: np.ndarray, ridge: float, loss: Callable[[np.ndarray], np.ndarray]) -> float:
    """The least loss of a bias, by singular values of what it leaves."""
    values = np.linalg.svd((np.eye(len(n)) - b[:, None]) * np.sqrt(n), compute_uv=False)
    return float(loss(values[None] ** 2)[0] + ridge / 2 * b @ b)


@settings(max_examples=25)
@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
def test_strengths_along_the_axes_are_those_of_the_bias(sizes: tuple[float, ...], seed: int) -> None:
    """Of any bias: only the length of its contrast among equal classes enters."""
    n = np.array(sizes)
    b, along = np.random.default_rng(seed).uniform(-0.3, 0.9, len(n)), axes(n)
    entries = along.vectors.T @ b
    for k in np.flatnonzero(along.means < 1e-12):
        block = n == n[np.abs(along.vectors[:, k]).argmax()]
        entries[k] = np.linalg.norm(b[block] - b[block].mean())
    expected = np.linalg.svd((np.eye(len(n)) - b[:, None]) * np.sqrt(n), compute_uv=False) ** 2
    assert_allclose(strengths(n.sum(), along, entries[None])[0], expected, atol=1e-10)


CELLS = (st.sampled_from(SIZES), st.floats(-4, -0.5), st.floats(-2, 1.5), st.integers(1, 4), st.integers(0, 2**32 - 1))


@settings(max_examples=40, deadline=None)
@given(*CELLS)
def test_no_bias_has_less(sizes: tuple[float, ...], penalty: float, ridge: float, width: int, seed: int) -> None:
    """From a poor start too, and after any budget; a bias costs no more than growth allows from the best one."""
    n, lam_b, rng = np.array(sizes), 10**ridge, np.random.default_rng(seed)
    loss, m = tent(n.sum(), 10**penalty / n.sum(), width), n / n.sum()
    found = enclosed(n, lam_b, loss, np.inf)
    least = at(found.bias, n, lam_b, loss)
    assert least * (1 - 1e-9) <= found.lower <= least * (1 + 1e-12)
    near = [found.bias + 10 ** rng.uniform(-4, -1) * rng.standard_normal(len(n)) for _ in range(20)]
    for b in (*near, *(m * rng.uniform(-0.2, 1.5, len(n)) for _ in range(20))):
        assert found.lower <= at(b, n, lam_b, loss) * (1 + 1e-12)
        assert at(b, n, lam_b, loss) <= (least + growth(b - found.bias, lam_b)) * (1 + 1e-5)


@pytest.mark.parametrize("boxes", [3, 20, 200, 2000])
def test_a_small_budget_leaves_a_true_bound(boxes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bias_search, "BUDGET", 36 * boxes)
    n = np.array([12.0, 9.0, 7.0, 5.0, 3.0, 1.0])
    loss = tent(n.sum(), 2e-4, 3)
    found = enclosed(n, 0.05, loss, np.inf)
    assert found.boxes <= boxes
    least = split_bias(n, np.array([2e-4]), 1.0, 0.05, 3).upper
    assert found.lower < least <= at(found.bias, n, 0.05, loss) * (1 + 1e-9)


def test_growth_is_met_where_all_modes_are_dead() -> None:
    """A smaller bound would be false: there the loss is its square."""
    n, rng = np.array([9.0, 5.0, 2.0]), np.random.default_rng(0)
    loss, best = tent(16.0, 10.0, 3), n / 16 / 1.3
    for b in rng.uniform(-0.1, 0.5, (5, 3)):
        assert_allclose(at(b, n, 0.3, loss) - at(best, n, 0.3, loss), growth(b - best, 0.3), rtol=1e-9)
    found = enclosed(n, 0.3, loss, np.inf)
    assert_allclose((found.lower, at(found.bias, n, 0.3, loss)), at(best, n, 0.3, loss), rtol=2e-10)


def test_a_longer_entry_may_cost_less() -> None:
    """Why no corner of a box bounds it: through one direction the second mode is lost, and the first one grows."""
    n = np.array([7.0, 9.0, 11.0])
    along, loss = axes(n), tent(27.0, 1e-6, 1)
    short, long = (along.means - [0.6, 0.6, last] for last in (0.6, 0.8))
    losses = loss(strengths(27.0, along, np.array([short, long])))
    assert losses[1] < 0.95 * losses[0]


@pytest.mark.parametrize(("ridge", "share"), [(1e-7, 1.0), (1e7, 0.0)])
def test_cheap_and_dear_biases(ridge: float, share: float) -> None:
    n = np.array([9.0, 5.0, 2.0])
    limit = given_bias(n, np.array([5e-3]), 1e-2, share * n / 16, 2).loss
    found = enclosed(n, ridge, tent(16.0, 5e-5, 2), np.inf)
    assert_allclose(found.lower, limit, rtol=1e-5)


OPEN = {
    "a weak mode": ((9.0, 5.0, 2.0), 2, 2e-2, 0.05, 3),
    "narrow": ((9.0, 5.0, 2.0), 1, 2e-3, 0.5, 2),
    "a quarter": ((20.0, 3.0, 1.0), 1, 2e-3, 0.05, 2),
    "deep": ((9.0, 5.0, 2.0), 3, 2e-2, 0.005, 3),
    "four sizes": ((9.0, 7.0, 4.0, 2.0), 2, 2e-2, 0.03, 3),
    "repeated sizes": ((9.0, 9.0, 2.0, 2.0), 3, 2e-2, 0.05, 2),
}


@pytest.mark.parametrize("cell", OPEN)
def test_brackets_that_the_tangent_leaves_open_are_closed(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No trained network has less, and equal classes have equal biases."""
    sizes, M, lam, ridge, width = OPEN[cell]
    n, each = np.array(sizes), np.full(M, lam)
    found = least_loss_bracket("squared", n, each, lam, ridge, width)
    assert found.closed
    assert found.lower < searched("squared", n, list(each), lam, ridge, width=width, starts=3).loss
    for size in np.unique(n):
        assert np.ptp(found.bias[n == size]) < 1e-6
    monkeypatch.setattr(bias_search, "BUDGET", 1)
    assert not least_loss_bracket("squared", n, each, lam, ridge, width).closed
