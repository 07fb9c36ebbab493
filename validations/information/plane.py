"""Networks trained on the 12-bit task, their last hidden layer measured by bins and exactly with noise."""

from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.information.binning import binned_information
from theory.information.mixture import mixture_information
from theory.information.twelve_bit import twelve_bit_inputs, twelve_bit_labels
from theory.networks.activations import pointwise
from theory.networks.network import Network, Parameters, perceptron
from validations.core.optimizers import Adam
from validations.core.programs import quickly_compiled
from validations.core.recording import Batches, Replicates
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import train
from validations.information.claims.plane import Planes

TRAINED = 3276  # four fifths of the patterns
BINS = {"tanh": "equal30"}


@dataclass(frozen=True)
class CrossEntropy:
    """Mean cross-entropy of a network's outputs as logits."""

    network: Network

    def __call__(self, params: Parameters, data: tuple[Array, Array]) -> Float[Array, ""]:
        logs = jax.nn.log_softmax(self.network.apply(params, data[0]))
        return -jnp.mean(jnp.take_along_axis(logs, data[1][:, None], axis=1))


@cache
def network(widths: tuple[int, ...], activation: str) -> Network:
    return perceptron(widths, activation=activation, sigma_b=0.0)


def kept(params: Parameters) -> Parameters:
    return params


def simulate(config: Planes, keys: PRNGKeyArray) -> Measurement:
    """Binned and exact I(X;T) and I(T;Y) of the last hidden layer: replicates, times, the two informations."""
    data: dict[str, np.ndarray] = {}
    for activation in BINS:
        layers = trained_layers(config, activation, keys)
        exact = exact_information(config, layers, keys)
        labels = twelve_bit_labels()
        binned = [[binned_information(h, labels, BINS[activation])[:2] for h in times] for times in np.asarray(layers)]
        data |= {f"exact_{activation}": np.asarray(exact), f"binned_{activation}": np.array(binned)}
    return Measurement(start={}, data=data)


def trained_layers(config: Planes, activation: str, keys: PRNGKeyArray) -> Float[Array, "replicates times n units"]:
    """Activity of the last hidden layer on all patterns at the recorded steps."""
    net = network(config.widths, activation)
    x, y = jnp.asarray(2.0 * twelve_bit_inputs() - 1), jnp.asarray(twelve_bit_labels())
    order = quickly_compiled(jax.vmap(lambda key: jax.random.permutation(key, 2 ** config.widths[0])[:TRAINED]))(keys)
    run = train(
        CrossEntropy(net),
        quickly_compiled(jax.vmap(net.init))(keys),
        (x[order], y[order]),
        method=Adam(config.step),
        steps=config.steps,
        at=config.at,
        record=kept,
        batches=Batches(config.batch),
        key=keys,
        replicates=Replicates(own_data=True),
    )
    last = jax.vmap(jax.vmap(lambda params: pointwise(activation)(net.preactivations(params, x)[-2])))
    return quickly_compiled(last)(run.values)


def exact_information(config: Planes, layers: Array, keys: PRNGKeyArray) -> Float[Array, "replicates times 2"]:
    labels = jnp.asarray(twelve_bit_labels())

    def of_replicate(case: tuple[Array, Array]) -> Array:
        key, times = case
        return jax.lax.map(
            lambda h: mixture_information(key, h, labels, config.noise, inputs=config.inputs)[:, 0], times
        )

    return quickly_compiled(lambda k, h: jax.lax.map(of_replicate, (k, h)))(keys, layers)


def loss_of(plane: np.ndarray) -> np.ndarray:
    """Most I(X;T) at any recorded time less that at the end."""
    information = np.asarray(plane)[..., 0]
    return information.max(axis=1) - information[:, -1]


AXES = Axes(y_label="nats")

OVERSTATED = Theory(
    observe=lambda exact_tanh, binned_tanh: loss_of(binned_tanh) - loss_of(exact_tanh),
    predict=lambda: 0.0,
    rivals={"faithful bins": lambda: 0.0, "understated": lambda: -0.7},
    margin=lambda: 0.35,
    axes=lambda: AXES,
)
