"""Searches side by side on the host: known minima, the gradient of every objective, and searches by another library."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize, rosen, rosen_der

from validations.collapse.heads import cells_of, factors_of, objective, random_starts
from validations.collapse.lanes import descend

KEYS = jax.random.split(jax.random.key(1), 2)
ROWS = [(loss, bias, (4.0, 2.0, 1.0)) for loss in ("squared", "entropy") for bias in ("none", "ridged", "free")]


def test_every_lane_of_a_curved_valley_ends_at_its_minimum() -> None:
    """Lanes that start at the end, near it and far away; with too few iterations they say so."""
    start = np.random.default_rng(0).uniform(-2, 2, (2, 40))
    start[:, 0] = 1.0

    def valley(x: np.ndarray, lanes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shift = 0.1 * lanes
        return rosen(x - shift) + lanes, rosen_der(x - shift)

    found = descend(valley, start, tolerance=1e-9)
    assert_allclose(found.params, 1 + 0.1 * np.arange(40) * np.ones((2, 1)), atol=1e-7)
    assert_allclose(found.loss, np.arange(40), atol=1e-14)
    assert (found.gradient <= 1e-9).all()
    assert found.iterations[0] == 0
    short = descend(valley, start, iterations=3, tolerance=1e-9)
    assert (short.gradient[1:] > 1e-9).all()
    assert (short.loss <= valley(start, np.arange(40))[0]).all()


@pytest.mark.parametrize("depth", [1, 3])
def test_objective_and_gradient(depth: int) -> None:
    """By differences along a random line, and the value from its definition."""
    size = 3, 2, depth
    cells = cells_of(ROWS, 0.7, 0.05)
    evaluate, lanes = objective(cells, *size), np.arange(len(ROWS))
    x = random_starts(KEYS, len(ROWS), *size)[:, 0]
    x[-3:] = np.random.default_rng(0).standard_normal((3, len(ROWS)))
    value, slope = evaluate(x, lanes)
    line, step = np.random.default_rng(1).standard_normal(x.shape), 1e-6
    apart = evaluate(x + step * line, lanes)[0] - evaluate(x - step * line, lanes)[0]
    assert_allclose((slope * line).sum(0), apart / (2 * step), rtol=1e-6, atol=1e-9)
    factors, bias = factors_of(x, *size)
    n = np.array([4.0, 2.0, 1.0])
    for i, (loss, kind, _) in enumerate(ROWS):
        features, *layers = (f[..., i] for f in factors)
        out = features
        for layer in layers:
            out = layer @ out
        out = out + (kind != "none") * bias[:, [i]]
        fits = np.log(np.exp(out).sum(0)) - np.diag(out) if loss == "entropy" else ((out - np.eye(3)) ** 2).sum(0) / 2
        price = 0.05 / 2 * ((n * features**2).sum() + sum((w**2).sum() for w in layers))
        held = 0.35 * (bias[:, i] ** 2).sum() if kind == "ridged" else 0.0
        assert_allclose(value[i], n @ fits / 7 + price + held, rtol=1e-12)


def test_lanes_do_not_know_of_each_other() -> None:
    """Together and alone the same ends, and those of scipy's search from there."""
    size = 3, 3, 1
    cells, start = cells_of(ROWS, 0.7, 0.05), random_starts(KEYS, len(ROWS), 3, 3, 1)[:, 1]
    found = descend(objective(cells, *size), start, tolerance=1e-8)
    for i in range(len(ROWS)):
        evaluate = objective(cells.at(np.array([i])), *size)
        alone = descend(evaluate, start[:, [i]], tolerance=1e-8)
        assert_allclose(alone.loss[0], found.loss[i], rtol=1e-12)

        def one(x: np.ndarray, evaluate=evaluate) -> tuple[float, np.ndarray]:  # noqa: ANN001
            value, slope = evaluate(x[:, None], np.array([0]))
            return float(value[0]), slope[:, 0]

        other = minimize(one, start[:, i], jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9})
        assert_allclose(found.loss[i], other.fun, rtol=1e-9)


def test_starts_belong_to_their_keys() -> None:
    both, one = random_starts(KEYS, 3, 3, 3, 2), random_starts(KEYS[1:], 3, 3, 3, 2)
    assert_allclose(both[:, 1], one[:, 0])
    assert np.abs(both[:, 0] - both[:, 1]).max() > 0.1
    assert (both[-3:] == 0).all()
