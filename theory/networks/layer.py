"""What every layer of an architecture can do, the affine map that most contain, and the two oldest of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.domain import whole
from theory.networks.activations import pointwise
from theory.networks.parametrization import Parametrization, Scale

Shape: TypeAlias = tuple[int, ...]
Values: TypeAlias = Float[Array, "..."]


class Affine(NamedTuple):
    """Trainable parameters of one affine map: weight (fan_out, ..., fan_in) and bias (fan_out,) or None."""

    weight: Float[Array, "..."]
    bias: Float[Array, "..."] | None = None


Through: TypeAlias = Callable[["AffineLayer", Affine, Values], Values]


@runtime_checkable
class Layer(Protocol):
    """A piece of an architecture; arrays are (examples, *positions, channels), shapes leave the examples out."""

    def shape(self, inputs: Shape) -> Shape:
        """Shape of one output; raises ValueError for inputs that do not fit."""

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> Any:
        """Random parameters, () where nothing is trained."""

    def apply(self, params: Any, x: Values, through: Through) -> Values:
        """Outputs; every affine map goes through the given function, which may look at it."""


@runtime_checkable
class AffineLayer(Layer, Protocol):
    """A layer whose whole content is an affine map of windows of its input."""

    @property
    def width(self) -> int: ...

    @property
    def sigma_w(self) -> float: ...

    @property
    def sigma_b(self) -> float | None: ...

    def fan_in(self, inputs: Shape) -> int:
        """Number of inputs that one output sums."""

    def linear(self, weight: Values, x: Values) -> Values:
        """The map without multiplier and bias."""


class Scales(NamedTuple):
    """How many inputs an affine map sums, and the scales of its parameters."""

    fan_in: int
    weight: Scale
    bias: Scale | None


def scales(layer: AffineLayer, inputs: Shape, scaling: Parametrization) -> Scales:
    """Of a layer inside: the parametrizations of architectures do not tell the first and the last apart."""
    fan_in = layer.fan_in(inputs)
    weight = scaling.weight("hidden", fan_in, layer.width, layer.sigma_w)
    return Scales(fan_in, weight, None if layer.sigma_b is None else scaling.bias("hidden", layer.width, layer.sigma_b))


def affine(layer: AffineLayer, params: Affine, x: Values, scaling: Parametrization) -> Values:
    """What the layer puts out."""
    scale = scales(layer, x.shape[1:], scaling)
    h = scale.weight.multiplier * layer.linear(params.weight, x)
    if params.bias is None or scale.bias is None:
        return h
    return h + jnp.broadcast_to(scale.bias.multiplier * params.bias, h.shape)


def draw(
    layer: AffineLayer, key: PRNGKeyArray, shape: Shape, inputs: Shape, scaling: Parametrization, dtype: DTypeLike
) -> Affine:
    """Independent centered Gaussian parameters, weights of the given shape."""
    for_weight, for_bias = jax.random.split(key)
    scale = scales(layer, inputs, scaling)
    weight = scale.weight.deviation * jax.random.normal(for_weight, shape, dtype)
    if scale.bias is None:
        return Affine(weight)
    return Affine(weight, scale.bias.deviation * jax.random.normal(for_bias, shape[:1], dtype))


def check_gains(**gains: float | None) -> None:
    """Raise ValueError for a gain below zero or no finite number."""
    for name, gain in gains.items():
        if gain is not None and not 0 <= gain < float("inf"):
            raise ValueError(f"{name} = {gain} must be a finite number at or above 0")


@dataclass(frozen=True)
class Dense:
    r"""A layer $h = W x + b$ of `width` units; of inputs with positions it is the same at every position.

    Attributes:
        sigma_w: gain of the weights: entries of the effective matrix vary by $\sigma_w^2 / \text{fan-in}$, up to the
            parametrization's powers of width.
        sigma_b: gain of the biases; None for a layer without, 0 for biases that start at zero and are trained.
    """

    width: int
    sigma_w: float = 1.0
    sigma_b: float | None = None

    def __post_init__(self) -> None:
        whole("width", self.width, least=1)
        check_gains(sigma_w=self.sigma_w, sigma_b=self.sigma_b)

    def shape(self, inputs: Shape) -> Shape:
        return (*inputs[:-1], self.width)

    def fan_in(self, inputs: Shape) -> int:
        return inputs[-1]

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> Affine:
        return draw(self, key, (self.width, inputs[-1]), inputs, scaling, dtype)

    def linear(self, weight: Values, x: Values) -> Values:
        return x @ weight.T

    def apply(self, params: Affine, x: Values, through: Through) -> Values:
        return through(self, params, x)


@dataclass(frozen=True)
class Activation:
    """A pointwise nonlinearity: a name in `ACTIVATIONS`, or any JAX function."""

    name: str | Callable

    def __post_init__(self) -> None:
        pointwise(self.name)

    def shape(self, inputs: Shape) -> Shape:
        return inputs

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> tuple[()]:
        return ()

    def apply(self, params: tuple[()], x: Values, through: Through) -> Values:
        return pointwise(self.name)(x)
