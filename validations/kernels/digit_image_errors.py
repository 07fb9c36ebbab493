"""How much ensembles of flattened and of pooled networks err on digits: bias and spread together."""

from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.kernels import gradient_flow as closed
from theory.kernels.architecture import kernels
from theory.kernels.gradient_flow import Prediction, TrainTest
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Theory
from validations.kernels.digit_images import ENDS, errors, grams, images


@partial(quickly_compiled, static_argnames="test")
def _flows(times: Array, ntk: Array, nngp: Array, y: Array, drawn: Array, test: int) -> dict[str, Array]:
    """Squared error by replicate, one after the other, and time: of all layers trained and of the last one alone."""

    def error(flow: Prediction) -> Float[Array, " times"]:
        bias, variance = flow.mean[..., 0] - y[:test], jnp.diagonal(flow.covariance, axis1=1, axis2=2)
        return (bias**2 + variance).mean(-1)

    def one(rows: Array) -> dict[str, Array]:
        whole, last = (TrainTest(K[rows[:, None], rows], K[:test, rows], K[:test, :test]) for K in (ntk, nngp))
        seen = y[rows, None]
        flows = {"ntk": closed.ntk_ensemble(times, whole, last, seen), "nngp": closed.nngp_flow(times, last, seen)}
        return {name: error(flow) for name, flow in flows.items()}

    return jax.lax.map(one, drawn)


@lru_cache(maxsize=8)
def _of(end: str, times: tuple[float, ...], drawn: bytes, sets: int, test: int, pool: int, pixels: int, window: int):
    """Kept: claims and rivals ask for the same times again."""
    rows = jnp.asarray(np.frombuffer(drawn, np.int64).reshape(sets, -1))
    nngp, ntk = grams(end, pixels, window, test + pool)
    y = jnp.asarray(images(pixels, test + pool)[2])
    return jax.tree.map(np.asarray, _flows(jnp.asarray(times), ntk, nngp, y, rows, test=test))


def predicted(
    times, drawn, test: int, pool: int, pixels: int, window: int, factor: float = 1.0, flow: str = "ntk"
) -> Float[np.ndarray, "r ends times"]:
    """Expected squared error of either network, "ntk" if all layers are trained, "nngp" if the last one alone."""
    rows, at = np.ascontiguousarray(drawn, np.int64), tuple(factor * float(t) for t in times)
    return np.stack([_of(end, at, rows.tobytes(), len(rows), test, pool, pixels, window)[flow] for end in ENDS], 1)


def _as_if(ends: int = 1, **changes):
    """Exchanged if the ends are taken by steps of -1."""
    return lambda times, drawn, test, pool, pixels, window: predicted(
        times, drawn, test, pool, pixels, window, **changes
    )[:, ::ends]


ERRORS = Theory(
    inputs=lambda times, drawn: {"drawn": drawn, "time": np.asarray(times)},
    observe=errors,
    predict=_as_if(),
    rivals={
        "half the time": _as_if(factor=0.5),
        "last layer alone": _as_if(flow="nngp"),
        "exchanged": _as_if(ends=-1),
    },
    margin=lambda: 0.045,
    axes=lambda: Axes(x="time", x_label="time", y_label="squared error on digits not seen", series=tuple(ENDS)),
    rests_on=(closed.ntk_ensemble, closed.nngp_flow, kernels),
)
