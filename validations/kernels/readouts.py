"""Mean and covariance of ensembles of wide networks whose last layer alone is trained."""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.kernels import dense
from theory.kernels import gradient_flow as closed
from theory.kernels.gradient_flow import Prediction
from theory.networks import Activation, Architecture, Dense
from validations.core.optimizers import GradientDescent
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import Replicates, train
from validations.kernels.claims.readouts import Readouts
from validations.kernels.ensembles import between, both_kernels, circle, pairs, targets

TOGETHER = 64  # networks in training at once, so that their features stay in the cache


def simulate(config: Readouts, keys: PRNGKeyArray) -> Measurement:
    """Features do not move: they are the data, of each network its own, from which its readout learns."""
    readout, n = Architecture((config.width,), (Dense(1, config.sigma_w),)), len(config.train)
    starts, features = _drawn(config)(keys)
    at = [round(t / config.step) for t in config.times]
    run = train(
        _loss(readout, config.train),
        starts,
        features,
        method=GradientDescent(config.step),
        steps=at[-1],
        record=lambda params, data: readout.apply(params, data[n:])[:, 0],
        at=at,
        replicates=Replicates(own_data=True, together=TOGETHER),
    )
    return Measurement(
        start={}, data={"outputs": np.asarray(run.values).reshape(len(keys), config.networks, len(at), -1)}
    )


@lru_cache(maxsize=4)
def _drawn(config: Readouts):
    """Readouts, and what the hidden layer makes of training and test inputs, network by network."""
    whole = layers(config.width, config.sigma_w)
    below, x = Architecture((2,), whole[:-1]), circle((*config.train, *config.test))

    def one(key: PRNGKeyArray) -> tuple[tuple, Array]:
        *hidden, last = Architecture((2,), whole).init(key)
        return (last,), below.apply(tuple(hidden), x)

    return quickly_compiled(
        lambda keys: jax.vmap(one)(jax.vmap(lambda k: jax.random.split(k, config.networks))(keys).reshape(-1))
    )


def layers(width: int, sigma_w: float) -> tuple[Dense, Activation, Dense]:
    return Dense(width, sigma_w), Activation("erf"), Dense(1, sigma_w)


@lru_cache(maxsize=4)
def _loss(readout: Architecture, at: tuple[float, ...]):
    """One function object a network, so that every cell trains by the same program."""
    y = targets(at)
    return lambda params, data: 0.5 * jnp.mean((readout.apply(params, data[: len(y)]) - y) ** 2)


@one_program
def _readouts(t, train, test, sigma_w) -> Prediction:
    nngp, _ = both_kernels(train, test, sigma_w, 0.0)
    return closed.nngp_flow(t, nngp, targets(train))


@one_program
def _all_layers(t, train, test, sigma_w) -> Prediction:
    nngp, ntk = both_kernels(train, test, sigma_w, 0.0)
    return closed.ntk_ensemble(t, ntk, nngp, targets(train))


def _mean(t, train, test, sigma_w, flow=_readouts) -> np.ndarray:
    return np.asarray(flow(t, train, test, sigma_w).mean[..., 0])


def _covariance(t, train, test, sigma_w, flow=_readouts) -> np.ndarray:
    return pairs(flow(t, train, test, sigma_w).covariance, 0)


def _quarter(formula):
    """Of the largest distance to the nearer rival."""

    def margin(times, train, test, sigma_w) -> float:
        t, rest = np.asarray(times), (train, test, sigma_w)
        ours, rivals = formula(t, *rest), (formula(t, *rest, flow=_all_layers), formula(t / 2, *rest))
        return min(float(np.abs(ours - rival).max()) for rival in rivals) / 4

    return margin


def _as_if(formula, factor: float = 1.0, flow=_readouts):
    return lambda t, train, test, sigma_w: formula(factor * t, train, test, sigma_w, flow)


MEAN = Theory(
    inputs=lambda times, test: {"t": np.asarray(times), "place": np.asarray(test)},
    observe=lambda outputs: np.asarray(outputs).mean(1),
    predict=_as_if(_mean),
    rivals={"all layers": _as_if(_mean, flow=_all_layers), "half the time": _as_if(_mean, 0.5)},
    margin=_quarter(_mean),
    axes=lambda times: Axes(
        x="place",
        x_label="place on the circle, in turns",
        y_label="mean output",
        series=tuple(f"t = {t:g}" for t in times),
    ),
    rests_on=(closed.nngp_flow, dense.kernels),
)
COVARIANCE = Theory(
    inputs=lambda times, test: {"t": np.asarray(times), "pair": np.arange(1, len(test) * (len(test) + 1) // 2 + 1)},
    observe=lambda outputs: between(outputs, 0),
    predict=_as_if(_covariance),
    rivals={
        "all layers": _as_if(_covariance, flow=_all_layers),
        "exponent of the error": _as_if(_covariance, 0.5),
        "start": _as_if(_covariance, 0.0),
        "posterior": lambda t, train, test, sigma_w: _covariance(np.full(np.shape(t), np.inf), train, test, sigma_w),
    },
    margin=_quarter(_covariance),
    axes=lambda times: Axes(
        x="pair", x_label="pair of inputs", y_label="covariance", series=tuple(f"t = {t:g}" for t in times)
    ),
    rests_on=(closed.nngp_flow, dense.kernels),
)
