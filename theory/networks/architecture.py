"""Architectures in general: layers one after the other, sums of branches, on vectors, sequences and images."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from theory.core.closed_form import reject_silent_rounding
from theory.core.domain import whole
from theory.networks.layer import Affine, AffineLayer, Layer, Shape, Through, Values, affine
from theory.networks.parametrization import Parametrization, parametrization

ALIKE = ("ntk", "standard")


@dataclass(frozen=True)
class Residual:
    """The sum of two branches, each a sequence of layers; without a `shortcut` the input itself is added.

    >>> from theory.networks import Activation, Dense
    >>> Residual((Activation("relu"), Dense(8))).shape((8,))
    (8,)
    """

    branch: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "branch", tuple(self.branch))
        object.__setattr__(self, "shortcut", tuple(self.shortcut))

    def shape(self, inputs: Shape) -> Shape:
        there, here = (shapes(layers, inputs)[-1] for layers in (self.branch, self.shortcut))
        if there != here:
            raise ValueError(f"the branches of a residual sum put out shapes {there} and {here}; make them equal")
        return there

    def init(self, key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike) -> tuple:
        keys = jax.random.split(key)
        branches = (self.branch, self.shortcut)
        return tuple(start(layers, k, inputs, scaling, dtype) for k, layers in zip(keys, branches, strict=True))

    def apply(self, params: tuple, x: Values, through: Through) -> Values:
        there, here = params
        return run(self.branch, there, x, through) + run(self.shortcut, here, x, through)


@dataclass(frozen=True)
class Architecture:
    """A network as data: the shape of one input, its layers, its parametrization.

    Frozen, hashable and free of arrays. `theory.kernels.architecture.kernels` returns its kernels at infinite width;
    `init` and `apply` are the finite network. Of perceptrons, `Network` knows more: parametrizations that tell the
    first and the last layer apart, their steps, weights by layer.

    Attributes:
        inputs: channels of one input on the last axis, its positions before them: (d,), (length, channels) or
            (height, width, channels).
        layers: `Dense`, `Activation`, `Conv`, `AveragePool`, `GlobalPool`, `Flatten`, `LayerNorm`, `Attention`,
            `Residual`, in order.
        parametrization: "ntk" or "standard".

    >>> from theory.networks import Activation, Conv, Dense, GlobalPool
    >>> network = Architecture((8, 8, 3), (Conv(16, (3, 3)), Activation("relu"), GlobalPool(), Dense(1)))
    >>> params = network.init(jax.random.key(0))
    >>> network.apply(params, jnp.ones((5, 8, 8, 3))).shape
    (5, 1)
    """

    inputs: tuple[int, ...]
    layers: tuple[Layer, ...]
    parametrization: str | Parametrization = "ntk"

    def __post_init__(self) -> None:
        given = self.inputs if isinstance(self.inputs, Sequence) else (self.inputs,)
        sizes = tuple(whole("a size of the inputs", n, least=1) for n in given)
        if not 1 <= len(sizes) <= 3:
            raise ValueError(f"inputs of shape {sizes} were described; they have one to three axes, channels last")
        object.__setattr__(self, "inputs", sizes)
        object.__setattr__(self, "layers", tuple(self.layers))
        scaling = parametrization(self.parametrization)
        if scaling.name not in ALIKE:
            raise ValueError(
                f"parametrization = {scaling.name!r} tells the first and the last layer apart, which an architecture "
                f"does not; it takes {' or '.join(ALIKE)} (perceptrons take all, see `perceptron`)"
            )
        object.__setattr__(self, "parametrization", scaling)
        shapes(self.layers, sizes)

    @property
    def scaling(self) -> Parametrization:
        return parametrization(self.parametrization)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of one example before the first layer and after every layer."""
        return shapes(self.layers, self.inputs)

    @property
    def outputs(self) -> Shape:
        return self.shapes[-1]

    def init(self, key: PRNGKeyArray, dtype: DTypeLike | None = None) -> tuple:
        """Independent centered Gaussian parameters; many starts by `jax.vmap(network.init)(keys)`."""
        dtype = jax.dtypes.canonicalize_dtype(float if dtype is None else dtype)
        return start(self.layers, key, self.inputs, self.scaling, dtype)

    def apply(self, params: tuple, x: Float[ArrayLike, "..."], through: Through | None = None) -> Float[Array, "..."]:
        """Outputs for inputs whose first axis runs over the examples.

        Args:
            through: what carries out each affine map in place of the network's own, `network.affine`, in order to
                look at it or to change it.

        Raises:
            ValueError: inputs or parameters that are not the network's.
        """
        reject_silent_rounding(x)
        x = jnp.asarray(x)
        if x.shape[1:] != self.inputs or x.ndim == 0:
            raise ValueError(
                f"inputs of shape {x.shape} were given to an architecture whose inputs have shape {self.inputs}; "
                "put the examples on the first axis"
            )
        if len(params) != len(self.layers):
            raise ValueError(
                f"parameters of {len(params)} layers were given to an architecture of {len(self.layers)} layers"
            )
        return run(self.layers, params, x, self.affine if through is None else through)

    def affine(self, layer: AffineLayer, params: Affine, x: Values) -> Values:
        """What one of the affine layers puts out."""
        return affine(layer, params, x, self.scaling)

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        drawn = jax.eval_shape(self.init, jax.random.key(0))
        return sum(prod(leaf.shape) for leaf in jax.tree.leaves(drawn))


def shapes(layers: tuple[Layer, ...], inputs: Shape) -> tuple[Shape, ...]:
    """Shapes before the first layer and after every layer.

    Raises:
        ValueError: a layer that does not fit what comes before it; it is named.
    """
    seen = [inputs]
    for i, layer in enumerate(layers, start=1):
        try:
            seen.append(layer.shape(seen[-1]))
        except ValueError as problem:
            raise ValueError(f"layer {i}, {type(layer).__name__}: {problem}") from None
    return tuple(seen)


def start(
    layers: tuple[Layer, ...], key: PRNGKeyArray, inputs: Shape, scaling: Parametrization, dtype: DTypeLike
) -> tuple:
    """Parameters of every layer in order."""
    keys = jax.random.split(key, max(len(layers), 1))
    given: Any = zip(layers, keys, shapes(layers, inputs))
    return tuple(layer.init(k, shape, scaling, dtype) for layer, k, shape in given)


def run(layers: tuple[Layer, ...], params: tuple, x: Values, through: Through) -> Values:
    """The layers in order."""
    for layer, own in zip(layers, params, strict=True):
        x = layer.apply(own, x, through)
    return x
