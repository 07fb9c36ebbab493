"""Hypothesis strategies for theorems on dot-product kernels (extra `property`).

from hypothesis import given
from theory.kernels.spectrum_strategies import taylor_coefficients

@given(taylor_coefficients())
def test_positive(coefficients): ...
"""

from hypothesis import strategies as st

LENGTH = 8


def dimensions(least: int = 2, most: int = 9) -> st.SearchStrategy[int]:
    """Numbers of coordinates of an input."""
    return st.integers(least, most)


def taylor_coefficients(length: int = LENGTH, zero_order: bool = True) -> st.SearchStrategy[list[float]]:
    """Coefficients at or above 0 of a kernel in powers of the cosine, which sum to 1: any positive definite kernel on
    spheres of every dimension is a limit of these (Schoenberg).

    Args:
        length: number of coefficients, the constant first; few lengths, for each is a shape.
        zero_order: whether the kernel may be positive between orthogonal inputs.
    """
    weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1.0)), min_size=length, max_size=length)
    if not zero_order:
        weights = weights.map(lambda c: [0.0, *c[1:]])
    return weights.filter(lambda c: sum(c) > 0).map(lambda c: [x / sum(c) for x in c])


def convolutional_kernels() -> st.SearchStrategy[tuple[list[float], list[float]]]:
    """Taylor coefficients of the outer and the inner kernel of two convolutional layers; each sum to 1."""
    return st.tuples(taylor_coefficients(4), taylor_coefficients(3))
