r"""Features kept close to given ones: what is left of nearly collapsed features at the least regularized squared error.

Model of Tirer, Huang and Niles-Weed (2023): the objective of `squared_error` with one layer, no bias and N samples,
plus $\frac{\beta}{2N}|H - H^0|^2$. The given $H^0$ have orthogonal class means of lengths $m_k$, ordered as the
class sizes are ($\sqrt{n_k}\,m_k$ falls where $n_k$ falls; equal lengths do), and small deviations.

The paper has classes of one size n, penalties $\frac{N}{n}\lambda_W$ and $N\lambda_H$ in our terms, and given features
that minimize the objective themselves. Then nothing moves but deviations, and to first order in $1/\beta$ they keep
$1 - \frac1\beta\sqrt{n\lambda_H/\lambda_W}$ along class means: its Theorem 4.2 (as submitted to ICLR 2023), by
`settled_strength` and `kept_share`.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

NEWTON = 3


@closed_form
def settled_length(
    count: Float[ArrayLike, "..."],
    samples: Float[ArrayLike, "..."],
    layer_penalty: Float[ArrayLike, "..."],
    feature_penalty: Float[ArrayLike, "..."],
    proximity: Float[ArrayLike, "..."],
    given: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Length x of a class mean at the minimum, its direction being that of the given mean of length m.

    The positive root, which is the only one, of

    $$(N\lambda_H + \beta)\,x = \beta m + \frac{a\,x}{(x^2 + a)^2},\qquad a = \frac{N\lambda_W}{n}:$$

    the given mean shrinks by the ridge and is drawn outwards by the labels. Below or above m, then; without a ridge
    always above (derived here; the pairing of directions follows from von Neumann's trace inequality).

    Args:
        count: samples of the class, n; all arguments broadcast.
        proximity: $\beta$.
        given: m.

    Raises:
        ValueError: sizes, penalties, proximities or lengths at or below zero, NaN or infinity.

    >>> round(settled_length(8.0, 24.0, 0.02, 0.01, 0.5, 1.0).item(), 6)
    0.805614
    """
    n, N, lam_w, lam_h, beta, m = _positive(count, samples, layer_penalty, feature_penalty, proximity, given)
    a, c = N * lam_w / n, N * lam_h + beta
    least, most = beta * m / c, 9 / (16 * jnp.sqrt(3 * a) * c)

    def excess(x: Array) -> Array:
        return c * (x - least) - a * x / (x**2 + a) ** 2

    x = boundary(lambda x: excess(x) < 0, least, (least + most) * (1 + 1e-12))
    for _ in range(NEWTON):
        slope = c - a * (a - 3 * x**2) / (x**2 + a) ** 3
        x = jnp.clip(x - jnp.where(slope > 0, excess(x) / jnp.where(slope > 0, slope, 1.0), 0.0), least, None)
    return x


@closed_form
def settled_strength(
    count: Float[ArrayLike, "..."],
    samples: Float[ArrayLike, "..."],
    layer_penalty: Float[ArrayLike, "..."],
    feature_penalty: Float[ArrayLike, "..."],
    proximity: Float[ArrayLike, "..."],
    given: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Length of the class's classifier row, $w = x/(x^2 + N\lambda_W/n)$ with x of `settled_length`.

    Args:
        As in `settled_length`.

    >>> round(settled_strength(8.0, 24.0, 0.02, 0.01, 0.5, 1.0).item(), 6)
    1.136246
    """
    x = settled_length(count, samples, layer_penalty, feature_penalty, proximity, given)
    n, N, lam_w, *_ = _positive(count, samples, layer_penalty, feature_penalty, proximity, given)
    return x / (x**2 + N * lam_w / n)


@closed_form
def kept_share(
    strength: Float[ArrayLike, "..."],
    samples: Float[ArrayLike, "..."],
    feature_penalty: Float[ArrayLike, "..."],
    proximity: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Share of small deviations that is left along a direction that the classifier sees with strength w:

    $$\frac{\beta}{w^2 + N\lambda_H + \beta},$$

    the same for the deviations of all classes; w is `settled_strength` along the mean of a class and zero across all
    means. Deviations change the classifier at second order only, since they cancel in $HH^\top$ and $YH^\top$ (derived
    here from `feature_flow.proximal_deviations`).

    Raises:
        ValueError: a negative strength, sizes, penalties or proximities at or below zero, NaN or infinity.

    >>> kept_share(0.0, 20.0, 0.05, 1.0).item()
    0.5
    """
    w, N, lam_h, beta = together(
        strength=strength, samples=samples, feature_penalty=feature_penalty, proximity=proximity
    )
    w = within("strength", w, w >= 0, "strengths at or above zero")
    N, lam_h, beta = (
        within(name, v, v > 0, "positive numbers")
        for name, v in (("samples", N), ("feature_penalty", lam_h), ("proximity", beta))
    )
    return beta / (w**2 + N * lam_h + beta)


def _positive(*values: Float[ArrayLike, "..."]) -> tuple[Array, ...]:
    names = ("count", "samples", "layer_penalty", "feature_penalty", "proximity", "given")
    arrays = together(**dict(zip(names, values, strict=True)))
    return tuple(within(n, v, v > 0, "positive numbers") for n, v in zip(names, arrays, strict=True))
