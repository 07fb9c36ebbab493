r"""What infinitely wide ensembles, trained by gradient flow, know about their labels: bounds and exact values.

Flow on half the sum of squared errors, $\dot f = -\Theta(f - Y)$, from $f_0 \sim \mathcal N(0, K)$ (Shwartz-Ziv and
Alemi 2019, arXiv 1911.09189); under a mean over n examples the time is t/n. Kernels are arrays from any source. One
output; outputs of one network add. The law of the outputs themselves is `theory.kernels.gradient_flow.ntk_ensemble`.
"""

from typing import TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, floating, one_number, within
from theory.kernels.gradient_flow import TrainTest, ntk_ensemble

Kernel: TypeAlias = Float[ArrayLike, "..."]
ROUNDINGS = 1e3  # of the largest entry, within which a kernel may be asymmetric or have a negative eigenvalue


@closed_form
def output_divergence(
    mean: Float[ArrayLike, "..."], variance: Float[ArrayLike, "..."], start_variance: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""$\mathrm{KL}(\mathcal N(\mu, \Sigma) \| \mathcal N(0, K))$ in nats: trained output against untrained one.

    Its mean over data bounds $I(Z; D)$ from above, the untrained ensemble standing for the marginal
    :cite:p:`shwartz2019`; see `output_label_information` for what it bounds.

    Args:
        mean, variance: of the trained output.
        start_variance: K(x, x), of the untrained one.

    Raises:
        ValueError: a variance at or below zero, NaN or infinity.

    >>> round(output_divergence(1.0, 0.5, 1.0).item(), 6)
    0.596574
    """
    mu, s, k = together(mean=mean, variance=variance, start_variance=start_variance)
    s, k = (within(name, v, v > 0, "variances above zero") for name, v in (("variance", s), ("start_variance", k)))
    excess = s / k - 1
    return 0.5 * (excess - jnp.log1p(excess) + mu**2 / k)


@closed_form
def output_label_information(
    t: Float[ArrayLike, "..."], ntk: TrainTest, nngp: TrainTest, label_variance: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""$I(Z; Y) = \frac12 \log(1 + c\,|s_t|^2/\Sigma_t)$ in nats of one trained output about Gaussian labels, exactly.

    $Z = f_t(x)$, labels $\mathcal N(0, c I)$ independent of the inputs,
    $s_t = \Theta_* \Theta^{-1}(1 - e^{-\Theta t})$, $\Sigma_t$ the variance between networks of equal labels. Derived
    here. Given the inputs Z is Gaussian, so that nothing need be bounded; the mean of `output_divergence` over labels
    is larger.

    Args:
        t: times at or after zero.
        ntk, nngp: the kernels, split.
        label_variance: c.

    Returns:
        One value a time and test input; infinite where nothing but the labels decides.

    Raises:
        ValueError: a negative label variance, and what `ntk_ensemble` raises.

    >>> one = TrainTest(jnp.eye(1), 0.5 * jnp.eye(1), jnp.eye(1))
    >>> round(output_label_information(1.0, one, one, 1.0).item(), 6)
    0.059976
    """
    if not (isinstance(ntk, TrainTest) and isinstance(nngp, TrainTest)):
        raise TypeError("ntk and nngp must be kernels split by TrainTest(train, across, test)")
    t, n = floating("t", t), jnp.asarray(ntk.train).shape[0] if jnp.ndim(ntk.train) else 0
    flow = ntk_ensemble(t * n**2, ntk, nngp, jnp.eye(n, dtype=jnp.asarray(ntk.train).dtype))
    variance = jnp.maximum(jnp.diagonal(flow.covariance, axis1=-2, axis2=-1), 0.0)
    signal = _variance("label_variance", label_variance, variance) * jnp.sum(flow.mean**2, axis=-1)
    return 0.5 * jnp.where(signal == 0, 0.0, jnp.log1p(signal / variance))


@closed_form
def parameter_travel(
    t: Float[ArrayLike, "..."], ntk: Kernel, nngp: Kernel, y: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""$\mathbb E|\theta_t - \theta_0|^2 = Y^\top \Theta^{-1} A_t^2 Y + \mathrm{tr}(\Theta^{-1} A_t^2 K)$ over starts.

    $A_t = 1 - e^{-\Theta t}$ :cite:p:`shwartz2019`; derived here for any K. Labels of covariance C add C to K in place
    of Y.

    Args:
        t: times at or after zero.
        ntk, nngp: among the training inputs.
        y: their labels.

    Raises:
        ValueError: shapes that do not fit, a kernel with a negative eigenvalue, a negative time, NaN or infinity.

    >>> one = jnp.eye(1)
    >>> round(parameter_travel(50.0, one, one, jnp.array([2.0])).item(), 6)
    5.0
    """
    t, values, vectors = _modes(t, ntk)
    K, y = _symmetric("nngp", nngp), _labels(y, values)
    if K.shape != vectors.shape:
        raise ValueError(f"nngp has shape {K.shape}, ntk {vectors.shape}; both are among the training inputs")
    weight = jnp.sum(vectors * (K @ vectors), axis=0) + (vectors.T @ y) ** 2
    return jnp.sum(_learned(t, values) * weight.reshape(values.shape), axis=-1)


@closed_form
def parameter_divergence(t: Float[ArrayLike, "..."], ntk: Kernel, y: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""$\mathrm{KL}(p(\theta_t | D) \| p(\theta_0))$ in nats of a linear model with $\theta_0 \sim \mathcal N(0, I)$.

    $$\tfrac12 \sum_i \bigl[e^{-2 t\lambda_i} - 1 + 2 t \lambda_i
      + (1 - e^{-t\lambda_i})^2\, \tilde y_i^2/\lambda_i\bigr]$$

    over eigenvalues $\lambda_i$ of $\Theta = \Phi\Phi^\top$, $\tilde y = U^\top Y$; derived here after
    :cite:t:`shwartz2019`, for any number of parameters. At late times it grows as $t\,\mathrm{tr}\,\Theta$: without
    noise, interpolation costs infinite information.

    Raises:
        ValueError: as `parameter_travel`.

    >>> round(parameter_divergence(1.0, jnp.eye(1), jnp.array([1.0])).item(), 6)
    0.767456
    """
    t, values, vectors = _modes(t, ntk)
    weight = (vectors.T @ _labels(y, values)) ** 2
    fit = _learned(t, values) * weight.reshape(values.shape)
    return 0.5 * jnp.sum(_narrowing(t * values) + fit, axis=-1)


@closed_form
def mean_parameter_divergence(
    t: Float[ArrayLike, "..."], ntk: Kernel, label_variance: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""The mean of `parameter_divergence` over labels $\mathcal N(0, cI)$: a bound on the information, not its value.

    It exceeds `parameter_label_information` by the divergence of the marginal of $\theta_t$ from $p(\theta_0)$.

    Raises:
        ValueError: as `parameter_label_information`.

    >>> round(mean_parameter_divergence(1.0, jnp.eye(1), 1.0).item(), 6)
    0.767456
    """
    t, values, _ = _modes(t, ntk)
    fit = _variance("label_variance", label_variance, values) * _learned(t, values)
    return 0.5 * jnp.sum(_narrowing(t * values) + fit, axis=-1)


@closed_form
def parameter_label_information(
    t: Float[ArrayLike, "..."], ntk: Kernel, label_variance: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""$I(\theta_t; Y) = \frac12 \sum_i \log\bigl(1 + c\,(e^{t\lambda_i} - 1)^2/\lambda_i\bigr)$ in nats, exactly.

    For the linear model of `parameter_divergence` and labels $\mathcal N(0, cI)$; derived here. In each eigendirection
    $\theta_t = e^{-t\lambda}\theta_0 + (1 - e^{-t\lambda})\lambda^{-1/2}\tilde y$: a Gaussian channel whose noise, the
    start, is forgotten exponentially.

    Args:
        t: times at or after zero, of the flow on half the sum of squares.
        ntk: Theta among the training inputs.
        label_variance: c.

    Raises:
        ValueError: a kernel that is not symmetric or has a negative eigenvalue, a negative time or label variance, NaN
            or infinity.

    >>> round(parameter_label_information(1.0, jnp.eye(1), 1.0).item(), 6)
    0.687173
    """
    t, values, _ = _modes(t, ntk)
    learned = _variance("label_variance", label_variance, values) * _learned(t, values)
    signal = jnp.where(learned == 0, -jnp.inf, jnp.log(jnp.where(learned == 0, 1.0, learned)) + 2 * t * values)
    return 0.5 * jnp.sum(jnp.logaddexp(jnp.zeros_like(signal), signal), axis=-1)


@closed_form
def process_information(nngp: Kernel, noise: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""$I(f; y) = \frac12 \log\det(1 + K/s^2)$ in nats of a Gaussian process about labels with noise of variance $s^2$.

    Exact for regression with the NNGP; $-2\,dI/d\log s^2 = \mathrm{tr}\,K(K + s^2)^{-1}$ is its effective dimension
    :cite:p:`cover2006`.

    Raises:
        ValueError: a noise at or below zero, a kernel that is not symmetric or has a negative eigenvalue.

    >>> round(process_information(jnp.eye(2), 1.0).item(), 6)
    0.693147
    """
    noise, values, _ = _modes(noise, nngp, "noise")
    noise = within("noise", noise, noise > 0, "variances above zero", "without noise the information is infinite")
    return 0.5 * jnp.sum(jnp.log1p(values / noise), axis=-1)


def _narrowing(a: Array) -> Array:
    """e^{-2a} - 1 + 2a, by its series where it cancels."""
    x = jnp.where(a < 0.25, 2 * a, 0.0)
    series = jnp.ones_like(x)
    for k in range(14, 2, -1):
        series = 1 - x / k * series
    return jnp.where(a < 0.25, x**2 / 2 * series, jnp.expm1(-2 * a) + 2 * a)


def _learned(t: Array, values: Array) -> Array:
    """(1 - e^{-t lambda})^2 / lambda, zero where lambda is."""
    positive = jnp.where(values == 0, 1.0, values)
    return jnp.where(values == 0, 0.0, -jnp.expm1(-positive * t)) ** 2 / positive


def _modes(t: Float[ArrayLike, "..."], ntk: Kernel, name: str = "t") -> tuple[Array, Array, Array]:
    """Times and eigenvalues on axes of their own, the latter without what rounding makes of zeros; eigenvectors."""
    theta = _symmetric("ntk" if name == "t" else "nngp", ntk)
    t = finite(name, t).astype(theta.dtype)
    t = within(name, t, t >= 0, "times at or after zero" if name == "t" else "variances above zero")
    values, vectors = jnp.linalg.eigh(theta)
    fix = "pass K(x, x) itself"
    values = within("an eigenvalue", values, values >= -_room(theta), "eigenvalues of a kernel at or above zero", fix)
    values = jnp.where(values > _room(theta) / ROUNDINGS, values, jnp.where(jnp.isnan(values), values, 0.0))
    return t[..., None], values.reshape((1,) * t.ndim + values.shape), vectors


def _symmetric(name: str, kernel: Kernel) -> Array:
    K = finite(name, kernel)
    if K.ndim != 2 or K.shape[0] != K.shape[1] or not K.size:
        raise ValueError(f"{name} has shape {K.shape}; a kernel among n inputs is (n, n)")
    uneven = jnp.abs(K - K.T).max()
    within(f"the asymmetry of {name}", uneven, uneven <= _room(K), "asymmetry by rounding", "pass K(x, x) itself")
    traced = isinstance(K, jax.core.Tracer)
    return jnp.where(uneven <= _room(K), (K + K.T) / 2, jnp.nan) if traced else (K + K.T) / 2


def _room(K: Array) -> Array:
    return ROUNDINGS * len(K) * jnp.finfo(K.dtype).eps * jnp.abs(K).max()


def _labels(y: Float[ArrayLike, "..."], values: Array) -> Array:
    y = finite("y", y).astype(values.dtype)
    if y.shape != values.shape[-1:]:
        raise ValueError(f"y has shape {y.shape}; {values.shape[-1]} training inputs need ({values.shape[-1]},)")
    return y


def _variance(name: str, value: Float[ArrayLike, "..."], like: Array) -> Array:
    v = one_number(name, value).astype(like.dtype)
    return within(name, v, v >= 0, "variances at or above zero")
