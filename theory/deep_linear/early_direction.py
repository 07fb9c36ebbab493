r"""How a linear classifier of noisily labeled clusters learns their direction, before it memorizes.

For tight clusters around $\pm v$, $|v| = 1$, descent on the mean of $\log(1 + e^{-\varepsilon\,\theta^\top x})$ moves
$m = \theta^\top v$ alone: $\dot m = \frac12\bigl(1 - \Delta - \tanh\frac m2\bigr)$, with $\Delta/2$ the share of wrong
labels. It saturates where the classifier is as sure as the labels are right, and everything that memorizes is slower
by $\sigma^2 p/n$ (derived here, for the model of Liu, Niles-Weed, Razavian and Fernandez-Granda 2020, arXiv
2007.00151; the gradient printed there, with $\tanh m$, is not that of the loss printed there).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, within

LONGEST = 36.0  # of -log of what is missing from the plateau; beyond it nothing is told apart


@closed_form
def early_plateau(noise: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Where early learning saturates, $m^* = \ln\frac{2 - \Delta}{\Delta}$: the log-odds of a right label.

    Args:
        noise: $\Delta$ in (0, 1), twice the share of wrong labels.

    Raises:
        ValueError: a noise outside its range.

    >>> round(float(early_plateau(0.4)), 6)
    1.386294
    """
    noise = _noise(noise)
    return jnp.log(2 / noise - 1)


@closed_form
def early_time(progress: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The time, steps times their size, at which $\theta^\top v$ has come from zero to m.

    $\frac{4}{1 - c^2}\Bigl(-c\,u - \ln\bigl(\cosh u - \tfrac1c \sinh u\bigr)\Bigr)$ with $c = 1 - \Delta$, $u = m/2$;
    $2m/c$ at first. The published $T = \Omega(1/\eta)$ is the time of m = 1/10.

    Args:
        progress: m, at or above zero and below the plateau.
        noise: $\Delta$ in (0, 1); digits are lost as $\epsilon/\Delta$.

    Raises:
        ValueError: a noise outside its range, or a progress that early learning never makes.

    >>> round(float(early_time(0.1, 0.4)), 4)
    0.348
    """
    m, noise = jnp.broadcast_arrays(*together(progress=progress, noise=noise))
    noise = _noise(noise)
    m = within("progress", m, (m >= 0) & (m < jnp.log(2 / noise - 1)), "progress from zero to below the plateau")
    return _time(m, noise)


@closed_form
def early_progress(t: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""$\theta^\top v$ at time t of early learning from zero: the inverse of `early_time`.

    Args:
        t: steps times their size, at or after zero.
        noise: $\Delta$ in (0, 1).

    Raises:
        ValueError: a time before zero, or a noise outside its range.

    >>> round(float(early_progress(4.0, 0.4)), 4)
    0.768
    """
    t, noise = jnp.broadcast_arrays(*together(t=t, noise=noise))
    noise = _noise(noise)
    t = within("t", t, t >= 0, "times at or after zero")
    plateau = jnp.log(2 / noise - 1)

    def early(rapidity: Array) -> Array:
        return _time(-plateau * jnp.expm1(-rapidity), noise) < t

    rapidity = boundary(early, jnp.zeros_like(t), jnp.full_like(t, LONGEST))
    return jnp.where((t >= 0) & (noise > 0), -plateau * jnp.expm1(-rapidity), jnp.nan)


def _time(m: Array, noise: Array) -> Array:
    c, u = 1 - noise, m / 2
    left = 2 * jnp.sinh(u / 2) ** 2 - jnp.sinh(u) / c  # of the logarithm's argument, less one
    return 4 / (noise * (2 - noise)) * (-c * u - jnp.log1p(left))


def _noise(noise: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    value = finite("noise", noise)
    return within("noise", value, (value > 0) & (value < 1), "shares of noisy labels strictly between 0 and 1")
