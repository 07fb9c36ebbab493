"""Hypothesis strategies for theorems on architectures (extra `property`): networks on small images, images that hurt.

from hypothesis import given
from theory.kernels.image_strategies import architectures, images

@given(architectures(), images())
def test_positive_semidefinite(network, x): ...
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

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
)

IMAGES, SHAPE = 4, (4, 3, 2)  # each shape costs a compile


@st.composite
def images(draw: Callable[..., Any]) -> Float[np.ndarray, "images height width channels"]:
    """Images with a duplicate or near-duplicate, an antipode, and sometimes with empty pixels or nothing in it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((IMAGES, *SHAPE)) * draw(st.sampled_from((0.1, 1.0, 3.0)))
    x[1] = x[0] + draw(st.sampled_from((0.0, 1e-12, 1e-6, 1e-2))) * rng.standard_normal(SHAPE)
    x[2] = -x[0]
    x[3, : draw(st.integers(0, SHAPE[0]))] = 0.0
    return x


def architectures() -> st.SearchStrategy[Architecture]:
    """Convolutional networks with one or two layers, of every kind of layer that has a kernel at infinite width."""
    return st.sampled_from(_NETWORKS)


_CONV, _BIASED = Conv(8, (3, 3), sigma_w=2**0.5), Conv(8, (3, 2), (1, 2), sigma_w=1.2, sigma_b=0.3)
_RELU, _OUT = Activation("relu"), Dense(1)
_NETWORKS = [  # built once, as in `theory.kernels.strategies`
    Architecture(SHAPE, layers, parametrization)
    for parametrization, layers in (
        ("ntk", (_CONV, _RELU, GlobalPool(), _OUT)),
        ("standard", (_BIASED, Activation("erf"), AveragePool((2, 1)), _CONV, _RELU, Flatten(), _OUT)),
        ("ntk", (_CONV, Residual((_RELU, _CONV)), LayerNorm(), Activation("gelu"), GlobalPool(), _OUT)),
        ("standard", (_CONV, Activation("abs"), Attention(8, 8, 1.5), _RELU, Flatten(), _OUT)),
        ("ntk", (Conv(8, (2, 2), padding="valid"), Activation("sin"), Conv(8, (3, 3), padding="circular"), Flatten())),
    )
]
