"""Fourth moments of the outputs of random narrow networks."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels import output_distribution as closed
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.outputs import RandomOutputs

READOUTS = ("gaussian", "uniform", "rademacher")


def simulate(config: RandomOutputs, keys: PRNGKeyArray) -> Measurement:
    shape = (config.draws, config.width)

    def one(key: PRNGKeyArray) -> Float[Array, " readouts"]:
        for_hidden, *for_readout = jax.random.split(key, 4)
        hidden = jax.nn.relu(jax.random.normal(for_hidden, shape))
        drawn = (
            jax.random.normal(for_readout[0], shape),
            jax.random.uniform(for_readout[1], shape, minval=-1.0),
            jax.random.rademacher(for_readout[2], shape, float),
        )
        outputs = jnp.stack([(hidden * v).sum(1) for v in drawn])
        return (outputs**4).mean(1) / (outputs**2).mean(1) ** 2 - 3

    return Measurement(start={}, data={"kurtosis": jax.jit(lambda keys: jax.lax.map(one, keys))(keys)})


def _kurtosis(width: float) -> np.ndarray:
    return np.stack([np.asarray(closed.excess_kurtosis("relu", 1.0, float(width), r)) for r in READOUTS])


KURTOSIS = Theory(
    inputs=lambda: {"moment": np.array([3.0, 1.8, 1.0])},
    observe=lambda kurtosis: kurtosis,
    predict=_kurtosis,
    rivals={
        "one unit more": lambda width: _kurtosis(width + 1),
        "Gaussian readout": lambda width: np.broadcast_to(_kurtosis(width)[:1], (3,)),
        "Gaussian output": lambda width: np.zeros(3),
    },
    margin=lambda width: 0.3 * (_kurtosis(width) - _kurtosis(width + 1)),
    axes=lambda: Axes(x="moment", x_label="fourth moment of the readout", y_label="excess kurtosis of the output"),
    rests_on=(closed.excess_kurtosis,),
)
