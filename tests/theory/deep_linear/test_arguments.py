"""Arguments that no closed form takes: steps below zero, complex numbers."""

import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.deep_linear import (
    chain,
    conservation,
    correlated_inputs,
    effective_rank,
    end_to_end,
    fuss_catalan,
    initial,
    riccati,
)

LAYERS = (jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 1.0]]))

STEPPED = {
    "conserved_drift": lambda eta: conservation.conserved_drift(LAYERS, eta)[0],
    "conserved_after_step": lambda eta: conservation.conserved_after_step(LAYERS, LAYERS, eta, 0.1)[0],
    "scalar_conserved_factor": lambda eta: conservation.scalar_conserved_factor(2.0, 1.0, 3.0, eta),
    "drift_bound": lambda eta: conservation.drift_bound(3.0, eta),
}


@pytest.mark.parametrize("function", STEPPED.values(), ids=STEPPED)
def test_negative_steps(function) -> None:  # noqa: ANN001
    with pytest.raises(ValueError, match=r"^step = -0\.1 is outside the allowed steps "):
        function(-0.1)
    assert np.isnan(jax.jit(function)(-0.1)).all()
    assert np.isfinite(jax.jit(function)(0.1)).all()
    assert np.isfinite(function(0.0)).all()


EYE, SKEW, TIMES = np.eye(2), np.triu(np.ones((2, 2))), np.array([0.0, 1.0])
REFUSED = {
    "negative covariance": (lambda: correlated_inputs.correlated_modes(EYE, -EYE), "smallest eigenvalue of sigma_xx"),
    "asymmetric covariance": (lambda: correlated_inputs.coupling(EYE, SKEW), "relative asymmetry of sigma_xx = 1 "),
    "growing layer": (lambda: correlated_inputs.single_layer_trajectory(TIMES, EYE, EYE, -EYE), "smallest eigenvalue"),
    "growing weights": (
        lambda: end_to_end.end_to_end_trajectory(TIMES, EYE, EYE, None, 2, -0.1),
        "weight_decay = -0.1",
    ),
    "growing imbalance": (lambda: conservation.conserved_decay(1.0, -0.1), "weight_decay = -0.1 is outside"),
    "accuracy": (lambda: end_to_end.end_to_end_trajectory(TIMES, EYE, EYE, None, 2, 0.0, -1.0), "rtol = -1 is outside"),
    "no time": (lambda: end_to_end.end_to_end_trajectory(np.zeros(0), EYE, EYE), r"times has shape \(0,\); give"),
    "no weight": (lambda: chain.chain_mode(1.0, 1.0, np.zeros(0)), "give at least one"),
    "no unit": (lambda: riccati.two_layer_limit(EYE, 0.0, 0), "hidden = 0 is below the least allowed, 1"),
    "power": (lambda: effective_rank.entropy_rank(EYE, -1), "power = -1 is below the least allowed, 1"),
    "order": (lambda: fuss_catalan.log_moment(np.inf, 2), "order = inf is outside the allowed finite orders"),
    "modes": (lambda: initial.aligned(EYE, np.ones(5), 2), r"u0 has shape \(5,\) but there are 2 modes"),
}


@pytest.mark.parametrize(("call", "complaint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_sentence(call, complaint) -> None:  # noqa: ANN001
    with pytest.raises(ValueError, match=complaint):
        call()


def test_starts_are_not_rounded_silently() -> None:
    with jax.enable_x64(False):
        for start in (lambda: initial.aligned(EYE, 0.1, 2), lambda: initial.balanced_factors(EYE, (2,))):
            with pytest.raises(TypeError, match="a float64 array was given while JAX computes in 32 bit"):
                start()


# Run apart: in these tests jaxtyping's hook refuses complex numbers first, which no user has installed.
COMPLEX = """
import jax, jax.numpy as jnp, numpy as np
from theory.core.broadcast import together
from theory.core.domain import finite, real, within
from theory.deep_linear import conservation, fuss_catalan, layers, modes

for function in (
    lambda z: modes.balanced_mode(z, 1.0, 0.1),
    lambda z: modes.balanced_mode(1.0, 1.0, z),
    lambda z: conservation.scalar_conserved_factor(2.0, z, 3.0, 0.1),
    lambda z: conservation.conserved_decay(z, 0.1),
    lambda z: conservation.least_layer_energy(z * jnp.eye(2), 2),
    lambda z: layers.product([z * jnp.ones((2, 1)), jnp.ones((1, 2))]),
    lambda z: fuss_catalan.quantile(z, 2),
    lambda z: together(x=z),
    lambda z: finite("x", z),
    lambda z: within("x", z, True, "anything"),
    lambda z: real("x", z),
):
    for given in (function, jax.jit(function)):
        for z in (1j, np.complex64(0.5), jnp.array(0.5 + 0j)):
            try:
                print("returned", given(z))
            except TypeError as error:
                print(error)
"""
SENTENCE = re.compile(r"(\w+) holds complex(64|128) values but must be real; pass \1\.real if that is meant")


def test_complex_numbers_are_refused_not_cut() -> None:
    said = subprocess.run([sys.executable, "-c", COMPLEX], check=True, capture_output=True, text=True).stdout
    lines = said.splitlines()
    assert len(lines) == 11 * 2 * 3
    assert [line for line in lines if not SENTENCE.fullmatch(line)] == []
