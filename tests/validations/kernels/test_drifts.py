"""The linear training that networks are compared with, by the linearized network itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from validations.kernels import drifts
from validations.kernels.claims.drifts import Drifts

CONFIG = Drifts(replicates=1, widths=(3, 6), networks=2, steps=3)


@pytest.mark.parametrize("activation", [jnp.tanh, jax.nn.relu])
def test_a_narrow_network_and_its_linearization(activation) -> None:
    rng = np.random.default_rng(0)
    drawn = drifts.Weights(jnp.asarray(rng.standard_normal((6, 2))), jnp.asarray(rng.standard_normal(6)))
    moved, errors = drifts.network_of(CONFIG, activation, jnp.asarray(3), drawn)
    c = np.asarray(CONFIG.cosines)
    x, y = np.stack([c, np.sqrt(1 - c**2)], 1), np.array([1.0, -1.0, 1.0, -1.0])
    start = drifts.Weights(drawn.first[:3], drawn.last[:3])
    outputs = lambda w: activation(x @ w.first.T) @ w.last / 3**0.5
    origin, push = jax.linearize(outputs, start)
    linear = lambda w: push(jax.tree.map(jnp.subtract, w, start))
    centered = lambda w: outputs(w) - origin
    one, other = start, start
    for step in range(3):
        one, other = (
            jax.tree.map(lambda a, g: a - g, w, jax.grad(lambda w, f=f: 0.5 * jnp.mean((f(w) - y) ** 2))(w))
            for w, f in ((one, centered), (other, linear))
        )
        assert np.asarray(errors[step]) == pytest.approx(np.asarray(centered(one) - linear(other)), abs=1e-12)

    def kernel(w: drifts.Weights) -> np.ndarray:
        rows = [np.concatenate([np.ravel(leaf[i]) for leaf in jax.jacobian(outputs)(w)]) for i in range(4)]
        return np.array(rows) @ np.array(rows).T

    change = np.linalg.norm(kernel(one) - kernel(start)) / np.linalg.norm(kernel(start))
    assert float(moved) == pytest.approx(change, rel=1e-9)


def test_behind_is_positive_where_networks_fit_less_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.asarray(drifts.labels(CONFIG))

    def less(config, activation, width, start):
        short = jnp.where(start.last[0] > 0, 0.1, 0.3)
        return short * 0, -short * jnp.asarray(y) * jnp.ones((config.steps, 1))

    monkeypatch.setattr(drifts, "network_of", less)
    of = drifts.trained(CONFIG, jnp.asarray(3), jax.random.key(2))
    drawn = jax.vmap(lambda k: jax.random.normal(k, (6, 3)))(jax.random.split(jax.random.key(2), 2))
    short = np.where(np.asarray(drawn)[:, 0, 2] > 0, 0.1, 0.3)
    assert float(of["behind_kinked"]) == pytest.approx(short.mean())
    assert float(of["left_smooth"]) == pytest.approx(np.sqrt((short**2).mean()))
