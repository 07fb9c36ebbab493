"""What a hurried user passes: one sentence that names it, or the right number; never NaN, never a wrong number."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.deep_linear import (
    alignment,
    chain,
    conservation,
    correlated_inputs,
    depth,
    diagonal,
    early_direction,
    early_learning,
    edge,
    effective_rank,
    end_to_end,
    faithful_gradients,
    gain,
    gibbs,
    greedy,
    initial,
    isometry,
    layers,
    laziness,
    memorization,
    noisy_layers,
    noisy_teacher,
    random_features,
    rectified,
    riccati,
    shrinkage,
    symmetric,
    tightness,
    tubal,
    xor_clusters,
)
from theory.deep_linear.modes import balanced_mode, unbalanced_mode

EYE, ONE, SKEW = jnp.eye(2), jnp.ones((1, 1)), jnp.array([[1.0, 2.0], [0.0, 1.0]])
TWO, CUBE = (EYE, EYE), jnp.array([[0.0, 1.0], [2.0, 3.0]])


@pytest.fixture(autouse=True)
def _as_users_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """No user's process has the hook of ours, which would refuse wrong types before our own sentences do."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


REFUSED = {
    "a number for layers": (lambda: layers.product(3.0), r"^W is of type float; give the layers as a list or tuple"),
    "an array for layers": (lambda: conservation.conserved(jnp.ones((3, 2, 2))), "^W is of type ArrayImpl; give the"),
    "an empty layer": (
        lambda: conservation.imbalance([jnp.zeros((0, 2)), jnp.zeros((2, 0))]),
        r"^W_1 has shape \(0, 2",
    ),
    "no array": (lambda: conservation.layer_energy([None]), "^W_1 = None is not an array of numbers; pass floating"),
    "a step for each layer": (
        lambda: conservation.conserved_drift(TWO, [0.1, 0.2]),
        r"^step has shape \(2,\) but must",
    ),
    "overflow": (lambda: conservation.conserved((1e200 * EYE, 1e200 * EYE)), "nan is outside the .* finite .*overflow"),
    "a vector": (
        lambda: conservation.least_layer_energy(jnp.ones(3), 2),
        r"^matrix has shape \(3,\); give matrices, not",
    ),
    "an empty matrix": (lambda: effective_rank.stable_rank(jnp.zeros((2, 0))), r"^matrix has shape \(2, 0\); give mat"),
    "a scalar": (
        lambda: laziness.limit_alignment(EYE, 1.0),
        r"^teacher has shape \(\); give one matrix, not empty; vmap",
    ),
    "unlike kernels": (
        lambda: laziness.kernel_alignment(EYE, jnp.eye(3)),
        r"second \(3, 3\); take both on one input set",
    ),
    "one time": (
        lambda: symmetric.symmetric_path(1.0, EYE, EYE),
        r"^times has shape \(\); give a vector of one time or",
    ),
    "no time": (lambda: riccati.two_layer_path([], TWO, EYE), r"^times has shape \(0,\); give a vector of one time"),
    "many replicates": (lambda: riccati.two_layer_path([1.0], (EYE[None], EYE[None]), EYE), "two matrices, vmap over"),
    "not lambda-balanced": (
        lambda: riccati.two_layer_path([1.0], (EYE, SKEW), EYE),
        "^.W2'W2 - W1W1' - lambda I. / .*",
    ),
    "too large a lambda": (lambda: riccati.lambda_balance((1e200 * EYE, 2e200 * EYE)), "^imbalance = inf is outside"),
    "wide imbalance": (lambda: riccati.two_layer_limit(EYE, -1.0, 3), "narrow the hidden layer or use 0"),
    "no Gram matrix": (
        lambda: riccati.two_layer_kernel(jnp.ones((2, 3)), EYE, EYE),
        r"input_gram has shape \(2, 3\); both",
    ),
    "an oblong target": (
        lambda: symmetric.symmetric_limit(jnp.ones((2, 3)), 1),
        r"^target has shape \(2, 3\) but must be",
    ),
    "an empty tensor": (
        lambda: tubal.tubal_limit(jnp.ones((2, 2, 0)), 1),
        r"^target has shape \(2, 2, 0\) but must be a",
    ),
    "a matrix": (lambda: tubal.tubal_limit(EYE, 1), r"^target has shape \(2, 2\) but must be a tensor"),
    "coupled modes": (
        lambda: correlated_inputs.correlated_modes(SKEW, jnp.diag(jnp.array([1.0, 2.0]))),
        "use end_to_end",
    ),
    "vectors of outputs": (
        lambda: greedy.greedy_loss(jnp.ones(2), EYE, 1),
        r"^sigma_yx has shape \(2,\); give one matrix",
    ),
    "one gradient more": (
        lambda: end_to_end.end_to_end_velocity(EYE, EYE[None], 2),
        r"^gradient has shape \(1, 2, 2\)",
    ),
    "many decays": (
        lambda: end_to_end.end_to_end_trajectory([1.0], EYE, EYE, None, 2, [0.1, 0.2]),
        "must be one number",
    ),
    "one chain's targets": (
        lambda: edge.flow_end(jnp.ones(2), [1.0, 2.0]),
        r"^s has shape \(2,\) but must be one number",
    ),
    "no chain": (lambda: edge.flow_end(jnp.ones(0), 1.0), r"^weights have shape \(0,\); give the weights of a chain"),
    "huge weights": (
        lambda: chain.chain_mode(1.0, 1.0, [1e200, 1.0]),
        r"^weights = 1e\+200 is outside the .* overflow$",
    ),
    "no examples": (
        lambda: alignment.separation(jnp.ones((0, 2)), jnp.ones(0)),
        r"^inputs has shape \(0, 2\); give one",
    ),
    "a descent uphill": (
        lambda: xor_clusters.first_step_output(EYE, [1.0, -1.0], EYE, -1.0),
        "^step = -1 is outside the",
    ),
    "too small a start": (
        lambda: diagonal.diagonal_interpolator([[1.0, 2.0]], [2.0], 1e-300),
        "^alpha = 1e-300 is outs",
    ),
    "scales of others": (
        lambda: diagonal.diagonal_interpolator([[1.0, 2.0]], [2.0], [1.0] * 3),
        r"^alpha has shape \(3,",
    ),
    "class numbers": (
        lambda: early_learning.early_learning_gradient([0.0, 1.0], [1, 2], [0.5, 0.5], 1.0),
        "^labels = 1 ",
    ),
    "a label a row": (
        lambda: early_learning.early_learning_gradient(EYE, [1.0, 0.0], EYE, 1.0),
        "give all three the same",
    ),
    "half an example": (
        lambda: early_learning.separable_probability(4.5, 3),
        "^examples = 4.5 is outside the .* whole",
    ),
    "half an input": (
        lambda: early_learning.memorization_bound(30, 28.5, 0.4),
        "^inputs = 28.5 is outside the .* whole",
    ),
    "no slope": (lambda: faithful_gradients.slope_spread(0.0, jax.nn.relu), "^mean squared slope = 0 is outside"),
    "a named activation": (
        lambda: gain.variance_map(1.0, 1.0, "tanh"),
        "^activation = 'tanh' must be a function of arrays",
    ),
    "many gains": (
        lambda: gain.variance_trajectory(1.0, [1.0, 2.0], 3),
        r"^gain has shape \(2,\) but must be one number",
    ),
    "a law of others": (lambda: gibbs.gibbs_generalization(EYE, [0.5, 0.5], [1.0], 1, 1.0), "a column for each value"),
    "no temperature": (
        lambda: gibbs.gibbs_generalization(EYE, [0.5, 0.5], [0.5, 0.5], 1, np.inf),
        "^beta = inf is outside",
    ),
    "a width for widths": (lambda: initial.balanced(jax.random.key(0), 3, 1.0), "^widths = 3 must be a tuple of whole"),
    "hidden layers": (lambda: tightness.expected_tightness(16), "^hidden = 16 must be a tuple of whole numbers$"),
    "no layer": (lambda: noisy_layers.dropout_share(0.5, ()), r"^widths = \(\) has 0 numbers but needs at least 1$"),
    "many drops": (
        lambda: noisy_layers.dropconnect_share([0.1, 0.2], (2, 2)),
        r"^drop has shape \(2,\) but must be one",
    ),
    "labels for what was seen": (
        lambda: random_features.least_norm_interpolator(CUBE, jnp.array([[1, 1], [1, -1]]), [1.0, 0.1, 0.01]),
        "^seen holds int64 values but must be boolean; pass seen > 0 or the like$",
    ),
    "rising singular values": (
        lambda: shrinkage.ordered_least_loss([1.0, 2.0], [1.0]),
        "^s = 1 is outside .* sort them",
    ),
    "a time before zero": (lambda: rectified.rectified_mode(-1.0, 1.0, 0.1, 3), "^t = -1 is outside the allowed times"),
    "no power": (
        lambda: depth.deep_mode(0.0, 1e300, 1e200, 3),
        "^u = nan is outside the allowed numbers: a power of s or",
    ),
}


@pytest.mark.parametrize(("call", "sentence"), REFUSED.values(), ids=REFUSED)
def test_one_sentence(call, sentence: str) -> None:  # noqa: ANN001
    with pytest.raises((ValueError, TypeError), match=sentence) as refused:
        call()
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 250


def test_a_covariance_that_is_none_gives_nan_where_it_cannot_raise() -> None:
    """Asymmetry or a negative eigenvalue used to pass unseen under jit."""
    modes = jax.jit(lambda xx: correlated_inputs.coupling(jnp.ones((1, 2)), xx))
    assert np.isnan(modes(SKEW)) and np.isnan(modes(-EYE)) and modes(EYE) == 0
    layer = jax.jit(lambda xx: correlated_inputs.single_layer_trajectory(jnp.ones(1), EYE, EYE, xx))
    assert np.isnan(layer(SKEW)).all() and np.isfinite(layer(EYE)).all()


def whole_numbers() -> dict:
    """Calls with integers or lists, and the same with floating arrays."""
    path, goal = ([0, 1], [[[1, 0], [0, 1]]] * 2, [[2, 0], [0, 3]]), jnp.diag(jnp.array([2.0, 3.0]))
    return {
        "drift": (conservation.conserved_drift(([[1]], [[3]]), 0.5)[0], 2.0),
        "after a step": (conservation.conserved_after_step(([[1]], [[2]]), ([[0]], [[0]]), 0.5, 1)[0], 0.75),
        "decay": (conservation.conserved_decay(1, 0.5), np.exp(-1)),
        "factor": (conservation.scalar_conserved_factor(2, 1, 3, 0.5), 0.75),
        "bound": (conservation.drift_bound(3, 0.125), 0.75),
        "gain": (isometry.isometric_square(3, 50), 3.0**100),
        "drop": (noisy_layers.dropout_share(0, (3, 1)), 1.0),
        "path": (riccati.two_layer_trajectory(*path), riccati.two_layer_trajectory(jnp.arange(2.0), [EYE, EYE], goal)),
        "layer": (
            correlated_inputs.single_layer_trajectory([2], [[0]], [[3]], [[1]]),
            correlated_inputs.single_layer_trajectory(2 * jnp.ones(1), 0 * ONE, 3 * ONE, ONE),
        ),
        "flow": (
            end_to_end.end_to_end_trajectory([1], [[1]], [[2]]),
            end_to_end.end_to_end_trajectory(jnp.ones(1), ONE, 2 * ONE),
        ),
    }


def test_whole_numbers_count_as_floating() -> None:
    """Steps, decays and times were rounded to zero where weights came as integers."""
    for name, (given, expected) in whole_numbers().items():
        assert_allclose(given, expected, rtol=1e-12, err_msg=name)


def test_precisions_may_differ() -> None:
    """The start decides the type; the solver used to stop with an error of its own."""
    start, task = 0.1 * EYE.astype(jnp.float32), jnp.diag(jnp.array([2.0, 1.0]))
    path = end_to_end.end_to_end_trajectory(jnp.array([1.0]), start, task, EYE)
    assert path.dtype == jnp.float32
    assert_allclose(path, end_to_end.end_to_end_trajectory([1.0], 0.1 * EYE, task), atol=1e-4)


def test_numbers_of_any_size() -> None:
    """Squares that overflow or vanish used to make NaN, or a wrong number where the statement knows no scale."""
    x, y, w = EYE + 0.5, jnp.ones(2), jnp.array([[1.0, -0.9], [-1.0, -1.0]])
    for k in (1e200, 1e-200):
        assert_allclose(alignment.separation(k * x, y), alignment.separation(x, y))
        assert_allclose(alignment.sorting_times(x, y, k * w, y), alignment.sorting_times(x, y, w, y))
        assert_allclose(alignment.growth_amplitude(x, y, k * w, y) / k, alignment.growth_amplitude(x, y, w, y))
        assert_allclose(laziness.kernel_alignment(k * EYE, jnp.ones((2, 2))), 0.5**0.5)
        assert_allclose(laziness.limit_kernel_change(k * ONE), 2 * k)
        modes = correlated_inputs.correlated_modes(k * jnp.diag(jnp.array([2.0, 3.0])), jnp.diag(jnp.array([4.0, 0.5])))
        assert_allclose(modes.strengths, [3 * k, 2 * k])
    assert_allclose(riccati.lambda_balance((1e-200 * EYE, 1e-200 * SKEW)).residual, riccati.lambda_balance(
        (EYE, SKEW)).residual)  # fmt: skip
    assert_allclose(edge.flow_end(jnp.array([3.0, 1.0]), 1e-300), [8**0.5, 1e-300 / 8**0.5], rtol=1e-11)
    assert_allclose(edge.flow_end(jnp.array([1e200, 1.0]), 1.0), [1e200, 1e-200], rtol=1e-11)
    assert_allclose(diagonal.diagonal_penalty(2.0, 1e-200), 2 * (np.log(2) + 400 * np.log(10) - 1))
    assert_allclose(diagonal.diagonal_penalty(1e-200, 1e-50), 1e-300 / 4)
    assert_allclose(noisy_teacher.teacher_overlap(jnp.array([1e300, 1e-300]), 0.5), [1.0, 0.0])
    assert_allclose(noisy_teacher.learned_strength(1e300, 0.5), 1e300)
    assert_allclose(memorization.memorization_threshold(0.4, 1e300), 0.5)
    assert_allclose(noisy_layers.gaussian_share((EYE, 2 * EYE), 1e-200), 1.0)
    assert_allclose(noisy_layers.dropconnect_share(0.9997, (100, 2000)), -np.expm1(2e5 * np.log(0.9997)), rtol=1e-9)
    assert_allclose(shrinkage.ordered_least_loss([1.0, 1e-10], [1.0]), 5e-21)


def test_late_times() -> None:
    """Where s t overflows all is learned, or all is lost: u was infinite, NaN, or rose without a target."""
    assert balanced_mode(1e300, 1e10, 0.01) == 1e10 and balanced_mode(1e300, -1e10, 0.01) == 0
    assert jax.grad(balanced_mode, argnums=1)(1e300, 1e10, 0.01) == 1
    assert unbalanced_mode(1e300, 1e10, 1.0, -0.1) == 1e10
    assert abs(unbalanced_mode(1e300, 0.0, -1e100, 1e100)) < 1e-100
    assert 0 < depth.deep_mode(1e300, 0.0, 1e-3, 3) < 1e-200
    graded = jnp.diag(jnp.array([1e10, 1.0, 1e-10]))
    start = initial.balanced(jax.random.key(0), (3, 3, 3), 0.1)
    assert_allclose(jnp.diag(riccati.two_layer_trajectory([1e300], start, graded)[0]), jnp.diag(graded), rtol=1e-6)


def test_a_wide_start_of_low_rank() -> None:
    """Columns that rounding makes were parallel, and their Cholesky factor NaN."""
    goal = jnp.stack([2 * jnp.eye(3), jnp.zeros((3, 3))], axis=2)
    for width in (1, 3):
        path = tubal.tubal_path([1.0, 5.0], 0.1 * jnp.ones((3, width, 2)), goal)
        assert_allclose(path[1], 1 / 3, rtol=1e-6)
    assert np.isfinite(tubal.tubal_path([1e3], 0.1 * jnp.ones((3, 3, 2)), goal)).all()


def test_saturated_predictions() -> None:
    """Where prediction and running average are both certain, 0/0 was NaN; a network of no prior was, too."""
    sure = early_learning.early_learning_gradient([1000.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], 1.0)
    assert_allclose(sure, [-1.0, 0.5, 0.5])
    assert gibbs.gibbs_generalization(EYE, [1.0, 0.0], [0.5, 0.5], 3, 2.0) == 0
    assert_allclose(gibbs.gibbs_generalization(EYE, [0.5, 0.5], [0.5, 0.5], 1, 1e6), 0.5)
    still = xor_clusters.first_step_variance(jnp.array([[0.0, 0.0], [1.0, 1.0]]), [1.0, -1.0], jnp.ones((1, 2)), 1.0, 3)
    alone = xor_clusters.first_step_variance(jnp.ones((1, 2)), [-1.0], jnp.ones((1, 2)), 0.5, 3)
    assert_allclose(still, alone)  # an input of length zero pulls nothing


@pytest.mark.parametrize("trace", [jax.jit, jax.vmap, jax.grad], ids=["jit", "vmap", "grad"])
def test_what_is_computed_on_the_host_says_so(trace) -> None:  # noqa: ANN001
    for function, argument in (
        (lambda x: diagonal.diagonal_interpolator(EYE, x, 1.0).sum(), jnp.ones(2)),
        (lambda x: random_features.least_norm_interpolator(CUBE, CUBE > 0, x).sum(), jnp.ones(3)),
        (lambda x: tubal.tubal_rank(x.sum() * jnp.ones((2, 2, 2))), jnp.ones(2)),
    ):
        given = argument if trace is not jax.vmap else jnp.stack([argument, argument])
        with pytest.raises(
            TypeError, match="is computed on the host and cannot be traced; call it outside jit, vmap and"
        ):
            trace(function)(given)


def test_derivatives_where_a_check_is_at_its_kink() -> None:
    """The coupling of modes that do not couple has no derivative; that of their strengths is none of its business."""
    task, inputs = jnp.diag(jnp.array([2.0, 3.0])), jnp.diag(jnp.array([4.0, 0.5]))
    slope = jax.grad(lambda yx: correlated_inputs.correlated_modes(yx, inputs).strengths.sum())(task)
    assert_allclose(slope, EYE, atol=1e-12)
    assert_allclose(jax.grad(correlated_inputs.coupling)(task, inputs), 0.0)
    slopes = jax.grad(lambda weights: end_to_end.balanced_start(weights).sum())(TWO)
    assert_allclose(slopes[0], 1.0)
    one, late = (ONE, ONE), jnp.array([1.0])
    slopes = jax.grad(lambda w: riccati.two_layer_trajectory(late, w, 2 * ONE, 1.0).sum())(one)
    moved = [balanced_mode(1.0, 2.0, (1 + h) ** 2) for h in (1e-6, -1e-6)]  # both layers by h
    assert_allclose(slopes[0][0, 0] + slopes[1][0, 0], (moved[0] - moved[1]) / 2e-6, rtol=1e-6)
    for w in jax.grad(lambda w: riccati.lambda_balance(w).residual)(one):
        assert w == 0
    x, y = jnp.array([[1.0, 0.0], [1.0, 1.0]]), jnp.array([1.0, -1.0])
    assert np.isfinite(jax.grad(lambda x: xor_clusters.first_step_variance(x, y, x, 1.0, 3).sum())(x)).all()


def test_derivatives_of_early_neurons() -> None:
    """Events that never come, at infinite times, made all of them NaN."""
    x, y, w, t = EYE + 0.5, jnp.ones(2), jnp.array([[1.0, -0.9]]), jnp.array([0.0, 2.0])
    for f in (
        lambda x: alignment.early_neurons(x, y, w, y[:1], t)[1].sum(),
        lambda x: alignment.growth_amplitude(x, y, w, y[:1]).sum(),
        lambda x: alignment.sorting_times(x, y, w, y[:1]).sum(),
    ):
        moved = [f(x + h * jnp.array([[0.0, 1.0], [0.0, 0.0]])) for h in (1e-6, -1e-6)]
        assert_allclose(jax.grad(f)(x)[0, 1], (moved[0] - moved[1]) / 2e-6, rtol=1e-6)


def test_one_progress_for_many_noises() -> None:
    noises = jnp.array([0.2, 0.4])
    assert_allclose(early_direction.early_time(0.1, noises)[1], early_direction.early_time(0.1, 0.4))
