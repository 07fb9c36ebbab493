"""Infinitely wide networks under scikit-learn's interfaces: a regressor, and a kernel for its Gaussian processes.

Float64 NumPy arrays in, NumPy arrays in every fitted attribute, so that models pickle without JAX's devices; 64 bits
whatever JAX's configuration, which is left as it was. Kernels and predictions are those of `theory.kernels`.
"""

from typing import Any

import jax
import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel
from sklearn.utils.validation import check_is_fitted, validate_data

from theory.core.domain import whole
from theory.kernels.dense import Gains, diagonal, kernels
from theory.kernels.gradient_flow import TrainTest, flow_mean, nngp_flow, ntk_ensemble
from theory.kernels.gram import gram
from theory.networks import Network, perceptron

TRAINED = ("all", "last")


class WideNetworkRegressor(RegressorMixin, MultiOutputMixin, BaseEstimator):
    r"""What an ensemble of infinitely wide perceptrons predicts after gradient flow on the mean squared error.

    Args:
        hidden: number of hidden layers.
        activation: name of an activation with duals, as "relu", "erf", "gelu".
        sigma_w, sigma_b: gains of weights and biases; `sigma_b=None` for a network without biases.
        trained: "all" layers (tangent kernel) or the "last" (NNGP: at infinite time the Gaussian process's posterior).
        time: of gradient flow, step size times steps; infinite for convergence.
        ridge: penalty in units of the training kernel's mean diagonal; with none, targets of duplicates are averaged.

    Attributes:
        X_fit_, y_fit_: training set, targets as (samples, outputs).
        dual_coef_: the mean output at x is the kernel from x to the training inputs times these (samples, outputs).
        n_features_in_: number of features.

    >>> X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1.0, -1.0])
    >>> WideNetworkRegressor(hidden=1).fit(X, y).predict(X).round(6).tolist()
    [1.0, -1.0]
    """

    def __init__(
        self,
        hidden: int = 2,
        activation: str = "relu",
        sigma_w: float = 2**0.5,
        sigma_b: float | None = 0.1,
        trained: str = "all",
        time: float = np.inf,
        ridge: float = 1e-10,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.sigma_w = sigma_w
        self.sigma_b = sigma_b
        self.trained = trained
        self.time = time
        self.ridge = ridge

    def fit(self, X: Any, y: Any) -> "WideNetworkRegressor":
        """Keep the training set and its kernels.

        Raises:
            ValueError: NaN, infinity, shapes that do not fit, a setting outside its domain.
        """
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=True, dtype=np.float64)
        if self.trained not in TRAINED:
            raise ValueError(f"trained = {self.trained!r} must be 'all' or 'last'")
        self.X_fit_, self._one_output = X, np.ndim(y) == 1
        self.y_fit_ = np.asarray(y, np.float64).reshape(len(X), -1)
        with jax.enable_x64(True):
            self._train = {name: gram(self._network(), X, kernel=name) for name in self._kernels()}
            kernel = self._train[self._kernels()[0]]
            coefficients = flow_mean(self.time, kernel, np.eye(len(X)), self.y_fit_, self.ridge)
        self.dual_coef_ = np.array(coefficients)
        return self

    def predict(
        self, X: Any, return_std: bool = False, return_cov: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Mean of the ensemble; with it, if asked for, the spread between its networks, the same for each output.

        Args:
            X: inputs (samples, features).
            return_std: also the standard deviations (samples,).
            return_cov: also the covariance (samples, samples).
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        with jax.enable_x64(True):
            mean = gram(self._network(), X, self.X_fit_, self._kernels()[0]) @ self.dual_coef_
        mean = mean[:, 0] if self._one_output else mean
        if not (return_std or return_cov):
            return mean
        covariance = self._covariance(X)
        return mean, covariance if return_cov else np.sqrt(np.maximum(np.diagonal(covariance), 0.0))

    def _covariance(self, X: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            network = self._network()
            split = {
                name: TrainTest(train, gram(network, X, self.X_fit_, name), gram(network, X, kernel=name))
                for name, train in self._train.items()
            }
            if self.trained == "all":
                flow = ntk_ensemble(self.time, split["ntk"], split["nngp"], self.y_fit_, self.ridge)
            else:
                flow = nngp_flow(self.time, split["nngp"], self.y_fit_, self.ridge)
            return np.array(flow.covariance)

    def _kernels(self) -> tuple[str, ...]:
        """The kernel that carries the training first, then that of the starts."""
        return ("ntk", "nngp") if self.trained == "all" else ("nngp",)

    def _network(self) -> Network:
        widths = (self.n_features_in_, *[1] * whole("hidden", self.hidden, least=0), 1)
        return perceptron(
            widths,
            activation=self.activation,
            parametrization="ntk",
            sigma_w=self.sigma_w,
            sigma_b=self.sigma_b,
        )


class WideNetworkKernel(Kernel):
    r"""A kernel of infinitely wide perceptrons for scikit-learn's Gaussian processes, with exact derivatives.

    Args:
        sigma_w, sigma_b: gains, which `GaussianProcessRegressor` fits; `sigma_b=0` with `sigma_b_bounds="fixed"` for
            a network without biases.
        sigma_w_bounds, sigma_b_bounds: of the fit, or "fixed".
        hidden: number of hidden layers.
        activation: name of an activation with duals.
        kernel: "nngp", the covariance of random networks, or "ntk".

    >>> K = WideNetworkKernel(sigma_w=2**0.5, sigma_b=0.0, sigma_b_bounds="fixed", hidden=1)
    >>> K(np.eye(2)).round(6).tolist()
    [[1.0, 0.31831], [0.31831, 1.0]]
    """

    def __init__(
        self,
        sigma_w: float = 2**0.5,
        sigma_b: float = 0.1,
        sigma_w_bounds: tuple[float, float] | str = (1e-2, 1e2),
        sigma_b_bounds: tuple[float, float] | str = (1e-3, 1e2),
        hidden: int = 2,
        activation: str = "relu",
        kernel: str = "nngp",
    ) -> None:
        self.sigma_w = sigma_w
        self.sigma_b = sigma_b
        self.sigma_w_bounds = sigma_w_bounds
        self.sigma_b_bounds = sigma_b_bounds
        self.hidden = hidden
        self.activation = activation
        self.kernel = kernel

    @property
    def hyperparameter_sigma_b(self) -> Hyperparameter:
        return Hyperparameter("sigma_b", "numeric", self.sigma_b_bounds)

    @property
    def hyperparameter_sigma_w(self) -> Hyperparameter:
        return Hyperparameter("sigma_w", "numeric", self.sigma_w_bounds)

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """The matrix between the rows of X and of Y; with it, if asked for, its derivatives in the logarithms of the
        gains that are not fixed, (n, n, gains).

        Raises:
            ValueError: a gradient between two sets, NaN, infinity, an unknown activation or kernel.
        """
        X, Y = _rows(X), None if Y is None else _rows(Y)
        if eval_gradient and Y is not None:
            raise ValueError("the gradient can be evaluated for Y=None only")
        with jax.enable_x64(True):
            K = gram(self._network(X.shape[1]), X, Y, self.kernel)
            return (K, self._slopes(X)) if eval_gradient else K

    def diag(self, X: Any) -> np.ndarray:
        """The kernel of each row with itself, in linear time."""
        X = _rows(X)
        with jax.enable_x64(True):
            return np.array(getattr(diagonal(self._network(X.shape[1]), X), self.kernel))

    def is_stationary(self) -> bool:
        """False: it depends on angles and sizes, not on differences."""
        return False

    def _slopes(self, X: np.ndarray) -> np.ndarray:
        """Along the logarithm of each gain, in the order of `theta`."""
        network, own = self._network(X.shape[1]), {"sigma_b": self.sigma_b, "sigma_w": self.sigma_w}
        free = [h.name for h in self.hyperparameters if not h.fixed]

        def scaled(name: str, log: Any) -> Any:
            gains = own | {name: own[name] * jax.numpy.exp(log)}
            return getattr(kernels(network, X, gains=Gains(gains["sigma_w"], gains["sigma_b"])), self.kernel)

        slopes = [jax.jvp(lambda log, name=name: scaled(name, log), (0.0,), (1.0,))[1] for name in free]
        return np.stack([np.asarray(s) for s in slopes], 2) if free else np.empty((len(X), len(X), 0))

    def _network(self, features: int) -> Network:
        absent = not self.sigma_b and self.hyperparameter_sigma_b.fixed
        widths = (features, *[1] * whole("hidden", self.hidden, least=0), 1)
        return perceptron(
            widths,
            activation=self.activation,
            parametrization="ntk",
            sigma_w=float(self.sigma_w),
            sigma_b=None if absent else float(self.sigma_b),
        )


def _rows(X: Any) -> np.ndarray:
    """Inputs in 64 bits, a single one as a row."""
    if X is None:
        raise TypeError("X is None; give inputs (samples, features)")
    return np.atleast_2d(np.asarray(X, np.float64))
