r"""What an ensemble of wide networks predicts at any time of gradient flow on the mean squared error.

Flow on $\tfrac1{2 N O} \sum_{i,o} (f_o(x_i) - y_{io})^2$ with N examples and O outputs; a network of infinite width
then moves along its tangent kernel, $\dot f = -\Theta (f - y)/(N O)$, from a Gaussian start of covariance K (Jacot,
Gabriel and Hongler 2018; Lee et al. 2019, Eqs. 13 to 16). Times are $\eta \times$ steps; a loss without 1/(N O) has
its times multiplied by N O.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, floating, one_number, within
from theory.kernels.arguments import of_type

FLAT = 1e3  # eigenvalues below this many roundings of the largest count as zero: no time fits them


class Prediction(NamedTuple):
    """Mean of every output, and covariance between inputs of each output: at the times' axes, if any, first."""

    mean: Float[Array, "..."]
    covariance: Float[Array, "..."]


class TrainTest(NamedTuple):
    """A kernel among the training inputs, from test to training inputs, and among the test inputs."""

    train: Float[ArrayLike, "..."]
    across: Float[ArrayLike, "..."]
    test: Float[ArrayLike, "..."]


@closed_form
def ntk_ensemble(
    times: Float[ArrayLike, "..."], ntk: TrainTest, nngp: TrainTest, y: Float[ArrayLike, "..."], ridge: float = 0.0
) -> Prediction:
    r"""Mean and covariance over starts of infinitely wide networks, all of whose layers are trained.

    With $M = \Theta + r I$, $A_t = \Theta_* M^{-1} (1 - e^{-M t/(N O)})$:
    mean $A_t\, y$ and covariance $K_{**} + A_t K A_t^\top - A_t K_*^\top - K_* A_t^\top$ (Lee et al. 2019).

    Args:
        times: of gradient flow, infinity allowed.
        ntk, nngp: the kernels.
        y: targets (N, O).
        ridge: r, in units of the mean diagonal of $\Theta$: the penalty $\tfrac{r}{2NO}|\theta - \theta_0|^2$.

    Returns:
        Mean (times, test, O), covariance (times, test, test) of each output; outputs are independent.

    Raises:
        ValueError: shapes that do not fit, a kernel that is not symmetric or has a negative eigenvalue, a negative
            time or ridge, NaN or infinity. Duplicate inputs are no error without a ridge either: what no flow can fit
            stays, and different targets of one input are averaged.

    >>> one = TrainTest(jnp.array([[2.0]]), jnp.array([[2.0]]), jnp.array([[2.0]]))
    >>> ntk_ensemble(jnp.inf, one, one, jnp.array([[3.0]])).mean.tolist()
    [[3.0]]
    """
    t, flow, y = _times(times), _Flow(ntk, ridge), _targets(y, ntk)
    K, K_across, K_test = _kernel("nngp", nngp)
    K = _positive("nngp", K)
    A = flow.operator(t / y.size)
    cross = A @ K_across.T
    return Prediction(A @ y, _plus(K_test, A @ K @ A.mT - cross - cross.mT))


@closed_form
def nngp_flow(
    times: Float[ArrayLike, "..."], nngp: TrainTest, y: Float[ArrayLike, "..."], ridge: float = 0.0
) -> Prediction:
    r"""Mean and covariance when only the last layer is trained; at infinite time the posterior of the NNGP.

    $K_* M^{-1} (1 - e^{-Mt/(NO)})\, y$ and $K_{**} - K_* M^{-1}(1 - e^{-2Mt/(NO)}) K_*^\top$ with $M = K + r I$ (Lee
    et al. 2019, without ridge). Arguments and errors as in `ntk_ensemble`: without a ridge the flow averages different
    targets of duplicate inputs, of which the process itself has no posterior (`log_marginal_likelihood` refuses them).

    >>> one = TrainTest(jnp.array([[2.0]]), jnp.array([[2.0]]), jnp.array([[2.0]]))
    >>> nngp_flow(jnp.inf, one, jnp.array([[3.0]])).covariance.tolist()
    [[0.0]]
    """
    t, flow, y = _times(times), _Flow(nngp, ridge), _targets(y, nngp)
    _, K_across, K_test = _kernel("nngp", nngp)
    return Prediction(flow.operator(t / y.size) @ y, _plus(K_test, -flow.operator(2 * t / y.size) @ K_across.T))


@closed_form
def on_training_set(
    times: Float[ArrayLike, "..."], ntk: Float[ArrayLike, "..."], y: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Mean outputs on the training inputs, $(1 - e^{-\Theta t/(NO)})\, y$.

    >>> on_training_set(jnp.array([0.0]), jnp.array([[2.0]]), jnp.array([[3.0]])).tolist()
    [[[0.0]]]
    """
    kernel = TrainTest(ntk, ntk, ntk)
    t, flow, y = _times(times), _Flow(kernel, 0.0), _targets(y, kernel)
    return flow.operator(t / y.size) @ y


@closed_form
def flow_mean(
    times: Float[ArrayLike, "..."],
    train: Float[ArrayLike, "..."],
    across: Float[ArrayLike, "..."],
    y: Float[ArrayLike, "..."],
    ridge: float = 0.0,
) -> Float[Array, "..."]:
    r"""Mean outputs alone, $\Theta_* M^{-1}(1 - e^{-Mt/(NO)})\, y$: that of `ntk_ensemble`, or of `nngp_flow`.

    Args:
        train, across: the tangent kernel (the NNGP where the last layer alone is trained) among the training inputs
            and from new to training inputs; with the identity for `across` the result is the dual coefficients.

    Other arguments and errors as in `ntk_ensemble`.

    >>> flow_mean(jnp.inf, jnp.array([[2.0]]), jnp.array([[1.0]]), jnp.array([[3.0]])).tolist()
    [[1.5]]
    """
    across = finite("across", across)
    if across.ndim != 2:
        raise ValueError(f"across has shape {across.shape}; it must be (new inputs, training inputs)")
    kernel = TrainTest(train, across, jnp.zeros((len(across), len(across)), across.dtype))
    t, flow, y = _times(times), _Flow(kernel, ridge), _targets(y, kernel)
    return flow.operator(t / y.size) @ y


@closed_form
def log_marginal_likelihood(
    nngp: Float[ArrayLike, "..."], y: Float[ArrayLike, "..."], noise: Float[ArrayLike, ""]
) -> Float[Array, ""]:
    r"""Log density of the targets under the NNGP with Gaussian noise.

    $-\tfrac12 \sum_o y_o^\top (K + s^2 I)^{-1} y_o - \tfrac O2 \log\det(K + s^2 I) - \tfrac{NO}2 \log 2\pi$
    (Rasmussen and Williams 2006, Eq. 2.30). It differentiates with respect to the kernel and the noise.

    Args:
        noise: variance $s^2$ of the targets' noise, above zero.

    Raises:
        ValueError: shapes that do not fit, a negative eigenvalue, a noise at or below zero, or lost in the rounding of
            a singular kernel; duplicate inputs are named by their rows.

    >>> round(log_marginal_likelihood(jnp.array([[0.5]]), jnp.array([[0.0]]), 0.5).item(), 6)
    -0.918939
    """
    kernel = TrainTest(nngp, nngp, nngp)
    K, y = _square("nngp", nngp), _targets(y, kernel)
    s = one_number("noise", noise)
    K = _positive("nngp", K)
    s = _telling_apart(K, within("noise", s, s >= 0, "variances above zero").astype(K.dtype))
    factor = jnp.linalg.cholesky(K + s * jnp.eye(len(K), dtype=K.dtype))
    white = jnp.linalg.solve(factor, y)
    logs = jnp.log(jnp.diagonal(factor)).sum() * y.shape[1]
    return -(white**2).sum() / 2 - logs - y.size * jnp.log(2 * jnp.pi) / 2


def _telling_apart(K: Float[Array, "n n"], noise: Float[Array, ""]) -> Float[Array, ""]:
    """The noise, checked to lift the kernel's zero eigenvalues out of rounding; duplicate inputs are named."""
    rounding = len(K) * jnp.finfo(K.dtype).eps * jnp.abs(K).max()
    inside = (noise > 0) & (jnp.linalg.eigvalsh(K)[0] + noise > rounding)
    fix = "duplicate rows need one" if isinstance(K, jax.core.Tracer) else _duplicates(np.asarray(K), float(rounding))
    return within("noise", noise, inside, "variances above zero and the kernel's rounding", fix)


def _duplicates(K: Float[np.ndarray, "n n"], rounding: float) -> str:
    """Which inputs are one: a clause on the first two."""
    size = np.diagonal(K)
    first, second = np.nonzero(np.triu(size[:, None] + size - 2 * K <= rounding, 1))
    which = f"rows {first[0]} and {second[0]} are duplicates, and " if len(first) else ""
    return which + "duplicate rows need one"


class _Flow:
    """The linear map from targets to mean outputs, through the eigenvectors of the kernel."""

    def __init__(self, kernel: TrainTest, ridge: float) -> None:
        train, self.across, _ = _kernel("the kernel", kernel)
        r = one_number("ridge", ridge)
        r = within("ridge", r, r >= 0, "penalties at or above zero").astype(train.dtype)
        values, self.vectors = jnp.linalg.eigh(_positive("the kernel", train))
        self.values = values + r * jnp.trace(train) / len(train)

    def operator(self, t: Float[Array, "..."]) -> Float[Array, "..."]:
        r"""$\Theta_* M^{-1}(1 - e^{-Mt})$; a direction of eigenvalue zero is not learned in any finite time."""
        m = self.values
        flat = jnp.abs(m) <= FLAT * jnp.finfo(m.dtype).eps * jnp.abs(m).max()
        t = t[..., None]
        m = jnp.broadcast_to(m, (*t.shape[:-1], *m.shape))
        flat = jnp.broadcast_to(flat, m.shape)
        gain = jnp.where(flat, 0.0, -jnp.expm1(-jnp.where(flat, 0.0, m) * t) / jnp.where(flat, 1.0, m))
        basis = jnp.expand_dims(self.across @ self.vectors, tuple(range(gain.ndim - 1)))
        return (basis * gain[..., None, :]) @ self.vectors.T


def _plus(start: Float[Array, "m m"], change: Float[Array, "..."]) -> Float[Array, "..."]:
    """The covariance, checked to have no variance below zero but for rounding."""
    whole = jnp.broadcast_to(start, change.shape) + change
    variance = jnp.diagonal(whole, axis1=-2, axis2=-1)
    room = _room(start)
    fix = "the parts of a kernel belong to one set of inputs, and none has a variance below zero"
    variance = within("a variance", variance, variance >= -room, "variances at or above zero", fix)
    return whole + 0 * variance[..., None]


def _times(times: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    t = floating("times", times)
    return within("times", t, t >= 0, "times at or after zero")


def _kernel(name: str, kernel: TrainTest) -> tuple[Array, Array, Array]:
    of_type(name, kernel, TrainTest, "TrainTest(train, across, test)")
    train, across, test = (finite(f"{name}.{part}", value) for part, value in zip(TrainTest._fields, kernel))
    if across.ndim != 2 or train.shape != (across.shape[1],) * 2 or test.shape != (across.shape[0],) * 2:
        raise ValueError(
            f"{name} has shapes {train.shape}, {across.shape}, {test.shape}; "
            "they must be (train, train), (test, train), (test, test)"
        )
    if not train.size or not test.size:
        raise ValueError(f"{name} has {len(train)} training and {len(test)} test inputs; give one or more of each")
    variances = jnp.diagonal(test)
    variances = within(f"a variance of {name}.test", variances, variances >= -_room(test), "variances at or above zero")
    return train, across, _symmetric(f"{name}.test", test) + 0 * variances[:, None]


def _square(name: str, kernel: Float[ArrayLike, "..."]) -> Float[Array, "n n"]:
    K = finite(name, kernel)
    if K.ndim != 2 or K.shape[0] != K.shape[1]:
        raise ValueError(f"{name} has shape {K.shape}; a kernel among n inputs is (n, n)")
    return K


def _targets(y: Float[ArrayLike, "..."], kernel: TrainTest) -> Float[Array, "n o"]:
    y, examples = finite("y", y), jnp.asarray(kernel.train).shape[0]
    if y.ndim != 2 or y.shape[0] != examples or not y.size:
        raise ValueError(f"y has shape {y.shape}; {examples} training inputs need ({examples}, outputs)")
    return y


def _positive(name: str, K: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """The kernel, symmetrized, checked to be symmetric and positive semidefinite up to rounding."""
    K, room = _symmetric(name, K), _room(K)
    least = jnp.linalg.eigvalsh(K)[0]
    least = within("the least eigenvalue", least, least >= -room, f"eigenvalues of {name} at or above zero")
    return K + 0 * jnp.where(jnp.isnan(least), jnp.nan, 0.0)


def _symmetric(name: str, K: Float[Array, "n n"]) -> Float[Array, "n n"]:
    uneven = jnp.abs(K - K.T).max()
    allowed = f"asymmetry of {name} by rounding"
    uneven = within("the asymmetry", uneven, uneven <= _room(K), allowed, "pass K(x, x) itself")
    return (K + K.T) / 2 + 0 * uneven


def _room(K: Float[Array, "n n"]) -> Float[Array, ""]:
    """What rounding may do to entries and eigenvalues."""
    return FLAT * len(K) * jnp.finfo(K.dtype).eps * jnp.abs(K).max()
