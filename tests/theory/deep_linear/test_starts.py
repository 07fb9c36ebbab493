"""Theorems on structured starts, for any that the strategies draw: aligned, orthogonal, of low rank."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.conservation import conserved, imbalance
from theory.deep_linear.effective_rank import entropy_rank, participation_ratio, stable_rank
from theory.deep_linear.initial import aligned
from theory.deep_linear.layers import layer_gradients, product
from theory.deep_linear.laziness import limit_alignment, mean_limit_alignment
from theory.deep_linear.modes import balanced_mode
from theory.deep_linear.riccati import two_layer_trajectory
from theory.deep_linear.start_strategies import AlignedStart, aligned_starts, low_rank_layers, orthogonal_layers

TIMES = np.array([0.0, 0.3, 2.0, 50.0])
FLOW, MODES = jax.jit(two_layer_trajectory), jax.jit(balanced_mode)
ALIGNED = jax.jit(aligned, static_argnums=(2, 3))
RANKS = jax.jit(lambda w: (stable_rank(w), participation_ratio(w), entropy_rank(w, 2), mean_limit_alignment(w)))
LIMIT = jax.jit(limit_alignment)


@jax.jit
def descended(weights: tuple, sigma: jax.Array, step: float) -> tuple:
    """Twenty steps of descent on half the squared distance from the task."""

    def one(layers: tuple, _: None) -> tuple[tuple, None]:
        grads = layer_gradients(layers, product(layers) - sigma)
        return tuple(w - step * g for w, g in zip(layers, grads, strict=True)), None

    return jax.lax.scan(one, weights, length=20)[0]


@settings(max_examples=40)
@given(aligned_starts())
def test_aligned_modes_never_couple(start: AlignedStart) -> None:
    """The matrix flow in the task's directions is one sigmoid a mode, of any strength, sign or degeneracy."""
    path = start.left.T @ np.asarray(FLOW(TIMES, start.weights, start.sigma_yx)) @ start.right
    expected = np.asarray(MODES(TIMES[:, None], start.strengths, start.u0))
    off = path - expected[:, :, None] * np.eye(3)
    # a mode of the wrong sign sits on a saddle, which rounding leaves in time
    kept = np.exp(2 * start.strengths.max() * TIMES) * 1e-16 < 1e-9
    kept |= (start.u0 > 0).all()
    size = max(start.strengths.max(), np.abs(start.u0).max())
    assert np.abs(off[kept]).max() <= 1e-9 * size


@settings(max_examples=25)
@given(st.sampled_from([2, 3, 5]).flatmap(lambda d: aligned_starts(depth=d)), st.floats(1e-3, 0.1))
def test_descent_keeps_aligned_starts_aligned_and_balanced(start: AlignedStart, step: float) -> None:
    """Also with whole steps, at any depth."""
    largest = max(start.strengths.max(), np.abs(start.u0).max(), 1.0)
    layers = descended(start.weights, start.sigma_yx, step / (len(start.weights) * largest**2))
    seen = start.left.T @ np.asarray(product(layers)) @ start.right
    assert np.abs(seen - np.diag(np.diag(seen))).max() <= 1e-12 * largest
    assert float(imbalance(layers)) <= 1e-12


@settings(max_examples=25)
@given(aligned_starts(depth=3))
def test_the_initializer_has_the_same_product(start: AlignedStart) -> None:
    layers = ALIGNED(start.sigma_yx, jnp.asarray(start.u0), 3, 4)
    assert float(imbalance(layers)) <= 1e-13
    seen = np.linalg.svd(product(layers), compute_uv=False)
    assert_allclose(seen, np.sort(np.abs(start.u0))[::-1], rtol=1e-9, atol=1e-15)


@settings(max_examples=40)
@given(orthogonal_layers())
def test_orthogonal_layers_keep_every_length(drawn: tuple) -> None:
    """All singular values of the product are the gain to the depth; equal widths are balanced, growing ones are not."""
    layers, gain = drawn
    assert_allclose(np.linalg.svd(product(layers), compute_uv=False), gain ** len(layers), rtol=1e-12)
    gaps = [np.linalg.svd(c, compute_uv=False) / gain**2 for c in conserved(layers)]
    for gap, (below, above) in zip(gaps, zip(layers, layers[1:], strict=False), strict=True):
        # W_(l+1)'W_(l+1) and W_l W_l' are gain^2 times projections on as many axes as the layers pass on
        expected = abs(min(above.shape) - min(below.shape))
        assert_allclose(gap.sum(), expected, atol=1e-12)


@settings(max_examples=40)
@given(low_rank_layers(), st.integers(0, 2**32 - 1))
def test_first_layers_of_low_rank(drawn: tuple, seed: int) -> None:
    """Effective ranks order as their orders do, never above the rank; so is the mean alignment bounded by it."""
    first, rank = drawn
    least, ratio, entropy, mean = (float(r) for r in RANKS(first))
    assert 1 - 1e-12 <= least <= ratio * (1 + 1e-12) and ratio <= entropy * (1 + 1e-9) and entropy <= rank * (1 + 1e-9)
    assert mean <= 1.2 * np.sqrt(rank / 8) * (1 + 1e-9)  # five inputs
    teacher = np.random.default_rng(seed).standard_normal((1, 5))
    beta = teacher / np.linalg.norm(teacher)
    gram = np.asarray(first.T @ first)
    expected = ((beta @ gram @ beta.T).item() + np.trace(gram)) / (np.linalg.norm(gram) * np.sqrt(8))
    assert_allclose(LIMIT(first, teacher), expected, rtol=1e-9)


@settings(max_examples=40)
@given(low_rank_layers(), st.integers(0, 2**32 - 1), st.floats(1e-3, 0.2))
def test_hidden_units_never_leave_their_first_span(drawn: tuple, seed: int, step: float) -> None:
    """From a second layer of zeros descent keeps the column space of the first: no map of a higher rank is learned."""
    first, rank = drawn
    sigma = np.random.default_rng(seed).standard_normal((3, 5)) / 3
    layers = descended((first, jnp.zeros((3, 4))), jnp.asarray(sigma), step)
    basis = np.linalg.svd(first)[0][:, :rank]
    outside = np.eye(4) - basis @ basis.T
    size = max(1.0, *(float(jnp.abs(w).max()) for w in layers))
    assert np.abs(outside @ layers[0]).max() <= 1e-10 * size
    assert np.abs(layers[1] @ outside).max() <= 1e-10 * size
    values = np.linalg.svd(product(layers), compute_uv=False)
    assert (values[rank:] <= 1e-10 * size**2).all()
