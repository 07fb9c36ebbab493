r"""Deep rectified networks on a rectified target: the linear networks' modes, slowed by the inputs that are silenced.

D balanced layers of rectified units that start along one direction $\beta$ and along one nonnegative direction in every
hidden layer compute $f = u\,(\beta^\top x)_+$, and gradient flow keeps them there if the inputs are symmetric about
$\beta$. A unit that is silent for an input learns nothing from it, so that only the second moment of the inputs on the
active side drives the mode.
"""

from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within
from theory.deep_linear.depth import deep_mode


@closed_form
def rectified_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    depth: int | float,
    moment: Float[ArrayLike, "..."] = 0.5,
) -> Float[Array, "..."]:
    r"""Strength u of a rectified mode of D layers that learns $y = s\,(\beta^\top x)_+$, the solution of

    $$\dot u = D\,|u|^{2 - 2/D}\, m\,(s - u),\qquad m = \mathbb E\,(\beta^\top x)_+^2$$

    for half the mean squared error (derived here, from Saxe, McClelland and Ganguli 2014 for linear layers):
    `deep_mode` at the time m t. White Gaussian inputs have m = 1/2: rectified layers learn at half the speed of linear
    ones, of any depth. A target of both sides, $s_+(\beta^\top x)_+ + s_-(-\beta^\top x)_+$, is two modes that never
    meet.

    Args:
        t: times at or after zero; time unit tau = 1.
        s: slope of the target on the active side, any sign.
        u0: strengths at t = 0, any sign.
        depth: number D of weight matrices, from 1 on, or `math.inf` with D t for the time.
        moment: m, second moment of the input along the direction on its active side, at or above zero.

    Raises:
        ValueError: a negative moment; else as `deep_mode`.

    >>> import jax.numpy as jnp
    >>> rectified_mode(jnp.array([0.0, 2.0, 8.0]), 2.0, 0.05, 3).round(3).tolist()
    [0.05, 0.992, 2.0]
    """
    t, s, u0, m = together(t=t, s=s, u0=u0, moment=moment)
    t = within("t", t, t >= 0, "times at or after zero")
    m = within("moment", m, m >= 0, "second moments at or above zero")
    return deep_mode(m * t, s, u0, depth)
