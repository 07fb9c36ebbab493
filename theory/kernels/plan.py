"""Architectures without their widths: the steps of the recursion of their kernels, and whether it holds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from jax.typing import DTypeLike

from theory.kernels.arguments import of_type
from theory.kernels.dense import Gains, gain, of_gain_one, round_off
from theory.kernels.pairs import Factors, not_gaussian
from theory.networks import (
    Activation,
    Architecture,
    Attention,
    AveragePool,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    LayerNorm,
    Residual,
    Scale,
)
from theory.networks.layer import AffineLayer, scales
from theory.networks.window import Window


class Convolved(NamedTuple):
    """A convolution without its width."""

    window: Window
    factors: Factors


class Mixing(NamedTuple):
    """The part of attention that moves values between positions."""

    sharpness: float


class Branches(NamedTuple):
    """A residual sum."""

    there: tuple
    here: tuple


Step: TypeAlias = Factors | Convolved | Activation | LayerNorm | AveragePool | GlobalPool | Flatten | Mixing | Branches


# What an affine layer for inputs of a shape does.
Take: TypeAlias = Callable[[AffineLayer, tuple[int, ...]], Factors]


def plan(network: Architecture, gains: Gains | None = None, dtype: DTypeLike = float) -> tuple[Step, ...]:
    """All that the recursion needs; networks that differ in width alone share a program.

    Args:
        gains: in place of the network's own, whose steps are then arrays of that type; else the plan is hashable.

    Raises:
        ValueError: layers that have no kernel at infinite width, told as in `kernels`.
    """
    if len(network.outputs) > 1:
        raise ValueError(
            f"the network puts out positions, shape {network.outputs}; end with Flatten or GlobalPool before the last "
            "dense layer, or kernels of which positions would be meant"
        )
    own = lambda layer, inputs: _factors(*scales(layer, inputs, network.scaling))
    steps = _planned(own, network.layers, network.inputs)
    _gaussian(steps, False)
    if gains is None:
        return steps
    return _planned(_at(network, gains, _affine_layers(steps), dtype), network.layers, network.inputs)


def _affine_layers(steps: tuple[Step, ...]) -> int:
    inside = sum(_affine_layers(branch) for step in steps if isinstance(step, Branches) for branch in step)
    return inside + sum(isinstance(step, Factors | Convolved) for step in steps)


def _at(network: Architecture, gains: Gains, count: int, dtype: DTypeLike) -> Take:
    """The factors of layers at other gains, each time those of the next."""
    of_type("gains", gains, Gains, "Gains(sigma_w, sigma_b)")
    w: Any = gain("sigma_w", gains.sigma_w, count).astype(dtype) ** 2
    b = None if gains.sigma_b is None else gain("sigma_b", gains.sigma_b, count).astype(dtype) ** 2
    order = iter(range(count))

    def take(layer: AffineLayer, inputs: tuple[int, ...]) -> Factors:
        k, multiplies = next(order), network.scaling.gains_multiply
        given = layer if b is None else of_gain_one(layer)
        unit = _factors(*scales(replace(given, sigma_w=1.0), inputs, network.scaling))  # type: ignore[type-var]
        times: Any = 1.0 if b is None or not unit.bias else b[k]
        steps: tuple[Any, Any] = (w[k], times) if multiplies else (1.0, 1.0)
        return Factors(w[k] * unit.weight, times * unit.bias, steps[0] * unit.weight_step, steps[1] * unit.bias_step)

    return take


def _planned(take: Take, layers: tuple, inputs: tuple[int, ...]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for layer in layers:
        if isinstance(layer, Dense | Conv):
            factors = take(layer, inputs)
            steps.append(factors if isinstance(layer, Dense) else Convolved(layer.window, factors))
        elif isinstance(layer, Attention):
            inner = (*inputs[:-1], layer.inner)
            steps.append(Mixing(layer.sharpness))
            steps += _planned(take, (layer.values,), inputs) + _planned(take, (layer.outputs,), inner)
        elif isinstance(layer, Residual):
            branches = (_planned(take, branch, inputs) for branch in (layer.branch, layer.shortcut))
            steps.append(Branches(*branches))
        else:
            steps.append(layer)
        inputs = layer.shape(inputs)
    return tuple(steps)


def _factors(fan_in: int, weight: Scale, bias: Scale | None) -> Factors:
    """As in `theory.kernels.dense.factors`; in both parametrizations all steps are one."""
    scale = weight.multiplier**2 * fan_in
    lead, shift = (0.0, 0.0) if bias is None else (bias.multiplier**2, bias.deviation**2)
    return Factors(round_off(scale * weight.deviation**2), round_off(lead * shift), round_off(scale), lead)


def _gaussian(steps: tuple[Step, ...], gaussian: bool, fresh: bool = False) -> tuple[bool, bool]:
    """Whether the outputs are Gaussian, and whether their weights are none of the inputs'; raise where that matters."""
    for step in steps:
        if isinstance(step, Factors | Convolved):
            gaussian = fresh = True
        elif isinstance(step, Activation | LayerNorm) and not gaussian:
            raise not_gaussian(step)
        elif isinstance(step, Activation):
            gaussian = fresh = False
        elif isinstance(step, Branches):
            (there, new1), (here, new2) = (_gaussian(branch, gaussian) for branch in step)
            if not (new1 or new2):
                raise ValueError(
                    "the branches of a residual sum are not independent; end one of them with a dense or "
                    "convolutional layer"
                )
            gaussian, fresh = there and here, (new1 and new2) or fresh
    return gaussian, fresh
