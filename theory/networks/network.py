"""One description of a multilayer perceptron, from which its start, its outputs and its step sizes follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from theory.core.closed_form import reject_silent_rounding
from theory.core.domain import finite, whole
from theory.networks.activations import pointwise
from theory.networks.layer import Activation, Affine, Dense
from theory.networks.parametrization import Parametrization, Role, Scale, parametrization

Parameters: TypeAlias = tuple[Affine, ...]


class _Placed(NamedTuple):
    """A dense layer with its place in the network."""

    layer: Dense
    role: Role
    fan_in: int


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron as data: its number of inputs, its layers, its parametrization.

    Frozen, hashable and free of arrays, so that it can be a static argument of a compiled function and the argument
    of a function that returns the infinite network.

    >>> network = perceptron((3, 8, 1), activation="tanh", parametrization="ntk")
    >>> params = network.init(jax.random.key(0))
    >>> network.apply(params, jnp.ones((5, 3))).shape
    (5, 1)
    """

    inputs: int
    layers: tuple[Dense | Activation, ...]
    parametrization: str | Parametrization = "standard"

    def __post_init__(self) -> None:
        whole("inputs", self.inputs, least=1)
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "parametrization", parametrization(self.parametrization))
        if not self.dense:
            raise ValueError("a network of 0 dense layers was described; at least 1 is needed")

    @property
    def dense(self) -> tuple[Dense, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, Dense))

    @property
    def depth(self) -> int:
        """Number of weight matrices."""
        return len(self.dense)

    @property
    def widths(self) -> tuple[int, ...]:
        return (self.inputs, *(layer.width for layer in self.dense))

    @property
    def is_linear(self) -> bool:
        """Whether the outputs are a linear map of the inputs, $W_D \\cdots W_1 x$."""
        pointwise_layers = (layer for layer in self.layers if isinstance(layer, Activation))
        return all(p.name == "linear" for p in pointwise_layers) and all(d.sigma_b is None for d in self.dense)

    def init(self, key: PRNGKeyArray, dtype: DTypeLike | None = None) -> Parameters:
        """Independent centered Gaussian parameters; many starts by `jax.vmap(network.init)(keys)`."""
        dtype = jax.dtypes.canonicalize_dtype(float if dtype is None else dtype)

        def draw(key: PRNGKeyArray, scale: Scale, shape: tuple[int, ...]) -> Float[Array, "..."]:
            return scale.deviation * jax.random.normal(key, shape, dtype)

        params = []
        for k, placed in zip(jax.random.split(key, self.depth), self._placed(), strict=True):
            for_weight, for_bias = jax.random.split(k)
            width = placed.layer.width
            weight = draw(for_weight, self._weight_scale(placed), (width, placed.fan_in))
            bias = None if placed.layer.sigma_b is None else draw(for_bias, self._bias_scale(placed), (width,))
            params.append(Affine(weight, bias))
        return tuple(params)

    def apply(self, params: Parameters, x: Float[ArrayLike, "... inputs"]) -> Float[Array, "... outputs"]:
        """Outputs for inputs whose last axis runs over the features.

        Raises:
            ValueError: a number of features or of layers that is not the network's.
        """
        return self._run(params, x)[0]

    def preactivations(
        self, params: Parameters, x: Float[ArrayLike, "... inputs"]
    ) -> tuple[Float[Array, "... _"], ...]:
        """What each dense layer puts out, before any nonlinearity; the last are the outputs of the last dense layer."""
        return self._run(params, x)[1]

    def weights(self, params: Parameters) -> tuple[Float[Array, "_ _"], ...]:
        """The effective matrices, multipliers included: what the layers do."""
        return tuple(
            self._weight_scale(placed).multiplier * layer.weight
            for placed, layer in zip(self._placed(), self._matching(params), strict=True)
        )

    def from_weights(
        self,
        weights: Sequence[Float[ArrayLike, "_ _"]],
        biases: Sequence[Float[ArrayLike, " _"]] | None = None,
    ) -> Parameters:
        """Parameters whose effective matrices are the given ones, ordered from the input; biases zero unless given.

        Raises:
            ValueError: matrices that do not fit the widths, NaN or infinity, biases for a layer without.

        >>> network = perceptron((2, 2), parametrization="ntk")
        >>> network.weights(network.from_weights([jnp.eye(2)]))[0].tolist()
        [[1.0, 0.0], [0.0, 1.0]]
        """
        given: Sequence[ArrayLike | None] = [None] * self.depth if biases is None else biases
        if len(weights) != self.depth or len(given) != self.depth:
            raise ValueError(
                f"{len(weights)} matrices and {len(given)} biases were given for a network of {self.depth} dense layers"
            )
        params = []
        for i, (placed, weight, bias) in enumerate(zip(self._placed(), weights, given, strict=True), start=1):
            shape = (placed.layer.width, placed.fan_in)
            matrix = _undone(f"W_{i}", _checked(f"W_{i}", weight, shape), self._weight_scale(placed))
            if placed.layer.sigma_b is None and bias is not None:
                raise ValueError(f"b_{i} was given for a layer without biases; describe it with a sigma_b")
            if placed.layer.sigma_b is None:
                vector = None
            elif bias is None:
                vector = jnp.zeros(shape[:1], matrix.dtype)
            else:
                vector = _undone(f"b_{i}", _checked(f"b_{i}", bias, shape[:1]), self._bias_scale(placed))
            params.append(Affine(matrix, vector))
        return tuple(params)

    def scales(self) -> tuple[tuple[int, Scale, Scale | None], ...]:
        """Fan-in, scale of the weights and scale of the biases (None without) of every dense layer, from the input.

        >>> perceptron((3, 4, 1), parametrization="ntk").scales()[1]
        (4, Scale(multiplier=0.5, deviation=1.0, rate=1.0), None)
        """
        return tuple(
            (p.fan_in, self._weight_scale(p), None if p.layer.sigma_b is None else self._bias_scale(p))
            for p in self._placed()
        )

    def learning_rates(self, eta: float, rule: str = "gradient") -> tuple[Affine, ...]:
        """The step of every array of parameters: eta times the parametrization's power of width.

        Args:
            rule: "gradient" where the update is proportional to the gradient (descent, flow, momentum), "adam"
                where it is divided by the gradient's size.

        >>> perceptron((3, 8, 1), parametrization="mean_field").learning_rates(0.5)[1]
        Affine(weight=4.0, bias=None)
        """
        if rule not in ("gradient", "adam"):
            raise ValueError(f"rule = {rule!r} must be 'gradient' or 'adam'")
        rates = []
        for placed in self._placed():
            bias = None if placed.layer.sigma_b is None else eta * self._bias_scale(placed, rule).rate
            rates.append(Affine._make((eta * self._weight_scale(placed, rule).rate, bias)))
        return tuple(rates)

    def _placed(self) -> Iterator[_Placed]:
        last = self.depth - 1
        for i, layer in enumerate(self.dense):
            role: Role = "only" if last == 0 else "input" if i == 0 else "output" if i == last else "hidden"
            yield _Placed(layer, role, self.widths[i])

    def _weight_scale(self, placed: _Placed, rule: str = "gradient") -> Scale:
        layer, role, fan_in = placed
        return parametrization(self.parametrization).weight(role, fan_in, layer.width, layer.sigma_w, rule)

    def _bias_scale(self, placed: _Placed, rule: str = "gradient") -> Scale:
        layer, role, _ = placed
        return parametrization(self.parametrization).bias(role, layer.width, layer.sigma_b or 0.0, rule)

    def _matching(self, params: Parameters) -> Parameters:
        if len(params) != self.depth:
            raise ValueError(f"parameters of {len(params)} layers were given to a network of {self.depth} dense layers")
        return params

    def _run(
        self, params: Parameters, x: Float[ArrayLike, "... inputs"]
    ) -> tuple[Float[Array, "..."], tuple[Float[Array, "..."], ...]]:
        reject_silent_rounding(x)
        x = jnp.asarray(x)
        if x.ndim == 0 or x.shape[-1] != self.inputs:
            raise ValueError(
                f"inputs of shape {x.shape} were given to a network of {self.inputs} inputs; put them on the last axis"
            )
        dense = iter(zip(self._placed(), self._matching(params), strict=True))
        seen = []
        for layer in self.layers:
            if isinstance(layer, Activation):
                x = pointwise(layer.name)(x)
            else:
                x = self._dense(*next(dense), x)
                seen.append(x)
        return x, tuple(seen)

    def _dense(self, placed: _Placed, params: Affine, x: Float[Array, "... fan_in"]) -> Float[Array, "... fan_out"]:
        h = self._weight_scale(placed).multiplier * (x @ params.weight.T)
        if params.bias is None:
            return h
        return h + jnp.broadcast_to(self._bias_scale(placed).multiplier * params.bias, h.shape)


def perceptron(
    widths: Sequence[int],
    *,
    activation: str | Callable = "relu",
    parametrization: str | Parametrization = "standard",
    sigma_w: float = 1.0,
    sigma_b: float | None = None,
) -> Network:
    """Dense layers of the given widths, inputs first, with the nonlinearity between them and none after the last.

    >>> [type(layer).__name__ for layer in perceptron((2, 4, 1)).layers]
    ['Dense', 'Activation', 'Dense']
    """
    _at_least_two(widths)
    layers: list[Dense | Activation] = []
    for width in widths[1:]:
        layers += [Dense(width, sigma_w, sigma_b), Activation(activation)]
    return Network(widths[0], tuple(layers[:-1]), parametrization)


def deep_linear(
    widths: Sequence[int], *, parametrization: str | Parametrization = "standard", sigma_w: float = 1.0
) -> Network:
    """Dense layers alone, without biases: $f(x) = W_D \\cdots W_1 x$.

    >>> deep_linear((2, 4, 1)).is_linear
    True
    """
    _at_least_two(widths)
    return Network(widths[0], tuple(Dense(width, sigma_w) for width in widths[1:]), parametrization)


def _at_least_two(widths: Sequence[int]) -> None:
    if len(widths) < 2:
        raise ValueError(f"widths = {tuple(widths)} must name at least the inputs and the outputs")


def _undone(name: str, effective: Float[Array, "..."], scale: Scale) -> Float[Array, "..."]:
    if scale.multiplier == 0:
        raise ValueError(f"{name} cannot be set: the parametrization multiplies it by a gain of 0")
    return effective / scale.multiplier


def _checked(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Float[Array, "..."]:
    reject_silent_rounding(value)
    array = finite(name, jnp.asarray(value, dtype=None if isinstance(value, jax.Array | np.ndarray) else float))
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}; this layer needs {shape}, outputs first")
    return array
