import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.deep_linear.modes import balanced_mode
from validations.core.programs import one_program, quickly_compiled


def test_program_gives_what_the_formula_gives_by_position_and_by_name() -> None:
    formula = lambda t, s, u0: balanced_mode(t, s, u0)
    t = np.linspace(0, 2, 5)
    expected = np.asarray(formula(t, 2.0, 0.1))
    np.testing.assert_allclose(one_program(formula)(t, 2.0, 0.1), expected, rtol=1e-14)
    np.testing.assert_allclose(one_program(formula)(u0=0.1, s=2.0, t=t), expected, rtol=1e-14)


def test_program_keeps_the_names_that_a_theory_calls_it_by() -> None:
    def formula(t: np.ndarray, depth: int) -> jax.Array:
        return jnp.asarray(t) ** depth

    assert list(inspect.signature(one_program(formula)).parameters) == ["t", "depth"]
    assert one_program(formula).__qualname__ == formula.__qualname__


TRACED: list[tuple] = []


def test_arrays_are_arguments_and_everything_else_is_constant() -> None:
    @one_program
    def formula(x: np.ndarray, pair: tuple[np.ndarray, np.ndarray], widths: tuple[int, ...]) -> jax.Array:
        TRACED.append((isinstance(x, jax.core.Tracer), isinstance(pair[1], jax.core.Tracer), widths))
        return jnp.sum(x) + pair[0] * pair[1] + len(widths)

    for x in (1.0, 2.0):
        assert formula(np.full(3, x), (np.array(x), np.array(2.0)), (3, 4)) == 3 * x + 2 * x + 2
    assert TRACED == [(True, True, (3, 4))]  # compiled once for both values
    formula(np.ones(3), (np.ones(()), np.ones(())), (3, 4, 5))
    formula(np.ones(3), (np.ones(()), np.ones(())), (3.0, 4, 5))
    assert [widths for *_, widths in TRACED[1:]] == [(3, 4, 5), (3.0, 4, 5)] and len(TRACED) == 3


def test_value_outside_the_domain_becomes_nan_in_a_program_and_an_error_outside() -> None:
    t = np.array([-1.0])
    assert np.isnan(one_program(balanced_mode)(t, 1.0, 0.1)).all()
    with pytest.raises(ValueError, match="times at or after zero"):
        balanced_mode(t, 1.0, 0.1)


def test_quickly_compiled_takes_the_options_of_jit() -> None:
    power = quickly_compiled(lambda x, n: x**n, static_argnames="n")
    assert power(np.array(3.0), n=2) == 9.0


def test_quickly_compiled_is_part_of_a_callers_program() -> None:
    double = quickly_compiled(lambda x: 2 * x)
    x = np.arange(3.0)
    np.testing.assert_array_equal(jax.jit(lambda x: double(x) + 1)(x), 2 * x + 1)
    np.testing.assert_array_equal(jax.vmap(jax.grad(double))(x), 2.0)
