"""scikit-learn's own checks of the regressor and of Gaussian processes with our kernel; predictions otherwise."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, WhiteKernel
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import estimator_checks_generator

from limitlab.estimators import WideNetworkKernel, WideNetworkRegressor
from theory.kernels.dense import kernels
from theory.networks import perceptron

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((9, 3)), RNG.standard_normal((9, 2))
NEW = RNG.standard_normal((4, 3))


ESTIMATORS = {
    "tangent kernel": WideNetworkRegressor(hidden=1),
    "Gaussian process": GaussianProcessRegressor(WideNetworkKernel(hidden=1), alpha=1e-6, optimizer=None),
}
ABOUT_OTHERS = (  # inputs of other libraries, which may not be installed
    "check_array_api_input",
    "check_dataframe_column_names_consistency",
    "check_regressor_data_not_an_array",
)
CHECKS = [
    (name, check)
    for name, estimator in ESTIMATORS.items()
    for _, check in estimator_checks_generator(estimator)
    if check.func.__name__ not in ABOUT_OTHERS
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "check"), CHECKS, ids=[f"{n}-{c.func.__name__}" for n, c in CHECKS])
def test_the_librarys_own_checks(name: str, check: object) -> None:
    check(clone(ESTIMATORS[name]))


def test_convergence_is_kernel_regression() -> None:
    model = WideNetworkRegressor(hidden=2, activation="erf", sigma_w=1.5, sigma_b=0.2, ridge=0.0).fit(X, Y)
    network = perceptron((3, 1, 1, 1), activation="erf", parametrization="ntk", sigma_w=1.5, sigma_b=0.2)
    K, Theta = (np.asarray(k) for k in kernels(network, np.concatenate([X, NEW])))
    A = np.linalg.solve(Theta[:9, :9], Theta[:9, 9:]).T
    mean, covariance = model.predict(NEW, return_cov=True)
    assert_allclose(mean, A @ Y, rtol=1e-7, atol=1e-9)
    whole = np.concatenate([-A, np.eye(4)], 1)
    assert_allclose(covariance, whole @ K @ whole.T, rtol=1e-6, atol=1e-9)
    assert_allclose(model.predict(NEW, return_std=True)[1], np.sqrt(np.diagonal(covariance)))
    assert_allclose(model.predict(X), Y, rtol=1e-8)


def test_the_last_layer_alone_is_the_gaussian_process() -> None:
    noise = 0.3
    network = perceptron((3, 1, 1), parametrization="ntk", sigma_w=1.2, sigma_b=0.5)
    scale = float(np.trace(np.asarray(kernels(network, X).nngp))) / len(X)
    ours = WideNetworkRegressor(hidden=1, sigma_w=1.2, sigma_b=0.5, trained="last", ridge=noise / scale).fit(X, Y[:, 0])
    kernel = WideNetworkKernel(sigma_w=1.2, sigma_b=0.5, hidden=1)
    peer = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(X, Y[:, 0])
    for one, other in zip(ours.predict(NEW, return_cov=True), peer.predict(NEW, return_cov=True)):
        assert_allclose(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kernel", ["nngp", "ntk"])
@pytest.mark.parametrize("fixed", [(), ("sigma_b",), ("sigma_w",), ("sigma_b", "sigma_w")])
def test_the_kernels_gradient_diagonal_and_parameters(kernel: str, fixed: tuple[str, ...]) -> None:
    K = WideNetworkKernel(1.3, 0.4, hidden=2, kernel=kernel, **{f"{name}_bounds": "fixed" for name in fixed})
    value, gradient = K(X, eval_gradient=True)
    assert gradient.shape == (9, 9, 2 - len(fixed)) and len(K.theta) == 2 - len(fixed)
    assert_allclose(K.diag(X), np.diagonal(value), rtol=1e-13)
    assert_allclose(K(X, NEW), K(np.concatenate([X, NEW]))[:9, 9:], rtol=1e-10)
    for i in range(len(K.theta)):
        h = 1e-6 * np.eye(len(K.theta))[i]
        up, down = K.clone_with_theta(K.theta + h), K.clone_with_theta(K.theta - h)
        assert_allclose(gradient[:, :, i], (up(X) - down(X)) / 2e-6, rtol=1e-6, atol=1e-8)
    assert not K.is_stationary() and clone(K) == K


def test_the_gains_are_found_by_the_marginal_likelihood() -> None:
    truth = ConstantKernel(1.0, "fixed") * WideNetworkKernel(1.8, 0.5, hidden=1, activation="erf")
    x = RNG.uniform(-2, 2, (60, 2))
    y = np.linalg.cholesky(truth(x) + 1e-4 * np.eye(60)) @ RNG.standard_normal(60)
    start = WideNetworkKernel(1.0, 1.0, hidden=1, activation="erf") + WhiteKernel(1e-2)
    model = GaussianProcessRegressor(start).fit(x, y)
    better = model.log_marginal_likelihood_value_
    assert better > model.log_marginal_likelihood(start.theta) + 1
    assert better >= model.log_marginal_likelihood(np.append(truth.theta, np.log(1e-4))) - 1e-6


def test_grid_search_and_pickle() -> None:
    search = GridSearchCV(WideNetworkRegressor(), {"hidden": [1, 2], "time": [10.0, np.inf]}, cv=3).fit(X, Y)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert np.array_equal(again.predict(NEW), search.best_estimator_.predict(NEW))
    assert all(isinstance(v, np.ndarray) for k, v in vars(again).items() if k.endswith("_") and k != "n_features_in_")


def test_64_bits_under_a_32_bit_jax_that_stays_so() -> None:
    code = (
        "import jax, numpy as np; from limitlab.estimators import *\n"
        "x = np.array([[1.0, 0.0], [1.0, 1e-7], [0.0, 1.0]])\n"
        "model = WideNetworkRegressor(hidden=1, ridge=0.0).fit(x, [0.0, 1e-6, 1.0])\n"
        "assert abs(model.predict(x) - [0.0, 1e-6, 1.0]).max() < 1e-9\n"
        "K, gradient = WideNetworkKernel(hidden=1)(x, eval_gradient=True)\n"
        "assert K.dtype == gradient.dtype == np.float64 and not jax.config.jax_enable_x64\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "JAX_ENABLE_X64": "0", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trained": "first"}, "trained = 'first' must be 'all' or 'last'"),
        ({"activation": "rleu"}, "relu"),
        ({"ridge": -1.0}, "ridge = -1 is outside the allowed penalties"),
        ({"time": -1.0}, "times = -1 is outside the allowed times"),
        ({"hidden": -1}, "^hidden = -1 is below the least allowed, 0"),
    ],
)
def test_bad_settings(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WideNetworkRegressor(**settings).fit(X, Y)


def test_bad_kernels() -> None:
    with pytest.raises(ValueError, match="kernel = 'tangent' must be one of nngp, ntk"):
        WideNetworkKernel(kernel="tangent")(X)
    with pytest.raises(ValueError, match="the gradient can be evaluated for Y=None only"):
        WideNetworkKernel()(X, NEW, eval_gradient=True)
    with pytest.raises(ValueError, match="^hidden = -1 is below the least allowed, 0"):
        WideNetworkKernel(hidden=-1)(X)
    with pytest.raises(TypeError, match="^hidden = 1.5 must be a whole number"):
        WideNetworkKernel(hidden=1.5)(X)
    with pytest.raises(TypeError, match="^X is None; give inputs"):
        WideNetworkKernel()(None)
