"""Convolution over sequences and images."""

from dataclasses import dataclass

import jax
from jax.typing import DTypeLike
from jaxtyping import PRNGKeyArray

from theory.core.domain import whole
from theory.networks.layer import Affine, Shape, Through, Values, check_gains, draw
from theory.networks.parametrization import Parametrization
from theory.networks.window import Window


@dataclass(frozen=True)
class Conv:
    r"""A convolution of `width` channels: the same affine map of every window, the channels on the last axis.

    Attributes:
        sizes: of the window: one number for sequences, two for images.
        strides: along each axis, 1 unless given.
        padding: "same" (zeros beyond the edges), "valid" or "circular"; see `Window`.
        sigma_w, sigma_b: gains as in `Dense`; the fan-in counts all of the window, zeros beyond the edges too.

    >>> Conv(16, (3, 3), padding="valid").shape((8, 8, 3))
    (6, 6, 16)
    """

    width: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: str = "same"
    sigma_w: float = 1.0
    sigma_b: float | None = None

    def __post_init__(self) -> None:
        whole("width", self.width, least=1)
        check_gains(sigma_w=self.sigma_w, sigma_b=self.sigma_b)
        object.__setattr__(self, "sizes", tuple(self.sizes))
        object.__setattr__(self, "strides", tuple(self.strides or (1,) * len(self.sizes)))
        _ = self.window

    @property
    def window(self) -> Window:
        return Window(self.sizes, self.strides or (), self.padding)

    def shape(self, inputs: Shape) -> Shape:
        return (*self.window.positions(inputs[:-1]), self.width)

    def fan_in(self, inputs: Shape) -> int:
        return self.window.volume * inputs[-1]

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> Affine:
        return draw(self, key, (self.width, *self.sizes, inputs[-1]), inputs, scaling, dtype)

    def linear(self, weight: Values, x: Values) -> Values:
        axes = "HW"[: len(self.sizes)]
        return jax.lax.conv_general_dilated(
            self.window.padded(x, 1),
            weight,
            self.window.strides,
            "VALID",
            dimension_numbers=(f"N{axes}C", f"O{axes}I", f"N{axes}C"),
        )

    def apply(self, params: Affine, x: Values, through: Through) -> Values:
        return through(self, params, x)
