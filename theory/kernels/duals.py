r"""Dual activations: what an infinitely wide layer does to second moments and correlations.

For centered Gaussian (u, v) with $\mathbb E u^2 = q_1$, $\mathbb E v^2 = q_2$ and correlation $1 - \delta$, an
activation f has the dual $\mathbb E f(u) f(v)$ and the derivative dual $\mathbb E f'(u) f'(v)$, which is the
derivative of the dual with respect to the covariance (Price 1958). Correlations travel as their gap $\delta$ (see
`theory.kernels.gaps`).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, within
from theory.kernels.gaps import root
from theory.kernels.inputs import resolved
from theory.kernels.piecewise import Step, TwoSlopes
from theory.kernels.polynomial import Polynomial
from theory.kernels.quadrature import Quadrature
from theory.kernels.smooth import Cos, Erf, Exp, Gaussian, Gelu, Sin
from theory.networks import Activation

Values = Float[Array, "..."]


@runtime_checkable
class Dual(Protocol):
    """An activation that knows its duals; itself a pointwise function, so that `Activation(TwoSlopes(0.2, 1.0))`
    describes a finite layer and an infinite one."""

    def __call__(self, x: Values) -> Values: ...

    def moment(self, q: Values) -> Values:
        """E f(u)^2 at E u^2 = q."""

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        """1 - correlation of f(u) and f(v)."""

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        """E f'(u) f'(v)."""


DUALS: Mapping[str, Dual] = MappingProxyType(
    {
        "linear": TwoSlopes(1.0, 1.0),
        "relu": TwoSlopes(0.0, 1.0),
        "leaky_relu": TwoSlopes(0.01, 1.0),
        "abs": TwoSlopes(-1.0, 1.0),
        "step": Step(),
        "erf": Erf(),
        "gelu": Gelu(),
        "sin": Sin(),
        "cos": Cos(),
        "exp": Exp(),
        "gaussian": Gaussian(),
        "square": Polynomial((0.0, 0.0, 1.0)),
    }
)


def dual_of(activation: str | Callable | Activation) -> Dual:
    """The duals of an activation: in closed form where one is known, else by quadrature.

    Raises:
        ValueError: an unknown name; all that exist are named.

    >>> dual_of("relu")
    TwoSlopes(negative=0.0, positive=1.0)
    """
    described = activation if isinstance(activation, Activation) else _described(activation)
    if isinstance(described.name, Dual):
        return described.name
    known = DUALS.get(described.name) if isinstance(described.name, str) else None
    return Quadrature(described) if known is None else known


def _described(activation: str | Callable) -> Activation:
    return Activation(DUALS[activation] if isinstance(activation, str) and activation in DUALS else activation)


@closed_form
def dual_moment(activation: str | Callable | Activation, q: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""Second moment of the activations, $\mathbb E f(\sqrt q z)^2$ for standard Gaussian z.

    Raises:
        ValueError: a second moment below zero, an unknown activation, one whose second moment is infinite.

    >>> dual_moment("relu", 2.0).item()
    1.0
    """
    return resolved(dual_of(activation).moment(_moments("q", q)))


@closed_form
def dual_kernel(
    activation: str | Callable | Activation,
    q1: Float[ArrayLike, "*batch"],
    q2: Float[ArrayLike, "*batch"],
    gap: Float[ArrayLike, "*batch"],
) -> Float[Array, "*batch"]:
    r"""The dual activation, $\mathbb E f(u) f(v)$.

    ReLU and its relatives by Cho and Saul 2009, erf by Williams 1997; sine, cosine, exponential and Gaussian are
    Gaussian characteristic functions; polynomials by Mehler's formula; GELU derived in `theory.kernels.smooth`;
    others by quadrature.

    Args:
        activation: a name, a function, or an object with duals of its own (`Dual`).
        q1: $\mathbb E u^2$.
        q2: $\mathbb E v^2$.
        gap: $1 - c$ with c the correlation, between 0 and 2.

    Raises:
        ValueError: a second moment below zero, a gap outside [0, 2], an unknown activation, one whose second moment
            is infinite.

    >>> round(dual_kernel("relu", 1.0, 1.0, 1.0).item(), 6)  # 1 / (2 pi)
    0.159155
    """
    dual, (q1, q2, gap) = dual_of(activation), _checked(q1, q2, gap)
    m1, m2 = resolved(dual.moment(q1)), resolved(dual.moment(q2))
    return root(m1) * root(m2) * (1 - dual.gap(q1, q2, gap))


@closed_form
def dual_gap(
    activation: str | Callable | Activation,
    q1: Float[ArrayLike, "*batch"],
    q2: Float[ArrayLike, "*batch"],
    gap: Float[ArrayLike, "*batch"],
) -> Float[Array, "*batch"]:
    r"""The gap after the activation, 1 minus the correlation of $f(u)$ and $f(v)$, with its digits at near-duplicates.

    Arguments as in `dual_kernel`. For ReLU $\delta' = \delta - (\sin\theta - \theta\cos\theta)/\pi$ with
    $\cos\theta = 1 - \delta$.

    >>> dual_gap("relu", 1.0, 1.0, 0.0).item()
    0.0
    """
    dual, (q1, q2, gap) = dual_of(activation), _checked(q1, q2, gap)
    return dual.gap(_told(dual, q1), _told(dual, q2), gap)


@closed_form
def dual_slope(
    activation: str | Callable | Activation,
    q1: Float[ArrayLike, "*batch"],
    q2: Float[ArrayLike, "*batch"],
    gap: Float[ArrayLike, "*batch"],
) -> Float[Array, "*batch"]:
    r"""The derivative dual, $\mathbb E f'(u) f'(v)$. Arguments as in `dual_kernel`.

    >>> dual_slope("relu", 1.0, 1.0, 0.0).item()
    0.5
    """
    dual, (q1, q2, gap) = dual_of(activation), _checked(q1, q2, gap)
    return dual.slope(_told(dual, q1), _told(dual, q2), gap)


def _told(dual: Dual, q: Values) -> Values:
    """The second moment q, refused where that of the activations is told to be infinite."""
    moment = dual.moment(q)
    fix = "the activation's is infinite, or no number"
    return q + 0 * within(
        "a second moment", jnp.where(jnp.isinf(moment), 0.0, moment), ~jnp.isnan(moment), "numbers", fix
    )


def _checked(q1: ArrayLike, q2: ArrayLike, gap: ArrayLike) -> tuple[Values, Values, Values]:
    gap = finite("gap", gap)
    gap = within("gap", gap, (gap >= 0) & (gap <= 2), "gaps 1 - c in [0, 2]", "pass one minus the correlation")
    return _moments("q1", q1), _moments("q2", q2), gap


def _moments(name: str, value: ArrayLike) -> Values:
    q = finite(name, value)
    return within(name, q, q >= 0, "second moments at or above zero")
