"""Small networks trained at the edge of stability by three rules, and plainly with a fraction of the step."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import gaussian
from theory.hessian.operators import hessian_operator
from theory.hessian.stability import stable_sharpness
from validations.core.losses import Samples
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.edge import EdgeNetworks

LOOKS = 5
Params = tuple[Array, Array, Array, Array]


class Rule(NamedTuple):
    """A step, a momentum, and 1 where the gradient is taken ahead (Nesterov), for all runs in one program."""

    step: Array
    momentum: Array
    ahead: Array


class State(NamedTuple):
    params: Params
    memory: Params
    loss: Array
    rises: Array


def simulate(config: EdgeNetworks, keys: PRNGKeyArray) -> Measurement:
    """Late sharpness of every run, and how often the loss rose in the last half."""
    half, late = config.steps // 2, round(0.75 * config.steps)
    ends = jnp.asarray(np.r_[half, np.linspace(late, config.steps, LOOKS).round().astype(int)])
    rules = Rule(*(jnp.asarray(a) for a in _rules(config.step, config.momentum, config.fraction)))

    def one(key: PRNGKeyArray) -> dict[str, Array]:
        start, data = drawn(key, config)

        def run(rule: Rule) -> tuple[Params, Array, Array]:
            begun = State(start, jax.tree.map(jnp.zeros_like, start), jnp.array(jnp.inf), jnp.array(0))

            def to_next(state: State, ends: tuple[Array, Array]) -> tuple[State, State]:
                state = jax.lax.fori_loop(*ends, lambda k, s: stepped(s, rule, data, k > half), state)
                return state, state

            seen = jax.lax.scan(to_next, begun, (jnp.concatenate([jnp.zeros(1, int), ends[:-1]]), ends))[1]
            return jax.tree.map(lambda a: a[1:], seen.params), seen.rises[-1], seen.loss[-1] / seen.loss[0]

        params, rises, fall = jax.vmap(run)(rules)
        flat = jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), params)
        return {"hessian": jax.lax.map(lambda p: hessian(p, data), flat), "rises": rises / half, "fall": fall}

    found = {k: np.asarray(v) for k, v in quickly_compiled(jax.vmap(one))(keys).items()}
    sharpness = _largest(found["hessian"]).reshape(len(keys), -1, LOOKS)
    return Measurement(
        start={},
        data={"sharpness": np.median(sharpness, axis=2), "rises": found["rises"][:, 0], "fall": found["fall"][:, 0]},
    )


def drawn(key: PRNGKeyArray, config: EdgeNetworks) -> tuple[Params, Samples]:
    """Random weights without biases, Gaussian inputs and targets that have nothing to do with them."""
    below, above, for_inputs, for_targets = jax.random.split(key, 4)
    zeros = jnp.zeros(config.width), jnp.zeros(config.outputs)
    first, second = gaussian(below, config.width, config.inputs), gaussian(above, config.outputs, config.width)
    inputs = jax.random.normal(for_inputs, (config.examples, config.inputs))
    return (first, zeros[0], second, zeros[1]), Samples(
        inputs, jax.random.normal(for_targets, (config.examples, config.outputs))
    )


def loss(params: Params, data: Samples) -> Float[Array, ""]:
    first, biases, second, shifts = params
    outputs = jnp.tanh(data.inputs @ first.T + biases) @ second.T + shifts
    return 0.5 * jnp.sum((outputs - data.targets) ** 2) / len(data.inputs)


def stepped(state: State, rule: Rule, data: Samples, counted: Array) -> State:
    """m becomes mu m + g; the weights lose eta m, or eta (g + mu m) of what m has become."""
    value, gradient = jax.value_and_grad(loss)(state.params, data)
    memory = jax.tree.map(lambda m, g: rule.momentum * m + g, state.memory, gradient)
    ahead = lambda m, g: rule.ahead * (g + rule.momentum * m) + (1 - rule.ahead) * m
    params = jax.tree.map(lambda p, m, g: p - rule.step * ahead(m, g), state.params, memory, gradient)
    return State(params, memory, value, state.rises + (counted & (value > state.loss)))


def hessian(params: Params, data: Samples) -> Array:
    operator = hessian_operator(lambda p: loss(p, data), params)
    return jax.lax.map(operator.product, jnp.eye(operator.size), batch_size=32)


def _largest(hessians: np.ndarray) -> np.ndarray:
    """The largest eigenvalue of each; NaN where a run diverged."""
    finite = np.isfinite(hessians).all((-2, -1))
    found = np.linalg.eigvalsh(np.where(finite[..., None, None], hessians, 0.0))[..., -1]
    return np.where(finite, found, np.nan)


def _rules(step: float, momentum: float, fraction: float) -> tuple[list[float], list[float], list[float]]:
    """Plain descent, heavy balls, Nesterov's rule and plain descent again; all but the last lose hold at 2/step."""
    heavy, ahead = step * (1 + momentum), step * (1 + momentum) / (1 + 2 * momentum)
    return [step, heavy, ahead, fraction * step], [0.0, momentum, momentum, 0.0], [0.0, 0.0, 1.0, 0.0]


def _in_steps(sharpness: Array, step: float, momentum: float, fraction: float) -> np.ndarray:
    """Late sharpness of the first three runs times their steps."""
    return np.asarray(sharpness)[:, :3] * np.asarray(_rules(step, momentum, fraction)[0][:3])


def _edges(step: float, momentum: float, fraction: float) -> np.ndarray:
    steps, momenta, _ = _rules(step, momentum, fraction)
    plain, ahead = (np.asarray(stable_sharpness(np.array(steps[:3]), np.array(momenta[:3]), n)) for n in (False, True))
    return np.array([plain[0], plain[1], ahead[2]]) * np.array(steps[:3])


def _where_it_fell(rises: Array, fall: Array) -> np.ndarray:
    """The share of rising steps; none counts where the loss did not fall over the last half."""
    return np.where(np.asarray(fall) < 1, np.asarray(rises), 0.0)


EDGE = Theory(
    observe=_in_steps,
    predict=_edges,
    rivals={
        "plain descent": lambda: np.full(3, 2.0),
        "effective step": lambda momentum: np.array([2.0, 2 * (1 - momentum), 2 * (1 - momentum)]),
        "10 % sharper": lambda step, momentum, fraction: 1.1 * _edges(step, momentum, fraction),
    },
    margin=lambda momentum: 0.1 / 3 * np.array([2.0, 2 * (1 + momentum), 2 * (1 + momentum) / (1 + 2 * momentum)]),
    axes=lambda: Axes(y_label="late sharpness times the step", series=("plain descent", "heavy balls", "Nesterov")),
    rests_on=(stable_sharpness,),
)

RISES = Theory(
    observe=_where_it_fell,
    predict=lambda: 0.0,
    rivals={"never": lambda: 0.0, "always": lambda: 1.0},
    margin=lambda: 0.1,
    axes=lambda: Axes(y_label="share of steps in which the loss rises"),
)

STEP = Theory(
    observe=lambda sharpness: np.log(np.asarray(sharpness)[:, 3] / np.asarray(sharpness)[:, 0]),
    predict=lambda: 0.0,
    rivals={"same minimum": lambda: 0.0, "own edge": lambda fraction: np.log(1 / fraction)},
    margin=lambda: 0.2,
    axes=lambda: Axes(y_label="logarithm of the ratio of sharpnesses"),
)
