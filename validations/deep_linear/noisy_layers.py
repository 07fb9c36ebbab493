"""Linear networks with noise in their layers: laws of the outputs, mask by mask or by determinants."""

import itertools
from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from theory.deep_linear import noisy_layers as closed
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.noisy_layers import ErasedNetworks, GaussianNetworks

SAME = 1e-9  # of the largest output, below which two outputs are one
EPS = float(np.finfo(float).eps)


def generator(key: PRNGKeyArray) -> np.random.Generator:
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def simulate_erased(config: ErasedNetworks, keys: PRNGKeyArray) -> Measurement:
    """Shares of the inputs' information after every layer, from the law of the outputs over all masks."""
    drops, units, weights = [], [], []
    for key in keys:
        rng = generator(key)
        drop = rng.uniform(*config.drop)
        drops.append(drop)
        units.append(shares(rng, config.widths, config.inputs, drop, connections=False))
        weights.append(shares(rng, config.connected, config.inputs, drop, connections=True))
    return Measurement(
        start={"dropped": np.array(drops)}, data={"units": np.array(units), "weights": np.array(weights)}
    )


def shares(rng: np.random.Generator, widths: Sequence[int], inputs: int, drop: float, connections: bool) -> list[float]:
    """Of one random network; outputs branch over the masks of every layer."""
    points = rng.standard_normal((inputs, widths[0]))
    outputs, chances, labels = points, np.ones(inputs), np.arange(inputs)
    kept = []
    for into, out in zip(widths[:-1], widths[1:], strict=True):
        layer = rng.standard_normal((out, into))
        size = layer.size if connections else out
        masks = np.array(list(itertools.product((0.0, 1.0), repeat=size)))
        chance = np.prod(np.where(masks == 1, 1 - drop, drop), axis=1)
        if connections:
            branches = np.einsum("moi,bi->bmo", masks.reshape(-1, *layer.shape) * layer, outputs)
        else:
            branches = (outputs @ layer.T)[:, None, :] * masks
        outputs = branches.reshape(-1, out)
        chances, labels = (chances[:, None] * chance).ravel(), np.repeat(labels, len(masks))
        outputs, chances, labels = merged(outputs, chances, labels)
        kept.append(information(outputs, chances, labels, inputs) / np.log(inputs))
    return kept


def merged(outputs: np.ndarray, chances: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equal outputs of one input put together."""
    cells = np.round(outputs / (SAME * np.abs(outputs).max()))
    keys = np.column_stack([labels, cells])
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return outputs[first], np.bincount(which.ravel(), chances), labels[first]


def information(outputs: np.ndarray, chances: np.ndarray, labels: np.ndarray, inputs: int) -> float:
    """Mutual information of the input's number and the output, in nats."""
    cells = np.round(outputs / (SAME * np.abs(outputs).max()))
    _, which = np.unique(cells, axis=0, return_inverse=True)
    totals = np.bincount(which.ravel(), chances)[which.ravel()] / inputs  # probability of the output
    return float(np.sum(chances / inputs * np.log(chances / totals)))


def simulate_gaussian(config: GaussianNetworks, keys: PRNGKeyArray) -> Measurement:
    """What share of a signal's information is left behind the last layer, by determinants of joint covariances."""
    left, layers, sigmas = [], [], []
    for i, key in enumerate(keys):
        rng = generator(key)
        weights = [
            rng.standard_normal((out, into)) / into**0.5
            for into, out in zip(config.widths[:-1], config.widths[1:], strict=True)
        ]
        sigma = rng.uniform(*config.sigma)
        joint = propagated(weights, sigma)
        correlation = config.strongest * 1e-3 ** rng.uniform()
        direction = rng.standard_normal(config.widths[0])
        if i % 2 == 0:  # search where the inputs and the output agree best
            correlation = 1e-3
            inputs = config.widths[0]
            across = joint[:inputs, inputs:] @ np.linalg.inv(joint[inputs:, inputs:]) @ joint[inputs:, :inputs]
            direction = np.linalg.eigh(across)[1][:, -1]
        left.append(ratio(joint, direction / np.linalg.norm(direction), correlation))
        layers.append(np.concatenate([w.ravel() for w in weights]))
        sigmas.append(sigma)
    return Measurement(start={"weights": np.array(layers), "noises": np.array(sigmas)}, data={"left": np.array(left)})


def propagated(weights: Sequence[np.ndarray], sigma: float) -> Float[np.ndarray, "both both"]:
    """Joint covariance of the inputs and the last layer, one layer at a time."""
    inputs = weights[0].shape[1]
    joint = np.eye(inputs)
    joint = np.block([[joint, joint], [joint, joint]])
    for w in weights:
        lift = np.block([[np.eye(inputs), np.zeros((inputs, w.shape[1]))], [np.zeros((len(w), inputs)), w]])
        joint = lift @ joint @ lift.T
        joint[inputs:, inputs:] += sigma**2 * np.eye(len(w))
    return joint


def ratio(joint: np.ndarray, direction: np.ndarray, correlation: float) -> float:
    """I(U; T)/I(U; X) of U along the direction with that squared correlation, unit variance."""
    inputs = len(direction)
    slope = correlation**0.5 * direction
    to_output = joint[inputs:, :inputs] @ slope
    whole = np.block([[np.ones((1, 1)), to_output[None, :]], [to_output[:, None], joint[inputs:, inputs:]]])
    through = np.linalg.slogdet(joint[inputs:, inputs:])[1] - np.linalg.slogdet(whole)[1]
    return float(through / -np.log1p(-correlation))


def _cumulated(drop: np.ndarray, exponents: Sequence[int]) -> np.ndarray:
    return np.cumprod(1 - drop[:, None] ** np.asarray(exponents)[None, :], axis=1)


def _axes(x_label: str) -> Axes:
    return Axes(x="layer", x_label=x_label, y_label="share of the information on the input")


DROPOUT = Theory(
    inputs=lambda dropped, widths: {"p": np.asarray(dropped), "layer": np.arange(1, len(widths))},
    observe=lambda units: units,
    predict=lambda p, widths: np.stack([np.asarray(closed.dropout_share(float(q), widths[1:])) for q in p]),
    rivals={
        "losses add up": lambda p, widths: 1 - np.cumsum(p[:, None] ** np.asarray(widths[1:], float)[None, :], axis=1),
        "narrowest layer": lambda p, widths: 1 - p[:, None] ** np.minimum.accumulate(widths[1:])[None, :],
        "one unit a layer": lambda p, layer: (1 - p[:, None]) ** layer[None, :],
    },
    margin=lambda: 1.0,
    axes=lambda: _axes("layer, with dropout of units behind"),
    extras={"tolerance": lambda: EPS},
    rests_on=(closed.dropout_share,),
)

DROPCONNECT = Theory(
    inputs=lambda dropped, connected: {"p": np.asarray(dropped), "layer": np.arange(1, len(connected))},
    observe=lambda weights: weights,
    predict=lambda p, connected: np.stack([np.asarray(closed.dropconnect_share(float(q), connected)) for q in p]),
    rivals={
        "product of the layers": lambda p, connected: _cumulated(
            p, [a * b for a, b in zip(connected[:-1], connected[1:], strict=True)]
        ),
        "a unit's weights": lambda p, connected: _cumulated(p, connected[:-1]),
    },
    margin=lambda: 1.0,
    axes=lambda: _axes("layer, with dropped weights"),
    extras={"tolerance": lambda: EPS},
    rests_on=(closed.dropconnect_share,),
)


def _layers(weights: Float[np.ndarray, "r entries"], widths: tuple[int, ...]) -> list[tuple[np.ndarray, ...]]:
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    cuts = np.cumsum([a * b for a, b in shapes])[:-1]
    return [tuple(w.reshape(s) for w, s in zip(np.split(row, cuts), shapes, strict=True)) for row in weights]


def _largest(weights: np.ndarray, sigma: np.ndarray, widths: tuple[int, ...]) -> np.ndarray:
    cases = zip(_layers(np.asarray(weights), widths), np.asarray(sigma), strict=True)
    return np.array([float(closed.gaussian_share(layers, float(s))[-1]) for layers, s in cases])


def _average(weights: np.ndarray, sigma: np.ndarray, widths: tuple[int, ...]) -> np.ndarray:
    """Mean squared canonical correlation, from the same covariances as the measurement."""
    means = []
    for layers, s in zip(_layers(np.asarray(weights), widths), np.asarray(sigma), strict=True):
        joint, n = propagated(layers, float(s)), widths[0]
        means.append(np.trace(joint[:n, n:] @ np.linalg.solve(joint[n:, n:], joint[n:, :n])) / n)
    return np.array(means)


GAUSSIAN_SHARE = Theory(
    inputs=lambda weights, noises: {"weights": weights, "noise": noises},
    observe=lambda left: left,
    predict=lambda weights, noise, widths: _largest(weights, noise, widths),
    rivals={
        "a tenth less": lambda weights, noise, widths: 0.9 * _largest(weights, noise, widths),
        "average direction": lambda weights, noise, widths: _average(weights, noise, widths),
    },
    margin=lambda: 1.0,
    axes=lambda: Axes(y_label="share of a signal's information behind the last layer"),
    extras={"tolerance": lambda: 1e-11},
    rests_on=(closed.gaussian_share,),
)
