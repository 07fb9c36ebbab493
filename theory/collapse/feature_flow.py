r"""How features get there: gradient flow of unconstrained features on squared error, and what it does within classes.

The objective of `squared_error` with one layer, no bias, N samples. Sigmoids are those of two-layer linear networks
(`theory.deep_linear.modes`) with the singular value $\sqrt{n_k}$ and the time constant N.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import single, squarable
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within
from theory.deep_linear.modes import decayed_mode


@closed_form
def class_strength(
    t: Float[ArrayLike, "..."],
    count: Float[ArrayLike, "..."],
    samples: Float[ArrayLike, "..."],
    penalty: Float[ArrayLike, "..."],
    start: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Singular value of WH that belongs to a class of n samples, from a small aligned balanced start.

    $$\sigma(t) = \frac{s}{1 + (s/\sigma_0 - 1)\,e^{-2st/N}},\qquad s = \sqrt n - N\lambda,\quad
    \lambda = \lambda_W = \lambda_H,$$

    (derived here from Saxe, McClelland and Ganguli). A small class is learned later, after a time of order
    $\frac{N}{2\sqrt n}\log\frac{1}{\sigma_0}$, and not at all if $N\lambda \ge \sqrt n$.

    Args:
        t: times at or after zero; all arguments broadcast.
        start: $\sigma_0 > 0$, the same for W and H: $W = \sqrt{\sigma_0}\,e_k q^\top$.

    Raises:
        ValueError: a time or penalty below zero, sizes or starts at or below zero, NaN or infinity.

    >>> [round(x, 4) for x in class_strength(jnp.array([0.0, 20.0, 200.0]), 16.0, 40.0, 0.01, 0.01).tolist()]
    [0.01, 0.333, 3.6]
    """
    t, n, N, lam, u0 = together(t=t, count=count, samples=samples, penalty=penalty, start=start)
    n = within("count", n, n > 0, "class sizes above zero")
    u0 = within("start", u0, u0 > 0, "strengths above zero", "a mode that starts at zero stays there")
    lam = within("penalty", lam, lam >= 0, "penalties at or above zero")
    return decayed_mode(t, jnp.sqrt(n), u0, N * lam, N)


@closed_form
def deviation_decay(
    t: Float[ArrayLike, "..."],
    count: Float[ArrayLike, "..."],
    samples: Float[ArrayLike, "..."],
    penalty: Float[ArrayLike, "..."],
    start: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Share of small deviations that is left along a class's direction: $e^{-\sqrt n\,t/N}\sqrt{\sigma/\sigma_0}$.

    To first order a deviation v of any sample obeys $\dot v = -(W^\top W/N + \lambda) v$, and $\int\sigma\,dt$ is known
    in closed form (derived here). The penalty cancels from the rate: late it is $\sqrt n/N$ with any ridge, while
    directions that no class uses decay as $e^{-\lambda t}$ only.

    Args:
        As in `class_strength`.

    >>> [round(x, 6) for x in deviation_decay(jnp.array([0.0, 60.0]), 16.0, 40.0, 0.01, 0.01).tolist()]
    [1.0, 0.04686]
    """
    t, n, N, lam, u0 = together(t=t, count=count, samples=samples, penalty=penalty, start=start)
    strength = class_strength(t, n, N, lam, u0)
    return jnp.exp(-jnp.sqrt(n) * t / N) * jnp.sqrt(strength / u0)


@closed_form
def ridge_classifier(
    features: Float[ArrayLike, "d n"], labels: Float[ArrayLike, "K m"], layer_penalty: Float[ArrayLike, ""]
) -> Float[Array, "K d"]:
    r"""The best classifier without bias, $W = YH^\top(HH^\top + N\lambda_W I)^{-1}$.

    Raises:
        ValueError: a penalty at or below zero, or other numbers of samples.

    >>> ridge_classifier(jnp.eye(2), jnp.eye(2), 0.5).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    h, y, lam = _samples(features, labels, layer_penalty)
    return jnp.linalg.solve(h @ h.T + h.shape[1] * lam * jnp.eye(len(h), dtype=h.dtype), h @ y.T).T


@closed_form
def scatter_rates(
    features: Float[ArrayLike, "d n"],
    labels: Float[ArrayLike, "K m"],
    layer_penalty: Float[ArrayLike, ""],
    centered: bool = False,
) -> Float[Array, " 2"]:
    r"""Time derivatives of $|H_{within}|^2$ and $|H_{between}|^2$ while the classifier is always the best one.

    Along $\dot H = -\frac1N W^\top(WH - Y)$ with W of `ridge_classifier`:
    $-\frac2N|WH_{within}|^2 \le 0$ and $\frac2N(N\lambda_W|W|^2 + |WH_{within}|^2) > 0$. So NC1 as a quotient falls
    strictly as long as it is not zero, for any class sizes; a penalty of the features cancels (derived here).

    Tirer, Huang and Niles-Weed (2023, Theorem 3.1 as submitted to ICLR 2023) take class means about the mean
    $\mu$ of all features, for classes of n samples each; time runs N times as fast there. $\mu$ takes
    $2\langle W\mu, \bar y - W\mu\rangle$ from the second rate, and what is left is
    $\frac{2n}{N}\mathrm{tr}\,PM(1+M)^{-2} \ge 0$ with $M = n\bar H^\top(H_{within}H_{within}^\top +
    N\lambda_W I)^{-1}\bar H$, the class means $\bar H$ and $P = I - \frac1K J$ (derived here). With unequal
    classes it can be negative, and the quotient can rise.

    Args:
        centered: take the class means about the mean of all features.

    >>> h = jnp.array([[1.0, 2.0, -1.0, -1.0]])
    >>> [round(r, 6) for r in scatter_rates(h, jnp.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]), 0.25).tolist()]
    [-0.050781, 0.152344]
    """
    h, y, lam = _samples(features, labels, layer_penalty)
    hot = within("labels", y, (y == 0) | (y == 1), "zeros and ones", "one column a sample, one row a class")
    rows = jnp.sum(hot, 0)
    within("sum of a column of labels", rows, rows == 1, "sums of one", "each sample is of one class")
    there = jnp.min(jnp.sum(hot, 1))
    within("samples of a class", there, there > 0, "positive numbers", "drop empty classes")
    W, N = ridge_classifier(h, hot, lam), h.shape[1]
    means = (h @ y.T) / jnp.sum(y, 1)[None]
    lost = 2 / N * jnp.sum((W @ (h - means @ y)) ** 2)
    common = W @ jnp.mean(h, 1)
    taken = 2 * common @ (jnp.mean(y, 1) - common) if centered else 0.0
    return jnp.stack([-lost, 2 * lam * jnp.sum(W**2) + lost - taken])


@closed_form
def proximal_deviations(
    classifier: Float[ArrayLike, "K d"],
    deviations: Float[ArrayLike, "d N"],
    feature_penalty: Float[ArrayLike, ""],
    proximity: Float[ArrayLike, ""],
) -> Float[Array, "d N"]:
    r"""Within-class deviations of features kept close to given ones.

    $(W^\top W + (N\lambda_H + \beta)I)H_w = \beta H^0_w$ at every stationary point of the objective plus
    $\frac{\beta}{2N}|H - H^0|^2$, whatever the class sizes (model of Tirer, Huang and Niles-Weed 2023; identity derived
    here): every direction shrinks, those that W sees most.

    Args:
        deviations: those of the given features, one sample a column.
        proximity: $\beta$.

    >>> proximal_deviations(jnp.eye(2), jnp.array([[2.0, -2.0], [0.0, 0.0]]), 0.25, 0.5).tolist()
    [[0.5, -0.5], [0.0, 0.0]]
    """
    w, v = squarable("classifier", classifier), squarable("deviations", deviations)
    if w.shape[1] != len(v):
        raise ValueError(
            f"classifier {w.shape} and deviations {v.shape} must share d, columns of one and rows of other"
        )
    lam, beta = single("feature_penalty", feature_penalty), single("proximity", proximity)
    system = w.T @ w + (v.shape[1] * lam + beta) * jnp.eye(len(v), dtype=v.dtype)
    return beta * jnp.linalg.solve(system, v)


def _samples(
    features: Float[ArrayLike, "d n"], labels: Float[ArrayLike, "K m"], layer_penalty: Float[ArrayLike, ""]
) -> tuple[Array, Array, Array]:
    h, y = squarable("features", features), squarable("labels", labels)
    if h.shape[1] != y.shape[1]:
        raise ValueError(f"{h.shape[1]} features and {y.shape[1]} labels must be equally many")
    return h, y, single("layer_penalty", layer_penalty)
