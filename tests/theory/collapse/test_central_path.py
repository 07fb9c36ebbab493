"""The central path against least squares, integration in high precision, and flows of the features themselves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.collapse import central_path as closed
from theory.collapse.metrics import variability
from theory.collapse.moments import class_moments

C, n, d = 3, 6, 4
N = C * n
LABELS = np.repeat(np.arange(C), n)
RNG = np.random.default_rng(4)
FEATURES = RNG.standard_normal((N, d)) + 1.5 * RNG.standard_normal((C, d))[LABELS] + 2
MOMENTS = class_moments(FEATURES, LABELS, classes=C)


def least_squares_loss(features: np.ndarray) -> float:
    design = np.hstack([features, np.ones((N, 1))])
    target = np.eye(C)[LABELS]
    return float(((design @ np.linalg.lstsq(design, target, rcond=None)[0] - target) ** 2).sum() / (2 * N))


def test_loss_and_variability_are_those_of_the_features() -> None:
    w = closed.signal_to_noise(MOMENTS)
    assert w.shape == (C - 1,)
    assert_allclose(closed.path_loss(w, C), least_squares_loss(FEATURES), rtol=1e-11)
    values, vectors = np.linalg.eigh(np.asarray(MOMENTS.scatter))
    renormalized = class_moments(3 * FEATURES @ vectors / np.sqrt(values), LABELS, classes=C)
    assert_allclose(closed.path_variability(w, C), variability(renormalized, "papyan2020"), rtol=1e-9)


def test_linear_maps_change_nothing() -> None:
    moved = FEATURES @ RNG.standard_normal((d, d)) + 7
    assert_allclose(
        closed.signal_to_noise(class_moments(moved, LABELS, classes=C)), closed.signal_to_noise(MOMENTS), rtol=1e-9
    )


def velocity(x: np.ndarray, flow: str) -> np.ndarray:
    """Of features (d, N) with unit covariance within the classes; the gradient with the classifier at its optimum."""
    target = np.eye(C)[LABELS].T
    centered, hot = x - x.mean(1, keepdims=True), target - target.mean(1, keepdims=True)
    w = hot @ centered.T @ np.linalg.inv(centered @ centered.T)
    gradient = w.T @ (w @ centered - hot) / N
    mean = np.stack([x[:, k == LABELS].mean(1) for k in range(C)], 1)[:, LABELS]
    inside, pull = x - mean, gradient @ (x - mean).T
    back = (pull + pull.T) / (2 * N)
    return -gradient + back @ (inside if flow == "projected" else x)


@pytest.mark.parametrize("flow", ["projected", "whitened"])
def test_flows_of_features(flow: str) -> None:
    """The clock of every mode advances by the time, and the modes follow the closed form."""
    values, vectors = np.linalg.eigh(np.asarray(MOMENTS.scatter) / N)
    start = (vectors / np.sqrt(values)) @ vectors.T @ FEATURES.T
    times = np.array([0.0, 30.0, 300.0])
    run = solve_ivp(
        lambda t, x: velocity(x.reshape(d, N), flow).ravel(),
        (0, 300.0),
        start.ravel(),
        t_eval=times,
        rtol=1e-10,
        atol=1e-11,
    )
    at = np.stack([closed.signal_to_noise(class_moments(x.reshape(d, N).T, LABELS, classes=C)) for x in run.y.T])
    clock = np.asarray(closed.path_clock(at, C, N, flow))
    assert_allclose(clock - clock[0], np.broadcast_to(times[:, None], clock.shape), atol=1e-5)
    predicted = closed.path_signal(times[:, None], at[:1], C, N, flow)
    assert_allclose(at, predicted, rtol=1e-7)


def test_the_flows_differ() -> None:
    slow, fast = (float(closed.path_signal(1000.0, 1.0, 5, 50, flow)) for flow in ("projected", "whitened"))
    assert fast > 1.2 * slow


@pytest.mark.parametrize("flow", ["projected", "whitened"])
def test_late_times(flow: str) -> None:
    w = float(closed.path_signal(1e16, 0.3, 4, 20, flow))
    assert_allclose(w, (4 * 4 * 1e16 / 20) ** 0.25 if flow == "projected" else (2e16 / 20) ** 0.5, rtol=1e-3)


@given(st.floats(-6, 2), st.floats(-3, 12), st.integers(2, 10), st.sampled_from(["projected", "whitened"]))
def test_inverse_of_the_clock(log_start: float, log_time: float, classes: int, flow: str) -> None:
    start, time = 10.0**log_start, 10.0**log_time
    w = closed.path_signal(time, start, classes, 40, flow)
    before, after = (float(closed.path_clock(x, classes, 40, flow)) for x in (start, w))
    assert_allclose(after - before, time, rtol=1e-9, atol=1e-9 * (1 + abs(before)))


def test_clock_is_the_integral_of_the_speed() -> None:
    """dw/dt from the loss: projected C/N times -dL/dw; whitened adds the shrinking of deviations, w^2/C as much."""
    w = 1.7
    slope = -float(jax.grad(lambda x: closed.path_loss(x[None], 4))(jnp.array(w)))
    speeds = {"projected": 4 / 20 * slope, "whitened": 4 / 20 * slope * (1 + w**2 / 4)}
    for flow, speed in speeds.items():
        clock = jax.grad(lambda x, flow=flow: closed.path_clock(x, 4, 20, flow))(jnp.array(w))
        assert_allclose(1 / clock, speed, rtol=1e-12)


BAD = {
    "collapsed": (
        lambda: closed.signal_to_noise(class_moments(np.eye(3)[LABELS], LABELS, classes=3)),
        "least variance within classes",
    ),
    "no signal": (lambda: closed.path_clock(0.0, 3, 10), "signal = 0"),
    "early": (lambda: closed.path_signal(-1.0, 1.0, 3, 10), "times = -1"),
    "classes": (lambda: closed.path_loss(np.ones(1), 1), "classes = 1 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()
