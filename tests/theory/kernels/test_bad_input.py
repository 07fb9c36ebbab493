"""What a hurried user passes to any public function: one sentence of ours; never a library's traceback, never NaN."""

import traceback
from pathlib import Path

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from theory.kernels import (
    angles,
    architecture,
    curves,
    dense,
    duals,
    empirical,
    gradient_flow,
    gram,
    high_dimension,
    hypercube,
    infinite_depth,
    interpolation,
    limit_classifiers,
    monte_carlo,
    output_distribution,
    polynomial,
    relative_representations,
    relu_sphere,
    sectors,
    spectral_bias,
    sphere,
    tangent,
)
from theory.kernels.gradient_flow import TrainTest
from theory.networks import Activation, Architecture, Conv, Dense, GlobalPool, perceptron

NET = perceptron((2, 4, 1), parametrization="ntk")
SMOOTH = perceptron((2, 4, 1), activation="sin", parametrization="ntk")
IMAGES = Architecture((3, 2), (Conv(4, (2,)), Activation("relu"), GlobalPool(), Dense(1)))
X, IX = np.array([[1.0, 0.3], [0.2, -1.0]]), np.random.default_rng(0).standard_normal((2, 3, 2))
K, Y, LABELS = np.array([[2.0, 0.5], [0.5, 1.0]]), np.ones((2, 1)), np.array([1.0, -1.0, 1.0])
BOTH, RANDOM = TrainTest(K, K, K), jax.random.key(0)
PARAMS, FILTERS = NET.init(RANDOM), IMAGES.init(RANDOM)
ONES = np.ones((2, 3))


@pytest.fixture(autouse=True)
def _as_users_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """No user's process has the hook of ours, which would refuse wrong types before our own sentences do."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def square(t: jax.Array) -> jax.Array:
    return t**2


# Every public function with arguments that it takes.
CALLS = {
    angles.angular_kernel: {"network": NET, "theta": 0.3, "size": 1.0, "kernel": "ntk"},
    architecture.kernels: {"network": IMAGES, "x1": IX, "x2": IX, "gains": None},
    architecture.nngp: {"network": IMAGES, "x1": IX, "x2": IX, "gains": None},
    architecture.diagonal: {"network": IMAGES, "x": IX, "gains": None},
    architecture.nngp_diagonal: {"network": IMAGES, "x": IX, "gains": None},
    curves.curve_through_layers: {"network": SMOOTH, "size": 1.0, "metric": 1.0, "curvature_square": 1.0},
    curves.stationary_curvature: {"stretch": 2.0, "bend": 1.0},
    dense.kernels: {"network": NET, "x1": X, "x2": X, "gains": None},
    dense.nngp: {"network": NET, "x1": X, "x2": X, "gains": None},
    dense.diagonal: {"network": NET, "x": X, "gains": None},
    dense.nngp_diagonal: {"network": NET, "x": X, "gains": None},
    dense.correlation_gap: {"network": NET, "x1": X, "x2": X},
    dense.kernels_at_gap: {"network": NET, "q1": 1.0, "q2": 1.0, "gap": 0.3, "gains": None},
    dense.nngp_at_gap: {"network": NET, "q1": 1.0, "q2": 1.0, "gap": 0.3, "gains": None},
    duals.dual_moment: {"activation": "relu", "q": 1.0},
    duals.dual_kernel: {"activation": "relu", "q1": 1.0, "q2": 1.0, "gap": 0.3},
    duals.dual_gap: {"activation": "relu", "q1": 1.0, "q2": 1.0, "gap": 0.3},
    duals.dual_slope: {"activation": "relu", "q1": 1.0, "q2": 1.0, "gap": 0.3},
    empirical.empirical_ntk: {"network": IMAGES, "params": FILTERS, "x1": IX, "x2": IX},
    gradient_flow.ntk_ensemble: {"times": 1.0, "ntk": BOTH, "nngp": BOTH, "y": Y, "ridge": 0.1},
    gradient_flow.nngp_flow: {"times": 1.0, "nngp": BOTH, "y": Y, "ridge": 0.1},
    gradient_flow.on_training_set: {"times": 1.0, "ntk": K, "y": Y},
    gradient_flow.flow_mean: {"times": 1.0, "train": K, "across": K, "y": Y, "ridge": 0.1},
    gradient_flow.log_marginal_likelihood: {"nngp": K, "y": Y, "noise": 0.1},
    gram.gram: {"network": NET, "x1": X, "x2": X, "kernel": "ntk", "tile": 4},
    high_dimension.smallest_gram_eigenvalue: {"at_one": 2.0, "at_zero": 0.3, "slope_at_zero": 1.0, "ratio": 0.3},
    hypercube.hypercube_eigenvalues: {"kernel": square, "inputs": 3},
    infinite_depth.limit_of_depth: {"at_zero": 0.3, "slope_at_zero": 0.5},
    infinite_depth.singular_exponent: {"slope_at_zero": 0.5, "slope_at_one": 2.0},
    infinite_depth.weights_for_exponent: {"exponent": 2.0, "slope_at_one": 2.0},
    infinite_depth.activation_of: {"weights": (0.0, 0.5, 0.5)},
    infinite_depth.singular_limit: {"gap": 0.3, "weights": (0.0, 0.5, 0.0, 0.5)},
    interpolation.implicit_ridge: {"at_one": 2.0, "at_zero": 0.3, "slope_at_zero": 1.0},
    interpolation.interpolation_response: {"ridge": 0.5, "ratio": 0.5},
    interpolation.error_floor: {"ridge": 0.5, "ratio": 0.5, "linear": 1.0, "beyond": 1.0, "noise": 1.0},
    interpolation.random_label_margin: {"at_one": 2.0, "at_zero": 0.3, "slope_at_zero": 1.0, "ratio": 0.3},
    limit_classifiers.majority_vote: {"labels": LABELS, "count": 2},
    limit_classifiers.nearest_neighbor: {"gap": ONES, "labels": LABELS},
    limit_classifiers.weighted_vote: {"weight": ONES, "labels": LABELS},
    limit_classifiers.hilbert_vote: {"gap": ONES, "labels": LABELS, "exponent": 1.0},
    monte_carlo.sampled_kernels: {"network": NET, "key": RANDOM, "x1": X, "x2": X, "networks": 3},
    output_distribution.excess_kurtosis: {
        "activation": "relu",
        "q": 1.0,
        "width": 4.0,
        "readout": "gaussian",
        "bias_share": 0.1,
    },
    output_distribution.edgeworth_density: {"f": 1.0, "variance": 1.0, "kurtosis": 0.1},
    polynomial.hermite: {"degree": 3},
    polynomial.Polynomial: {"coefficients": (1.0, 2.0)},
    relative_representations.relative_gap: {"activation": "relu", "gap": 0.3, "layers": 2},
    relative_representations.relative_variance: {"activation": "relu", "gap": 0.3, "widths": (4, 5)},
    relu_sphere.arc_cosine_eigenvalues: {"degree": 1, "order": np.arange(3), "inputs": 3},
    relu_sphere.relu_ntk_eigenvalues: {"order": np.arange(3), "inputs": 3},
    sectors.sector_eigenvalue: {"outer": (0.0, 1.0), "inner": (0.0, 1.0), "orders": (1, 1), "inputs": 2},
    sectors.sector_decay_exponent: {"nu": 0.5, "inputs": 2, "patches": 2},
    sectors.learning_exponent: {"target": 0.5, "student": 0.5, "dimension": 2, "widest": 2},
    spectral_bias.learning_time: {"eigenvalue": 0.5, "missed": 0.2},
    spectral_bias.missed_share: {"times": 1.0, "eigenvalue": 0.2},
    spectral_bias.grid_eigenvalues: {"kernel": square, "points": 4},
    sphere.multiplicity: {"order": 2, "inputs": 3},
    sphere.gegenbauer: {"order": 2, "t": 0.3, "inputs": 3},
    sphere.sphere_eigenvalues: {"kernel": square, "highest": 3, "inputs": 3, "nodes": 16},
    sphere.power_eigenvalues: {"nu": 0.5, "order": np.arange(3), "inputs": 3},
    sphere.power_decay: {"nu": 0.5, "inputs": 3},
    tangent.tangent_kernel: {"f": lambda p, x: x @ p, "params": np.ones((2, 1)), "x1": X, "x2": X},
}
OPTIONAL = ("x2", "gains", "tile", "widest")
SOME_FUNCTION = ("activation", "kernel", "f")
# Nothing takes these, whatever is asked for.
NEVER = {
    "not a number": float("nan"),
    "a word": "word",
    "nothing": None,
    "a complex number": 1j,
    "a ragged list": [[1.0, 2.0], [3.0]],
    "an object": object(),
    "a dictionary": {"a": 1},
    "an array of nan": np.full((2, 2), np.nan),
    "a function": square,
}


def one_sentence(problem: Exception) -> bool:
    """Raised by this package itself, on one line."""
    where = Path(traceback.extract_tb(problem.__traceback__)[-1].filename).parts
    return "theory" in where and "site-packages" not in where and "\n" not in str(problem) and len(str(problem)) < 250


@pytest.mark.parametrize("function", CALLS, ids=lambda f: f"{f.__module__.split('.')[-1]}.{f.__name__}")
def test_no_argument_takes_what_is_no_value(function) -> None:  # noqa: ANN001
    for name, argument in ((n, a) for n in CALLS[function] for a in NEVER):
        value = NEVER[argument]
        if (value is None and name in OPTIONAL) or (callable(value) and name in SOME_FUNCTION) or name == "params":
            continue
        with pytest.raises((ValueError, TypeError)) as refused:
            function(**{**CALLS[function], name: value})
        assert one_sentence(refused.value), (name, argument, str(refused.value))


def skewed(**parts: np.ndarray) -> TrainTest:
    return BOTH._replace(**parts)


SENTENCES = {
    "another rank": (lambda: architecture.kernels(IMAGES, IX[0]), r"^x1 has shape \(3, 2\), but the network takes one"),
    "another width": (lambda: dense.nngp(NET, np.ones((2, 3))), r"^x1 has shape \(2, 3\), but the network takes matr"),
    "no example": (lambda: architecture.nngp(IMAGES, IX[:0]), r"^x1 has shape \(0, 3, 2\), but the network takes one"),
    "no row": (lambda: gram.gram(NET, X, X[:0]), r"^x2 has shape \(0, 2\), but the network takes matrices of one"),
    "infinity": (lambda: dense.diagonal(NET, np.full((1, 2), np.inf)), "^x = inf is outside the allowed finite number"),
    "an architecture for a perceptron": (
        lambda: dense.kernels(IMAGES, X),
        "^network is of type Architecture; give a Network as .* take `theory.kernels.architecture`",
    ),
    "no network": (lambda: architecture.nngp("relu", X), "^network is of type str; give a Network or Architecture"),
    "one gain for gains": (lambda: dense.kernels(NET, X, gains=1.0), "^gains is of type float; give Gains"),
    "sizes for one gap": (lambda: dense.kernels_at_gap(NET, [1.0, 2.0], [1.0] * 3, 0.3), "do not broadcast"),
    "a skew kernel": (lambda: gradient_flow.on_training_set(1.0, K + [[0, 1], [0, 0]], Y), "asymmetry"),
    "an indefinite kernel": (
        lambda: gradient_flow.on_training_set(1.0, np.array([[1.0, 2.0], [2.0, 1.0]]), Y),
        "^the least eigenvalue = -1",
    ),
    "a negative variance": (
        lambda: gradient_flow.nngp_flow(1.0, skewed(test=-K), Y),
        "^a variance of the kernel.test = -2 is outside",
    ),
    "three kernels in a list": (
        lambda: gradient_flow.nngp_flow(1.0, [K, K, K], Y),
        "^the kernel is of type list; give",
    ),
    "a ridge for each": (
        lambda: gradient_flow.nngp_flow(1.0, BOTH, Y, [0.1, 0.2]),
        r"^ridge has shape \(2,\) but must",
    ),
    "no noise": (lambda: gradient_flow.log_marginal_likelihood(K, Y, 0.0), "^noise = 0 is .*; duplicate rows need one"),
    "an unknown activation": (
        lambda: duals.dual_moment("rellu", 1.0),
        "^there is no activation 'rellu'; did you mean 'relu'[?] There are linear, relu, .*, gaussian",
    ),
    "an infinite second moment": (
        lambda: duals.dual_kernel(lambda x: jnp.exp(x**2), 1.0, 1.0, 0.5),
        "^a second moment after the layers = nan is outside .*; an activation's is infinite",
    ),
    "an infinite second moment of a gap": (
        lambda: duals.dual_gap(lambda x: jnp.exp(x**2), 1.0, 1.0, 0.5),
        "^a second moment = nan is outside .*infinite, or no number$",
    ),
    "activations that are zero": (
        lambda: output_distribution.excess_kurtosis("relu", 0.0, 8.0),
        "^the activation's second moment = 0 is outside",
    ),
    "a word for a kernel": (lambda: gram.gram(NET, X, kernel="cosine"), "^kernel = 'cosine' must be one of nngp, ntk$"),
    "no tile": (lambda: gram.gram(NET, X, tile=0), "^tile = 0 is below the least allowed, 1"),
    "another network's parameters": (lambda: empirical.empirical_ntk(NET, FILTERS, X), "^params are not parameters"),
    "a number for a key": (lambda: monte_carlo.sampled_kernels(NET, 0, X), "^key is no JAX key; give one, as in"),
    "labels for others": (lambda: limit_classifiers.weighted_vote(ONES, LABELS[:2]), "^weight has shape .*; 2 labels"),
    "an endless grid": (
        lambda: spectral_bias.grid_eigenvalues(jnp.exp, 10**14),
        "^points = 100000000000000 is above the most allowed, 67108864$",
    ),
    "an endless degree": (lambda: sphere.sphere_eigenvalues(jnp.exp, 10**9, 3), "^highest = 1000000000 is above the"),
    "endless nodes": (lambda: sphere.sphere_eigenvalues(jnp.exp, 3, 3, 10**9), "^nodes = 1000000000 is above the"),
    "endless votes": (lambda: limit_classifiers.majority_vote(LABELS, 10**14), "^count = 100000000000000 is above"),
    "a value for many cosines": (
        lambda: spectral_bias.grid_eigenvalues(jnp.sum, 4),
        r"^kernel returned shape \(\) for",
    ),
    "a half degree": (lambda: sectors.sector_eigenvalue((0, 1), (0, 1), (0.5, 1), 2), "must be whole numbers"),
    "a steep slope": (lambda: infinite_depth.weights_for_exponent(1.0, 1e300), r"^slope_at_one = 1e\+300 is outside"),
    "a broad bound": (lambda: interpolation.implicit_ridge(2.0, [0.3, 3.0], 1.0), "^at_one = 2 is outside the allowed"),
}


@pytest.mark.parametrize(("call", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_one_sentence(call, sentence: str) -> None:  # noqa: ANN001
    with pytest.raises((ValueError, TypeError), match=sentence) as refused:
        call()
    assert one_sentence(refused.value)


def test_numbers_and_lists_are_arrays() -> None:
    assert dense.nngp(NET, [[1, 0], [0, 1]]).shape == (2, 2)
    assert duals.dual_moment("relu", 2) == 1
    assert gradient_flow.flow_mean(np.inf, [[2]], [[1]], [[3]]).tolist() == [[1.5]]
    assert limit_classifiers.nearest_neighbor([[1, 2]], [1, -1]).tolist() == [1.0]
    assert dense.kernels_at_gap(NET, [1.0, 2.0], 1.0, 0.3).nngp.shape == (2,)


def test_far_out_a_density_is_zero() -> None:
    assert output_distribution.edgeworth_density(1e300, 1.0, 0.1) == 0
