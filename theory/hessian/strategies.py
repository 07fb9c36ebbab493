"""Hypothesis strategies for theorems on Hessian and Fisher spectra (extra `property`). Numbers are log-uniform."""

import math

from hypothesis import strategies as st


def log_uniform(least: float, most: float) -> st.SearchStrategy[float]:
    """Positive numbers, uniform in their logarithm."""
    return st.floats(math.log10(least), math.log10(most)).map(lambda x: 10.0**x)


def ratios(least: float = 0.01, most: float = 5.0) -> st.SearchStrategy[float]:
    """Ratios of dimensions to samples, on both sides of one."""
    return log_uniform(least, most)


def energies(least: float = 1e-3, most: float = 10.0) -> st.SearchStrategy[float]:
    """Energies of a squared loss."""
    return log_uniform(least, most)


def separations(least: float = 1e-3, most: float = 1e3) -> st.SearchStrategy[float]:
    """Spikes: strengths of a direction over the noise."""
    return log_uniform(least, most)
