"""Outputs of wide convolutional networks on handwritten digits, flattened or pooled before the readout."""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels import gradient_flow as closed
from theory.kernels.architecture import kernels
from theory.kernels.dense import Kernels
from theory.networks import Activation, Architecture, Conv, Dense, Flatten, GlobalPool
from validations.core.optimizers import GradientDescent
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import Replicates, train
from validations.kernels import digit_sizes
from validations.kernels.claims.digit_images import DigitImages

ENDS = {"flattened": Flatten(), "pooled": GlobalPool()}
RELU = Activation("relu")
ROOT = 2**0.5
READOUT = 0.5**0.5  # starts are then half as far from zero as the labels
TOGETHER = 8  # networks in training at once, so that their activations stay in the cache


def simulate(config: DigitImages, keys: PRNGKeyArray) -> Measurement:
    """Both networks of a replicate are trained as one, whose loss is the sum of theirs."""
    order, starts = _drawn(config, keys)
    drawn = config.test + np.argsort(order, 1)[:, : config.train]
    _, x, y = images(config.pixels, config.test + config.pool)
    at = [0, *(round(t / config.step) for t in config.times)]
    run = train(
        _loss(config),
        starts,
        (jnp.asarray(windows(x, config.window)[drawn]), jnp.asarray(y[drawn])),
        method=GradientDescent(config.step),
        steps=at[-1],
        record=_record(config),
        at=at,
        replicates=Replicates(own_data=True, together=TOGETHER),
    )
    values = np.asarray(run.values).swapaxes(1, 2)
    return Measurement(
        start={"drawn": drawn, "first": values[:, :, 0]}, data={"outputs": values[:, :, 1:, config.train :]}
    )


def _drawn(config: DigitImages, keys: PRNGKeyArray) -> tuple[Float[np.ndarray, "r pool"], dict[str, Any]]:
    """What orders the digits to learn from, and the networks: standard normal numbers, all drawn at once."""
    shapes = {end: jax.eval_shape(by_windows(config, end).init, jax.random.key(0)) for end in ENDS}
    leaves, tree = jax.tree.flatten(shapes)
    ends = np.cumsum([config.pool, *(leaf.size for leaf in leaves)])
    drawn = np.asarray(_normal(int(ends[-1]))(keys))
    order, *parts, _ = np.split(drawn, ends, axis=1)
    weights = [jnp.asarray(part.reshape(-1, *leaf.shape)) for part, leaf in zip(parts, leaves, strict=True)]
    return order, jax.tree.unflatten(tree, weights)


@lru_cache(maxsize=4)
def _normal(count: int):
    return quickly_compiled(jax.vmap(lambda key: jax.random.normal(key, (count,))))


def by_windows(config: DigitImages, end: str) -> Architecture:
    """The network whose convolution is a dense layer at every position, of what the window sees there: it trains in
    less time than a convolution does."""
    positions, entries = (config.pixels - config.window + 1) ** 2, config.window**2
    return Architecture((positions, entries), (Dense(config.width, ROOT), *_after(end)))


def network(end: str, pixels: int, window: int) -> Architecture:
    """What the kernels are of."""
    first = Conv(1, (window, window), padding="valid", sigma_w=ROOT)
    return Architecture((pixels, pixels, 1), (first, *_after(end)))


def _after(end: str) -> tuple:
    return RELU, ENDS[end], Dense(1, READOUT)


def images(
    pixels: int, count: int
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """Rows of mean square one over the data set, the same as images, labels 1 for odd and -1 for even digits."""
    x, y = (np.asarray(a)[:count] for a in digit_sizes.images(pixels))
    return x, x.reshape(count, pixels, pixels), y


def windows(x: Float[np.ndarray, "n side side"], size: int) -> Float[np.ndarray, "n positions entries"]:
    """What a convolution sees at each position."""
    cut = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return cut.reshape(len(x), -1, size**2)


@lru_cache(maxsize=4)
def _loss(config: DigitImages):
    """One function object a configuration, so that every cell trains by the same program."""
    return lambda params, data: 0.5 * ((_outputs(config, params, data[0]) - data[1]) ** 2).mean(1).sum()


@lru_cache(maxsize=4)
def _record(config: DigitImages):
    asked = jnp.asarray(windows(images(config.pixels, config.test)[1], config.window))
    return lambda params, data: _outputs(config, params, jnp.concatenate([data[0], asked]))


def _outputs(config: DigitImages, params: dict, x: Float[Array, "n positions entries"]) -> Float[Array, "ends n"]:
    return jnp.stack([by_windows(config, end).apply(params[end], x)[:, 0] for end in ENDS])


@lru_cache(maxsize=8)
def grams(which: str, pixels: int, window: int, count: int) -> Kernels:
    """Both kernels among the first digits; "dense" is the network of one hidden layer that sees all pixels alike."""
    rows, squares, _ = images(pixels, count)
    if which == "dense":
        net = Architecture((pixels**2,), (Dense(1, ROOT), RELU, Dense(1, READOUT)))
        return quickly_compiled(lambda x: kernels(net, x))(jnp.asarray(rows))
    return kernels(network(which, pixels, window), squares[..., None])


@quickly_compiled
def _flows(times: Array, gram: Array, y: Array, drawn: Array, first: Array) -> Float[Array, "r times test"]:
    """By replicate, one after the other: batches of eigenvalue problems that wait for the same threads can wait for
    ever."""
    test = first.shape[1] - drawn.shape[1]

    def one(given: tuple[Array, Array]) -> Array:
        rows, start = given
        missing = (y[rows] - start[: len(rows)])[:, None]
        added = closed.flow_mean(times, gram[rows[:, None], rows[None]], gram[:test][:, rows], missing)
        return start[None, len(rows) :] + added[..., 0]

    return jax.lax.map(one, (drawn, first))


def predicted(
    end: str, shown: int, times, drawn, first, test: int, pool: int, pixels: int, window: int,
    which: str = "", kernel: str = "ntk", factor: float = 1.0,
) -> Float[np.ndarray, "r times shown"]:  # fmt: skip
    """What networks of this end would say if they followed a kernel: their own, or that of another network."""
    K = getattr(grams(which or end, pixels, window, test + pool), kernel)
    own = np.asarray(first)[:, list(ENDS).index(end)]
    y = images(pixels, test + pool)[2]
    said = _flows(factor * np.asarray(times), *map(jnp.asarray, (K, y, drawn, own)))
    return np.asarray(said)[..., :shown]


def _as_if(end: str, **changes):
    return lambda times, shown, drawn, first, test, pool, pixels, window: predicted(
        end, shown, times, drawn, first, test, pool, pixels, window, **changes
    )


def _theory(end: str, rival: str) -> Theory:
    return Theory(
        inputs=lambda drawn, first, shown: {"drawn": drawn, "first": first, "digit": np.arange(1, shown + 1)},
        observe=lambda outputs, shown: np.asarray(outputs)[:, list(ENDS).index(end), :, :shown],
        predict=_as_if(end),
        rivals={
            "half the time": _as_if(end, factor=0.5),
            "dense": _as_if(end, which="dense"),
            "last layer alone": _as_if(end, kernel="nngp"),
            rival: _as_if(end, which=rival),
        },
        margin=lambda: 0.05,
        axes=lambda times: Axes(
            x="digit", x_label="test digit", y_label="output", series=tuple(f"t = {t:g}" for t in times)
        ),
        rests_on=(closed.flow_mean, kernels),
    )


def errors(outputs: Array, test: int, pixels: int) -> Float[np.ndarray, "r ends times"]:
    """Squared, averaged over the digits asked."""
    return ((np.asarray(outputs) - images(pixels, test)[2]) ** 2).mean(-1)


def _lag(outputs: Array, test: int, pixels: int) -> Float[np.ndarray, " r"]:
    flattened, pooled = errors(outputs, test, pixels)[:, :, -1].T
    return pooled - flattened


FLATTENED = _theory("flattened", "pooled")
POOLED = _theory("pooled", "flattened")
LATER = Theory(
    observe=_lag,
    predict=lambda: 0.0,
    rivals={"equal": lambda: 0.0, "reverse": lambda: -0.2},
    margin=lambda: 0.1,
    axes=lambda: Axes(y_label="squared error of pooled networks less that of flattened ones"),
)
