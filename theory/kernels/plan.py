"""Architectures without their widths: the steps of the recursion of their kernels, and whether it holds."""

from typing import NamedTuple, TypeAlias

from theory.kernels.dense import round_off
from theory.kernels.pairs import Factors
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
from theory.networks.layer import scales
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


def plan(network: Architecture) -> tuple[Step, ...]:
    """All that the recursion needs, hashable; networks that differ in width alone share a program.

    Raises:
        ValueError: layers that have no kernel at infinite width, told as in `kernels`.
    """
    if len(network.outputs) > 1:
        raise ValueError(
            f"the network puts out positions, shape {network.outputs}; end with Flatten or GlobalPool before the last "
            "dense layer, or kernels of which positions would be meant"
        )
    steps = _planned(network, network.layers, network.inputs)
    _gaussian(steps, False)
    return steps


def _planned(network: Architecture, layers: tuple, inputs: tuple[int, ...]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for layer in layers:
        if isinstance(layer, Dense | Conv):
            factors = _factors(*scales(layer, inputs, network.scaling))
            steps.append(factors if isinstance(layer, Dense) else Convolved(layer.window, factors))
        elif isinstance(layer, Attention):
            inner = (*inputs[:-1], layer.inner)
            steps.append(Mixing(layer.sharpness))
            steps += _planned(network, (layer.values,), inputs) + _planned(network, (layer.outputs,), inner)
        elif isinstance(layer, Residual):
            branches = (_planned(network, branch, inputs) for branch in (layer.branch, layer.shortcut))
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
            name = type(step).__name__
            raise ValueError(f"{name} has a kernel only after a dense or convolutional layer; put one before it")
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
