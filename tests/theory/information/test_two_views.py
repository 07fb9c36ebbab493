"""Two views: determinants of joint covariances, descent on the contrastive loss, the bottleneck's own encoder."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from theory.information.gaussian import correlation_information
from theory.information.gaussian_bottleneck import gaussian_bottleneck, gaussian_bottleneck_encoder
from theory.information.strategies import canonical
from theory.information.two_views import bottleneck_content, content_information, contrastive_optimum, unshared_content

RHO = np.array([0.85, 0.6, 0.35])


def covariance(rho: np.ndarray) -> np.ndarray:
    """Of content, first and second view, each in canonical coordinates of unit variance."""
    r, one = np.diag(rho), np.eye(len(rho))
    return np.block([[one, r**0.5, r**0.5], [r**0.5, one, r], [r**0.5, r, one]])


def information(sigma: np.ndarray, a: list[int], b: list[int], given: tuple[int, ...] = ()) -> float:
    def logdet(*index: int) -> float:
        return float(np.linalg.slogdet(sigma[np.ix_(index, index)])[1]) if index else 0.0

    return 0.5 * (logdet(*a, *given) + logdet(*b, *given) - logdet(*a, *b, *given) - logdet(*given))


def test_by_determinants() -> None:
    sigma = covariance(RHO)
    s, one, two = ([*range(3 * i, 3 * i + 3)] for i in range(3))
    assert_allclose(content_information(RHO).sum(), information(sigma, s, one), rtol=1e-12)
    assert_allclose(unshared_content(RHO).sum(), information(sigma, s, one, tuple(two)), rtol=1e-12)
    assert_allclose(correlation_information(RHO).sum(), information(sigma, one, two), rtol=1e-12)


@given(canonical())
def test_multi_view_assumption(rho: np.ndarray) -> None:
    """Views are independent given the content; what is unshared stays below half a bit a mode."""
    unshared = np.asarray(unshared_content(rho))
    assert_allclose(unshared, content_information(rho) - correlation_information(rho), rtol=1e-9, atol=1e-15)
    assert (unshared < 0.5 * np.log(2)).all()
    assert (np.diff(np.asarray(unshared)) <= 0).all()


@pytest.mark.parametrize("units", [1, 2, 4])
def test_contrastive_optimum_by_descent(units: int) -> None:
    """A generic minimizer of the loss written with covariances of mixed views, from a random start."""
    rng = np.random.default_rng(units)
    mix = rng.standard_normal((3, 3))
    own, cross = mix @ mix.T, mix @ np.diag(RHO) @ mix.T

    def loss(w: np.ndarray) -> float:
        f = w.reshape(units, 3)
        return -2 * np.trace(f @ cross @ f.T) + ((f @ own @ f.T) ** 2).sum()

    found = minimize(loss, rng.standard_normal(3 * units), tol=1e-14)
    least, content, shared = contrastive_optimum(jnp.asarray(RHO), units)
    assert_allclose(found.fun, least, atol=1e-8)
    f = found.x.reshape(units, 3)[: min(units, 3)]
    given_content, given_other = own - mix @ np.diag(RHO) @ mix.T, own - mix @ np.diag(RHO**2) @ mix.T
    total, noise, rest = (np.linalg.slogdet(f @ c @ f.T)[1] for c in (own, given_content, given_other))
    assert_allclose([(total - noise) / 2, (total - rest) / 2], [content, shared], atol=1e-5)


def test_bottleneck_content_of_the_encoder() -> None:
    """From the encoder's matrix and determinants, at trade-offs where one, two and all modes are kept."""
    betas = np.array([1.2, 2.0, 5.0, 40.0])
    one = np.eye(3)
    for beta, value in zip(betas, bottleneck_content(betas, RHO), strict=True):
        a = np.asarray(gaussian_bottleneck_encoder(float(beta), jnp.eye(3), jnp.diag(jnp.asarray(RHO)), jnp.eye(3)))
        total, noise = (np.linalg.slogdet(one + a @ c @ a.T)[1] for c in (one, one - np.diag(RHO)))
        assert_allclose(value, (total - noise) / 2, rtol=1e-9, atol=1e-12)
    assert_allclose(bottleneck_content(1e14, RHO), content_information(RHO).sum(), rtol=1e-9)
    assert float(bottleneck_content(1.0, RHO)) == 0


@settings(max_examples=30)
@given(canonical())
def test_content_lies_between(rho: np.ndarray) -> None:
    """Data processing both ways round: I(T;V2) <= I(T;S) <= I(T;V1) at every trade-off, and more with a larger one."""
    betas = np.geomspace(1.01, 1e4, 9)
    about, shared = gaussian_bottleneck(betas, rho)
    content = np.asarray(bottleneck_content(betas, rho))
    assert (np.asarray(shared) <= content + 1e-12).all() and (content <= np.asarray(about) + 1e-12).all()
    assert (np.diff(content) >= -1e-12).all()


def test_bad_input() -> None:
    for call, sentence in (
        (lambda: content_information(1.0), "outside the allowed correlations in"),
        (lambda: unshared_content(-0.5), "flip the sign"),
        (lambda: contrastive_optimum(jnp.array([0.5]), 0), "units = 0 is below"),
        (lambda: bottleneck_content(0.0, RHO), "values above zero"),
        (lambda: bottleneck_content(2.0, jnp.eye(2) / 2), "one correlation for each mode"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
