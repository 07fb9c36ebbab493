"""Laws of the alignment by quadrature over the sphere and by counting."""

import jax.numpy as jnp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from numpy.testing import assert_allclose

from theory.hessian.spectral_alignment import alignment_distribution, mean_alignment, one_sign_probability, sign_share


def on_the_sphere(dimension: int, c: float) -> tuple[float, float]:
    """The share of the sphere within an angle of the equator, and the mean size of the cosine, by polar angles."""
    with mp.workdps(30):
        area = lambda f, a, b: mp.quad(lambda t: f(t) * mp.sin(t) ** (dimension - 2), [a, b])
        whole = area(lambda t: 1, 0, mp.pi / 2)
        return float(area(lambda t: 1, mp.acos(c), mp.pi / 2) / whole), float(area(mp.cos, 0, mp.pi / 2) / whole)


@pytest.mark.parametrize("dimension", [2, 3, 7, 40])
@pytest.mark.parametrize("c", [0.001, 0.3, 0.95])
def test_laws_on_the_sphere(dimension: int, c: float) -> None:
    share, mean = on_the_sphere(dimension, c)
    assert_allclose(alignment_distribution(c, float(dimension)), share, rtol=1e-9)
    assert_allclose(mean_alignment(float(dimension)), mean, rtol=1e-12)


@pytest.mark.parametrize("dimension", [2, 399, 400, 401, 1e6, 1e9, 1e15])
def test_mean_in_high_precision(dimension: float) -> None:
    with mp.workdps(60):
        d = mp.mpf(dimension)
        told = mp.exp(mp.loggamma(d / 2) - mp.loggamma((d + 1) / 2)) / mp.sqrt(mp.pi)
    assert_allclose(mean_alignment(float(dimension)), float(told), rtol=1e-12)


@given(st.floats(-8, 8))
def test_share_of_signs(shift: float) -> None:
    with mp.workdps(30):
        assert_allclose(sign_share(shift), float(mp.ncdf(shift)), rtol=1e-10, atol=1e-17)
    assert_allclose(float(sign_share(shift)) + float(sign_share(-shift)), 1, rtol=1e-14)


@given(st.integers(1, 12), st.floats(-2, 2))
def test_one_sign_is_a_binomials_ends(examples: int, shift: float) -> None:
    share = float(sign_share(shift))
    assert_allclose(one_sign_probability(shift, float(examples)), share**examples + (1 - share) ** examples, rtol=1e-9)
    assert_allclose(one_sign_probability(0.0, float(examples)), 2.0 ** (1 - examples), rtol=1e-12)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="inputs = 1 is outside the allowed dimensions at or above two; in one"):
        mean_alignment(1.0)
    with pytest.raises(ValueError, match=r"cosine = -0.1 is outside the allowed sizes of cosines in \[0, 1\]"):
        alignment_distribution(-0.1, 3.0)
    with pytest.raises(ValueError, match="examples = 0 is outside"):
        one_sign_probability(0.0, 0.0)
    with pytest.raises(ValueError, match="shift = nan is outside"):
        sign_share(jnp.nan)
