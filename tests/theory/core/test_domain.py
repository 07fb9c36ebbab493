"""Domains: concrete values outside raise one sentence, traced ones become NaN, and derivatives inside are untouched."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from theory.core.broadcast import together
from theory.core.domain import finite, one_matrix, one_number, one_vector, plain_number, real, whole, within


def positive(x: jax.Array) -> jax.Array:
    return within("x", x, x > 0, "values above zero", "take the modulus")


def test_inside_the_value_comes_back() -> None:
    x = jnp.array([0.5, 2.0])
    assert positive(x).tolist() == [0.5, 2.0]
    assert positive(x.astype(jnp.float32)).dtype == jnp.float32


def test_outside_is_one_sentence_that_names_the_first_offender() -> None:
    with pytest.raises(ValueError, match=r"^x = -3 is outside the allowed values above zero; take the modulus$"):
        positive(jnp.array([1.0, -3.0, -4.0]))
    with pytest.raises(ValueError, match=r"^x = nan is outside the allowed values above zero; take the modulus$"):
        positive(jnp.array(jnp.nan))


def test_a_scalar_condition_speaks_for_the_whole_array() -> None:
    with pytest.raises(ValueError, match="x = 1 is outside the allowed nothing$"):
        within("x", jnp.ones(3), False, "nothing")


def test_traced_values_outside_become_nan() -> None:
    x = jnp.array([1.0, -3.0])
    for traced in (jax.jit(positive), jax.vmap(positive)):
        assert np.isnan(traced(x)).tolist() == [False, True]
    assert jax.grad(positive)(1.0) == 1.0
    assert np.isnan(jax.jit(finite, static_argnums=0)("x", jnp.inf))


@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf, -jnp.inf])
def test_finite(bad: float) -> None:
    assert finite("s", 1e308) == 1e308
    with pytest.raises(ValueError, match="^s = .* is outside the allowed finite numbers; look for an overflow"):
        finite("s", jnp.array([1.0, bad]))


def test_whole() -> None:
    assert whole("depth", np.int32(3), least=1) == 3
    assert type(whole("depth", np.int32(3), least=1)) is int
    with pytest.raises(ValueError, match="^depth = 0 is below the least allowed, 1; count matrices$"):
        whole("depth", 0, 1, "count matrices")
    assert whole("depth", 3, 1, most=3) == 3
    with pytest.raises(ValueError, match="^depth = 4 is above the most allowed, 3; count matrices$"):
        whole("depth", 4, 1, "count matrices", most=3)
    for wrong in (2.0, True, "2", None):
        with pytest.raises(TypeError, match="^depth = .* must be a whole number$"):
            whole("depth", wrong, 1)


def test_together_gives_one_rank_and_one_type() -> None:
    t, s, c = together(t=np.zeros((4, 1), np.float32), s=jnp.ones(3, jnp.float32), c=2)
    assert (t.shape, s.shape, c.shape) == ((4, 1), (1, 3), (1, 1))
    assert {t.dtype, s.dtype, c.dtype} == {jnp.dtype("float32")}
    assert together(a=np.arange(3), b=1)[0].dtype == jnp.float64


def test_together_says_which_shapes_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"^the shapes t \(4,\), s \(3,\) do not broadcast; put modes and times"):
        together(t=jnp.zeros(4), s=jnp.zeros(3))
    with pytest.raises(ValueError, match="^s = nan is outside the allowed finite numbers"):
        together(t=0.0, s=jnp.nan)


NO_NUMBERS = (None, "1", [[1.0, 2.0], [3.0]], [1.0, None], np.array(["1"]), np.array([1.0], object), 10**400, object())


@pytest.mark.parametrize("wrong", NO_NUMBERS, ids=lambda wrong: type(wrong).__name__)
def test_what_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # no user's process has the hook of ours
    for check in (real, finite, lambda name, value: within(name, value, True, "anything")):
        with pytest.raises(TypeError, match="^s = .* is not an array of numbers; pass floating numbers$"):
            check("s", wrong)


def test_whole_numbers_become_floating(monkeypatch: pytest.MonkeyPatch) -> None:
    """An array of integers would round whatever is cast to its type: a step of 0.1 to a step of 0."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    for whole_number in (3, True, np.int32(3), [1, 2], np.arange(3), np.array([True]), 10**30):
        assert finite("s", whole_number).dtype == jnp.float64
        assert within("s", whole_number, True, "anything").dtype == jnp.float64
    assert (jnp.ones(1, jnp.float32) * finite("s", 3)).dtype == jnp.float32


def test_a_traced_count_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="^depth is traced but must be known before compilation; make it a static arg"):
        jax.jit(lambda d: whole("depth", d, 1))(3)


def test_one_number_of_an_array(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    for given in (2, 2.0, np.float32(2), np.array(2), jnp.array(2.0)):
        assert one_number("step", given) == 2 and one_number("step", given).shape == ()
        assert plain_number("step", given) == 2 and type(plain_number("step", given)) is float
    for check in (one_number, plain_number):
        for several in (np.ones(1), jnp.ones((2, 3))):
            with pytest.raises(ValueError, match=r"^step has shape .* but must be one number; vmap over more$"):
                check("step", several)
        with pytest.raises(ValueError, match="^step = nan is outside the allowed finite numbers"):
            check("step", np.nan)
    assert np.isnan(jax.jit(lambda s: one_number("step", s))(jnp.inf))


def test_a_plain_number_is_exact_and_between_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with jax.enable_x64(False):
        assert plain_number("beta", 1e300) == 1e300 and plain_number("beta", 0.1) == 0.1
    for outside in (0, 1, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="^p = .* is outside the allowed numbers above zero and below 1; halve$"):
            plain_number("p", outside, above=0, below=1, fix="halve")
    with pytest.raises(ValueError, match="^beta = 0 is outside the allowed numbers above zero$"):
        plain_number("beta", 0, above=0)
    with pytest.raises(ValueError, match="^flip = inf is outside the allowed finite numbers$"):
        plain_number("flip", 10**400)
    for wrong in (None, "1", True, 1j, np.array(1j), np.array(True), jax.random.key(0), [1.0], object()):
        with pytest.raises(TypeError, match="^flip = .* must be one real number$"):
            plain_number("flip", wrong)
    with pytest.raises(TypeError, match="^flip is traced but must be known before compilation; make it a static arg"):
        jax.jit(lambda f: plain_number("flip", f))(0.1)


def test_one_vector_and_one_matrix_are_not_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    assert one_vector("s", [1, 2]).dtype == one_matrix("W", [[1, 2]]).dtype == jnp.float64
    for wrong in (1.0, np.ones(0), np.ones((2, 2))):
        with pytest.raises(ValueError, match=r"^s has shape .*; give one vector, not empty; vmap over more$"):
            one_vector("s", wrong)
    for wrong in (1.0, np.ones(3), np.ones((0, 2)), np.ones((2, 0)), np.ones((2, 2, 2))):
        with pytest.raises(ValueError, match=r"^W has shape .*; give one matrix, not empty; vmap over more$"):
            one_matrix("W", wrong)
    with pytest.raises(ValueError, match=r"^W has shape \(1, 2\); give one matrix of 2 rows or more; vmap over more$"):
        one_matrix("W", np.ones((1, 2)), rows=2)
