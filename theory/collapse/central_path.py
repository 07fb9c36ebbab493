r"""The central path of squared error: features that move while the classifier is always the least-squares one.

For C balanced classes and N samples the loss $\frac1{2N}|WH + b\mathbf 1^\top - Y|_F^2$, least over W and b, depends on
the features through the **signal-to-noise** values alone, the nonzero singular values $w_1 \ge \dots \ge w_{C-1}$ of
$\Sigma_W^{-1/2}(M - \mu_G)$ (Han, Papyan and Donoho 2022). Renormalized flows keep $\Sigma_W = I$; two are in use, and
they differ:

* *projected*: the gradient is projected on the tangent of $\{\Sigma_W = I\}$, so that deviations within the classes
  stand still and only the means move;
* *whitened*: all features follow the gradient and are whitened after every infinitesimal step, means too.
"""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.convention import Convention
from theory.collapse.metrics import centered_means, within_covariance
from theory.collapse.moments import ClassMoments
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within

Flow = Literal["projected", "whitened"]
NEWTON = 60


@closed_form
def signal_to_noise(moments: ClassMoments) -> Float[Array, " modes"]:
    r"""Singular values $w_j$ of $\Sigma_W^{-1/2}(M - \mu_G)$, largest first, $\min(d, C-1)$ of them.

    Unchanged by every invertible linear map of the features; infinite at collapse.

    Raises:
        ValueError: a within-class covariance that is singular, as that of collapsed features.

    >>> m = ClassMoments(jnp.array([1.0, 1.0]), jnp.array([[-3.0], [3.0]]), 8 * jnp.eye(1), jnp.array([4.0, 4.0]))
    >>> [round(w, 6) for w in signal_to_noise(m).tolist()]  # deviations of 2, means at 3 from the center
    [2.12132]
    """
    centered = centered_means(moments, Convention())
    values, vectors = jnp.linalg.eigh(within_covariance(moments))
    eps = jnp.finfo(values.dtype).eps
    floor = jnp.maximum(len(values) * eps * values[-1], (64 * eps) ** 2 * jnp.sum(centered**2))
    least = within("least variance within classes", values[0], values[0] > floor, "variances above rounding")
    values = values.at[0].set(least)
    whitened = (centered @ vectors) / jnp.sqrt(values)[None]
    return jnp.linalg.svd(whitened, compute_uv=False)[: len(centered) - 1]


@closed_form
def path_loss(signal: Float[ArrayLike, "*batch modes"], classes: int) -> Float[Array, "*batch"]:
    r"""The least loss over classifiers and biases: $\frac12 \sum_j \frac{1}{C + w_j^2}$ (derived here).

    Modes that are missing count as $w_j = 0$: pass all C - 1 of them.

    >>> path_loss(jnp.array([1.0]), 2).item() * 6
    1.0
    """
    C, w = whole("classes", classes, least=2), _signals(signal)
    return 0.5 * jnp.sum(1 / (C + w**2), -1)


@closed_form
def path_variability(signal: Float[ArrayLike, "*batch modes"], classes: int) -> Float[Array, "*batch"]:
    r"""NC1 of renormalized features, without division by C: $C \sum_j w_j^{-2}$ (derived here).

    Holds for $\Sigma_W = I$ (up to scale) or d = C - 1: the pseudo-inverse in NC1 ignores within-class variance outside
    the span of the class means, which a linear map turns into variance inside it.

    >>> path_variability(jnp.array([2.0]), 2).item()
    0.5
    """
    C, w = whole("classes", classes, least=2), _signals(signal)
    return C * jnp.sum(1 / w**2, -1)


@closed_form
def path_clock(
    signal: Float[ArrayLike, "*batch"], classes: int, samples: int, flow: Flow = "projected"
) -> Float[Array, "*batch"]:
    r"""What grows exactly as time, for every mode by itself, along the renormalized flow.

    Projected: $N\bigl(C \ln w + w^2 + w^4/(4C)\bigr)$, from $\dot w = \frac CN \frac{w}{(C + w^2)^2}$; the form
    $c_1 \ln w + c_2 w^2 + c_3 w^4$ is Han, Papyan and Donoho's (2022), its constants are derived here. Whitened:
    $N\bigl(C \ln w + w^2/2\bigr)$, from $\dot w = \frac1N \frac{w}{C + w^2}$ (derived here). Differences between modes
    are therefore invariants of both flows, and all ratios of modes tend to 1: the simplex.

    Raises:
        ValueError: values at or below zero; a flow of another name.

    >>> path_clock(jnp.array(1.0), 2, 8).item(), path_clock(jnp.array(1.0), 2, 8, "whitened").item()
    (9.0, 4.0)
    """
    C, N, w = whole("classes", classes, least=2), whole("samples", samples, least=1), _signals(signal)
    return N * _clock(jnp.log(w), C, _flow(flow))


@closed_form
def path_signal(
    times: Float[ArrayLike, "*times"],
    start: Float[ArrayLike, "*modes"],
    classes: int,
    samples: int,
    flow: Flow = "projected",
) -> Float[Array, "..."]:
    r"""The signal-to-noise value $w(t)$ that starts at w(0): the inverse of `path_clock`, by Newton in $\ln w$.

    The clock is convex in $\ln w$, so that Newton from above converges monotonically. Late: $(4Ct/N)^{1/4}$ projected,
    $(2t/N)^{1/2}$ whitened.

    Args:
        times: of gradient flow on the loss, at or after zero; shaped to broadcast against `start`.

    >>> w = path_signal(jnp.array(100.0), jnp.array(1.0), 2, 8)
    >>> round((path_clock(w, 2, 8) - path_clock(jnp.array(1.0), 2, 8)).item(), 3)
    100.0
    """
    C, N, kind = whole("classes", classes, least=2), whole("samples", samples, least=1), _flow(flow)
    w, t = together(start=start, times=times)
    w = within("start", w, jnp.isfinite(N * w**4), "numbers whose fourth power is one")
    w, t = _signals(w), within("times", t, t >= 0, "times at or after zero")
    target = _clock(jnp.log(w), C, kind) + t / N
    top = 4 if kind == "projected" else 2
    scale = 4 * C if kind == "projected" else 2
    u = jnp.where(target > 1.5, jnp.log(scale * jnp.maximum(target, 1.5)) / top, 0.5)

    def step(_: Array, u: Array) -> Array:
        return u - (_clock(u, C, kind) - target) / _clock_slope(u, C, kind)

    return jnp.exp(jax.lax.fori_loop(0, NEWTON, step, u))


def _clock(u: Array, C: int, flow: Flow) -> Array:
    square = jnp.exp(2 * u)
    return C * u + (square + square**2 / (4 * C) if flow == "projected" else square / 2)


def _clock_slope(u: Array, C: int, flow: Flow) -> Array:
    square = jnp.exp(2 * u)
    return C + (2 * square + square**2 / C if flow == "projected" else square)


def _signals(signal: Float[ArrayLike, "..."]) -> Array:
    w = finite("signal", signal)
    return within("signal", w, w > 0, "signal-to-noise values above zero")


def _flow(flow: str) -> Flow:
    if flow not in ("projected", "whitened"):
        raise ValueError(f"flow = {flow!r} must be 'projected' or 'whitened'")
    return flow  # type: ignore[return-value]
