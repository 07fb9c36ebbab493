r"""What a linear network learns from a noisy teacher: signal first, then noise (Lampinen and Ganguli 2019).

The training data determine the map $M = s\,\bar u \bar v^\top + X$, a teacher of one mode of strength s plus noise with
independent Gaussian entries of variance $1/N_1$, $N_3 \le N_1$ outputs and inputs, $A = N_3/N_1$ (arXiv 1809.10374). A
two-layer student, balanced and aligned with M, learns every singular value of M along its sigmoid. With
$x = 1 + A + 2\sqrt A\cos\theta$ on the noise's spectrum the resolvents' product is $e^{-i\theta}/\sqrt A$, which makes
every term an elementary integral over $\theta$; those beyond the leading order are derived here.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import whole, within
from theory.deep_linear.modes import balanced_mode

NODES = 512


@closed_form
def learned_strength(s: Float[ArrayLike, "..."], aspect: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The largest singular value of M: $\sqrt{(1+s^2)(A+s^2)}/s$ for $s > A^{1/4}$, else the noise's edge.

    The edge is $1 + \sqrt A$. Large $N_1$ (Benaych-Georges and Nadakuditi 2012, arXiv 1103.2221; Lampinen and Ganguli
    2019).

    Args:
        s: the teacher's strength, above zero.
        aspect: $A = N_3/N_1$, above zero.

    Raises:
        ValueError: a strength or an aspect at or below zero.

    >>> round(float(learned_strength(3.0, 1.0)), 6)
    3.333333
    """
    s, aspect = _positive(s, aspect)
    seen, _, size = _inverse_square(s, aspect)
    return jnp.where(seen, s * size, 1 + jnp.sqrt(aspect))


@closed_form
def teacher_overlap(s: Float[ArrayLike, "..."], aspect: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Overlap $O = |\bar u^\top u_1|\,|\bar v^\top v_1|$ of the leading modes; 0 for $s \le A^{1/4}$.

    $$O = \sqrt{1 - \frac{A(1+s^2)}{s^2(s^2+A)}}\,\sqrt{1 - \frac{A+s^2}{s^2(s^2+1)}}
      = \frac{s^4 - A}{s^2\sqrt{(1+s^2)(A+s^2)}}$$

    (Benaych-Georges and Nadakuditi 2012).

    Raises:
        ValueError: a strength or an aspect at or below zero.

    >>> round(float(teacher_overlap(3.0, 1.0)), 6)
    0.888889
    """
    s, aspect = _positive(s, aspect)
    seen, square, size = _inverse_square(s, aspect)
    return jnp.where(seen, (1 - aspect * square * square) / size, 0.0)


@closed_form
def best_strength(s: Float[ArrayLike, "..."], aspect: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The strength $s\,O$ of the leading mode at which the student is nearest to the teacher; stop there.

    Below both s and the `learned_strength` to which training to the end leads.

    >>> round(float(best_strength(3.0, 1.0)), 6)
    2.666667
    """
    s, aspect = _positive(s, aspect)
    return s * teacher_overlap(s, aspect)


@closed_form
def leading_error(
    times: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    start: Float[ArrayLike, "..."],
    outputs: int,
    inputs: int,
) -> Float[Array, "..."]:
    r"""The student's distance from the teacher, to leading order for each of its parts (Lampinen and Ganguli 2019).

    $|W(t) - \bar W|_F^2/s^2 = \bigl[s^2 + u_1(t)^2 - 2 s\,O\,u_1(t) + (N_3 - 1)\,\mathbb E\,u(t; \sqrt x)^2\bigr]/s^2$
    with $u(t; \sigma)$ the sigmoid of strength $\sigma$ and x from the Marchenko-Pastur law; without the first mode if
    $s \le A^{1/4}$. Arguments and errors as in `generalization_error`.

    >>> round(float(leading_error(1.5, 3.0, 0.01, 100, 100)), 4)
    1.8256
    """
    t, s, u0, aspect, n = _task(times, s, start, outputs, inputs)
    learned, theta, x = _learned(t, s, u0, aspect)
    noise = jnp.mean(learned**2 * 2 * jnp.sin(theta) ** 2 / x, axis=-1)
    seen = jnp.where(s**4 > aspect, 1.0, 0.0)
    return (s**2 + seen * _first(t, s, u0, aspect) + (n - seen) * noise) / s**2


@closed_form
def generalization_error(
    times: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    start: Float[ArrayLike, "..."],
    outputs: int,
    inputs: int,
) -> Float[Array, "..."]:
    r"""The student's expected distance from the teacher with every term that stays in wide layers (derived here).

    To `leading_error` come, with $r = s^2/\sqrt A$ and $f(x) = u(t;\sqrt x)^2$,

    - what noise modes have of the teacher, $-2s \cdot \frac{2sA}{\pi}\int_0^\pi
      \frac{\sin^2\theta\; u(t;\sqrt x)/\sqrt x}{A + s^4 - 2 s^2\sqrt A\cos\theta}\,d\theta$; at late times $-2A/s^2$;
    - the teacher's pull on the noise's spectrum,
      $\frac1\pi\int_0^\pi f(x)\,\frac{r\cos\theta - r^2}{1 - 2r\cos\theta + r^2}\,d\theta$, the missing mode and more;
    - the mean deviation of a real sample covariance from the Marchenko-Pastur law,
      $\frac14 (f(a) + f(b)) - \frac1{2\pi}\int_0^\pi f\,d\theta$ (Bai and Silverstein 2004).

    What is left out is of order $1/N_1$, larger where s is near $A^{1/4}$.

    Args:
        times: t, at or above zero, in the unit of the sigmoid's $\tau$.
        s: the teacher's strength.
        start: strength $u_0 > 0$ of every mode at t = 0.
        outputs: $N_3$, at most the inputs (else exchange the two and scale s by $\sqrt{N_1/N_3}$).
        inputs: $N_1$.

    Raises:
        ValueError: more outputs than inputs, a negative time, a strength or start at or below zero.

    >>> round(float(generalization_error(1.5, 3.0, 0.01, 100, 100)), 4)
    1.782
    """
    t, s, u0, aspect, n = _task(times, s, start, outputs, inputs)
    learned, theta, x = _learned(t, s, u0, aspect)
    root, wide, sine = jnp.sqrt(aspect)[..., None], aspect[..., None], jnp.sin(theta) ** 2
    r, f = (s**2 / jnp.sqrt(aspect))[..., None], learned**2
    poles = 1 - 2 * r * jnp.cos(theta) + r**2
    noise = n * jnp.mean(f * 2 * sine / x, axis=-1)
    leak = 2 * s * jnp.mean(sine / poles * learned / jnp.sqrt(x), axis=-1)
    pull = jnp.mean(f * (r * jnp.cos(theta) - r**2) / poles, axis=-1)
    edges = jnp.concatenate([(1 + root) ** 2, (1 - root) ** 2], axis=-1)
    at_edges = balanced_mode(t[..., None], jnp.sqrt(edges) + 0 * wide, u0[..., None]) ** 2
    real = jnp.sum(at_edges, axis=-1) / 4 - jnp.mean(f, axis=-1) / 2
    seen = jnp.where(s**4 > aspect, 1.0, 0.0)
    return (s**2 + seen * _first(t, s, u0, aspect) + noise + pull + real - 2 * s * leak) / s**2


def _positive(s: Float[ArrayLike, "..."], aspect: Float[ArrayLike, "..."]) -> tuple[Array, Array]:
    s, aspect = together(s=s, aspect=aspect)
    s = within("s", s, s > 0, "strengths above zero")
    return s, within("aspect", aspect, aspect > 0, "aspects above zero")


def _inverse_square(s: Array, aspect: Array) -> tuple[Array, Array, Array]:
    """Whether the teacher is seen, and then 1/s^2 and sqrt((1 + 1/s^2)(1 + A/s^2)): powers of s might overflow."""
    seen = s > jnp.sqrt(jnp.sqrt(aspect))
    square = jnp.where(seen, 1 / jnp.where(seen, s, 1.0), 0.0) ** 2
    return seen, square, jnp.sqrt((1 + square) * (1 + aspect * square))


def _task(times, s, start, outputs: int, inputs: int) -> tuple[Array, Array, Array, Array, Array]:  # noqa: ANN001
    n3, n1 = whole("outputs", outputs, least=1), whole("inputs", inputs, least=1)
    if n3 > n1:
        raise ValueError(
            f"outputs = {n3} are above inputs = {n1}; exchange the two and multiply s by sqrt(inputs/outputs)"
        )
    t, s, u0 = together(times=times, s=s, start=start)
    t = within("times", t, t >= 0, "times at or above zero")
    u0 = within("start", u0, u0 > 0, "starts above zero")
    s, aspect = _positive(s, jnp.asarray(n3 / n1, s.dtype))
    return t, s, u0, aspect, jnp.asarray(n3, s.dtype)


def _learned(t: Array, s: Array, u0: Array, aspect: Array) -> tuple[Array, Array, Array]:
    """What the noise's modes have learned, at midpoints of the angle, with the angle and the squared strength."""
    theta = (jnp.arange(NODES, dtype=s.dtype) + 0.5) * (jnp.pi / NODES)
    theta = theta.reshape((1,) * s.ndim + (NODES,))
    root = jnp.sqrt(aspect)[..., None]
    x = (1 - root) ** 2 + 4 * root * jnp.cos(theta / 2) ** 2
    return balanced_mode(t[..., None], jnp.sqrt(x), u0[..., None]), theta, x


def _first(t: Array, s: Array, u0: Array, aspect: Array) -> Array:
    u = balanced_mode(t, learned_strength(s, aspect), u0)
    return u**2 - 2 * s * teacher_overlap(s, aspect) * u
