r"""Variants of the 12-bit task from its description: bits on the vertices of an icosahedron, rotation-invariant rules.

A pattern x marks vertices $v_i$ of the sphere; its power spectrum
$S_l(x) = \sum_{ij} x_i x_j P_l(v_i \cdot v_j)$ is invariant under rotations, and the label's probability is a sigmoid
of $f = \sum_l a_l S_l$ about the threshold at which both labels are equally likely (Shwartz-Ziv and Tishby 2017,
arXiv 1703.00810). On twelve vertices degrees 0 to 3 say all that a rotation-invariant quadratic form can.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.optimize import brentq
from scipy.special import entr, eval_legendre, expit

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import plain_number, whole, within
from theory.information.arguments import host_array
from theory.information.twelve_bit import twelve_bit_inputs

WEIGHTS = (0.0, 1.0, 0.5, 0.25)  # of degrees 0 to 3, falling


@closed_form
def icosahedron() -> Float[np.ndarray, "12 3"]:
    r"""Its vertices on the unit sphere: cyclic orders of $(0, \pm 1, \pm \varphi)$, golden ratio $\varphi$.

    >>> float(np.round(icosahedron()[0] @ icosahedron()[1], 6))
    -0.447214
    """
    golden = (1 + 5**0.5) / 2
    corners = [(0.0, s, t * golden) for s in (1, -1) for t in (1, -1)]
    vertices = np.array([np.roll(corner, turn) for turn in range(3) for corner in corners])
    return vertices / (1 + golden**2) ** 0.5


@closed_form
def pattern_spectrum(degree: int) -> Float[np.ndarray, " 4096"]:
    r"""$S_l$ of every pattern, in the order of `twelve_bit_inputs`; between 0 and 144.

    By the addition theorem $\frac{4\pi}{2l+1}$ times the squared length of the pattern's harmonics of degree l.

    Raises:
        ValueError: a negative degree.

    >>> float(pattern_spectrum(0)[-1])
    144.0
    """
    x, v = twelve_bit_inputs(), icosahedron()
    kernel = eval_legendre(whole("degree", degree, least=0), np.clip(v @ v.T, -1, 1))
    return np.einsum("ni,ij,nj->n", x, kernel, x, optimize=True)


@closed_form
def icosahedral_law(gain: float, weights: Sequence[float] = WEIGHTS) -> Float[np.ndarray, " 4096"]:
    r"""$p(y = 1 | x) = 1/(1 + e^{-\gamma(f - \theta)})$ of every pattern, $\theta$ such that $p(y = 1) = 1/2$.

    The threshold is found by bracketing; f is scaled to standard deviation one over the patterns.

    Args:
        gain: gamma, above zero; at high gain labels are deterministic but for ties at the threshold, with the
            default weights worth 0.972 bits in all.
        weights: $a_l$ of degrees 0 to 3, as many as given.

    Raises:
        ValueError: a gain at or below zero, weights that are all zero or not finite, or do not tell patterns apart.

    >>> float(icosahedral_law(5.0).mean().round(12))
    0.5
    """
    gain, a = plain_number("gain", gain, above=0), host_array("weights", weights)
    if a.ndim != 1 or not a.size or not np.isfinite(a).all():
        raise ValueError(f"weights have shape {a.shape}; give one finite number for each degree from 0")
    f = sum(w * pattern_spectrum(degree) for degree, w in enumerate(a / max(np.abs(a).max(), np.finfo(float).tiny)))
    if np.ptp(f) < 1e-9:
        raise ValueError("the weighted spectrum is the same for all patterns; give a degree a weight")
    f = (f - f.mean()) / f.std()
    threshold = brentq(lambda t: expit(gain * (f - t)).mean() - 0.5, f.min() - 1, f.max() + 1, xtol=1e-14, rtol=1e-14)
    return expit(gain * (f - threshold))


@closed_form
def law_information(law: Float[ArrayLike, "..."]) -> float:
    r"""$I(X;Y) = H(Y) - \langle H(Y|x) \rangle$ in nats for a binary label and equally likely patterns.

    Args:
        law: $p(y = 1|x)$, one a pattern.

    Raises:
        ValueError: a probability outside [0, 1], no pattern.

    >>> round(law_information(np.array([0.0, 1.0])), 6)
    0.693147
    """
    p = host_array("law", law)
    if p.ndim != 1 or not p.size or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"law of shape {p.shape} must hold probabilities in [0, 1], one a pattern")
    one, mean = entr(p) + entr(1 - p), p.mean()
    return float(entr(mean) + entr(1 - mean) - one.mean())


@closed_form
def fitted_information(
    information: Float[ArrayLike, "..."], parameters: int, n: Float[ArrayLike, "..."]
) -> Float[Array, "2 ..."]:
    r"""What a rule fitted to n noisy labels seems to know in nats: on its own examples, and on new ones.

    $I + \frac{k}{2n}$ and $I - \frac{k}{2n}$, to first order in 1/n: entropy of the labels less the mean log-loss, for
    a regular family of k parameters that contains the labels' law, fitted by greatest likelihood
    :cite:p:`akaike1974`. For the tasks of this module a threshold and the four weights of degrees 0 to 3 make k = 5.

    Args:
        information: $I(X;Y)$, as by `law_information`.
        parameters: k.
        n: examples, above zero.

    Raises:
        ValueError: information below zero, no parameter, no example.

    >>> fitted_information(0.25, 5, 20.0).tolist()
    [0.375, 0.125]
    """
    value, n = together(information=information, n=n)
    value = within("information", value, value >= 0, "information at or above zero")
    cost = float(whole("parameters", parameters, least=1)) / (
        2 * within("n", n, n > 0, "numbers of examples above zero")
    )
    return jnp.stack([value + cost, value - cost])
