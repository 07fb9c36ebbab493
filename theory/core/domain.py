"""Domains of arguments: one sentence for a concrete value outside, NaN for a traced one."""

from reprlib import repr as in_short

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, Num


def within(
    name: str, value: Float[ArrayLike, "*shape"], inside: Bool[ArrayLike, "*shape"], allowed: str, fix: str = ""
) -> Float[Array, "*shape"]:
    """The value, checked against its domain.

    Args:
        name: the argument's name, for the message.
        value: the argument.
        inside: where the value lies in its domain (NaN must compare false).
        allowed: the domain in words, as in "times at or after zero".
        fix: the likely mend, one clause.

    Returns:
        The value as a floating array, whole numbers too: one of integers would round whatever is cast to its type.
        Under jit, vmap or grad with NaN where `inside` is false, so that no plausible number comes out of a forbidden
        one.

    Raises:
        ValueError: a concrete value outside the domain, the first offender named.
        TypeError: what is no array of real numbers, a complex value too: its imaginary part would be lost.

    >>> within("t", 2.0, True, "times at or after zero").item()
    2.0
    """
    value = floating(name, value)
    if isinstance(inside, jax.core.Tracer) or isinstance(value, jax.core.Tracer):
        return jnp.where(inside, value, jnp.nan)
    values, ok = np.broadcast_arrays(np.asarray(value), np.asarray(inside))
    if not ok.all():
        offender = values[~ok].ravel()[0]
        raise ValueError(f"{name} = {offender:.6g} is outside the allowed {allowed}" + (f"; {fix}" if fix else ""))
    return value


def finite(name: str, value: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """The value as a floating array, checked to be neither NaN nor infinite.

    >>> finite("s", 1.5).item()
    1.5
    """
    value = floating(name, value)
    traced = isinstance(value, jax.core.Tracer)
    inside = jnp.isfinite(value) if traced else np.isfinite(value)  # NumPy compiles nothing
    return within(name, value, inside, "finite numbers", "look for an overflow upstream")


def floating(name: str, value: Num[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """The value as a floating array, checked to be real; whole numbers are converted.

    >>> floating("s", jnp.array([1, 2])).tolist()
    [1.0, 2.0]
    """
    array = real(name, value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


def real(name: str, value: Num[ArrayLike, "*shape"]) -> Num[Array, "*shape"]:
    """The value as an array, checked to be of a real type: a conversion further on would drop an imaginary part.

    Raises:
        TypeError: complex numbers, or what is no array of numbers at all.

    >>> real("s", 1.5).item()
    1.5
    """
    try:
        if isinstance(value, str | bytes):  # which NumPy may take for the name of a type
            raise TypeError
        array = jnp.asarray(float(value) if isinstance(value, int) else value)  # of any size
    except jax.errors.JAXTypeError:
        raise
    except (TypeError, ValueError, OverflowError):  # strings, None and ragged lists, the largest integers
        raise TypeError(f"{name} = {shown(value)} is not an array of numbers; pass floating numbers") from None
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise TypeError(f"{name} holds {array.dtype} values but must be real; pass {name}.real if that is meant")
    return array


def whole(name: str, value: object, least: int, fix: str = "") -> int:
    """The static integer argument (a depth, a width, a count), checked to be whole and at least `least`.

    >>> whole("depth", 3, least=1)
    3
    """
    if isinstance(value, jax.core.Tracer):
        raise TypeError(f"{name} is traced but must be known before compilation; make it a static argument")
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} = {shown(value)} must be a whole number" + (f"; {fix}" if fix else ""))
    if value < least:
        raise ValueError(f"{name} = {value} is below the least allowed, {least}" + (f"; {fix}" if fix else ""))
    return int(value)


def shown(value: object) -> str:
    """The value in short and on one line, for a message.

    >>> shown([[1, 2], [3, 4]])
    '[[1, 2], [3, 4]]'
    """
    return " ".join(in_short(value).split())
