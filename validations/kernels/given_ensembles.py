"""Claims on ensembles of a network of yours after training: their mean and covariance at any time.

A file of yours names what it gets, so that a worker finds it:

    from theory.kernels.neural_tangents import StaxNetwork, load
    from validations.kernels.given_ensembles import Task, ensembles

    stax = load().stax
    NETWORK = StaxNetwork(stax.serial(stax.Dense(512), stax.Erf(), stax.Dense(1)), inputs=(3,))
    SIMULATE, MEAN, COVARIANCE, CLAIMS = ensembles("mine/erf", NETWORK, Task(x, y, unseen))

and `limitlab validate mine.py` says whether trained networks are the Gaussian process of the two kernels.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels import gradient_flow as closed
from theory.kernels.gradient_flow import Prediction, TrainTest
from theory.networks import Architecture, Network
from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival
from validations.core.optimizers import GradientDescent
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import Replicates, train
from validations.kernels.given import Infinite, described, fingerprint

TOGETHER = 1  # networks in training at once: convolutions of several are slower than one after the other
FINE = 0.2  # of the largest step at which descent is stable: a coarser one is no flow
FAR = 1e-6  # rivals nearer than this to the prediction, in units of the targets, are the prediction


class Task(NamedTuple):
    """What is learned and where it is asked.

    Attributes:
        x, y: training inputs, and targets (inputs, outputs of the network).
        unseen: inputs at which the trained networks are compared with theory.
    """

    x: Float[np.ndarray, "n ..."]
    y: Float[np.ndarray, "n outputs"]
    unseen: Float[np.ndarray, "m ..."]


@dataclass(frozen=True, kw_only=True)
class Trained(Configuration):
    """Ensembles of a given network, trained by gradient descent on half the mean squared error.

    Attributes:
        networks: of a replicate, between which the covariance is taken.
        times: of gradient flow at which the networks are looked at.
        steps: of descent until the last of the times.
        network: fingerprint of network and task, by which records of others are told apart.
    """

    networks: int = 8
    times: tuple[float, ...] = (1.0,)
    steps: int = 320
    network: str = ""

    positive = ("times", "steps")
    between = {"networks": (2, 10000)}


class Ensembles(NamedTuple):
    """What a file of claims names at its top level."""

    simulate: Any
    mean: Theory
    covariance: Theory
    claims: tuple[Claim, ...]


def ensembles(
    name: str,
    network: Infinite | Network | Architecture,
    task: Task,
    times: tuple[float, ...] | None = None,
    replicates: int = 256,
    steps: int = 320,
) -> Ensembles:
    """Two claims on trained networks: the mean of the ensemble, and its covariance between unseen inputs.

    Args:
        name: of the claims, "theme/noun".
        network: any `Infinite`, such as a `StaxNetwork`; or a description of ours in the NTK parametrization.
        task: what is learned.
        times: of gradient flow; unless given 1, 4 and 16 in units in which the kernel's largest eigenvalue is learned.
        replicates: at least 8, of eight networks each.
        steps: of descent until the last time.

    Raises:
        ValueError: targets that do not fit, steps that are too few for a flow, a network whose tangent kernel is its
            covariance (nothing but its last layer learns), a description of ours in another parametrization.
    """
    both = described(network)
    x, y, unseen = (np.asarray(part, float) for part in task)
    outputs = _outputs(both, x)
    if y.shape != (len(x), outputs) or not len(unseen):
        raise ValueError(
            f"y has shape {y.shape} and unseen {unseen.shape}; {len(x)} inputs of a network of {outputs} outputs need "
            f"y of shape {(len(x), outputs)}, and one unseen input or more"
        )
    process = _Process(both, x, y, unseen)
    pace = float(np.linalg.eigvalsh(process.ntk.train)[-1]) / y.size
    at = tuple(float(t) / pace for t in (1, 4, 16)) if times is None else tuple(times)
    settings: dict[str, Any] = {
        "times": at,
        "steps": steps,
        "network": fingerprint(both, np.concatenate([x, unseen]), y),
    }
    if at[-1] * pace / steps > 2 * FINE:
        raise ValueError(f"steps = {steps} until t = {at[-1]:g} are no flow; give {round(at[-1] * pace / FINE / 2)}")
    scales = {
        "smoke": Trained(replicates=replicates, **settings),
        "standard": Trained(replicates=4 * replicates, **settings),
    }
    process.check(np.asarray(at))
    simulate = _simulation(both, jnp.asarray(x), jnp.asarray(y), jnp.asarray(unseen))
    experiment = Experiment(
        id=f"{name}_ensembles",
        title=f"Ensembles of {name} in training",
        code=simulate,
        scales=scales,
        cell=32,
    )
    mean, covariance = process.theory("mean"), process.theory("covariance")
    claims = _claim(name, "mean", experiment, mean), _claim(name, "covariance", experiment, covariance)
    return Ensembles(simulate, mean, covariance, claims)


def _outputs(network: Infinite, x: Float[np.ndarray, "n ..."]) -> int:
    shapes = jax.eval_shape(network.init, jax.random.key(0))
    return jax.eval_shape(network.apply, shapes, jnp.asarray(x)).size // len(x)


def _simulation(network: Infinite, x: Array, y: Array, unseen: Array) -> Any:
    """One function object for loss and record, so that every cell trains by the same program."""
    every, n = jnp.concatenate([x, unseen]), len(x)

    def outputs(params: Any, x: Float[Array, "n ..."]) -> Float[Array, "n outputs"]:
        return network.apply(params, x).reshape(len(x), -1)

    def loss(params: Any, data: tuple[Array, Array]) -> Float[Array, ""]:
        return 0.5 * jnp.mean((outputs(params, data[0]) - data[1]) ** 2)

    def record(params: Any) -> Float[Array, "m outputs"]:
        return outputs(params, every)

    start = jax.jit(jax.vmap(network.init))

    def simulate(config: Trained, keys: PRNGKeyArray) -> Measurement:
        own = jax.vmap(lambda key: jax.random.split(key, config.networks))(keys).reshape(-1)
        step = config.times[-1] / config.steps
        at = [0, *(round(t / step) for t in config.times)]
        method, how = GradientDescent(step), Replicates(together=TOGETHER)
        run = train(loss, start(own), (x, y), method=method, steps=at[-1], record=record, at=at, replicates=how)
        values = run.values.reshape(len(keys), config.networks, *run.values.shape[1:])
        return Measurement(start={"first": values[:, :, 0].mean(1)}, data={"outputs": values[:, :, 1:, n:]})

    return simulate


def _mean(outputs: Float[np.ndarray, "r networks t m o"]) -> np.ndarray:
    """Of the ensemble: replicate, time, unseen input and output."""
    mean = np.asarray(outputs).mean(1)
    return mean.reshape(*mean.shape[:2], -1)


def _covariance(outputs: Float[np.ndarray, "r networks t m o"]) -> np.ndarray:
    """Between networks, averaged over outputs: replicate, time, pair of unseen inputs."""
    apart = np.asarray(outputs) - np.asarray(outputs).mean(1, keepdims=True)
    networks, count = apart.shape[1], apart.shape[-1]
    return _pairs(np.einsum("rntmo,rntko->rtmk", apart, apart) / ((networks - 1) * count))


def _pairs(matrix: np.ndarray) -> np.ndarray:
    rows, columns = np.triu_indices(matrix.shape[-1])
    return np.asarray(matrix)[..., rows, columns]


class _Process:
    """The Gaussian process that theory says the ensemble is, and those that it is not."""

    def __init__(self, network: Infinite, x: np.ndarray, y: np.ndarray, unseen: np.ndarray) -> None:
        self.network, self.y, self.n, self.m = network, y, len(x), len(unseen)
        every = jnp.asarray(np.concatenate([x, unseen]))
        self.ntk, self.nngp = (self._split(kernel(every)) for kernel in (network.ntk, network.nngp))

    def _split(self, gram: Array) -> TrainTest:
        n = self.n
        return TrainTest(gram[:n, :n], gram[n:, :n], gram[n:, n:])

    def of(self, which: str, t: np.ndarray, y: np.ndarray) -> Prediction:
        """The ensemble, the flow of one of the kernels, or the ensemble at another time."""
        if which in ("nngp", "ntk"):
            return closed.nngp_flow(t, getattr(self, which), y)
        scale = {"ensemble": 1.0, "half the time": 0.5, "start": 0.0}[which]
        return closed.ntk_ensemble(scale * t, self.ntk, self.nngp, y)

    def mean(self, which: str, t: np.ndarray, first: Float[np.ndarray, "r n+m o"]) -> np.ndarray:
        """Given the mean output of each replicate's networks at their starts: replicate, time, input and output."""
        missing = np.moveaxis(self.y - first[:, : self.n], 0, 1).reshape(self.n, -1)
        added = np.asarray(self.of(which, t * len(first), missing).mean)  # times are over inputs times outputs
        added = np.moveaxis(added.reshape(len(t), self.m, len(first), -1), 2, 0)
        return (first[:, None, self.n :] + added).reshape(len(first), len(t), -1)

    def numbers(self, quantity: str, which: str, t: np.ndarray, first: np.ndarray | None = None) -> np.ndarray:
        if quantity == "mean":
            centered = np.zeros((1, self.n + self.m, self.y.shape[1]))
            return self.mean(which, t, centered if first is None else first)
        return _pairs(np.asarray(self.of(which, t, self.y).covariance))

    def margin(self, quantity: str, t: np.ndarray) -> float:
        ours = self.numbers(quantity, "ensemble", t)
        return min(float(np.abs(ours - self.numbers(quantity, r, t)).max()) for r in RIVALS[quantity].values()) / 4

    def check(self, t: np.ndarray) -> None:
        scale = float(np.abs(self.y).max())
        if min(self.margin("mean", t), self.margin("covariance", t)) < FAR * scale:
            raise ValueError(
                "nothing tells training all of this network from training its last layer; give it a hidden layer, and "
                "unseen inputs that the training moves"
            )

    def theory(self, quantity: str) -> Theory:
        def of(which: str) -> Any:
            if quantity == "mean":
                return lambda times, first: self.numbers(quantity, which, np.asarray(times), first)
            return lambda times: self.numbers(quantity, which, np.asarray(times))

        return Theory(
            inputs=(lambda first: {"first": np.asarray(first)}) if quantity == "mean" else dict,
            observe=(lambda outputs: _mean(outputs)) if quantity == "mean" else (lambda outputs: _covariance(outputs)),
            predict=of("ensemble"),
            rivals={name: of(which) for name, which in RIVALS[quantity].items()},
            margin=lambda times: self.margin(quantity, np.asarray(times)),
            axes=lambda times: Axes(y_label=f"{quantity} of the ensemble", series=tuple(f"t = {t:.3g}" for t in times)),
            rests_on=(closed.ntk_ensemble,),
        )


RIVALS = {
    "mean": {"half the time": "half the time", "last layer alone": "nngp"},
    "covariance": {"last layer alone": "nngp", "tangent posterior": "ntk", "start": "start"},
}
WHY = {
    "half the time": Rival("half the time", "a loss without the factor one half", near=True),
    "last layer alone": Rival("last layer alone", "the flow of the NNGP kernel, a posterior in the end"),
    "tangent posterior": Rival("tangent posterior", "a Gaussian process whose prior covariance is the tangent kernel"),
    "start": Rival("start", "training moves the mean alone"),
}


def _claim(name: str, quantity: str, experiment: Experiment, code: Theory) -> Claim:
    mean = quantity == "mean"
    return Claim(
        id=f"{name}_trained_{quantity}",
        title=f"The {quantity} of trained networks of {name} is that of the tangent ensemble",
        kind="mean",
        statement=r"\bar f_t(x_*) = \bar f_0(x_*) + A_t\,(y - \bar f_0(X)),\quad"
        r" A_t = \Theta_* \Theta^{-1} \bigl(1 - e^{-\Theta t/N}\bigr)"
        if mean
        else r"\mathrm{Cov} f_t = K_{**} + A_t K A_t^\top - A_t K_*^\top - K_* A_t^\top",
        assumptions=(
            "gradient flow on half the mean squared error over examples and outputs, all parameters trained",
            "as wide as it is given; corrections of order 1/width are inside the margin",
            *(("given the mean output of the ensemble at its starts",) if mean else ()),
        ),
        experiment=experiment,
        code=code,
        rivals=tuple(WHY[rival] for rival in RIVALS[quantity]),
        no_near_rival="" if mean else "the rivals are the other processes that the same two kernels define",
        margin=Margin("rival", "a quarter of the largest distance to the nearest rival"),
    )
