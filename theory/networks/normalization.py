"""Layer normalization."""

from dataclasses import dataclass

import jax.numpy as jnp

from theory.networks.layer import Shape, Through, Values
from theory.networks.pooling import Untrained


@dataclass(frozen=True)
class LayerNorm(Untrained):
    r"""$(x - \bar x) / \sqrt{\overline{(x - \bar x)^2}}$ over the channels of each position, without gain or shift.

    Where all channels are equal it puts out zeros.
    """

    def shape(self, inputs: Shape) -> Shape:
        return inputs

    def apply(self, params: tuple[()], x: Values, through: Through) -> Values:
        centered = x - x.mean(-1, keepdims=True)
        square = (centered**2).mean(-1, keepdims=True)
        return jnp.where(square > 0, centered / jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0)
