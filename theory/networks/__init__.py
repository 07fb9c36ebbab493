"""Architectures: one description gives the finite network here and, in the themes, its infinite counterpart."""

from theory.networks.activations import ACTIVATIONS, pointwise
from theory.networks.architecture import Architecture, Residual
from theory.networks.attention import Attention
from theory.networks.convolution import Conv
from theory.networks.layer import Activation, Affine, Dense
from theory.networks.network import Network, Parameters, deep_linear, perceptron
from theory.networks.normalization import LayerNorm
from theory.networks.parametrization import PARAMETRIZATIONS, Exponents, Parametrization, Scale
from theory.networks.pooling import AveragePool, Flatten, GlobalPool

__all__ = [
    "ACTIVATIONS",
    "PARAMETRIZATIONS",
    "Activation",
    "Affine",
    "Architecture",
    "Attention",
    "AveragePool",
    "Conv",
    "Dense",
    "Exponents",
    "Flatten",
    "GlobalPool",
    "LayerNorm",
    "Network",
    "Parameters",
    "Parametrization",
    "Residual",
    "Scale",
    "deep_linear",
    "perceptron",
    "pointwise",
]
