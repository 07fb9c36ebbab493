"""Layers that give positions up: averages over windows or over all, and flattening."""

import math
from dataclasses import dataclass

import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import PRNGKeyArray

from theory.networks.layer import Shape, Through, Values
from theory.networks.parametrization import Parametrization
from theory.networks.window import Window


class Untrained:
    """A layer without parameters."""

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> tuple[()]:
        return ()


@dataclass(frozen=True)
class AveragePool(Untrained):
    """The mean of every window, channel by channel; zeros beyond the edges count.

    Attributes:
        sizes: of the window.
        strides: the window's sizes unless given.
        padding: "valid" unless given; see `Window`.

    >>> AveragePool((2, 2)).shape((8, 8, 3))
    (4, 4, 3)
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: str = "valid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))
        object.__setattr__(self, "strides", tuple(self.strides or self.sizes))
        _ = self.window

    @property
    def window(self) -> Window:
        return Window(self.sizes, self.strides or (), self.padding)

    def shape(self, inputs: Shape) -> Shape:
        return (*self.window.positions(inputs[:-1]), inputs[-1])

    def apply(self, params: tuple[()], x: Values, through: Through) -> Values:
        x = self.window.padded(x, 1)
        for i, k in enumerate(self.sizes):
            parts = [self.window.at(x, offset, 1 + i, i) for offset in range(k)]
            x = sum(parts[1:], parts[0]) / k
        return x


@dataclass(frozen=True)
class GlobalPool(Untrained):
    """The mean over all positions, channel by channel.

    >>> GlobalPool().shape((8, 8, 3))
    (3,)
    """

    def shape(self, inputs: Shape) -> Shape:
        return _with_positions("GlobalPool", inputs)[-1:]

    def apply(self, params: tuple[()], x: Values, through: Through) -> Values:
        return x.mean(tuple(range(1, x.ndim - 1)))


@dataclass(frozen=True)
class Flatten(Untrained):
    """All positions and channels in one vector.

    >>> Flatten().shape((8, 8, 3))
    (192,)
    """

    def shape(self, inputs: Shape) -> Shape:
        return (math.prod(_with_positions("Flatten", inputs)),)

    def apply(self, params: tuple[()], x: Values, through: Through) -> Values:
        return jnp.reshape(x, (x.shape[0], -1))


def _with_positions(name: str, inputs: Shape) -> Shape:
    if len(inputs) < 2:
        raise ValueError(f"{name} needs inputs with positions, not vectors of {inputs[-1]} numbers; leave it out")
    return inputs
