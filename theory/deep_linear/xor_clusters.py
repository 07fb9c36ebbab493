r"""Two-layer ReLU networks on four clusters that no linear classifier separates: what one step of descent makes.

Examples lie around $\pm\mu_1$ (label 1) and $\pm\mu_2$ (label -1), orthogonal and equally long, with white Gaussian
noise in p dimensions; a share of the labels is flipped. The network is $f(x) = \sum_j a_j\,(w_j \cdot x)_+$ with m
neurons, $a_j = \pm 1/\sqrt m$ fixed and fair, $w_j(0)$ isotropic and vanishingly small, trained by full-batch descent
on a loss averaged over the n examples, whose slope at zero is -1/2 (logistic). The setting is that of Xu, Wang, Frei,
Vardi and Hu (2024, arXiv 2310.02541), whose abstract says that one step fits all labels and is no better than chance on
new examples; all formulas here are derived here, for any n, p and m.
"""

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, ArrayLike, Float, Num

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, one_number, whole, within

SLOPE = 0.5


@closed_form
def first_step_output(
    inputs: Float[ArrayLike, "n p"],
    labels: Float[ArrayLike, " n"],
    points: Float[ArrayLike, "k p"],
    step: Float[ArrayLike, ""],
) -> Float[Array, " k"]:
    r"""The expected output after one step is linear, $\mathbb{E} f(x) = \frac{\eta}{8n} \sum_i y_i\, x_i \cdot x$.

    Expected over the start, at any width; the limit of wide networks is that linear function itself. Half of the
    neurons are open for an example, half of them vote its way, and half is the logistic slope.

    Args:
        inputs: training examples in rows.
        labels: as trained on, 1 or -1.
        points: where the output is asked for; training examples are no exception.
        step: $\eta$.

    Raises:
        ValueError: shapes that do not fit, or labels other than 1 and -1.

    >>> first_step_output(jnp.eye(2), jnp.array([1.0, -1.0]), jnp.array([[3.0, 1.0]]), 8.0).tolist()
    [1.0]
    """
    x, y, at, eta = _examples(inputs, labels, points, step)
    return eta * SLOPE / 4 * (at @ (y @ x)) / len(y)


@closed_form
def first_step_variance(
    inputs: Float[ArrayLike, "n p"],
    labels: Float[ArrayLike, " n"],
    points: Float[ArrayLike, "k p"],
    step: Float[ArrayLike, ""],
    width: int,
) -> Float[Array, " k"]:
    r"""How much the output after one step scatters over the start, exactly $1/m$ at every width.

    $\mathrm{Var} f(x) = \frac1m \Bigl[\frac{\eta^2}{8 n^2} \sum_{ik} y_i y_k\,(x_i \cdot x)(x_k \cdot x)
    \bigl(\tfrac14 + \tfrac{1}{2\pi} \arcsin\rho_{ik}\bigr) - (\mathbb{E} f)^2\Bigr]$, $\rho$ the cosines between
    examples: two are open for one neuron together with probability $\frac14 + \frac{\arcsin\rho}{2\pi}$.

    Args and errors as of `first_step_output`, and:
        width: m, at least 1.

    >>> first_step_variance(jnp.ones((1, 1)), jnp.ones(1), jnp.ones((1, 1)), 8.0, 3).round(6).tolist()
    [1.0]
    """
    x, y, at, eta = _examples(inputs, labels, points, step)
    m = whole("width", width, least=1)
    length = jnp.sqrt(jnp.sum(x**2, axis=1, keepdims=True))
    unit = x / jnp.where(length > 0, length, 1.0)  # an input of length zero pulls nothing
    itself = jnp.eye(len(y), dtype=bool)  # half the digits are lost beside a cosine of 1, and there is no derivative
    cosines = jnp.where(itself, 0.0, jnp.clip(unit @ unit.T, -1.0, 1.0))
    together_open = jnp.where(itself, 0.5, 0.25 + jnp.arcsin(cosines) / (2 * jnp.pi))
    pulls = y[None, :] * (at @ x.T)
    square = jnp.sum(pulls * (pulls @ together_open), axis=1)
    mean = SLOPE / 4 * jnp.sum(pulls, axis=1)
    return (eta / len(y)) ** 2 * (0.5 * SLOPE**2 * square - mean**2) / m


@closed_form
def first_step_fit(
    examples: Num[ArrayLike, "..."], inputs: Num[ArrayLike, "..."], mean: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Share of the training labels that the network fits after one step: wrong labels as well as right ones.

    $\Phi\Bigl(\frac{p + |\mu|^2}{\sqrt{(n-1)(p + 2|\mu|^2 + |\mu|^4/2) + 2p + 4|\mu|^2}}\Bigr)$: an example's own
    contribution against those of all others, which average to nothing whatever share of labels is flipped. Exact mean
    and variance of the margin of a wide network, taken to be Gaussian: for n of dozens and more.

    Args:
        examples: n, at least 1.
        inputs: p, at least 1.
        mean: $|\mu|$, at least zero.

    Raises:
        ValueError: a number below 1, or a negative length.

    >>> round(float(first_step_fit(60, 120, 4.0)), 4)
    0.8528
    """
    n, p, size = together(examples=examples, inputs=inputs, mean=mean)
    n = within("examples", n, n >= 1, "numbers of examples at or above 1")
    p = within("inputs", p, p >= 1, "numbers of inputs at or above 1")
    square = within("mean", size, size >= 0, "lengths at or above zero") ** 2
    return ndtr((p + square) / jnp.sqrt((n - 1) * (p + 2 * square + square**2 / 2) + 2 * p + 4 * square))


@closed_form
def linear_accuracy(
    bias: Float[ArrayLike, "..."], first: Float[ArrayLike, "..."], second: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Accuracy of a linear classifier, label 1 where $u \cdot x + b > 0$, on new, rightly labeled examples.

    $\frac14 [\Phi(b + s_1) + \Phi(b - s_1)] + \frac14 [\Phi(s_2 - b) + \Phi(-s_2 - b)]$ for u of length 1. Without bias
    exactly one half, whatever u: the two clusters of a label lie opposite each other. Never above three quarters.

    Args:
        bias: b.
        first: $s_1 = \mu_1 \cdot u$, of the label 1.
        second: $s_2 = \mu_2 \cdot u$, of the label -1.

    >>> round(float(linear_accuracy(0.0, 5.0, 2.0)), 9), round(float(linear_accuracy(-2.5, 5.0, 0.0)), 4)
    (0.5, 0.7453)
    """
    b, one, other = together(bias=bias, first=first, second=second)
    return (ndtr(b + one) + ndtr(b - one) + ndtr(other - b) + ndtr(-other - b)) / 4


def _examples(
    inputs: Float[ArrayLike, "n p"], labels: Float[ArrayLike, " n"], points: Float[ArrayLike, "k p"], step: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    x, y, at = one_matrix("inputs", inputs), finite("labels", labels), one_matrix("points", points)
    if y.shape != x.shape[:1] or at.shape[1] != x.shape[1]:
        raise ValueError(
            f"inputs have shape {x.shape}, labels {y.shape} and points {at.shape}; give rows of as many coordinates, "
            "and a label for each input"
        )
    y = within("labels", y, jnp.abs(y) == 1, "labels 1 and -1").astype(x.dtype)
    eta = one_number("step", step).astype(x.dtype)
    eta = within("step", eta, eta >= 0, "steps at or above zero", "descent subtracts the gradient itself")
    return x, y, at.astype(x.dtype), eta
