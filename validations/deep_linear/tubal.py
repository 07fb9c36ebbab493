"""Tubal factorizations trained by descent, products of tubes summed term by term."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.deep_linear import modes, tubal
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.chains import recorded_steps, recorded_times
from validations.deep_linear.claims.tubal import TubalSensing, TubalTraining

Tensor = Float[Array, "n m k"]
Rows = tuple[tuple[float, ...], ...]


def simulate(config: TubalTraining, keys: PRNGKeyArray) -> Measurement:
    drawn = recorded_steps(config.step, config.curve_time, config.points)
    at = np.append(drawn, round(config.final_time / config.step))
    modes_counted = len(config.strengths[0])
    tubes, starts = gaussian_tubes(
        keys, (config.size, modes_counted, config.length), (config.size, config.width, config.length)
    )
    targets = synthesis(config.strengths, tubes)
    starts = starts / np.sqrt(config.width)
    loss = lambda u, target: 0.25 * jnp.sum((target - square(u)) ** 2)
    scales = np.asarray((config.curve_scale, *config.scales))[:, None, None, None]
    squares = descents(loss, scales * starts[:, None], targets, config.step, at)
    errors = np.sqrt(np.sum((squares[:, 1:, -1] - targets[:, None]) ** 2, axis=(2, 3, 4)))
    learned = along_modes(squares[:, 0, :-1], targets, modes_counted)
    return Measurement(
        start={"target": targets, "factor": config.curve_scale * starts},
        data={"strengths_learned": learned, "errors": errors},
    )


def simulate_sensing(config: TubalSensing, keys: PRNGKeyArray) -> Measurement:
    n, k = config.size, config.length
    tubes, starts, drawn = gaussian_tubes(keys, (n, config.rank, k), (n, n, k), (config.measurements, n, n, k))
    targets = synthesis(((1.0,) * config.rank,) * (k // 2 + 1), tubes)
    probes = (0.5 * (drawn + backwards(drawn))).reshape(len(drawn), config.measurements, -1)

    def loss(u: Tensor, seen: tuple[Tensor, Array]) -> Float[Array, ""]:
        target, probes = seen
        return 0.25 * jnp.mean((probes @ (square(u) - target).ravel()) ** 2)

    starts = np.asarray(config.scales)[:, None, None, None] * starts[:, None] / np.sqrt(n)
    found = descents(loss, starts, (targets, probes), config.step, np.array([config.steps]))[:, :, 0]
    gaps = found - targets[:, None]
    errors = np.sqrt(np.sum(gaps**2, axis=(2, 3, 4)) / np.sum(targets**2, axis=(1, 2, 3))[:, None])
    values = np.linalg.svd(np.moveaxis(np.fft.fft(found, axis=-1), -1, 2), compute_uv=False)
    counts = np.sum(values > config.counted * values.max(axis=(2, 3), keepdims=True), axis=3).max(axis=2)
    return Measurement(start={"target": targets}, data={"errors": errors, "ranks": counts.astype(float)})


def gaussian_tubes(keys: PRNGKeyArray, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Independent standard Gaussian entries of each shape, replicates leading."""

    sizes = [math.prod(shape) for shape in shapes]
    draw = quickly_compiled(jax.vmap(lambda key: jax.random.normal(key, (sum(sizes),))))  # one program for all shapes
    pieces = np.split(np.asarray(draw(keys)), np.cumsum(sizes)[:-1], axis=1)
    return [piece.reshape(len(keys), *shape) for piece, shape in zip(pieces, shapes, strict=True)]


def square(u: Tensor) -> Tensor:
    """U * U': tubes correlated with tubes, term by term."""
    k = u.shape[2]
    later = np.eye(k)[(np.arange(k)[:, None] + np.arange(k)[None, :]) % k]
    return jnp.einsum("irx,tsx,lrs->ilt", u, later, u)


def backwards(tensors: Float[np.ndarray, "... n n k"]) -> Float[np.ndarray, "... n n k"]:
    k = tensors.shape[-1]
    return np.stack([tensors[..., -j % k].swapaxes(-1, -2) for j in range(k)], axis=-1)


def synthesis(strengths: Rows, tubes: Float[np.ndarray, "r n modes k"]) -> Float[np.ndarray, "r n n k"]:
    """Real tensors whose Fourier slices are strengths times projections on random directions, written as cosines."""
    k = tubes.shape[-1]
    total = np.zeros((*tubes.shape[:2], tubes.shape[1], k))
    for f, row in enumerate(strengths):
        turns = 2 * np.pi * f * np.arange(k) / k
        basis, _ = np.linalg.qr(tubes @ np.exp(-1j * turns))
        piece = ((basis * np.asarray(row)) @ basis.conj().swapaxes(1, 2))[..., None]
        twice = 1 if f in (0, k / 2) else 2
        total += twice * (piece.real * np.cos(turns) - piece.imag * np.sin(turns)) / k
    return total


def descents(
    loss: Callable[..., Array], starts: np.ndarray, data: Any, step: float, at: np.ndarray
) -> Float[np.ndarray, "replicates scales at n n k"]:
    """U * U' after the numbers of steps, for every replicate and scale."""
    one = lambda start, seen: descent(lambda u: loss(u, seen), start, step, at)
    return np.asarray(quickly_compiled(jax.vmap(jax.vmap(one, in_axes=(0, None))))(starts, data))


def descent(loss: Callable[[Tensor], Array], start: Tensor, step: float, at: np.ndarray) -> Float[Array, "at n n k"]:
    """U * U' after the numbers of steps."""

    def onward(u: Tensor, count: Array) -> tuple[Tensor, Tensor]:
        u = jax.lax.fori_loop(0, count, lambda _, v: v - step * jax.grad(loss)(v), u)
        return u, square(u)

    return jax.lax.scan(onward, start, jnp.asarray(np.diff(at, prepend=0)))[1]


def along_modes(squares: np.ndarray, targets: np.ndarray, count: int) -> np.ndarray:
    """(replicates, frequencies x modes, points): shares of the tensors along the target's eigenvectors."""
    k = targets.shape[-1]
    rows = []
    for f in range(k // 2 + 1):
        wave = np.exp(-2j * np.pi * f * np.arange(k) / k)
        _, vectors = np.linalg.eigh(targets @ wave)
        top = vectors[:, :, ::-1][:, :, :count]
        rows.append(np.einsum("ria,rtij,rja->rat", top.conj(), squares @ wave, top).real)
    return np.concatenate(rows, axis=1)


def exact_paths(t: Array, factor: Array, target: Array) -> Array:
    return jax.vmap(lambda u, s: tubal.tubal_path(t, u, s))(factor, target)


_paths = one_program(exact_paths)


def exact(t: np.ndarray, target: Array, factor: Array, modes_counted: int, clock: float = 1.0) -> np.ndarray:
    path = _paths(clock * t, np.asarray(factor), np.asarray(target))
    return along_modes(np.asarray(path), np.asarray(target), modes_counted)


def unitary(t: np.ndarray, target: Array, factor: Array, modes_counted: int) -> np.ndarray:
    """Slices and factors of the normalized transform put into the same formula: slower by the root of k."""
    k = target.shape[-1]
    return exact(t, target, np.asarray(factor) / k**0.25, modes_counted, clock=k**-0.5)


def alone(t: np.ndarray, target: Array, factor: Array, modes_counted: int, strengths: Rows) -> np.ndarray:
    starts = np.asarray(jax.vmap(square)(jnp.asarray(factor)))[:, None]
    first = along_modes(starts, np.asarray(target), modes_counted)
    s = np.sort(np.asarray(strengths), axis=1)[:, ::-1].reshape(1, -1, 1)
    return np.asarray(modes.balanced_mode(t[None, None, :], s, first))


def _inputs(target: Array, factor: Array, strengths: Rows, step: float, curve_time: float, points: int) -> dict:
    times = recorded_times(step, curve_time, points)
    return {"t": times, "target": target, "factor": factor, "modes_counted": len(strengths[0])}


def _names(strengths: Rows) -> tuple[str, ...]:
    return tuple(f"frequency {f}, s = {s:g}" for f, row in enumerate(strengths) for s in sorted(row, reverse=True))


TUBAL_FLOW = Theory(
    inputs=_inputs,
    observe=lambda strengths_learned: strengths_learned,
    predict=exact,
    rivals={
        "unitary frequencies": unitary,
        "half the squared error": lambda t, target, factor, modes_counted: exact(t, target, factor, modes_counted, 2.0),
        "modes alone": alone,
    },
    margin=lambda strengths: 0.02 * max(max(row) for row in strengths),
    axes=lambda strengths: Axes(x="t", x_label="time t", y_label="strength learned", series=_names(strengths)),
    rests_on=(tubal.tubal_path,),
)

TUBAL_EXCESS = Theory(
    inputs=lambda scales: {"sizes": 1 / np.asarray(scales)},
    observe=lambda errors: errors,
    predict=lambda: -2.0,
    rivals={"linear": lambda: -1.0, "fourth power": lambda: -4.0, "none": lambda: 0.0},
    margin=lambda: 0.1,
    axes=lambda: Axes(x="sizes", x_label="1 / scale of the start", y_label="error", x_scale="log", y_scale="log"),
    extras={"sizes": lambda sizes: sizes},
)

TUBAL_RANK = Theory(
    observe=lambda ranks: ranks[:, 0],
    predict=lambda rank: float(rank),
    rivals={
        "one more": lambda rank: rank + 1.0,
        "rank of the slices side by side": lambda rank, size, length: float(min(size, rank * length)),
        "width of the factor": lambda size: float(size),
    },
    margin=lambda: 1 / 3,
    axes=lambda: Axes(y_label="tubal rank found"),
)

TUBAL_START = Theory(
    observe=lambda errors: np.log10(errors[:, 1] / errors[:, 0]),
    predict=lambda: 0.0,
    rivals={"forgotten start": lambda: 0.0, "kept start": lambda: -1.0},
    margin=lambda: 1.0,
    axes=lambda: Axes(y_label="decades of error that the small start gains"),
)
