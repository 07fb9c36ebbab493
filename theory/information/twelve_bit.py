r"""The 12-bit task of the information plane, generated from a closed rule, and a control with no information in it.

The twelve bits sit on the vertices of an icosahedron; with w ones and $e_1, e_2, e_3$ pairs of ones at graph distance
1, 2, 3 the label is $y = [23 w - 5 e_1 + e_2 - 8 e_3 \ge 99]$: a threshold on a rotation-invariant power spectrum.
The rule reproduces the labels published with the code of Shwartz-Ziv and Tishby, arXiv 1703.00810, bit for bit
(derived here).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int, Num

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

NEIGHBORS = (
    (2, 4, 6, 7, 8),
    (5, 6, 8, 9, 10),
    (0, 6, 7, 10, 11),
    (4, 5, 7, 9, 11),
    (0, 3, 5, 7, 8),
    (1, 3, 4, 8, 9),
    (0, 1, 2, 8, 10),
    (0, 2, 3, 4, 11),
    (0, 1, 4, 5, 6),
    (1, 3, 5, 10, 11),
    (1, 2, 6, 9, 11),
    (2, 3, 7, 9, 10),
)
ANTIPODES = (9, 7, 5, 6, 10, 2, 3, 1, 11, 0, 4, 8)
WEIGHTS = (23, -5, 1, -8)  # of ones, and of pairs of ones at distance 1, 2, 3
THRESHOLD = 99


@closed_form
def twelve_bit_inputs() -> Int[np.ndarray, "4096 12"]:
    """All patterns of twelve bits, row n being n in binary with the most significant bit first.

    >>> twelve_bit_inputs()[5].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    """
    return (np.arange(4096)[:, None] >> np.arange(11, -1, -1)) & 1


@closed_form
def twelve_bit_labels() -> Int[np.ndarray, " 4096"]:
    r"""The label of every pattern, in the order of `twelve_bit_inputs`; 2118 are 1, so that H(Y) = 0.999157 bits.

    >>> int(twelve_bit_labels().sum())
    2118
    """
    x = twelve_bit_inputs()
    near, far = np.zeros((12, 12), int), np.zeros((12, 12), int)
    for vertex, others in enumerate(NEIGHBORS):
        near[vertex, list(others)] = 1
    far[np.arange(12), list(ANTIPODES)] = 1
    middle = 1 - near - far - np.eye(12, dtype=int)
    pairs = [np.einsum("ni,ij,nj->n", x, m, x) // 2 for m in (near, middle, far)]
    score = WEIGHTS[0] * x.sum(axis=1) + sum(w * e for w, e in zip(WEIGHTS[1:], pairs))
    return (score >= THRESHOLD).astype(int)


@closed_form
def gradient_signal_to_noise(
    distance: Float[ArrayLike, "..."],
    inputs: Num[ArrayLike, "..."],
    batch: Num[ArrayLike, "..."],
    label_noise: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""Norm of the mean minibatch gradient over that of its fluctuation, for linear regression.

    $$\frac{|\mathbb E g|}{\sqrt{\mathrm{tr}\,\mathrm{Cov}\,g}}
      = \frac{|\Delta| \sqrt B}{\sqrt{(d + 1)|\Delta|^2 + d s^2}}, \qquad \Delta = w - w^*$$

    White Gaussian inputs, half the squared error; derived here. The ratio falls through one as learning proceeds, with
    no information in play: a control for the drift and diffusion phases of :cite:t:`shwartz2017`.

    Args:
        distance: $|\Delta|$, of the weights from the true ones.
        inputs: d.
        batch: B.
        label_noise: s, standard deviation of the labels' noise.

    Returns:
        The ratio; NaN where distance and noise are both zero.

    Raises:
        ValueError: a negative distance or noise, fewer than one input or example.

    >>> round(float(gradient_signal_to_noise(1.0, 10.0, 32.0, 0.5)), 4)
    1.5396
    """
    distance, d, batch, s = together(distance=distance, inputs=inputs, batch=batch, label_noise=label_noise)
    distance = within("distance", distance, distance >= 0, "distances at or above zero")
    s = within("label_noise", s, s >= 0, "standard deviations at or above zero")
    d = within("inputs", d, d >= 1, "numbers of at least one")
    batch = within("batch", batch, batch >= 1, "numbers of at least one")
    return distance * jnp.sqrt(batch) / jnp.hypot(jnp.sqrt(d + 1) * distance, jnp.sqrt(d) * s)


@closed_form
def diffusion_crossing(
    inputs: Num[ArrayLike, "..."], batch: Num[ArrayLike, "..."], label_noise: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Distance at which signal and noise of the gradient are equal, $|\Delta|^2 = d s^2/(B - d - 1)$; derived here.

    Raises:
        ValueError: a batch at or below d + 1, for which noise prevails at every distance; a negative noise.

    >>> round(float(diffusion_crossing(10.0, 32.0, 0.5)), 6)
    0.345033
    """
    d, batch, s = together(inputs=inputs, batch=batch, label_noise=label_noise)
    d = within("inputs", d, d >= 1, "numbers of inputs from 1")
    batch = within("batch", batch, batch > d + 1, "batches above d + 1", "below it noise prevails at every distance")
    s = within("label_noise", s, s >= 0, "standard deviations at or above zero")
    return s * jnp.sqrt(d / (batch - d - 1))
