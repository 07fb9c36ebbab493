"""How far networks of finite width are from what the tangent kernel makes of their start, on handwritten digits."""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from theory.kernels import gradient_flow as closed
from theory.kernels.dense import kernels
from theory.kernels.gradient_flow import TrainTest
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.digit_widths import DigitWidths
from validations.kernels.digit_sizes import images, network


class Weights(NamedTuple):
    """Of one hidden layer, in the NTK parametrization: entries of order one."""

    first: Float[Array, "width pixels"]
    last: Float[Array, " width"]


def simulate(config: DigitWidths, keys: PRNGKeyArray) -> Measurement:
    first, last, linear = _program(config)(keys)
    return Measurement(start={"first": first}, data={"outputs": last, "linear": linear})


@lru_cache(maxsize=4)
def _program(config: DigitWidths):
    """One program serves all widths: the layer has the largest, and units beyond the width are put out."""
    widths = jnp.asarray(config.widths)

    def one(key: PRNGKeyArray) -> tuple[Array, Array, Array]:
        return jax.lax.map(lambda width: trained(config, width, jax.random.fold_in(key, width)), widths)

    return quickly_compiled(lambda keys: jax.lax.map(one, keys))


def trained(config: DigitWidths, width: Int[Array, ""], key: PRNGKeyArray) -> tuple[Array, Array, Array]:
    """Outputs at the start for all digits; for those not learned from after training, and after that of the network's
    linearization."""
    n, most = config.train, max(config.widths)
    x, y = (a[: n + config.test] for a in images(config.pixels))
    exist = (jnp.arange(most) < width) * 1.0
    for_first, for_last = jax.random.split(key)
    start = Weights(jax.random.normal(for_first, (most, x.shape[1])), jax.random.normal(for_last, (most,)))

    def outputs(w: Weights, x: Float[Array, "n pixels"]) -> Float[Array, " n"]:
        hidden = jax.nn.relu(x @ w.first.T * (2 / x.shape[1]) ** 0.5)
        return hidden @ (exist * w.last) * jnp.sqrt(2 / width)

    def step(_: int, w: Weights) -> Weights:
        now, pull = jax.vjp(lambda w: outputs(w, x[:n]), w)
        return jax.tree.map(lambda a, g: a - config.step * g, w, pull((now - y[:n]) / n)[0])

    steps, first = round(config.time / config.step), outputs(start, x)
    end = jax.lax.fori_loop(0, steps, step, start)
    return first, outputs(end, x[n:]), linear(tangent(start, exist, width, x)[:, :n], first, y[:n], config.step, steps)


def tangent(w: Weights, exist: Array, width: Int[Array, ""], x: Float[Array, "n pixels"]) -> Float[Array, "n n"]:
    """The tangent kernel of the network at hand."""
    before = x @ w.first.T * (2 / x.shape[1]) ** 0.5
    hidden, open_ = jax.nn.relu(before) * exist, (before > 0) * exist * w.last
    return 2 / width * (hidden @ hidden.T + 2 / x.shape[1] * (x @ x.T) * (open_ @ open_.T))


def linear(kernel: Float[Array, "n learned"], first: Float[Array, " n"], y: Array, step: float, steps: int) -> Array:
    """Outputs for the digits not learned from, by the same steps of the network's linearization at its start."""
    n = len(y)
    after = lambda _, f: f - step * kernel @ (f[:n] - y) / n
    return jax.lax.fori_loop(0, steps, after, first)[n:]


def distance(first: Array, outputs: Array, time: float, train: int, test: int, pixels: int) -> np.ndarray:
    """Root mean square over the digits asked, by replicate and width."""
    x, y = (a[: train + test] for a in images(pixels))
    starts = np.reshape(first, (-1, train + test))
    predicted = starts[:, train:] + _added(x, y[:train, None] - starts[:, :train].T, time, pixels)
    return np.sqrt(((np.asarray(outputs) - predicted.reshape(np.shape(outputs))) ** 2).mean(-1))


@one_program
def _added(x: Array, missing: Array, time: float, pixels: int) -> Float[Array, "networks tests"]:
    """By training, to the outputs of networks that miss so much of the labels."""
    nngp, ntk = (_split(gram, len(missing)) for gram in kernels(network(pixels), x))
    flow = closed.ntk_ensemble(time * missing.shape[1], ntk, nngp, missing)  # times are over examples times outputs
    return flow.mean.T


def _apart(outputs: Array, linear: Array) -> np.ndarray:
    """Root mean square over the digits asked, by replicate and width."""
    return np.sqrt(((np.asarray(outputs) - np.asarray(linear)) ** 2).mean(-1))


def _split(gram: Array, n: int) -> TrainTest:
    return TrainTest(gram[:n, :n], gram[n:, :n], gram[n:, n:])


DEPARTURE = Theory(
    inputs=lambda widths: {"sizes": np.asarray(widths, float)},
    observe=distance,
    predict=lambda: -0.5,
    rivals={"order of the bias": lambda: -1.0, "no kernel regime": lambda: 0.0},
    margin=lambda: 0.15,
    axes=lambda: Axes(
        x="sizes", x_label="width", y_label="distance from the kernel's prediction", x_scale="log", y_scale="log"
    ),
    extras={"sizes": lambda sizes: sizes},
    rests_on=(closed.ntk_ensemble, kernels),
)
LINEARIZED = Theory(
    inputs=lambda widths: {"sizes": np.asarray(widths, float)},
    observe=lambda outputs, linear: _apart(outputs, linear),
    predict=lambda: -0.5,
    rivals={"smooth": lambda: -1.0, "no kernel regime": lambda: 0.0},
    margin=lambda: 0.15,
    axes=lambda: Axes(
        x="sizes", x_label="width", y_label="distance from the own linearization", x_scale="log", y_scale="log"
    ),
    extras={"sizes": lambda sizes: sizes},
)
DRAWN = Theory(
    observe=lambda first, outputs, linear, time, train, test, pixels: np.log(
        distance(first, outputs, time, train, test, pixels) / _apart(outputs, linear)
    )[:, -1],
    predict=lambda: 0.0,
    rivals={"equal": lambda: 0.0, "reverse": lambda: -np.log(2.0)},
    margin=lambda: np.log(2.0),
    axes=lambda: Axes(y_label="log of the distance from the kernel over that from the own linearization"),
    rests_on=(closed.ntk_ensemble, kernels),
)
