r"""Early alignment of two-layer ReLU networks: what small neurons do before the loss moves.

A network $f(x) = \sum_j v_j\,(w_j \cdot x)_+$ starts balanced, $|v_j| = |w_j|$, and so small that all examples keep the
error signal of a zero output, under a loss summed over examples with slope -1 there (exponential, twice the logistic).
Then each neuron is driven alone, $\dot w = v g$ and $\dot v = w \cdot g$ with
$g = \sum_{w \cdot x_i > 0} y_i x_i$: while its pattern of active examples lasts it undergoes a Lorentz boost along g,
of rapidity $|g|\,t$ (derived here).

Where examples are separated, $y_i y_j \cos(x_i, x_j) \ge \mu > 0$, every active example moves every neuron of positive
output weight towards its own class and away from the other, so that each example changes sides at most once, and all
that follows is exact (the setting and the order of the time are those of Min, Mallada and Vidal 2023,
arXiv 2307.12851; forms and constants here are derived, not theirs).
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, within
from theory.deep_linear.arguments import times_after_zero


class Segments(NamedTuple):
    """A neuron's boosts in order: from when, from where, and driven by what; the last, since `since`, lasts forever."""

    starts: Float[Array, " events"]
    weights: Float[Array, "events d"]
    sizes: Float[Array, " events"]
    drives: Float[Array, "events d"]
    since: Float[Array, ""]
    sorted_at: Float[Array, " n"]


@closed_form
def separation(inputs: Float[ArrayLike, "n d"], labels: Float[ArrayLike, " n"]) -> Float[Array, ""]:
    r"""How well two classes are separated: $\mu = \min_{i, j}\, y_i y_j \cos(x_i, x_j)$ (Min et al. 2023).

    Raises:
        ValueError: an input of length zero, or labels other than 1 and -1.

    >>> round(separation(jnp.array([[2.0, 0.0], [-1.0, 1.0]]), jnp.array([1.0, -1.0])).item(), 6)
    0.707107
    """
    x, y = _examples(inputs, labels)
    signed = y[:, None] * x / _norm(x)[:, None]
    return jnp.clip((signed @ signed.T).min(), -1.0, 1.0)


@closed_form
def alignment_angle(
    angle: Float[ArrayLike, "..."], drive: Float[ArrayLike, "..."], t: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""The angle between a neuron and its constant drive, $\tan\frac{\theta(t)}{2} = \tan\frac{\theta(0)}2\,e^{-|g|t}$.

    The neuron's output weight is positive and as large as its input weights; the angle falls as $|g| \sin\theta$.

    Args:
        angle: at the start, in [0, pi].
        drive: $|g|$, the length of the sum of the active examples, signed by their labels.
        t: time, of either sign.

    Raises:
        ValueError: an angle outside [0, pi], or a negative drive.

    >>> round(float(alignment_angle(jnp.pi / 2, 1.0, jnp.log(1 + jnp.sqrt(2.0))) / jnp.pi), 6)
    0.25
    """
    theta, g, t = together(angle=angle, drive=drive, t=t)
    theta = within("angle", theta, (theta >= 0) & (theta <= jnp.pi), "angles from 0 to pi")
    g = within("drive", g, g >= 0, "lengths at or above zero")
    return 2 * jnp.arctan2(jnp.sin(theta / 2) * jnp.exp(-g * t), jnp.cos(theta / 2))


@closed_form
def balanced_growth(
    cosine: Float[ArrayLike, "..."], drive: Float[ArrayLike, "..."], t: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""How a neuron's length grows under a constant drive, $|w(t)|/|w(0)| = \cosh|g|t + \cos\theta(0)\,\sinh|g|t$.

    Args:
        cosine: of the first angle between neuron and drive, in [-1, 1].
        drive: $|g|$.
        t: time.

    Raises:
        ValueError: a cosine outside [-1, 1], or a negative drive.

    >>> round(float(balanced_growth(1.0, 2.0, 0.5)), 6)  # e
    2.718282
    """
    c, g, t = together(cosine=cosine, drive=drive, t=t)
    c = within("cosine", c, (c >= -1) & (c <= 1), "cosines from -1 to 1")
    g = within("drive", g, g >= 0, "lengths at or above zero")
    # along the drive only one exponential is there, and the other may overflow
    growing, falling = (jnp.where(part > 0, part * jnp.exp(x), 0.0) for part, x in ((1 + c, g * t), (1 - c, -g * t)))
    return (growing + falling) / 2


@closed_form
def early_neurons(
    inputs: Float[ArrayLike, "n d"],
    labels: Float[ArrayLike, " n"],
    neurons: Float[ArrayLike, "h d"],
    signs: Float[ArrayLike, " h"],
    t: Float[ArrayLike, " times"],
) -> Float[Array, "times h d"]:
    r"""Input weights at each time of the early phase: boost after boost, in the units of the start.

    Exact in the limit of small starts at fixed time; for neurons of length $\epsilon$ it errs by a share of
    $\epsilon^2$ that grows like the outputs themselves.

    Args:
        inputs: examples in rows.
        labels: 1 or -1.
        neurons: w at time zero, one a row; of no input exactly at right angles.
        signs: of the output weights v, 1 or -1.
        t: times at or after zero.

    Raises:
        ValueError: classes that are not separated (`separation` at or below zero), a neuron of length zero, labels or
            signs other than 1 and -1, a negative time.

    >>> x, y = jnp.eye(2) + 0.5, jnp.ones(2)
    >>> path = early_neurons(x, y, jnp.array([[1.0, -0.9]]), jnp.ones(1), jnp.array([0.0, 2.0]))
    >>> [[round(float(v), 3) for v in neuron[0]] for neuron in path]
    [[1.0, -0.9], [106.531, 104.064]]
    """
    x, y = _separated(inputs, labels)
    w, lengths, s = _neurons(neurons, signs, x)
    return lengths[None, :, None] * _paths(_segments(x, y, w, s), times_after_zero(t, x.dtype, "t"))


@closed_form
def sorting_times(
    inputs: Float[ArrayLike, "n d"],
    labels: Float[ArrayLike, " n"],
    neurons: Float[ArrayLike, "h d"],
    signs: Float[ArrayLike, " h"],
) -> Float[Array, "h n"]:
    r"""When each example comes to lie on its right side of each neuron, $v\,y_i\,(w \cdot x_i) > 0$, to stay there.

    Zero where it lies there from the start; infinite where the neuron has died before, with no active example left.
    Arguments and errors as of `early_neurons`.

    >>> x, y = jnp.eye(2) + 0.5, jnp.ones(2)
    >>> sorting_times(x, y, jnp.array([[1.0, -0.9], [-1.0, -1.0]]), jnp.ones(2)).round(4).tolist()
    [[0.0, 0.3528], [inf, inf]]
    """
    x, y = _separated(inputs, labels)
    w, _, s = _neurons(neurons, signs, x)
    return _segments(x, y, w, s).sorted_at


@closed_form
def growth_amplitude(
    inputs: Float[ArrayLike, "n d"],
    labels: Float[ArrayLike, " n"],
    neurons: Float[ArrayLike, "h d"],
    signs: Float[ArrayLike, " h"],
) -> Float[Array, " h"]:
    r"""The factor A in $|w(t)| \to A\,e^{|x_\pm| t}$, to which every neuron that lives settles before the loss moves.

    $x_\pm$ is the sum of the inputs of the class that the output weight votes for. Without a change of sides
    $A = |w|\,(1 + \cos\theta)/2$; zero for a neuron that dies. Arguments and errors as of `early_neurons`.

    >>> growth_amplitude(jnp.eye(2) + 0.5, jnp.ones(2), jnp.array([[3.0, 3.0]]), jnp.ones(1)).round(4).tolist()
    [4.2426]
    """
    x, y = _separated(inputs, labels)
    w, lengths, s = _neurons(neurons, signs, x)
    return lengths * _amplitudes(_segments(x, y, w, s))


@closed_form
def alignment_time_bound(separation: Float[ArrayLike, "..."], shortest: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""By when a neuron that votes right on the whole has sorted all examples: $\operatorname{arcosh}(1/\mu)/X_{\min}$.

    Holds in the early phase for every neuron with $v \sum_i y_i (w \cdot x_i)_+ \ge 0$ at the start and some active
    example, for any number of examples and any smallness of the start; two examples of one class attain it (derived
    here: the length grows at least as $\cosh X_{\min} t$, an example on the wrong side at cosine c at least as
    $-\sqrt{1 - \mu^2} + \mu \sinh X_{\min} t$). Min et al. (2023) have $O(\log n / \sqrt\mu)$ for unit inputs.

    Args:
        separation: $\mu$ in (0, 1].
        shortest: length of the shortest input.

    Raises:
        ValueError: a separation outside (0, 1], or a length at or below zero.

    >>> round(float(alignment_time_bound(0.5, 1.0)), 6)
    1.316958
    """
    mu, least = together(separation=separation, shortest=shortest)
    mu = within("separation", mu, (mu > 0) & (mu <= 1), "separations above zero and at most 1")
    least = within("shortest", least, least > 0, "lengths above zero")
    return jnp.log((1 + jnp.sqrt((1 - mu) * (1 + mu))) / mu) / least


@jax.jit
@partial(jax.vmap, in_axes=(None, None, 0, 0))
def _segments(x: Array, y: Array, neuron: Array, sign: Array) -> Segments:
    """All boosts of one neuron: at most one change of sides for each example."""
    votes = sign * y

    Flight = tuple[Array, Array, Array, Array, Array]  # now, weights, size, sides, times

    def step(state: Flight, _: None) -> tuple[Flight, tuple[Array, ...]]:
        now, w, size, right, when = state
        active = jnp.where(right, votes > 0, votes < 0)
        drive = sign * (jnp.where(active, y, 0.0) @ x)
        speed = _norm(drive)
        unit = drive / jnp.where(speed > 0, speed, 1.0)
        pull = votes * (x @ unit)
        height = jnp.where(right | (speed == 0), jnp.inf, -votes * (x @ w) / jnp.where(pull > 0, pull, 1.0))
        rapidity = _rapidity(jnp.maximum(height, 0.0), w @ unit, size)
        first = jnp.argmin(rapidity)
        moving = jnp.isfinite(rapidity[first])
        wait = jnp.where(moving, rapidity[first] / jnp.where(moving & (speed > 0), speed, 1.0), jnp.inf)
        moved, grown = _boost(w, size, drive, jnp.where(moving, wait, 0.0))
        chosen = moving & (jnp.arange(len(y)) == first)
        then = (now + wait, moved, grown, right | chosen, jnp.where(chosen, now + wait, when))
        return then, (now, w, size, drive)

    right = votes * (x @ neuron) > 0
    when = jnp.where(right, 0.0, jnp.inf).astype(x.dtype)
    start = (jnp.zeros((), x.dtype), neuron, _norm(neuron), right, when)
    (*_, sorted_at), (starts, weights, sizes, drives) = jax.lax.scan(step, start, None, length=len(y) + 1)
    # when nothing changes sides any more the clock shows infinity, and the last boost stands for the rest
    final = jnp.sum(jnp.isfinite(starts)) - 1
    kept = jnp.minimum(jnp.arange(len(starts)), final)
    return Segments(starts, weights[kept], sizes[kept], drives[kept], starts[final], sorted_at)


@jax.jit
@partial(jax.vmap, in_axes=(0, None), out_axes=1)
def _paths(path: Segments, t: Array) -> Array:
    at = jnp.searchsorted(path.starts, t, side="right") - 1
    moved = jax.vmap(_boost)(path.weights[at], path.sizes[at], path.drives[at], t - path.starts[at])
    return moved[0]


@jax.jit
@jax.vmap
def _amplitudes(path: Segments) -> Array:
    drive, last, size = path.drives[-1], path.weights[-1], path.sizes[-1]
    speed = _norm(drive)
    along = jnp.where(speed > 0, last @ drive / jnp.where(speed > 0, speed, 1.0), -size)
    return jnp.exp(-speed * path.since) * (size + along) / 2


def _rapidity(height: Array, along: Array, size: Array) -> Array:
    """The rapidity at which a boost has added `height` to the component along it, a (cosh - 1) + r sinh."""
    never = jnp.isinf(height)
    reach = jnp.where(never, 0.0, height) + along
    root = jnp.sqrt(reach**2 + jnp.maximum((size - along) * (size + along), 0.0))
    rising, falling = reach + root, root - reach
    ahead = jnp.where(reach >= 0, rising / (size + along), (size - along) / jnp.where(reach >= 0, 1.0, falling))
    return jnp.where(never, jnp.inf, jnp.log(jnp.where(never, 1.0, ahead)))


def _boost(w: Array, size: Array, drive: Array, t: Array) -> tuple[Array, Array]:
    """Input weights and their length after a constant drive."""
    speed = _norm(drive)
    unit = drive / jnp.where(speed > 0, speed, 1.0)
    along = w @ unit
    sinh, less = jnp.sinh(speed * t), 2 * jnp.sinh(speed * t / 2) ** 2
    return w + unit * (along * less + size * sinh), size + size * less + along * sinh


def _examples(inputs: Float[ArrayLike, "n d"], labels: Float[ArrayLike, " n"]) -> tuple[Array, Array]:
    x, y = one_matrix("inputs", inputs), finite("labels", labels)
    if y.shape != x.shape[:1]:
        raise ValueError(
            f"inputs have shape {x.shape} and labels {y.shape}; give examples in rows and a label for each"
        )
    lengths = within("length of an input", _norm(x), _norm(x) > 0, "lengths above zero")
    y = within("labels", y, jnp.abs(y) == 1, "labels 1 and -1").astype(x.dtype)
    return x + 0 * jax.lax.stop_gradient(lengths)[:, None], y


def _separated(inputs: Float[ArrayLike, "n d"], labels: Float[ArrayLike, " n"]) -> tuple[Array, Array]:
    x, y = _examples(inputs, labels)
    mu = separation(x, y)
    mu = within("separation", mu, mu > 0, "separations above zero", "an example may then change sides more than once")
    return x + 0 * jax.lax.stop_gradient(mu), y


def _neurons(neurons: Float[ArrayLike, "h d"], signs: Float[ArrayLike, " h"], x: Array) -> tuple[Array, Array, Array]:
    """Neurons of length one, in which the flow is linear, their lengths, and signs."""
    w, s = one_matrix("neurons", neurons).astype(x.dtype), finite("signs", signs)
    if w.shape[1] != x.shape[1] or s.shape != w.shape[:1]:
        raise ValueError(f"neurons have shape {w.shape}, signs {s.shape}; give each {x.shape[1]} weights and a sign")
    size = within("length of a neuron", _norm(w), _norm(w) > 0, "lengths above zero", "a neuron at zero never moves")
    s = within("signs", s, jnp.abs(s) == 1, "signs 1 and -1").astype(w.dtype)
    return w / size[:, None], size, s


def _norm(rows: Array) -> Array:
    """Lengths along the last axis, whose squares may overflow or vanish."""
    largest = jax.lax.stop_gradient(jnp.abs(rows).max(-1))
    unit = jnp.where(largest > 0, largest, 1.0)
    square = jnp.sum((rows / unit[..., None]) ** 2, axis=-1)
    return unit * jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))  # slope 0 at length 0
