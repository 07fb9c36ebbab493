r"""Posterior collapse in linear variational autoencoders: which latents a trained one uses, and what collapses them.

Decoder $x \mid z \sim \mathcal N(Wz + \mu, \sigma^2 I)$, prior $z \sim \mathcal N(0, I)$, encoder
$z \mid x \sim \mathcal N(V(x - \mu), D)$ with diagonal D, trained on the mean over the data of the negative bound

$$\mathcal L = -\mathbb E \log p(x \mid z) + \beta\,\mathrm{KL}.$$

Dividing by $\beta$ shows that it acts like noise: only the distortion $s = \beta\sigma^2$ enters. With $\lambda_i$ the
eigenvalues of the data's covariance (about the mean, divided by the number of samples), the least loss is attained by
principal directions with $|W_i|^2 = (\lambda_i - s)_+$ and $D_i = \min(1, s/\lambda_i)$: latents of variance below the
distortion collapse onto the prior. For $\beta = 1$ this is the correspondence with probabilistic principal components
(Lucas et al. 2019); the form for any $\beta$, the learned noise and its thresholds are derived here.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import positive, single
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def decoder_strengths(
    eigenvalues: Float[ArrayLike, " d"], latents: int, noise: Float[ArrayLike, ""], beta: Float[ArrayLike, ""] = 1.0
) -> Float[Array, " latents"]:
    r"""$|W_i|^2 = (\lambda_i - \beta\sigma^2)_+$, largest first; zero for a collapsed latent.

    Args:
        eigenvalues: of the data's covariance, in any order.
        latents: how many the autoencoder has; those beyond the dimensions always collapse.
        noise: the decoder's variance $\sigma^2$.
        beta: weight of the divergence.

    Raises:
        ValueError: eigenvalues below zero, fewer than one latent, noise or beta at or below zero.

    >>> decoder_strengths(jnp.array([4.0, 1.0, 0.25]), 2, 0.5, 3.0).tolist()
    [2.5, 0.0]
    """
    lam, s = _distortion(eigenvalues, latents, noise, beta)
    return jnp.maximum(lam - s, 0.0)


@closed_form
def posterior_variances(
    eigenvalues: Float[ArrayLike, " d"], latents: int, noise: Float[ArrayLike, ""], beta: Float[ArrayLike, ""] = 1.0
) -> Float[Array, " latents"]:
    r"""$D_i = \min(1, \beta\sigma^2/\lambda_i)$: the prior's variance, one, where a latent has collapsed.

    Raises:
        ValueError: as `decoder_strengths`.

    >>> posterior_variances(jnp.array([4.0, 1.0, 0.25]), 2, 0.5, 3.0).tolist()
    [0.375, 1.0]
    """
    lam, s = _distortion(eigenvalues, latents, noise, beta)
    return s / jnp.maximum(lam, s)


@closed_form
def latent_rates(
    eigenvalues: Float[ArrayLike, " d"], latents: int, noise: Float[ArrayLike, ""], beta: Float[ArrayLike, ""] = 1.0
) -> Float[Array, " latents"]:
    r"""Mean divergence of each latent from its prior in nats, $\frac12\log(\lambda_i/\beta\sigma^2)_{\ge 1}$.

    The rate that a Gaussian of variance $\lambda_i$ needs at distortion $\beta\sigma^2$: training fills water in
    reverse. The decoder leaves the distortion in every direction that it uses.

    Raises:
        ValueError: as `decoder_strengths`.

    >>> [round(r.item(), 6) for r in latent_rates(jnp.array([4.0, 1.0, 0.25]), 2, 0.5, 3.0)]
    [0.490415, 0.0]
    """
    lam, s = _distortion(eigenvalues, latents, noise, beta)
    return jnp.log(jnp.maximum(lam, s) / s) / 2


@closed_form
def least_negative_bound(
    eigenvalues: Float[ArrayLike, " d"], latents: int, noise: Float[ArrayLike, ""], beta: Float[ArrayLike, ""] = 1.0
) -> Float[Array, ""]:
    r"""The least loss over decoder, encoder and mean, in nats a sample.

    $$\frac d2\log 2\pi\sigma^2 + \frac1{2\sigma^2}\Bigl(\sum_{\text{used}} s + \sum_{\text{others}}\lambda_j\Bigr)
      + \frac\beta2\sum_{\text{used}}\log\frac{\lambda_i}{s},\qquad s = \beta\sigma^2.$$

    For $\beta = 1$ minus the log-likelihood of probabilistic principal components of noise $\sigma^2$: the bound is
    tight, and collapse is no fault of it.

    Raises:
        ValueError: as `decoder_strengths`.

    >>> round(least_negative_bound(jnp.array([4.0, 1.0, 0.25]), 2, 0.5, 3.0).item(), 6)
    5.938339
    """
    rates = latent_rates(eigenvalues, latents, noise, beta)
    lam, s = _distortion(eigenvalues, latents, noise, beta)
    values = _descending(eigenvalues)
    sigma2, weight = positive("noise", noise).astype(lam.dtype), positive("beta", beta).astype(lam.dtype)
    saved = jnp.sum(jnp.maximum(lam - s, 0.0))  # of the squared error
    error = jnp.sum(values) - saved
    return len(values) * jnp.log(2 * jnp.pi * sigma2) / 2 + error / (2 * sigma2) + weight * jnp.sum(rates)


@closed_form
def collapse_noise(
    eigenvalues: Float[ArrayLike, "*batch"], beta: Float[ArrayLike, "*batch"] = 1.0
) -> Float[Array, "*batch"]:
    r"""$\sigma_i^2 = \lambda_i/\beta$: the decoder's variance from which on the latent of this direction has collapsed.

    The transition is continuous: rate and strength vanish linearly.

    Raises:
        ValueError: eigenvalues below zero, beta at or below zero.

    >>> collapse_noise(jnp.array([4.0, 1.0]), 2.0).tolist()
    [2.0, 0.5]
    """
    lam, weight = together(eigenvalues=eigenvalues, beta=beta)
    lam = within("eigenvalues", lam, lam >= 0, "variances at or above zero")
    return lam / within("beta", weight, weight > 0, "positive numbers")


@closed_form
def learned_noise(
    eigenvalues: Float[ArrayLike, " d"], latents: int, beta: Float[ArrayLike, ""] = 1.0
) -> Float[Array, ""]:
    r"""$\sigma^2 = \min_q T_q/(d - \beta q)$ over $q \le k$ with $\beta q < d$: the best noise, if it is learned too.

    $T_q = \sum_{j > q}\lambda_j$ is the variance that q latents leave. The minimum's q is the number of latents in use.
    $\beta = 1$ gives the mean of the discarded eigenvalues, below every kept one: no latent collapses.

    Raises:
        ValueError: as `decoder_strengths`, and data on as few dimensions as the latents reach at no cost (T_q = 0 with
            beta q < d): the noise tends to zero and the loss to minus infinity.

    >>> learned_noise(jnp.array([4.0, 2.0, 1.0, 0.5]), 2).item()
    0.75
    >>> round(learned_noise(jnp.array([4.0, 2.0, 1.0, 0.5]), 2, 1.6).item(), 6)  # the second latent has collapsed
    1.458333
    """
    lam, k, weight = _descending(eigenvalues), whole("latents", latents, least=1), single("beta", beta)
    d = len(lam)
    q = jnp.arange(min(k, d) + 1, dtype=lam.dtype)
    left = jnp.concatenate([jnp.cumsum(lam[::-1])[::-1], jnp.zeros(1, lam.dtype)])[: len(q)]
    free = d - weight.astype(lam.dtype) * q
    noise = jnp.min(jnp.where(free > 0, left / jnp.where(free > 0, free, 1.0), jnp.inf))
    return within("learned noise", noise, noise > 0, "positive numbers", "data of this few dimensions need no noise")


@closed_form
def learned_collapse_betas(eigenvalues: Float[ArrayLike, " d"]) -> Float[Array, " d"]:
    r"""$\beta_i = d\lambda_i/(T_i + i\lambda_i)$: the weight at which latent i collapses although the noise is learned.

    Never below one, falling in i and the same for any number of latents at or above i. The last one to go leaves at
    $\beta_1 = \lambda_1/\bar\lambda$.

    Raises:
        ValueError: eigenvalues below zero, or the largest zero.

    >>> [round(b.item(), 6) for b in learned_collapse_betas(jnp.array([4.0, 2.0, 1.0, 0.5]))]
    [2.133333, 1.454545, 1.142857, 1.0]
    """
    lam = _descending(eigenvalues)
    top = within("largest eigenvalue", lam[0], lam[0] > 0, "positive numbers", "data that do not vary have none")
    i = jnp.arange(1, len(lam) + 1, dtype=lam.dtype)
    relative = lam / top
    left = jnp.cumsum(relative[::-1])[::-1] - relative
    some = relative != 0
    return jnp.where(relative == 0, 1.0, len(lam) * relative / jnp.where(some, left + i * relative, 1.0))


def _descending(eigenvalues: Float[ArrayLike, " d"]) -> Array:
    lam = finite("eigenvalues", eigenvalues)
    if lam.ndim != 1 or not len(lam):
        raise ValueError(f"eigenvalues have shape {lam.shape} but must be a vector of one or more; vmap over others")
    lam = within("eigenvalues", lam, lam >= 0, "variances at or above zero")
    return jnp.where(jnp.isnan(lam).any(), jnp.nan, -jnp.sort(-lam))  # one unknown makes all so: a sort puts it last


def _distortion(
    eigenvalues: Float[ArrayLike, " d"], latents: int, noise: Float[ArrayLike, ""], beta: Float[ArrayLike, ""]
) -> tuple[Array, Array]:
    """The eigenvalues that the latents can take, zeros where there are none left, and beta sigma^2."""
    lam, k = _descending(eigenvalues), whole("latents", latents, least=1)
    s = single("noise", noise) * single("beta", beta)
    return jnp.concatenate([lam, jnp.zeros(max(k - len(lam), 0), lam.dtype)])[:k], s.astype(lam.dtype)
