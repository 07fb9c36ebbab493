"""The icosahedral task against spherical harmonics, rotations, and the labels that were published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import sph_harm_y
from scipy.stats import binom

from theory.information.icosahedral import (
    fitted_information,
    icosahedral_law,
    icosahedron,
    law_information,
    pattern_spectrum,
)
from theory.information.strategies import log_uniform
from theory.information.twelve_bit import NEIGHBORS, WEIGHTS, twelve_bit_inputs, twelve_bit_labels


def test_vertices() -> None:
    inner = icosahedron() @ icosahedron().T
    values, counts = np.unique(inner.round(9), return_counts=True)
    assert_allclose(values, [-1, -(5**-0.5), 5**-0.5, 1], atol=1e-9)
    assert counts.tolist() == [12, 60, 60, 12]


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 5])
def test_spectrum_by_spherical_harmonics(degree: int) -> None:
    v = icosahedron()
    polar, azimuth = np.arccos(v[:, 2]), np.arctan2(v[:, 1], v[:, 0])
    orders = np.arange(-degree, degree + 1)
    harmonics = np.stack([sph_harm_y(degree, m, polar, azimuth) for m in orders])
    power = (np.abs(twelve_bit_inputs() @ harmonics.T) ** 2).sum(axis=1) * 4 * np.pi / (2 * degree + 1)
    assert_allclose(pattern_spectrum(degree), power, atol=1e-9)


def test_published_labels_are_a_threshold_of_this_spectrum() -> None:
    """Degrees 0 to 3 weighted so that ones and pairs count as in the recovered rule, vertices matched by distance."""
    cosines = np.array([1, 5**-0.5, -(5**-0.5), -1])
    legendre = np.stack([np.ones(4), cosines, (3 * cosines**2 - 1) / 2, (5 * cosines**3 - 3 * cosines) / 2])
    legendre[:, 1:] *= 2  # each pair twice
    a = np.linalg.solve(legendre.T, np.array(WEIGHTS, float))
    f = sum(w * pattern_spectrum(degree) for degree, w in enumerate(a))
    order = matched()
    codes = twelve_bit_inputs()[:, order] @ (1 << np.arange(11, -1, -1))
    assert ((f[codes] >= 99 - 1e-6) == twelve_bit_labels()).all()


def matched() -> list[int]:
    """Which bit of the published task lies on each of our vertices, found by search along edges."""
    near = icosahedron() @ icosahedron().T > 0.4
    wanted = np.zeros((12, 12), bool)
    for bit, others in enumerate(NEIGHBORS):
        wanted[bit, list(others)] = True
    np.fill_diagonal(wanted, True)

    def extend(chosen: list[int]) -> list[int]:
        k = len(chosen)
        if k == 12:
            return chosen
        for bit in set(range(12)) - set(chosen):
            if all(wanted[bit, c] == near[k, i] for i, c in enumerate(chosen)) and (found := extend([*chosen, bit])):
                return found
        return []

    return extend([])


@settings(max_examples=15)
@given(log_uniform(0.1, 100.0), st.lists(st.floats(-3, 3), min_size=3, max_size=4).filter(lambda a: abs(a[2]) > 0.1))
def test_symmetry_and_information(gain: float, weights: list[float]) -> None:
    """Both labels equally likely; a rotation permutes bits and changes nothing; bits are alike; gain informs."""
    law, x = icosahedral_law(gain, weights), twelve_bit_inputs()
    assert_allclose(law.mean(), 0.5, atol=1e-9)
    turned = icosahedron()[:, [1, 2, 0]]  # by a third of a turn
    moved = np.argmax(turned @ icosahedron().T, axis=1)
    assert_allclose(law[x[:, moved] @ (1 << np.arange(11, -1, -1))], law, atol=1e-9)
    ones = [law[x[:, i] == 1].mean() for i in range(12)]
    assert_allclose(ones, ones[0], atol=1e-9)
    assert 0 <= law_information(law) <= np.log(2) + 1e-12
    assert law_information(icosahedral_law(2 * gain, weights)) >= law_information(law) - 1e-9


def test_fitted_information_of_a_table() -> None:
    """Frequencies fitted to three cells of known probabilities: exact means over all counts, to order 1/n^2."""
    p, n = np.array([0.2, 0.5, 0.7]), 400
    truth = law_information(p)
    entropy = -p.mean() * np.log(p.mean()) - (1 - p.mean()) * np.log(1 - p.mean())
    own, new = 0.0, 0.0
    for chance in p:  # n examples in each cell, one parameter each
        ones = np.arange(n + 1)
        weight = binom.pmf(ones, n, chance)
        keep = (ones > 0) & (ones < n)
        q = np.where(keep, ones / n, 0.5)
        own += (weight * (q * np.log(q) + (1 - q) * np.log(1 - q)) * keep).sum() / 3
        new += (weight * (chance * np.log(q) + (1 - chance) * np.log(1 - q)) * keep).sum() / 3
    expected = np.asarray(fitted_information(truth, 3, 3.0 * n))
    assert_allclose([entropy + own, entropy + new], expected, atol=2e-5)
    assert_allclose(expected[0] - expected[1], 2.5e-3, rtol=1e-9)
    assert_allclose(fitted_information(truth, 3, 1e15), truth, rtol=1e-12)


def test_information_by_direct_sum_and_refusals() -> None:
    p = np.array([0.1, 0.7, 0.4, 0.0])
    joint = np.stack([p, 1 - p]) / 4
    product = joint.sum(0) * joint.sum(1)[:, None]
    on = joint > 0
    assert_allclose(law_information(p), (joint[on] * np.log(joint[on] / product[on])).sum(), rtol=1e-12)
    for call, sentence in (
        (lambda: icosahedral_law(0.0), "gain = 0 is outside"),
        (lambda: icosahedral_law(1.0, (0.0, 0.0)), "same for all patterns"),
        (lambda: icosahedral_law(1.0, (np.nan, 0.0)), "one finite number"),
        (lambda: pattern_spectrum(-1), "degree = -1 is below"),
        (lambda: law_information(np.array([1.5])), "probabilities in"),
        (lambda: fitted_information(-0.1, 5, 10.0), "information at or above zero"),
        (lambda: fitted_information(0.1, 0, 10.0), "parameters = 0 is below"),
        (lambda: fitted_information(0.1, 5, 0.0), "examples above zero"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
