"""Attention over all positions, its scores divided by the number of key channels."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import PRNGKeyArray

from theory.core.domain import whole
from theory.networks.layer import Affine, Dense, Shape, Through, Values, check_gains
from theory.networks.parametrization import Parametrization


class AttentionParameters(NamedTuple):
    """Keys, which are the queries too, values, and outputs."""

    keys: Affine
    values: Affine
    outputs: Affine


@dataclass(frozen=True)
class Attention:
    r"""Softmax attention with queries tied to keys and linear scaling, $\zeta = \mathrm{softmax}(\beta\, k k^T / n)$.

    With the usual $1/\sqrt n$ and independent queries the scores stay random at infinite width; divided by n they
    would vanish, and with tied weights they become $\beta$ times the covariance of the inputs (Hron et al.
    2006.10540).

    Attributes:
        width: channels of the output.
        inner: channels of keys and of values.
        sharpness: $\beta$.
        sigma_v, sigma_w, sigma_b: gains of the values, and of weights and biases of the output.
    """

    width: int
    inner: int
    sharpness: float = 1.0
    sigma_v: float = 1.0
    sigma_w: float = 1.0
    sigma_b: float | None = None

    def __post_init__(self) -> None:
        whole("inner", self.inner, least=1)
        whole("width", self.width, least=1)
        check_gains(sharpness=self.sharpness, sigma_v=self.sigma_v, sigma_w=self.sigma_w, sigma_b=self.sigma_b)

    @property
    def keys(self) -> Dense:
        return Dense(self.inner)

    @property
    def values(self) -> Dense:
        return Dense(self.inner, self.sigma_v)

    @property
    def outputs(self) -> Dense:
        return Dense(self.width, self.sigma_w, self.sigma_b)

    def shape(self, inputs: Shape) -> Shape:
        if len(inputs) < 2:
            raise ValueError(f"Attention needs inputs with positions, not vectors of {inputs[-1]} numbers")
        return (*inputs[:-1], self.width)

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> AttentionParameters:
        for_keys, for_values, for_outputs = jax.random.split(key, 3)
        return AttentionParameters(
            self.keys.init(for_keys, inputs, scaling, dtype),
            self.values.init(for_values, inputs, scaling, dtype),
            self.outputs.init(for_outputs, (self.inner,), scaling, dtype),
        )

    def apply(self, params: AttentionParameters, x: Values, through: Through) -> Values:
        flat = x.reshape(x.shape[0], -1, x.shape[-1])
        keys = through(self.keys, params.keys, flat)
        scores = self.sharpness / self.inner * jnp.einsum("npc,nqc->npq", keys, keys)
        mixed = jax.nn.softmax(scores, axis=-1) @ through(self.values, params.values, flat)
        return through(self.outputs, params.outputs, mixed).reshape(*x.shape[:-1], self.width)
