"""Fisher information of random perceptrons, by the matrix of examples that shares its nonzero eigenvalues."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.hessian import fisher as closed
from theory.hessian.dual import perceptron_dual
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.fisher import WideNetworks


def simulate(config: WideNetworks, keys: PRNGKeyArray) -> Measurement:
    """Largest and mean eigenvalue, and mean square."""
    m = config.width
    shapes = [(m, m)] * (config.layers - 1) + [(1, m)]
    parameters = sum(rows * (columns + 1) for rows, columns in shapes)

    def one(key: PRNGKeyArray) -> tuple[Array, Array, Array]:
        for_x, *for_layers = jax.random.split(key, 2 * len(shapes) + 1)
        weights = [config.sigma_w / m**0.5 * jax.random.normal(k, s) for k, s in zip(for_layers, shapes, strict=False)]
        biases = [
            config.sigma_b * jax.random.normal(k, s[:1]) for k, s in zip(for_layers[len(shapes) :], shapes, strict=True)
        ]
        dual = perceptron_dual(weights, biases, jnp.tanh, jax.random.normal(for_x, (config.samples, m)))
        return jnp.linalg.eigvalsh(dual)[-1], jnp.trace(dual), jnp.sum(dual**2)

    largest, total, squares = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"largest": largest, "mean": total / parameters, "square": squares / parameters})


def _order(layers: int, sigma_w: float, sigma_b: float) -> closed.FisherOrder:
    return closed.fisher_order("tanh", sigma_w, sigma_b, (1.0,) * layers)


def _inputs(width: int, samples: int, layers: int, sigma_w: float, sigma_b: float) -> dict[str, object]:
    return {
        "m": np.asarray(float(width)),
        "n": np.asarray(float(samples)),
        "order": _order(layers, sigma_w, sigma_b),
        "shallow": _order(layers - 1, sigma_w, sigma_b),
        "unbiased": _order(layers, sigma_w, 0.0),
    }


def _gap(samples: int, layers: int, sigma_w: float, sigma_b: float) -> float:
    order = _order(layers, sigma_w, sigma_b)
    return order.alpha * (order.kappa1 - order.kappa2) / samples / 4


def _outlier(samples: int, layers: int, sigma_w: float, sigma_b: float) -> float:
    """What the pairs of inputs add to the mean square: the distance to a law without them."""
    order = _order(layers, sigma_w, sigma_b)
    return order.alpha * (samples - 1) / samples * order.kappa2**2


LARGEST = Theory(
    inputs=_inputs,
    observe=lambda largest, width: largest / width,
    predict=lambda order, m, n: closed.fisher_largest(order, m, n) / m,
    rivals={
        "infinite data": lambda order: order.alpha * order.kappa2,
        "no bias": lambda unbiased, m, n: closed.fisher_largest(unbiased, m, n) / m,
        "one layer fewer": lambda shallow, m, n: closed.fisher_largest(shallow, m, n) / m,
    },
    margin=_gap,
    axes=lambda: Axes(y_label="largest eigenvalue over width"),
    rests_on=(closed.fisher_largest,),
)

MEAN = Theory(
    inputs=_inputs,
    observe=lambda mean, width: mean * width,
    predict=lambda order, m: m * closed.fisher_mean(order, m),
    rivals={
        "off diagonal": lambda order: order.kappa2,
        "no bias": lambda unbiased, m: m * closed.fisher_mean(unbiased, m),
        "one layer fewer": lambda shallow, m: m * closed.fisher_mean(shallow, m),
    },
    margin=lambda layers, sigma_w, sigma_b: (
        abs(_order(layers, sigma_w, sigma_b).kappa1 - _order(layers, sigma_w, 0.0).kappa1) / 3.2
    ),
    axes=lambda: Axes(y_label="mean eigenvalue times width"),
    rests_on=(closed.fisher_mean,),
)

SQUARE = Theory(
    inputs=_inputs,
    observe=lambda square: square,
    predict=lambda order, n: closed.fisher_second_moment(order, n),
    rivals={
        "infinite data": lambda order: order.alpha * order.kappa2**2,
        "no outlier": lambda order, n: order.alpha * order.kappa1**2 / n,
    },
    margin=lambda samples, layers, sigma_w, sigma_b: _outlier(samples, layers, sigma_w, sigma_b) / 3.2,
    axes=lambda: Axes(y_label="mean square of the eigenvalues"),
    rests_on=(closed.fisher_second_moment,),
)
