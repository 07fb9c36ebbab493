"""Students of a noisy teacher, trained along the singular vectors of their data."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import gaussian
from theory.deep_linear import noisy_teacher as closed
from theory.deep_linear.modes import balanced_mode
from validations.core.optimizers import GradientDescent
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import Replicates, train
from validations.deep_linear.chains import recorded_steps, recorded_times
from validations.deep_linear.claims.noisy_teacher import NoisyTeachers


def layers_loss(params: tuple[Array, Array], data: dict[str, Array]) -> Float[Array, ""]:
    """Half the squared error of two layers that stay diagonal in the data's singular vectors, as descent keeps them."""
    first, second = params
    return 0.5 * jnp.sum((data["values"] - first * second) ** 2)


def distance(params: tuple[Array, Array], data: dict[str, Array]) -> Float[Array, ""]:
    """Squared distance of the student from the teacher, as matrices."""
    modes = params[0] * params[1]
    student = (data["left"] * modes) @ data["right"]
    return jnp.sum((student - data["teacher"]) ** 2)


def simulate(config: NoisyTeachers, keys: PRNGKeyArray) -> Measurement:
    def prepare(key: PRNGKeyArray) -> dict[str, Array]:
        teacher = jnp.zeros((config.outputs, config.inputs)).at[0, 0].set(config.strength)
        noisy = teacher + gaussian(key, config.outputs, config.inputs)
        left, values, right = jnp.linalg.svd(noisy, full_matrices=False)
        return {"left": left, "values": values, "right": right, "teacher": teacher}

    data = quickly_compiled(lambda keys: jax.lax.map(prepare, keys))(keys)
    weights = np.full(data["values"].shape, config.start**0.5)
    at = recorded_steps(config.step, config.final_time, config.points)
    run = train(
        layers_loss,
        (weights, weights),
        data,
        method=GradientDescent(config.step),
        steps=int(at[-1]),
        at=at,
        record=distance,
        replicates=Replicates(own_data=True),
    )
    return Measurement(start={}, data={"error": np.asarray(run.values) / config.strength**2})


def _inputs(step: float, final_time: float, points: int, strength: float, start: float) -> dict[str, np.ndarray]:
    times = recorded_times(step, final_time, points)
    return {"t": np.asarray(times), "s": np.full(len(times), strength), "u0": np.full(len(times), start)}


def clean_teacher(t: np.ndarray, s: np.ndarray, u0: np.ndarray, outputs: int, inputs: int) -> Array:
    """The teacher's own mode in place of the leading one of the data."""
    mode = closed.leading_error(t, s, u0, outputs, inputs)
    learned = balanced_mode(t, closed.learned_strength(s, outputs / inputs), u0)
    seen = learned**2 - 2 * s * closed.teacher_overlap(s, outputs / inputs) * learned
    true = balanced_mode(t, s, u0)
    return mode + (true**2 - 2 * s * true - seen) / s**2


def no_noise(t: np.ndarray, s: np.ndarray, u0: np.ndarray, outputs: int, inputs: int) -> Array:
    learned = balanced_mode(t, closed.learned_strength(s, outputs / inputs), u0)
    return 1 + (learned**2 - 2 * s * closed.teacher_overlap(s, outputs / inputs) * learned) / s**2


_exact = one_program(
    lambda t, s, u0, outputs, inputs: closed.generalization_error(t, s, u0, outputs, inputs),
)
_leading = one_program(lambda t, s, u0, outputs, inputs: closed.leading_error(t, s, u0, outputs, inputs))


def _margin(
    step: float, final_time: float, points: int, strength: float, start: float, outputs: int, inputs: int
) -> float:
    task = _inputs(step, final_time, points, strength, start)
    exact, leading = (f(task["t"], task["s"], task["u0"], outputs, inputs) for f in (_exact, _leading))
    return float(np.max(np.abs(exact - leading))) / 3


ERROR = Theory(
    inputs=_inputs,
    observe=lambda error: error,
    predict=_exact,
    rivals={"leading order": _leading, "clean teacher": one_program(clean_teacher), "no noise": one_program(no_noise)},
    margin=_margin,
    axes=lambda: Axes(x="t", x_label="time t", y_label="squared distance from the teacher"),
    rests_on=(closed.generalization_error, closed.leading_error),
)
