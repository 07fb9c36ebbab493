"""Both sides of least losses: attained above, never passed below, exact where theorems say so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import logsumexp

from theory.collapse import one_layer, squared_error
from theory.collapse.brackets import Bracket, least_loss_bracket
from theory.collapse.clusters import lowest_cluster
from theory.collapse.entropy_search import lowest_found
from theory.collapse.low_rank import lowest_frame
from theory.collapse.phases import Phase, phase
from theory.collapse.ridged_bias import ridged_least_loss
from theory.collapse.split_bias import given_bias, split_bias

from .searched import searched

STEPPED, EQUAL = np.array([9.0, 5.0, 2.0]), np.full(3, 4.0)


def objective(loss: str, Z: np.ndarray, b: np.ndarray, n: np.ndarray, lam: np.ndarray, lam_h: float, ridge: float):
    """Written out: the fit, the price of aligned factors, the bias."""
    out, N, M = Z + b[:, None], n.sum(), len(lam)
    each = logsumexp(out, 0) - np.diag(out) if loss == "entropy" else ((out - np.eye(len(n))) ** 2).sum(0) / 2
    values = np.linalg.svd(Z * np.sqrt(n), compute_uv=False)
    price = (M + 1) / 2 * (np.prod(lam) * lam_h) ** (1 / (M + 1)) * np.sum(values[values > 1e-12] ** (2 / (M + 1)))
    return n @ each / N + price + (ridge / 2 * b @ b if np.isfinite(ridge) else 0.0)


def rank(Z: np.ndarray) -> int:
    return int((np.linalg.svd(Z)[1] > 1e-9).sum())


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3]), st.floats(-3, -1), st.sampled_from([1, 2, 3]))
def test_no_network_has_less_with_its_bias(seed: int, M: int, log_lam: float, width: int) -> None:
    """Random logits of the rank, and the given ones moved a little; the given ones attain what is said."""
    rng, lam = np.random.default_rng(seed), np.full(M, 10**log_lam)
    b = rng.uniform(-0.2, 0.8, 3)
    least, Z = given_bias(STEPPED, lam, 2 * lam[0], b, width)
    assert rank(Z) <= width
    assert_allclose(objective("squared", Z, b, STEPPED, lam, 2 * lam[0], np.inf), least, rtol=1e-11)
    shapes = [(u := rng.standard_normal((3, width))) @ u.T, rng.standard_normal((3, width)) @ np.eye(width, 3)]
    left, right = (np.eye(3) + 1e-2 * rng.standard_normal((3, 3)) for _ in range(2))
    for moved in (*shapes, left @ Z @ right):
        assert objective("squared", moved, b, STEPPED, lam, 2 * lam[0], np.inf) > least * (1 - 1e-12)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_without_bias_and_with_a_free_one(width: int) -> None:
    lam, N = np.full(2, 5e-3), STEPPED.sum()
    for bias, nu in ((0 * STEPPED, STEPPED), (STEPPED / N, squared_error.free_bias_strengths(STEPPED))):
        least = squared_error.least_loss(nu, N, lam, 1e-2, width)
        assert_allclose(given_bias(STEPPED, lam, 1e-2, bias, width).loss, least, rtol=1e-10)


# depth, penalty, penalty of the bias, width
SPLITS = [
    (1, 2e-2, 0.5, 3),
    (1, 2e-3, 0.5, 2),
    (2, 2e-3, 0.05, 3),
    (2, 2e-2, 0.05, 3),
    (2, 5e-2, 0.5, 2),
    (3, 2e-2, 0.5, 1),
]


@pytest.mark.parametrize(("M", "lam", "ridge", "width"), SPLITS)
def test_sides_of_a_penalized_bias(M: int, lam: float, ridge: float, width: int) -> None:
    each = np.full(M, lam)
    lower, upper, Z, b = split_bias(STEPPED, each, lam, ridge, width)
    assert rank(Z) <= width
    assert_allclose(objective("squared", Z, b, STEPPED, each, lam, ridge), upper, rtol=1e-9)
    found = searched("squared", STEPPED, list(each), lam, ridge, width=width, starts=6).loss
    assert upper * (1 - 1e-9) <= lower <= upper * (1 + 1e-12)
    assert upper < found * (1 + 1e-9)


@pytest.mark.parametrize("ridge", [1e-14, 1e-8, 1e8])
def test_sides_of_extreme_penalties_of_the_bias(ridge: float) -> None:
    """Between those of a free bias and of none, which they meet; rounding lifts no lower side above the upper one."""
    for n, lam in ((STEPPED, 10.0), (np.array([1e6, 3.0, 1.0]), 1e-2), (np.array([1e-3, 1.0, 2.0]), 1e-2)):
        lower, upper, *_ = split_bias(n, np.full(1, lam), lam, ridge)
        limit = given_bias(n, np.full(1, lam), lam, n / n.sum() if ridge < 1 else 0 * n).loss
        assert lower <= upper * (1 + 1e-12)
        assert_allclose((lower, upper), limit, rtol=2e-7, atol=min(ridge, 1e-8))


@settings(max_examples=6)
@given(st.sampled_from([1, 3]), st.floats(-3, -0.8), st.floats(-2, 1.5), st.integers(1, 4))
def test_equal_classes_through_any_width(M: int, log_lam: float, log_ridge: float, width: int) -> None:
    """The formula against the search over the bias, and between the sides, of which the chord is exact when narrow."""
    n, lam, ridge = np.full(4, 5.0), np.full(M, 10**log_lam), 10**log_ridge
    least = float(ridged_least_loss(4, 5.0, lam, lam[0], ridge, width))
    lower, upper, *_ = split_bias(n, lam, lam[0], ridge, width)
    assert_allclose(upper, least, rtol=1e-9)
    assert lower <= least * (1 + 1e-9) and (width == 4 or lower > least * (1 - 1e-9))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_equal_classes_against_searches(width: int) -> None:
    """Below the opening of the mode along all ones and above it, two layers."""
    for lam in (5e-3, 6e-2):
        least = ridged_least_loss(3, 4.0, np.full(2, lam), lam, 0.3, width)
        assert_allclose(searched("squared", EQUAL, [lam] * 2, lam, 0.3, width, starts=8).loss, least, rtol=1e-9)


ENTROPY = [(1, 0.0, 1), (2, 0.5, 2), (3, 0.0, 3), (3, np.inf, 1)]


@pytest.mark.parametrize(("M", "ridge", "width"), ENTROPY)
def test_unequal_classes_under_cross_entropy(M: int, ridge: float, width: int) -> None:
    lam = np.full(M, 5e-3)
    found = least_loss_bracket("entropy", STEPPED, lam, 5e-3, ridge, width)
    assert rank(found.logits) <= width
    value = objective("entropy", found.logits, found.bias, STEPPED, lam, 5e-3, ridge)
    assert_allclose(value, found.upper, rtol=1e-6)
    other = searched("entropy", STEPPED, list(lam), 5e-3, 1e-13 if ridge == 0 else ridge, width, starts=6).loss
    assert found.upper < other * (1 + 1e-7)
    assert 0.45 * found.upper < found.lower < found.upper
    assert width > 1 or np.isfinite(ridge) or found.lower >= np.log(2) / 8  # the smallest of the three is between


def test_equal_classes_under_cross_entropy() -> None:
    """What is known of deep heads is found; the bound by rank counts below."""
    lam = np.full(3, 2e-3)
    assert_allclose(
        lowest_found(np.full(5, 5.0), lam, 2e-3, 0.0).loss, lowest_cluster(5, 5.0, lam, 2e-3).loss, rtol=1e-8
    )
    wide, narrow = (least_loss_bracket("entropy", np.full(4, 5.0), lam, 2e-3, width=w) for w in (4, 1))
    assert_allclose(wide.upper, lowest_frame(4, 5.0, lam, 2e-3)[1], rtol=1e-8)
    assert wide.phase is Phase.LOW_RANK and 0.86 * wide.upper < wide.lower < wide.upper
    assert narrow.upper > wide.upper and narrow.lower > 0.5 * np.log(2)  # two of four classes are between the others
    two = least_loss_bracket("entropy", np.full(2, 5.0), lam, 2e-3)
    assert two.closed


EXACT = {
    "no bias": ("squared", STEPPED, 3, np.inf, 2),
    "free bias": ("squared", STEPPED, 2, 0.0, 2),
    "equal, ridged": ("squared", EQUAL, 2, 0.3, 2),
    "one layer, ridged": ("squared", STEPPED, 1, 0.3, None),
    "one layer, entropy": ("entropy", STEPPED, 1, 0.3, 2),
}


@pytest.mark.parametrize("case", EXACT)
def test_exact_cells_are_closed_and_have_their_phase(case: str) -> None:
    loss, n, M, ridge, width = EXACT[case]
    found = least_loss_bracket(loss, n, np.full(M, 0.02), 0.02, ridge, width)
    assert found.closed
    said = Phase(int(phase(loss, n, np.full(M, 0.02), 0.02, ridge, width)))
    assert found.phase is said
    if M == 1:
        assert_allclose(found.upper, one_layer.minimum(loss, n, 0.02, ridge).loss, rtol=1e-10)


@pytest.mark.parametrize("loss", ["squared", "entropy"])
def test_no_cell_is_refused(loss: str) -> None:
    """Any bias, depth and width; much too large a penalty leaves nothing."""
    for ridge in (np.inf, 0.3, 0.0):
        for M, width in ((1, None), (2, 1)):
            found = least_loss_bracket(loss, STEPPED[:2], np.full(M, 1e-2), 1e-2, ridge, width)
            assert isinstance(found, Bracket) and 0 < found.lower <= found.upper
    assert least_loss_bracket(loss, STEPPED[:2], np.full(2, 3.0), 3.0, 0.3).phase is Phase.ZERO


BAD = {
    "loss": (lambda: least_loss_bracket("hinge", EQUAL, np.ones(1), 0.1), "loss = 'hinge'"),
    "counts": (lambda: least_loss_bracket("squared", np.array([1.0, 0.0]), np.ones(1), 0.1), "counts = 0"),
    "layers": (lambda: least_loss_bracket("entropy", EQUAL, np.zeros(2), 0.1), "layer_penalties = 0"),
    "features": (lambda: least_loss_bracket("entropy", EQUAL, np.ones(2), 0.0), "feature_penalty = 0"),
    "bias": (lambda: least_loss_bracket("entropy", EQUAL, np.ones(2), 0.1, -1.0), "bias_penalty = -1"),
    "width": (lambda: least_loss_bracket("squared", EQUAL, np.ones(2), 0.1, width=0), "bottleneck of zero"),
    "biases": (lambda: given_bias(EQUAL, np.ones(1), 0.1, np.zeros(2)), "for 3 classes"),
    "split": (lambda: split_bias(EQUAL, np.ones(1), 0.1, 0.0), "bias_penalty = 0"),
    "search": (lambda: lowest_found(EQUAL, np.ones(1), 0.1, width=0), "bottleneck of zero"),
    "ridged": (lambda: ridged_least_loss(3, 4.0, np.ones(1), 0.1, 0.3, 0), "bottleneck of zero"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()
