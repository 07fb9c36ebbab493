"""The curve of determined labels against encoders built for it, random ones, the solver's jump and a grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.information.deterministic_bottleneck import deterministic_bottleneck_curve, squared_bottleneck
from theory.information.discrete_bottleneck import discrete_bottleneck
from theory.information.strategies import log_uniform, seeds

PX, LABELS = np.array([0.1, 0.25, 0.3, 0.35]), np.array([0, 0, 1, 2])
JOINT = PX[:, None] * np.eye(3)[LABELS]


def information(joint: np.ndarray) -> float:
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    kept = joint > 0
    return float((joint[kept] * np.log(joint[kept] / apart[kept])).sum())


def plane(encoder: np.ndarray) -> tuple[float, float]:
    """I(X;T) and I(T;Y) of p(t|x), one row an input."""
    return information(PX[:, None] * encoder), information(JOINT.T @ encoder)


ENTROPY = information(JOINT)


@given(st.floats(0, 1))
def test_erased_labels_attain_the_rising_line(kept: float) -> None:
    inside, about = plane(np.column_stack([kept * np.eye(3)[LABELS], np.full(4, 1 - kept)]))
    assert_allclose(inside, kept * ENTROPY, atol=1e-12)
    assert_allclose(about, deterministic_bottleneck_curve(inside, ENTROPY), atol=1e-12)


@given(seeds(), log_uniform(0.01, 10.0))
def test_no_encoder_lies_above(seed: int, concentration: float) -> None:
    encoder = np.random.default_rng(seed).gamma(concentration, size=(4, 5)) + 1e-12
    inside, about = plane(encoder / encoder.sum(axis=1, keepdims=True))
    assert about <= deterministic_bottleneck_curve(inside, ENTROPY) + 1e-12


def test_the_label_and_more_lies_on_the_flat_line() -> None:
    inside, about = plane(np.eye(4))
    assert inside > ENTROPY + 0.1
    assert_allclose(about, deterministic_bottleneck_curve(inside, ENTROPY), rtol=1e-12)


def test_solver_jumps_where_the_square_does_not() -> None:
    for beta, point in ((0.9, 0.0), (1.1, ENTROPY)):
        assert_allclose(discrete_bottleneck(JOINT, beta)[:2], [point, point], atol=1e-6)
    betas = np.array([0.3, 0.6, 1.0, 4.0])
    grid = np.linspace(0, 3, 300_001)
    value = np.asarray(deterministic_bottleneck_curve(grid, ENTROPY))[None] - betas[:, None] * grid[None] ** 2
    assert_allclose(squared_bottleneck(betas, ENTROPY), grid[np.argmax(value, axis=1)], atol=2e-5)


def test_bad_input() -> None:
    for call, sentence in (
        (lambda: deterministic_bottleneck_curve(-1.0, 1.0), "information = -1 is outside"),
        (lambda: deterministic_bottleneck_curve(1.0, np.nan), "entropy = nan is outside"),
        (lambda: squared_bottleneck(0.0, 1.0), "beta = 0 is outside"),
        (lambda: squared_bottleneck(1.0, -1.0), "entropy = -1 is outside"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
