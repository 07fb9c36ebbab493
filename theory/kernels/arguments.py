"""What a hurried user passes in place of a network, a kernel or a list: one sentence."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Array, ArrayLike, Float

from theory.core.domain import finite, plain_number, shown

HOW = {
    "Network": "as `perceptron` makes it; of an Architecture take `theory.kernels.architecture`",
    "Architecture": "as in `theory.networks`",
}


def described(network: Any, *kinds: type) -> None:
    """Raise TypeError for what is no description of a network of one of these kinds."""
    if not isinstance(network, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"network is of type {type(network).__name__}; give a {names} {HOW[kinds[-1].__name__]}")


def of_type(name: str, value: Any, kind: type, how: str) -> None:
    """Raise TypeError for a value of another type than a named tuple of ours."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is of type {type(value).__name__}; give {how}")


def one_of(name: str, value: Any, known: tuple[str, ...]) -> None:
    """Raise ValueError for a word that is not among these."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} = {shown(value)} must be one of {', '.join(known)}")


def numbers(name: str, given: Any) -> tuple[float, ...]:
    """One or more finite numbers in order.

    >>> numbers("weights", (0, 0.5))
    (0.0, 0.5)
    """
    if isinstance(given, str | dict) or not hasattr(given, "__iter__") or getattr(given, "ndim", 1) != 1:
        raise TypeError(f"{name} is of type {type(given).__name__}; give a list or tuple of numbers")
    return tuple(plain_number(f"a member of {name}", value) for value in given)


def at_cosines(kernel: Callable[[Array], ArrayLike], cosines: Float[Array, " n"]) -> Float[Array, " n"]:
    """A dot-product kernel at these cosines.

    Raises:
        TypeError: what is no function.
        ValueError: values of another shape, NaN or infinity.
    """
    if not callable(kernel):
        raise TypeError(f"kernel is of type {type(kernel).__name__}; give a function of an array of cosines")
    values = finite("kernel", kernel(cosines))
    if values.shape != cosines.shape:
        raise ValueError(f"kernel returned shape {values.shape} for cosines of shape {cosines.shape}; one value each")
    return values
