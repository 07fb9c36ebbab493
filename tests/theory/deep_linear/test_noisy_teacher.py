"""The student of a noisy teacher against sampled singular value decompositions, traces, and exact limits."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from theory.deep_linear.noisy_teacher import (
    best_strength,
    generalization_error,
    leading_error,
    learned_strength,
    teacher_overlap,
)

TIMES = np.array([0.0, 0.6, 1.2, 2.0, 4.0])


def sampled(outputs: int, inputs: int, s: float, u0: float, draws: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors (draws, times), leading singular values and overlaps of random data with the teacher on one entry."""
    rng = np.random.default_rng(outputs)
    m = rng.standard_normal((draws, outputs, inputs)) / inputs**0.5
    m[:, 0, 0] += s
    left, values, right = np.linalg.svd(m, full_matrices=False)
    shared = left[:, 0, :] * right[:, :, 0]
    u = values[..., None] / (1 + (values[..., None] / u0 - 1) * np.exp(-2 * values[..., None] * TIMES))
    errors = (s**2 + (u**2).sum(1) - 2 * s * (shared[..., None] * u).sum(1)) / s**2
    return errors, values[:, 0], np.abs(shared[:, 0])


@pytest.mark.parametrize(("outputs", "inputs", "s"), [(60, 60, 3.0), (30, 60, 2.0), (20, 80, 1.5), (40, 80, 0.5)])
def test_error_by_sampling(outputs, inputs, s):
    """Within sampling and terms of order 1/N; the same rule refuses the leading order alone, if it can be seen."""
    errors, _, _ = sampled(outputs, inputs, s, 0.01, 400)
    closed = np.asarray(generalization_error(TIMES, s, 0.01, outputs, inputs))
    noise = 4.5 * errors.std(0) / 400**0.5
    assert (np.abs(errors.mean(0) - closed) < noise + 0.6 / inputs * closed).all()
    if s > 1:
        leading = np.asarray(leading_error(TIMES, s, 0.01, outputs, inputs))
        assert np.abs(errors.mean(0) - leading)[-1] > noise[-1] + 0.6 / inputs * closed[-1]


@pytest.mark.parametrize(("outputs", "inputs", "s"), [(60, 60, 3.0), (30, 60, 2.0), (20, 80, 0.9), (40, 80, 0.5)])
def test_leading_order_by_quadrature(outputs, inputs, s):
    """The published terms: one mode of the teacher, all others of the Marchenko-Pastur law."""
    aspect, u0 = outputs / inputs, 0.01
    low, high = (1 - aspect**0.5) ** 2, (1 + aspect**0.5) ** 2
    seen = s**4 > aspect
    for t, found in zip(TIMES, np.asarray(leading_error(TIMES, s, u0, outputs, inputs)), strict=True):

        def mode(strength, t=t):
            return strength / (1 + (strength / u0 - 1) * np.exp(-2 * strength * t))

        def density(x, mode=mode):
            return mode(x**0.5) ** 2 * ((high - x) * (x - low)) ** 0.5 / (2 * np.pi * aspect * x)

        noise = quad(density, low, high, epsabs=1e-12, limit=200)[0]
        learned = ((1 + s**2) * (aspect + s**2)) ** 0.5 / s
        overlap = (s**4 - aspect) / (s**3 * learned)
        first = mode(learned) ** 2 - 2 * s * overlap * mode(learned)
        assert_allclose(found, (s**2 + seen * first + (outputs - seen) * noise) / s**2, rtol=1e-6)


def test_strength_and_overlap_by_sampling():
    _, values, overlaps = sampled(150, 300, 2.0, 0.01, 40)
    assert_allclose(values.mean(), learned_strength(2.0, 0.5), rtol=0.01)
    assert_allclose(overlaps.mean(), teacher_overlap(2.0, 0.5), rtol=0.01)


@given(st.floats(0.3, 5.0), st.sampled_from([(9, 9), (4, 9), (1, 9)]))
def test_trained_to_the_end_the_error_is_the_noise(s, shape):
    """W = M at the end: the error is the squared noise, N_3 / s^2 in the mean, whatever the spectrum does."""
    n3, n1 = shape
    if abs(s**4 - n3 / n1) > 0.2 * n3 / n1:
        assert_allclose(generalization_error(400.0, s, 0.5, n3, n1), n3 / s**2, rtol=1e-6)


@given(st.floats(0.2, 20.0), st.floats(0.05, 4.0))
def test_overlap_and_strength(s, aspect):
    """The product of the two published cosines; one edge at the threshold; the best strength below both others."""
    learned, overlap = float(learned_strength(s, aspect)), float(teacher_overlap(s, aspect))
    if s**4 > aspect * (1 + 1e-9):
        left = 1 - aspect * (1 + s**2) / (s**2 * (s**2 + aspect))
        right = 1 - (aspect + s**2) / (s**2 * (s**2 + 1))
        assert_allclose(overlap**2, left * right, rtol=1e-8, atol=1e-14)
        assert learned >= 1 + aspect**0.5 - 1e-12
    else:
        assert overlap <= 1e-8
        assert_allclose(learned, 1 + aspect**0.5)
    assert float(best_strength(s, aspect)) <= min(s, learned)
    assert_allclose(best_strength(s, aspect), s * overlap, rtol=1e-12)


def test_a_strong_teacher_is_learned_without_noise():
    assert_allclose(learned_strength(1e4, 0.5), 1e4, rtol=1e-7)
    assert_allclose(teacher_overlap(1e4, 0.5), 1.0, rtol=1e-7)
    early = float(generalization_error(0.02, 1e3, 1e-9, 20, 30))
    assert early < 1e-4


def test_bad_input():
    with pytest.raises(ValueError, match="outputs = 5 are above inputs = 4; exchange the two"):
        generalization_error(1.0, 1.0, 0.1, 5, 4)
    with pytest.raises(ValueError, match="s = 0 is outside the allowed strengths above zero"):
        learned_strength(0.0, 1.0)
    with pytest.raises(ValueError, match="start = 0 is outside"):
        leading_error(1.0, 1.0, 0.0, 4, 4)
    with pytest.raises(ValueError, match="times = -1 is outside"):
        generalization_error(-1.0, 1.0, 0.1, 4, 4)
    assert teacher_overlap(jnp.float32(2.0), jnp.float32(0.5)).dtype == jnp.float32
