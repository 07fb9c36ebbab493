"""Readouts trained on features that stay: the networks they belong to, their descent, covariances between networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.networks import Architecture, perceptron
from validations.kernels import ensembles, readouts
from validations.kernels.claims.readouts import Readouts

CONFIG = Readouts(replicates=2, networks=3, width=8, times=(0.5, 1.0), step=0.25)


def test_the_last_layer_of_a_perceptron_is_trained_and_no_other() -> None:
    keys = jax.random.split(jax.random.key(1), 2)
    outputs = readouts.simulate(CONFIG, keys).data["outputs"]
    assert outputs.shape == (2, 3, 2, 3)
    net = perceptron((2, 8, 1), activation="erf", parametrization="ntk", sigma_w=2.0)
    x, asked, y = ensembles.circle(CONFIG.train), ensembles.circle(CONFIG.test), ensembles.targets(CONFIG.train)
    (last,), features = (jax.tree.map(lambda a: a[4], part) for part in readouts._drawn(CONFIG)(keys))
    own = jax.random.split(keys[1], 3)[1]
    first, *_, drawn = Architecture((2,), readouts.layers(8, 2.0)).init(own)
    assert drawn.weight.tolist() == last.weight.tolist()
    hidden = jax.scipy.special.erf(2.0 / 2**0.5 * jnp.concatenate([x, asked]) @ first.weight.T)
    assert np.asarray(features) == pytest.approx(np.asarray(hidden))
    loss = lambda w: 0.5 * jnp.mean((net.apply((first, w), x) - y) ** 2)
    for step in range(1, 5):
        last = jax.tree.map(lambda a, g: a - 0.25 * g, last, jax.grad(loss)(last))
        if step % 2 == 0:
            alone = np.asarray(net.apply((first, last), asked)[:, 0])
            assert outputs[1, 1, step // 2 - 1] == pytest.approx(alone, rel=1e-9)


def test_covariances_between_networks() -> None:
    outputs = np.random.default_rng(0).standard_normal((2, 5, 3, 4))
    whole = ensembles.between(outputs, 0)
    apart = ensembles.between(outputs)
    for r in range(2):
        for t in range(3):
            want = np.cov(outputs[r, :, t], rowvar=False)
            assert whole[r, t] == pytest.approx(want[np.triu_indices(4)])
            assert apart[r, t] == pytest.approx(want[np.triu_indices(4, 1)])


def test_late_readouts_fit_and_their_covariance_is_the_posterior() -> None:
    c = Readouts(replicates=1)
    late = readouts._readouts(np.array([np.inf]), c.train, c.train, c.sigma_w)
    assert np.asarray(late.mean[0]) == pytest.approx(np.asarray(ensembles.targets(c.train)), abs=1e-8)
    assert np.abs(late.covariance).max() < 1e-8
    both = ensembles.both_kernels(c.train, c.test, c.sigma_w, 0.0)[0]
    posterior = both.test - both.across @ np.linalg.solve(both.train, both.across.T)
    found = readouts._covariance(np.array([np.inf]), c.train, c.test, c.sigma_w)
    assert found[0] == pytest.approx(np.asarray(posterior)[np.triu_indices(3)], rel=1e-6)


@pytest.mark.parametrize("changed", [{"networks": 1}, {"step": 0.0}, {"width": -3}, {"sigma_w": 0.0}])
def test_bad_settings(changed: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        Readouts(replicates=8, **changed)
