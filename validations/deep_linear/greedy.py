"""Linear autoencoders trained one on top of the other, then least squares on their codes."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.deep_linear import greedy as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.greedy import Stacks


def simulate(config: Stacks, keys: PRNGKeyArray) -> Measurement:
    d, sizes = len(config.variances), (len(config.variances), *config.widths)
    shapes = [(d, d), (config.outputs, d)]
    shapes += [s for n, m in zip(sizes, sizes[1:], strict=False) for s in ((m, n), (n, m))]
    counts = [int(np.prod(s)) for s in shapes]
    draw = quickly_compiled(jax.vmap(lambda key: jax.random.normal(key, (sum(counts),))))
    pieces = np.split(np.asarray(draw(keys)), np.cumsum(counts)[:-1], axis=1)
    first, task, *starts = [p.reshape(len(keys), *s) for p, s in zip(pieces, shapes, strict=True)]
    basis, _ = np.linalg.qr(first)
    covariances = (basis * np.asarray(config.variances)) @ basis.swapaxes(1, 2)
    correlations = task @ covariances
    codes = np.broadcast_to(np.eye(d), covariances.shape)
    train = quickly_compiled(jax.vmap(lambda c, w, v: autoencoder(c, w, v, config.step, config.steps)))
    for down, up in zip(starts[::2], starts[1::2], strict=True):
        of_codes = codes @ covariances @ codes.swapaxes(1, 2)
        codes = np.asarray(train(of_codes, config.start * down, config.start * up)) @ codes
    lost = explained(correlations, covariances, np.eye(d)) - explained(correlations, covariances, codes)
    return Measurement(
        start={"sigma_yx": correlations, "sigma_xx": covariances},
        data={"lost": lost / explained(correlations, covariances, np.eye(d))},
    )


def autoencoder(covariance: Array, down: Array, up: Array, step: float, steps: int) -> Float[Array, "h d"]:
    """The encoder after descent on half the squared error of reconstructing inputs of this covariance."""

    def loss(layers: tuple[Array, Array]) -> Float[Array, ""]:
        gap = layers[1] @ layers[0] - jnp.eye(len(covariance))
        return 0.5 * jnp.sum(gap * (gap @ covariance))

    improve = lambda _, layers: jax.tree.map(lambda w, g: w - step * g, layers, jax.grad(loss)(layers))
    return jax.lax.fori_loop(0, steps, improve, (down, up))[0]


def explained(correlations: np.ndarray, covariances: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """By how much least squares on the codes lowers the loss, replicate by replicate."""
    seen = correlations @ codes.swapaxes(-1, -2)
    spread = codes @ covariances @ codes.swapaxes(-1, -2)
    return 0.5 * np.sum(seen * np.linalg.solve(spread, seen.swapaxes(1, 2)).swapaxes(1, 2), axis=(1, 2))


def share(sigma_yx: Array, sigma_xx: Array, width: int, best: bool = False) -> Array:
    """The closed form as a part of what there is to explain."""
    form = closed.narrow_loss if best else closed.greedy_loss
    over_all = quickly_compiled(jax.vmap(lambda yx, xx: form(yx, xx, width)))
    lost = over_all(jnp.asarray(sigma_yx), jnp.asarray(sigma_xx))
    inverse = np.linalg.solve(np.asarray(sigma_xx), np.asarray(sigma_yx).swapaxes(1, 2))
    return np.asarray(lost) / (0.5 * np.einsum("rkd,rdk->r", np.asarray(sigma_yx), inverse))


GREEDY = Theory(
    inputs=lambda sigma_yx, sigma_xx, widths: {"sigma_yx": sigma_yx, "sigma_xx": sigma_xx, "width": min(widths)},
    observe=lambda lost: lost,
    predict=lambda sigma_yx, sigma_xx, width: share(sigma_yx, sigma_xx, width),
    rivals={
        "best for the task": lambda sigma_yx, sigma_xx, width: share(sigma_yx, sigma_xx, width, best=True),
        "one component more": lambda sigma_yx, sigma_xx, width: share(sigma_yx, sigma_xx, width + 1),
        "random layers": lambda sigma_xx, width: 1 - width / sigma_xx.shape[-1] + 0 * sigma_xx[:, 0, 0],
    },
    margin=lambda: 0.01,
    axes=lambda: Axes(y_label="part of the explainable that is lost"),
    rests_on=(closed.greedy_loss, closed.narrow_loss),
)
