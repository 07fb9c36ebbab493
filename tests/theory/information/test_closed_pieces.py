"""The 12-bit task, binned neurons, linear layers: against the geometry, quadrature, determinants and integration."""

import zlib
from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.stats import norm

from theory.information.binned_neuron import binned_relu, binned_tanh
from theory.information.linear_layers import (
    deep_linear_plane,
    linear_layer_information,
    linear_layer_label_information,
)
from theory.information.twelve_bit import (
    ANTIPODES,
    NEIGHBORS,
    diffusion_crossing,
    gradient_signal_to_noise,
    twelve_bit_inputs,
    twelve_bit_labels,
)


def test_published_labels_bit_for_bit() -> None:
    """The checksum is that of the labels in the published data file; the information is H(Y)."""
    y = twelve_bit_labels()
    assert zlib.crc32(np.packbits(y.astype(np.uint8))) == 1602003025
    p = y.mean()
    assert abs(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)) - 0.999157) < 1e-6
    assert (twelve_bit_inputs() @ 2 ** np.arange(11, -1, -1) == np.arange(4096)).all()


def test_the_graph_is_an_icosahedron() -> None:
    """Its adjacency spectrum, which determines it, its antipodes, and labels that no rotation changes."""
    a = np.zeros((12, 12))
    for i, others in enumerate(NEIGHBORS):
        a[i, list(others)] = 1
    assert (a == a.T).all()
    assert_allclose(np.linalg.eigvalsh(a), [-(5**0.5)] * 3 + [-1] * 5 + [5**0.5] * 3 + [5], atol=1e-12)
    assert ((a @ a)[np.arange(12), ANTIPODES] == 0).all() and (np.argsort(ANTIPODES) == ANTIPODES).all()
    labels = twelve_bit_labels()
    # five-fold rotation about vertex 0: its neighbors in cyclic order go round, and so do their antipodes
    ring = [NEIGHBORS[0][0]]
    while len(ring) < 5:
        ring.append(next(j for j in NEIGHBORS[0] if a[ring[-1], j] and j not in ring))
    turn = np.arange(12)
    for i, j in zip(ring, ring[1:] + ring[:1]):
        turn[i], turn[ANTIPODES[i]] = j, ANTIPODES[j]
    assert (a[np.ix_(turn, turn)] == a).all()
    moved = twelve_bit_inputs()[:, turn] @ 2 ** np.arange(11, -1, -1)
    assert (labels[moved] == labels).all()


def test_what_the_weight_says() -> None:
    """P(y = 1 | w), and I(w;Y) = 0.627641 bits: the number of ones alone does not decide."""
    w, y = twelve_bit_inputs().sum(axis=1), twelve_bit_labels()
    share = np.array([y[w == k].mean() for k in range(13)])
    assert_allclose(share[4:9], [0, 0.0758, 0.5758, 0.9242, 1], atol=5e-5)
    binary = lambda p: -sum(q * np.log2(q) for q in (p, 1 - p) if q > 0)
    known = binary(y.mean()) - sum((w == k).mean() * binary(share[k]) for k in range(13))
    assert abs(known - 0.627641) < 1e-6


def test_signal_to_noise_by_sampling() -> None:
    """100,000 minibatches: mean and fluctuation of the gradient, and the crossing where they are equal."""
    rng, d, batch, s = np.random.default_rng(0), 3, 8, 0.7
    delta = np.array([0.4, -0.2, 0.1])
    x = rng.standard_normal((100_000, batch, d))
    g = np.einsum("rbi,rb->ri", x, x @ delta - s * rng.standard_normal(x.shape[:2])) / batch
    ratio = np.linalg.norm(g.mean(axis=0)) / np.sqrt(g.var(axis=0).sum())
    size = float(np.linalg.norm(delta))
    assert_allclose(gradient_signal_to_noise(size, d, batch, s), ratio, rtol=0.01)
    assert_allclose(gradient_signal_to_noise(diffusion_crossing(d, batch, s), d, batch, s), 1, rtol=1e-14)
    both = gradient_signal_to_noise(jnp.array([0.0, size]), d, batch, s)
    assert both[0] == 0 and abs(both[1] - gradient_signal_to_noise(size, d, batch, s)) < 1e-15
    assert jnp.isnan(gradient_signal_to_noise(0.0, d, batch, 0.0))
    assert_allclose(gradient_signal_to_noise(1e200, d, batch, s), (batch / (d + 1)) ** 0.5, rtol=1e-14)
    with pytest.raises(ValueError, match="prevails"):
        diffusion_crossing(10.0, 11.0, 1.0)
    with pytest.raises(ValueError, match="at or above zero"):
        gradient_signal_to_noise(-1.0, 3.0, 8.0, 1.0)


@pytest.mark.parametrize("bins", [1, 2, 7, 30])
def test_binned_tanh_by_direct_sums(bins: int) -> None:
    for w in (0.05, 0.9, 30.0):
        with np.errstate(divide="ignore"):
            p = np.diff(norm.cdf(np.arctanh(np.linspace(-1, 1, bins + 1)) / w))
        assert_allclose(binned_tanh(jnp.array(w), bins), -np.sum(p[p > 0] * np.log(p[p > 0])), atol=1e-12)


def test_binned_neurons_published_values_and_limits() -> None:
    """In bits, to four digits; one bit for a saturated neuron, H(1/2) and log(w)/2 more for a rectified one."""
    w = jnp.array([0.1, 0.5, 1, 2, 3, 5, 10, 100])
    bits = [2.6445, 4.6312, 4.8771, 4.1573, 3.5153, 2.7751, 2.0442, 1.1506]
    assert_allclose(binned_tanh(w) / jnp.log(2), bits, atol=6e-5)
    assert_allclose(binned_tanh(jnp.array(1e9)), np.log(2), rtol=1e-6)
    assert_allclose(binned_relu(np.array([0.1, 0.5, 10.0])) / np.log(2), [1.0939, 2.6815, 5.0778], atol=6e-5)
    large = np.log(2) + 0.25 * np.log(np.pi * np.e / 2) + 0.5 * np.log(1e4 / 0.07)
    assert_allclose(binned_relu(np.array(1e4)), large, rtol=1e-5)
    assert np.diff(binned_relu(np.geomspace(0.01, 100, 30))).min() > 0
    for f in (binned_tanh, binned_relu):
        with pytest.raises(ValueError, match="above zero"):
            f(np.array(0.0))
    with pytest.raises(ValueError, match="too many bins"):
        binned_relu(np.array(1e9))


def test_linear_layers_by_determinants() -> None:
    rng = np.random.default_rng(5)
    w, a, root = rng.standard_normal((4, 3)), rng.standard_normal((2, 3)), rng.standard_normal((3, 3))
    sx, noise, label = root @ root.T, 0.7, 0.4
    covariance = np.block(
        [[w @ sx @ w.T + noise**2 * np.eye(4), w @ sx @ a.T], [a @ sx @ w.T, a @ sx @ a.T + label**2 * np.eye(2)]]
    )
    logdet = lambda m: np.linalg.slogdet(m)[1]
    about_label = (logdet(covariance[:4, :4]) + logdet(covariance[4:, 4:]) - logdet(covariance)) / 2
    assert_allclose(linear_layer_label_information(w, sx, a, noise, label), about_label, rtol=1e-10)
    about_input = (logdet(covariance[:4, :4]) - 8 * np.log(noise)) / 2
    assert_allclose(linear_layer_information(w, sx, noise), about_input, rtol=1e-10)
    assert_allclose(linear_layer_information(w, sx, 1e9), np.trace(w @ sx @ w.T) / 2e18, rtol=1e-9)
    with pytest.raises(ValueError, match="positive definite"):
        linear_layer_information(w, -sx, noise)
    with pytest.raises(ValueError, match="above zero"):
        linear_layer_information(w, sx, 0.0)


@pytest.mark.parametrize(("depth", "layer"), list(combinations(range(4, 0, -1), 2)) + [(2, 2)])
def test_plane_by_integration(depth: int, layer: int) -> None:
    """Layers of equal strength integrated one by one; information from the matrices, modes on the diagonal."""
    s, noise, label, u0 = np.array([1.5, 0.6]), 0.3, 0.4, np.array([0.02, 0.9])
    times = np.array([0.5, 2.0])

    def flow(_: float, a: np.ndarray) -> np.ndarray:
        a = a.reshape(depth, 2)
        gap = s - a.prod(axis=0)
        return np.array([np.delete(a, i, 0).prod(axis=0) * gap for i in range(depth)]).ravel()

    start = np.tile(u0 ** (1 / depth), (depth, 1)).ravel()
    path = solve_ivp(flow, (0, 2), start, t_eval=times, rtol=1e-11, atol=1e-13).y.T.reshape(2, depth, 2)
    found = deep_linear_plane(times[:, None], s[None, :], u0[None, :], noise, label, depth, layer).sum(axis=-1)
    for i in (0, 1):
        w = np.diag(path[i, :layer].prod(axis=0))
        white = np.eye(2)
        assert_allclose(found[0, i], linear_layer_information(w, white, noise), rtol=1e-7)
        assert_allclose(found[1, i], linear_layer_label_information(w, white, np.diag(s), noise, label), rtol=1e-7)


@given(st.floats(0.1, 10), st.floats(1e-6, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_plane_obeys_data_processing_and_direction(s: float, start: float, noise: float, label: float) -> None:
    """I(T;Y) <= I(T;X) and <= I(X;Y); both rise from below the target and fall from above it."""
    u0, t = start * s, jnp.linspace(0, 5, 9)
    about_input, about_label = deep_linear_plane(t, s, u0, noise, label)
    assert jnp.all(about_label <= about_input * (1 + 1e-9))
    assert jnp.all(about_label <= 0.5 * np.log1p((s / label) ** 2) * (1 + 1e-9))
    for curve in (about_input, about_label):
        rounding = 1e-12 * float(jnp.max(curve))
        assert jnp.all(jnp.sign(s - u0) * jnp.diff(curve) >= -rounding)


def test_plane_extremes_and_domains() -> None:
    """Noise far below and far above the signal, a mode without a task, float32; a layer that is not there."""
    ends = deep_linear_plane(jnp.array(100.0), 2.0, 0.1, 1e-9, 1e-3)
    assert_allclose(ends, [0.5 * np.log(2e18), 0.5 * np.log1p(4e6)], rtol=1e-9)
    assert_allclose(deep_linear_plane(jnp.array(100.0), 2.0, 0.1, 1e9, 1e-3)[0], 1e-18, rtol=1e-9)
    assert float(deep_linear_plane(jnp.array(0.0), 0.0, 0.1, 1.0, 1.0)[1]) == 0
    single = deep_linear_plane(jnp.array(1.0, jnp.float32), 2.0, 0.1, 0.1, 0.1)
    assert single.dtype == jnp.float32
    with pytest.raises(ValueError, match="between 1 and the depth"):
        deep_linear_plane(jnp.array(1.0), 1.0, 0.1, 0.1, 0.1, depth=2, layer=3)
    with pytest.raises(ValueError, match="above zero"):
        deep_linear_plane(jnp.array(1.0), 1.0, 0.1, 0.0, 0.1)
    assert jnp.all(jnp.isfinite(jax.grad(lambda t: deep_linear_plane(t, 1.0, 0.1, 0.1, 0.1).sum())(1.0)))
