"""One list of losses over trees of parameters, small enough for `jax.hessian`: every estimator is tried on all."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree


class Case(NamedTuple):
    """loss(params) = of_outputs(model(params))."""

    model: Callable
    of_outputs: Callable
    params: Any

    def loss(self, params: Any) -> jax.Array:
        return self.of_outputs(self.model(params))

    @property
    def dense(self) -> np.ndarray:
        flat, unravel = ravel_pytree(self.params)
        return np.asarray(jax.hessian(lambda w: self.loss(unravel(w)))(flat))

    @property
    def dense_gauss_newton(self) -> np.ndarray:
        flat, unravel = ravel_pytree(self.params)
        of_flat = lambda w: self.model(unravel(w)).ravel()
        j, shape = np.asarray(jax.jacobian(of_flat)(flat)), self.model(self.params).shape
        inner = jax.hessian(lambda y: self.of_outputs(y.reshape(shape)))(of_flat(flat))
        return j.T @ np.asarray(inner) @ j

    @property
    def dense_jacobian(self) -> np.ndarray:
        flat, unravel = ravel_pytree(self.params)
        return np.asarray(jax.jacobian(lambda w: self.model(unravel(w)).ravel())(flat))


RNG = np.random.default_rng(0)
X, LABELS = jnp.asarray(RNG.standard_normal((7, 3))), jnp.asarray(np.arange(7) % 3)


def normal(*shape: int) -> jax.Array:
    return jnp.asarray(RNG.standard_normal(shape))


def perceptron(params: dict) -> jax.Array:
    hidden = jnp.tanh(X @ params["first"]["w"] + params["first"]["b"][None])
    return hidden @ params["last"]


def cross_entropy(scores: jax.Array) -> jax.Array:
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), LABELS[:, None], axis=1))


CASES = {
    "softmax perceptron in a dict": Case(
        perceptron, cross_entropy, {"first": {"w": normal(3, 4), "b": normal(4)}, "last": normal(4, 3)}
    ),
    "linear least squares": Case(lambda w: X @ w, lambda y: 0.5 * jnp.mean(y**2) * 3.0, normal(3, 2)),
    "deep linear in a tuple": Case(
        lambda ws: (ws[1] @ ws[0] @ X.T).T, lambda y: 0.5 * jnp.sum((y - 1.0) ** 2), (normal(2, 3), normal(2, 2))
    ),
    "one parameter": Case(lambda w: w[None] ** 2, lambda y: jnp.sum(jnp.sin(y)), jnp.array(0.7)),
    "saddle of a list": Case(
        lambda ws: jnp.stack([ws[0] * ws[1], ws[0]]),
        lambda y: y[0] - 0.5 * y[1] ** 2,
        [jnp.array(0.3), jnp.array(-0.2)],
    ),
}
