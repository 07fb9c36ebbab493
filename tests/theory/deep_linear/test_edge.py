"""Where gradient flow ends, against flows, Hessians by differentiation and the invariants."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.edge import flow_end, flow_end_sharpness

END = jax.jit(flow_end)
CHAINS = st.sampled_from([2, 4, 7]).flatmap(lambda d: st.lists(st.floats(0.05, 20.0), min_size=d, max_size=d))


@pytest.mark.parametrize("chain", [[2.9, 0.3], [0.5, 1.1, 2.0], [0.4, 0.9, 1.0, 1.0, 1.7]])
@pytest.mark.parametrize("s", [0.3, 1.0, 4.0])
def test_against_the_flow_and_its_hessian(chain: list[float], s: float) -> None:
    loss = lambda a: 0.5 * (s - jnp.prod(a)) ** 2
    down = jax.jit(jax.grad(lambda a: -loss(a)))
    run = solve_ivp(lambda _, a: np.asarray(down(a)), (0, 400), chain, method="LSODA", rtol=1e-11, atol=1e-13)
    end = END(np.array(chain), s)
    assert_allclose(end, run.y[:, -1], rtol=1e-7)
    top = np.linalg.eigvalsh(jax.hessian(loss)(end))[-1]
    assert_allclose(flow_end_sharpness(np.array(chain), s), top, rtol=1e-8)


@settings(max_examples=50)
@given(CHAINS, st.floats(-6.0, 6.0))
def test_invariants_at_any_strength(chain: list[float], exponent: float) -> None:
    """The product is s, differences of squares are kept, and the balanced minimum is the flattest."""
    a, s = np.array(chain), 10.0**exponent
    end = np.asarray(END(a, s))
    assert_allclose(np.log(end).sum(), np.log(s), atol=1e-10 * len(a) + 1e-11)
    rounding = 1e-11 * (a**2).max() + 16 * np.finfo(float).eps * (end**2).max()  # squares of the end may be far larger
    assert_allclose(np.subtract.outer(end**2, end**2), np.subtract.outer(a**2, a**2), atol=rounding)
    flattest = len(a) * s ** (2 - 2 / len(a))
    assert float(flow_end_sharpness(a, s)) >= flattest * (1 - 1e-9)
    assert_allclose(flow_end_sharpness(end, s), flow_end_sharpness(a, s), rtol=1e-7)


@given(st.floats(0.05, 20.0), st.floats(0.05, 20.0), st.floats(0.01, 20.0))
def test_two_layers_end_where_the_hyperbola_meets(a: float, b: float, s: float) -> None:
    """a^2 - b^2 is kept and ab = s at the end, so that a^2 + b^2 is a hypotenuse."""
    assert_allclose(flow_end_sharpness(np.array([a, b]), s), np.hypot(a**2 - b**2, 2 * s), rtol=1e-10)


def test_batches() -> None:
    a = np.random.default_rng(0).uniform(0.5, 2.0, (3, 4))
    assert_allclose(flow_end_sharpness(a, 1.3)[1], flow_end_sharpness(a[1], 1.3), rtol=1e-13)
    single = flow_end_sharpness(a.astype(np.float32), jnp.float32(1.3))
    assert single.dtype == jnp.float32
    assert_allclose(single, flow_end_sharpness(a, 1.3), rtol=1e-4)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="weights = -1 is outside the allowed weights above zero; turn pairs of signs"):
        flow_end(jnp.array([1.0, -1.0]), 1.0)
    with pytest.raises(ValueError, match="s = 0 is outside the allowed strengths above zero"):
        flow_end_sharpness(jnp.ones(2), 0.0)
