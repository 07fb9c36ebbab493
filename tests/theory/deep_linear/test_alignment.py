"""Small neurons against integrated networks, invariants of boosts, and the theorem on sides and times."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.alignment import (
    alignment_angle,
    alignment_time_bound,
    balanced_growth,
    early_neurons,
    growth_amplitude,
    separation,
    sorting_times,
)
from theory.deep_linear.example_strategies import Examples, Neurons, examples_and_neurons, separated_examples

EARLY, SORTED, AMPLITUDE = jax.jit(early_neurons), jax.jit(sorting_times), jax.jit(growth_amplitude)
TIMES = np.array([0.0, 0.1, 0.35, 0.8, 1.5])


def drawn(seed: int, n: int = 7, d: int = 4, h: int = 5) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    y = rng.choice([-1.0, 1.0], n)
    aside = rng.standard_normal((n, d))
    x = np.eye(d)[0] + 0.65 * aside / np.linalg.norm(aside, axis=1, keepdims=True)
    return y[:, None] * x * rng.uniform(0.5, 1.5, (n, 1)), y, rng.standard_normal((h, d)), rng.choice([-1.0, 1.0], h)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_against_the_integrated_flow_of_each_neuron(seed: int) -> None:
    x, y, w, s = drawn(seed)
    h, d = w.shape

    def down(_: float, state: np.ndarray) -> np.ndarray:
        u, v = state[: h * d].reshape(h, d), state[h * d :]
        drive = ((u @ x.T > 0) * y) @ x
        return np.concatenate([(v[:, None] * drive).ravel(), (u * drive).sum(1)])

    start = np.concatenate([w.ravel(), s * np.linalg.norm(w, axis=1)])
    run = solve_ivp(down, (0, TIMES[-1]), start, t_eval=TIMES, rtol=1e-9, atol=1e-10, max_step=0.01)
    size = np.abs(run.y[: h * d]).max(0)[:, None, None]
    assert_allclose(EARLY(x, y, w, s, TIMES) / size, run.y[: h * d].T.reshape(-1, h, d) / size, atol=3e-7)


@pytest.mark.parametrize("loss", [lambda m: jnp.exp(-m), lambda m: 2 * jnp.log1p(jnp.exp(-m))])
def test_against_descent_of_a_small_network(loss) -> None:
    """The network's own loss by differentiation: errors shrink with the start and with the step."""
    x, y, w, s = drawn(5)
    total = lambda p: jnp.sum(loss(y * (jax.nn.relu(x @ p[0].T) @ p[1])))
    down = jax.jit(lambda p: jax.tree.map(lambda a, g: a - 2e-4 * g, p, jax.grad(total)(p)))
    scale = 1e-6
    params = (jnp.asarray(scale * w), jnp.asarray(scale * s * np.linalg.norm(w, axis=1)))
    for _ in range(2500):
        params = down(params)
    exact = np.asarray(EARLY(x, y, w, s, TIMES[:1] + 0.5))[0]
    assert_allclose(params[0] / scale / np.abs(exact).max(), exact / np.abs(exact).max(), atol=3e-3)


@settings(max_examples=50, deadline=None)
@given(examples_and_neurons())
def test_each_example_changes_sides_once_and_the_bound_holds(drawn: tuple[Examples, Neurons]) -> None:
    (x, y), (w, s) = drawn
    times = np.asarray(SORTED(x, y, w, s))
    right = s[:, None] * y * (w @ x.T) > 0
    assert np.array_equal(times == 0, right)
    votes = (s[:, None] * y * np.maximum(w @ x.T, 0)).sum(1)
    meant = (votes >= 0) & (w @ x.T > 0).any(1)
    bound = float(alignment_time_bound(separation(x, y), np.linalg.norm(x, axis=1).min()))
    assert (times[meant] <= bound * (1 + 1e-9)).all()
    assert not np.isnan(times).any()


@settings(max_examples=40, deadline=None)
@given(examples_and_neurons(((5, 3),)), st.floats(0.0, 1.0))
def test_sides_and_lengths_along_the_path(drawn: tuple[Examples, Neurons], share: float) -> None:
    """Just before and after every change of sides its example is on that side; lengths scale with the start."""
    (x, y), (w, s) = drawn
    times = np.asarray(SORTED(x, y, w, s))
    finite = np.unique(times[np.isfinite(times)])
    gaps = np.diff(finite)
    assume(len(gaps) >= 3 and gaps.min() > 1e-9 * (1 + finite.max()))
    moments = (finite[:-1] + (0.1 + 0.8 * share) * gaps)[:3]
    path = np.asarray(EARLY(x, y, w, s, moments))
    sides = s[:, None] * y * np.einsum("thd,nd->thn", path, x)
    lives = np.isfinite(times).all(1)  # a dead neuron stays at right angles to the last example that drove it
    assert np.array_equal(sides[:, lives] > 0, (times <= moments[:, None, None])[:, lives])
    assert_allclose(EARLY(x, y, 1e-5 * w, s, moments), 1e-5 * path, rtol=1e-8, atol=1e-12 * np.abs(path).max())


@settings(max_examples=30, deadline=None)
@given(examples_and_neurons(((5, 3),)))
def test_amplitude_is_what_late_growth_leaves(drawn: tuple[Examples, Neurons]) -> None:
    (x, y), (w, s) = drawn
    speed = np.array([np.linalg.norm(((y == sign)[:, None] * x).sum(0)) for sign in s])
    times = np.asarray(SORTED(x, y, w, s))
    late = np.where(np.isfinite(times), times, 0).max() + 18 / np.where(speed > 0, speed, np.inf).min()
    assume(speed.min() > 0 and speed.max() * late < 300)
    size = np.linalg.norm(np.asarray(EARLY(x, y, w, s, np.array([late])))[0], axis=1)
    amplitude = np.asarray(AMPLITUDE(x, y, w, s))
    lives = np.isfinite(times).all(1)
    at_least = 1e-5 * np.linalg.norm(w, axis=1)
    assert_allclose(amplitude[lives], (size * np.exp(-speed * late))[lives], rtol=1e-5, atol=at_least.max() * 1e-4)
    assert_allclose(amplitude[~lives], 0.0, atol=at_least.max())


@given(st.floats(0.0, 3.1), st.floats(0.0, 50.0), st.floats(0.0, 8.0), st.floats(0.0, 8.0))
def test_turning_and_growing_compose(angle: float, drive: float, t: float, later: float) -> None:
    """A boost after a boost is a boost; length times sine of the angle is kept."""
    drive = min(drive, 20 / (1 + t + later))
    between = float(alignment_angle(angle, drive, t))
    assert_allclose(alignment_angle(between, drive, later), alignment_angle(angle, drive, t + later), rtol=1e-9)
    assert_allclose(alignment_angle(between, drive, -t), angle, atol=1e-6)
    growth = float(balanced_growth(np.cos(angle), drive, t))
    assert_allclose(growth * np.sin(between), np.sin(angle), rtol=1e-6, atol=1e-12 * (1 + growth))


def test_angle_by_integration() -> None:
    run = solve_ivp(lambda _, a: -1.7 * np.sin(a), (0, 2), [2.9], t_eval=[0.5, 2.0], rtol=1e-11, atol=1e-13)
    assert_allclose(alignment_angle(2.9, 1.7, np.array([0.5, 2.0])), run.y[0], rtol=1e-9)
    assert float(alignment_angle(np.pi, 1.0, 5.0)) == pytest.approx(np.pi)


@pytest.mark.parametrize("mu", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("length", [0.2, 3.0])
def test_two_examples_attain_the_bound(mu: float, length: float) -> None:
    x = length * np.array([[1.0, 0.0], [mu, np.sqrt(1 - mu**2)]])
    times = np.asarray(sorting_times(x, np.ones(2), np.array([[1e-9, -1.0]]), np.ones(1)))
    assert_allclose(times[0, 1], alignment_time_bound(mu, length), rtol=1e-7)


def test_bound_at_its_ends() -> None:
    assert float(alignment_time_bound(1.0, 2.0)) == 0.0
    assert_allclose(alignment_time_bound(1e-12, 1.0), np.log(2e12), rtol=1e-12)


@settings(max_examples=20)
@given(separated_examples())
def test_separation_by_pairs(examples: Examples) -> None:
    x, y = examples
    cosines = [
        y[i] * y[j] * (x[i] @ x[j]) / (np.linalg.norm(x[i]) * np.linalg.norm(x[j]))
        for i in range(len(y))
        for j in range(len(y))
    ]
    assert_allclose(separation(x, y), min(cosines), atol=1e-12)
    assert float(separation(x, y)) > 0


def test_dead_neurons_stay_and_single_precision() -> None:
    x, y, w, s = drawn(3)
    dead = -np.eye(4)[:1] * 2
    positive = np.abs(x) * np.array([1.0, 0, 0, 0]) + 0.1 * x * y[:, None]
    path = early_neurons(positive, np.ones(7), dead, np.ones(1), TIMES)
    assert_allclose(path, np.broadcast_to(dead, (5, 1, 4)), rtol=0)
    single = early_neurons(*(a.astype(np.float32) for a in (x, y, w, s, TIMES)))
    assert single.dtype == jnp.float32
    assert_allclose(single, EARLY(x, y, w, s, TIMES), rtol=2e-3, atol=1e-3)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    x, y, w, s = drawn(0)
    with pytest.raises(
        ValueError, match="separation = -1 is outside .*; an example may then change sides more than once"
    ):
        sorting_times(np.eye(2)[:1].repeat(2, 0), np.array([1.0, -1.0]), np.ones((1, 2)), np.ones(1))
    with pytest.raises(ValueError, match="labels = 2 is outside the allowed labels 1 and -1"):
        separation(x, 2 * y)
    with pytest.raises(ValueError, match="length of a neuron = 0 .*; a neuron at zero never moves"):
        growth_amplitude(x, y, 0 * w, s)
    with pytest.raises(ValueError, match="t = -1 is outside the allowed times at or after zero"):
        early_neurons(x, y, w, s, np.array([-1.0]))
    with pytest.raises(ValueError, match="give examples in rows and a label for each"):
        separation(x, y[:-1])
    with pytest.raises(ValueError, match="separation = 0 is outside the allowed separations above zero"):
        alignment_time_bound(0.0, 1.0)
    with pytest.raises(ValueError, match="cosine = 1.5 is outside"):
        balanced_growth(1.5, 1.0, 1.0)


@pytest.mark.parametrize(("cosine", "t", "growth"), [(-1.0, 800.0, 0.0), (1.0, -800.0, 0.0), (-1.0, 2.0, np.exp(-2.0))])
def test_growth_along_the_drive_survives_overflow(cosine: float, t: float, growth: float) -> None:
    """Against the drive a neuron only shrinks, however long."""
    np.testing.assert_allclose(balanced_growth(cosine, 1.0, t), growth, rtol=1e-14)
