"""Windows that slide over the positions of an image or a sequence."""

import math
from dataclasses import dataclass
from itertools import product

import jax.numpy as jnp
from jaxtyping import Array, Shaped

from theory.core.domain import whole
from theory.networks.layer import Shape

PADDINGS = ("same", "valid", "circular")


@dataclass(frozen=True)
class Window:
    """Window sizes and strides along each axis of positions, and what stands beyond the edges.

    Attributes:
        padding: "valid" for windows inside alone; "same" for ceil(length/stride) windows that may reach over the edge,
            where zeros stand, the odd one at the end; "circular" for as many on a torus.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    def __post_init__(self) -> None:
        for name in ("sizes", "strides"):
            given = tuple(whole(f"{name} of a window", v, least=1) for v in getattr(self, name))
            object.__setattr__(self, name, given)
        if len(self.sizes) not in (1, 2) or len(self.strides) != len(self.sizes):
            raise ValueError(
                f"a window of sizes {self.sizes} and strides {self.strides} was described; both take one or two numbers"
            )
        if self.padding not in PADDINGS:
            raise ValueError(f"padding = {self.padding!r} must be one of {', '.join(PADDINGS)}")

    @property
    def volume(self) -> int:
        return math.prod(self.sizes)

    def positions(self, inputs: Shape) -> Shape:
        """Numbers of windows along each axis.

        >>> Window((3, 3), (2, 2), "same").positions((7, 8))
        (4, 4)
        """
        if len(inputs) != len(self.sizes):
            raise ValueError(
                f"a window of sizes {self.sizes} needs inputs of {len(self.sizes)} axes of positions, not {inputs}"
            )
        if self.padding != "valid":
            return tuple(-(-n // s) for n, s in zip(inputs, self.strides, strict=True))
        if any(k > n for n, k in zip(inputs, self.sizes, strict=True)):
            raise ValueError(f"a window of sizes {self.sizes} does not fit into positions {inputs}; pad or shrink it")
        return tuple((n - k) // s + 1 for n, k, s in zip(inputs, self.sizes, self.strides, strict=True))

    def padded(self, x: Shaped[Array, "..."], first: int) -> Shaped[Array, "..."]:
        """The array with edges put on, its positions starting at axis `first`."""
        if self.padding == "valid":
            return x
        widths = [(0, 0)] * x.ndim
        for i, (k, s) in enumerate(zip(self.sizes, self.strides, strict=True)):
            n = x.shape[first + i]
            over = max((-(-n // s) - 1) * s + k - n, 0)
            widths[first + i] = (over // 2, over - over // 2)
        return jnp.pad(x, widths, mode="wrap" if self.padding == "circular" else "constant")

    def offsets(self) -> list[Shape]:
        """The positions inside a window, in row order."""
        return list(product(*(range(k) for k in self.sizes)))

    def at(self, padded: Shaped[Array, "..."], offset: int, axis: int, of_axis: int) -> Shaped[Array, "..."]:
        """Of an array that is padded along `axis`: the entries at `offset` in every window of the `of_axis`-th axis."""
        k, s = self.sizes[of_axis], self.strides[of_axis]
        count = (padded.shape[axis] - k) // s + 1
        index = [slice(None)] * padded.ndim
        index[axis] = slice(offset, offset + (count - 1) * s + 1, s)
        return padded[tuple(index)]
