"""Theorems on kernels for any architecture, inputs and activation that the strategies draw."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.dense import Gains, Kernels, kernels, kernels_at_gap, nngp
from theory.kernels.duals import DUALS, dual_gap, dual_kernel, dual_moment, dual_slope
from theory.kernels.gradient_flow import TrainTest, nngp_flow, ntk_ensemble, on_training_set
from theory.kernels.piecewise import TwoSlopes
from theory.kernels.polynomial import Polynomial
from theory.kernels.strategies import (
    Pair,
    TrainingSet,
    activations,
    architectures,
    gaps,
    homogeneous,
    homogeneous_networks,
    inputs,
    pairs,
    training_sets,
)
from theory.networks import Network


def closely(ours: jnp.ndarray, theirs: jnp.ndarray, rtol: float) -> None:
    """Up to a share of the largest entry: antipodes are left half their digits by a rounding of the inputs."""
    theirs = np.asarray(theirs)
    assert_allclose(ours, theirs, rtol=rtol, atol=rtol * np.abs(theirs).max())


def of_halves(network: Network, cut: int, x: np.ndarray) -> Kernels:
    """The layers behind the cut on what the layers before it leave of the inputs: E f f' and its tangent kernel."""
    first = Network(network.inputs, network.layers[:cut], network.parametrization)
    K, Theta = kernels(first, x)
    q = jnp.diagonal(K)
    size = jnp.sqrt(q[:, None] * q[None, :])
    gap = jnp.clip(jnp.where(size > 0, 1 - K / jnp.where(size > 0, size, 1.0), 0.0), 0.0, 2.0)
    activation, dense = network.layers[cut : cut + 2]
    w, b = dense.sigma_w**2, (dense.sigma_b or 0.0) ** 2
    after = dual_kernel(activation, *jnp.broadcast_arrays(q[:, None], q[None, :]), gap)
    slope = dual_slope(activation, *jnp.broadcast_arrays(q[:, None], q[None, :]), gap)
    return Kernels(w * after + b, w * after + b + w * Theta * slope)


@settings(max_examples=4)
@given(architectures("ntk"), inputs())
def test_composition(network: Network, x: np.ndarray) -> None:
    """A network's kernels are those of its last layer on the kernels of the layers before."""
    x = x[[0, 2, 4, 5]]  # without duplicates and antipodes, whose digits a covariance loses
    whole = kernels(network, x)
    closely(of_halves(network, len(network.layers) - 2, x).nngp, whole.nngp, 1e-9)
    closely(of_halves(network, len(network.layers) - 2, x).ntk, whole.ntk, 2e-5)


@settings(max_examples=6)
@given(homogeneous_networks(biases=True), inputs())
def test_as_biases_grow_all_inputs_become_one(network: Network, x: np.ndarray) -> None:
    """What is left of the gap between outputs falls as the inverse square of the biases."""
    left = []
    for b in (1e2, 1e4):
        K = nngp(network, x, None, Gains(1.0, b))
        size = jnp.sqrt(jnp.diagonal(K)[:, None] * jnp.diagonal(K)[None, :])
        left.append(float((1 - K / size).max()))
    assert 0 < left[1] < 1.5e-4 * left[0] and left[0] < 20 * (x**2).mean(1).max() / 1e4


@settings(max_examples=8)
@given(homogeneous_networks(), inputs(), st.floats(-3, 3))
def test_homogeneous_networks_scale_with_each_input(network: Network, x: np.ndarray, log_scale: float) -> None:
    sizes = 10.0 ** np.linspace(-log_scale, log_scale, len(x))
    outer = np.outer(sizes, sizes)
    for scaled, plain in zip(kernels(network, x * sizes[:, None]), kernels(network, x)):
        closely(scaled / outer, plain, 1e-7)


@settings(max_examples=25)
@given(homogeneous(), pairs())
def test_two_slopes_are_a_line_and_a_fold(activation: TwoSlopes, pair: Pair) -> None:
    """f = (a+b)/2 x + (b-a)/2 |x|, and the cross terms vanish by symmetry."""
    even, odd = (activation.positive - activation.negative) / 2, (activation.positive + activation.negative) / 2
    for dual in (dual_kernel, dual_slope):
        expected = odd**2 * dual("linear", *pair) + even**2 * dual("abs", *pair)
        assert_allclose(dual(activation, *pair), expected, rtol=1e-11, atol=1e-12 * pair.q1**0.5 * pair.q2**0.5)


@settings(max_examples=15)
@given(pairs(2.0))
def test_identities_between_activations(pair: Pair) -> None:
    mirrored = Pair(pair.q1, pair.q2, 2 - pair.gap)
    assert_allclose(
        dual_kernel("relu", *pair) + dual_kernel("relu", *mirrored), dual_kernel("abs", *pair) / 2, rtol=1e-9
    )
    waves = dual_kernel("sin", *pair) + dual_kernel("cos", *pair)  # E cos(u - v)
    distance = pair.q1 + pair.q2 - 2 * (pair.q1 * pair.q2) ** 0.5 * (1 - pair.gap)
    assert_allclose(waves, np.exp(-distance / 2), rtol=1e-9)
    assert_allclose(dual_slope("sin", *pair), dual_kernel("cos", *pair), rtol=1e-9, atol=1e-12)
    assert_allclose(dual_slope("exp", *pair), dual_kernel("exp", *pair), rtol=1e-9)
    assert_allclose(dual_slope("abs", *pair) + 1, 4 * dual_kernel("step", *pair), rtol=1e-9, atol=1e-12)
    assert_allclose(dual_slope("square", *pair), 4 * dual_kernel("linear", *pair), rtol=1e-9, atol=1e-12)
    assert_allclose(dual_kernel(Polynomial((0.0, 0.0, 1.0)), *pair), dual_kernel("square", *pair), rtol=1e-12)


@settings(max_examples=20)
@given(activations(), pairs(2.0), st.floats(0.02, 1.98))
def test_the_slope_is_the_derivative_of_the_dual(name: str, pair: Pair, gap: float) -> None:
    """With respect to the covariance, by differences away from both ends, where that of kinks bends like a root."""
    size, h = (pair.q1 * pair.q2) ** 0.5, 1e-3
    far, near = (
        dual_kernel(name, pair.q1, pair.q2, gap - k * h) - dual_kernel(name, pair.q1, pair.q2, gap + k * h)
        for k in (2, 1)
    )
    scale = float(dual_slope(name, pair.q1, pair.q2, 0.0))
    derivative = (8 * near - far) / (12 * h * size)
    assert_allclose(derivative, dual_slope(name, pair.q1, pair.q2, gap), rtol=2e-6, atol=2e-6 * abs(scale))


@settings(max_examples=10)
@given(st.sampled_from([n for n in DUALS if n not in ("linear", "step")]), gaps(1e-6))
def test_cauchy_and_schwarz(name: str, gap: float) -> None:
    """A gap of 0 to 2, none between equals, and the kernel is never above the root of the moments' product."""
    after = float(dual_gap(name, 0.7, 1.3, gap))
    assert 0 <= after <= 2
    assert dual_gap(name, 0.7, 0.7, 0.0) == 0
    assert float(dual_kernel(name, 0.7, 1.3, gap)) ** 2 <= float(dual_moment(name, 0.7) * dual_moment(name, 1.3)) * (
        1 + 1e-12
    )


@settings(max_examples=15)
@given(homogeneous(), gaps(1e-8))
def test_depth_draws_correlations_to_one(activation: TwoSlopes, gap: float) -> None:
    """Of two-slope units without biases the gap never grows, and shrinks unless they are linear."""
    shrunk = [gap]
    for _ in range(3):
        shrunk.append(float(dual_gap(activation, 1.0, 1.0, shrunk[-1])))
    assert all(b <= a + 1e-15 for a, b in zip(shrunk, shrunk[1:]))
    if activation.kink / activation.mean_square_slope > 0.2 and gap > 1e-3:
        assert shrunk[-1] < shrunk[0]


def split(network: Network, data: TrainingSet) -> tuple[TrainTest, TrainTest]:
    """Tangent kernel and covariance."""
    n = len(data.learned)
    both = (np.asarray(v) for v in kernels(network, np.concatenate([data.learned, data.new])))
    covariance, tangent = (TrainTest(v[:n, :n], v[n:, :n], v[n:, n:]) for v in both)
    return tangent, covariance


@settings(max_examples=6)
@given(architectures("ntk"), training_sets())
def test_predictions_begin_at_the_start_and_end_at_the_data(network: Network, data: TrainingSet) -> None:
    ntk, covariance = split(network, data)
    begin, end = (ntk_ensemble(t, ntk, covariance, data.targets) for t in (0.0, np.inf))
    closely(begin.covariance, covariance.test, 1e-12)
    assert not np.asarray(begin.mean).any()
    closely(end.mean, ntk.across @ np.linalg.solve(ntk.train, data.targets), 1e-6)
    closely(on_training_set(np.inf, ntk.train, data.targets), data.targets, 1e-6)
    there = nngp_flow(np.inf, TrainTest(*[covariance.train] * 3), data.targets)
    assert np.abs(there.covariance).max() < 1e-6 * np.abs(covariance.train).max()


@settings(max_examples=6)
@given(architectures("ntk"), training_sets(), st.floats(-2, 3))
def test_covariances_are_positive_semidefinite_and_decrease(
    network: Network, data: TrainingSet, log_time: float
) -> None:
    ntk, covariance = split(network, data)
    room = 1e-10 * float(np.abs(covariance.test).max())
    times = 10.0**log_time * np.array([1.0, 2.0, np.inf])
    for both in (nngp_flow(times, covariance, data.targets), ntk_ensemble(times, ntk, covariance, data.targets)):
        assert np.linalg.eigvalsh(np.asarray(both.covariance)).min() > -room
    earlier, later, last = np.asarray(nngp_flow(times, covariance, data.targets).covariance)
    for drop in (covariance.test - earlier, earlier - later, later - last):
        assert np.linalg.eigvalsh(drop).min() > -room


@settings(max_examples=12)
@given(architectures(), pairs(2.0))
def test_the_order_of_two_inputs_does_not_matter(network: Network, pair: Pair) -> None:
    for one, other in zip(kernels_at_gap(network, *pair), kernels_at_gap(network, pair.q2, pair.q1, pair.gap)):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)
