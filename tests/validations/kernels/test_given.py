"""Networks of neural-tangents and of ours, handed to the claims; a network that is not the one described loses."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

import limitlab
from theory.networks import perceptron
from validations.kernels.given import given

STAX = """
import numpy as np
from theory.kernels.neural_tangents import StaxNetwork, load
from validations.kernels.given import given

stax = load().stax
LAYERS = stax.Dense(64, W_std=1.5), stax.Erf(), stax.Dense(64, W_std=1.2, b_std=0.2)
NETWORK = StaxNetwork(stax.serial(*LAYERS), inputs=(2,))
X = np.array([[1.0, 0.2], [0.8, -0.5]])
SIMULATE, COVARIANCE, TANGENT, CLAIMS = given("mine/erf", NETWORK, X, replicates=32)
"""
OTHER_KERNEL = STAX.replace(
    "NETWORK = StaxNetwork(stax.serial(*LAYERS), inputs=(2,))",
    "init, apply, _ = stax.serial(*LAYERS)\n"
    "kernel = stax.serial(*LAYERS[:2], stax.Dense(64, W_std=1.35, b_std=0.2))[2]\n"
    "NETWORK = StaxNetwork((init, apply, kernel), inputs=(2,))",
)
OURS = """
import numpy as np
from theory.networks import perceptron
from validations.kernels.given import given

NETWORK = perceptron((2, 64, 64), activation="relu", parametrization="ntk", sigma_w=2**0.5)
X = np.array([[1.0, 0.2], [0.8, -0.5]])
SIMULATE, COVARIANCE, TANGENT, CLAIMS = given("mine/ours", NETWORK, X, replicates=32)
"""


def verdicts(text: str, name: str, folder: Path) -> list[str]:
    file = folder / "mine.py"
    file.write_text(textwrap.dedent(text))
    return [
        limitlab.validate(f"mine/{name}_{which}", scale="smoke", files=[file], results=folder).judgment.verdict
        for which in ("covariance", "tangent")
    ]


def test_a_network_of_neural_tangents_has_its_kernels(tmp_path: Path) -> None:
    assert verdicts(STAX, "erf", tmp_path) == ["supported", "supported"]


def test_a_kernel_of_another_network_is_refuted(tmp_path: Path) -> None:
    assert verdicts(OTHER_KERNEL, "erf", tmp_path) == ["refuted", "refuted"]


def test_a_description_of_ours(tmp_path: Path) -> None:
    assert verdicts(OURS, "ours", tmp_path) == ["supported", "supported"]


CONVOLUTION = """
import numpy as np
from theory.networks import Activation, Architecture, Conv, Dense, GlobalPool
from validations.kernels.given import given

LAYERS = Conv(64, (3,), sigma_w=1.5), Activation("relu"), GlobalPool(), Dense(64, sigma_w=1.2)
X = np.array([[1.0, 0.2, -0.4, 0.3], [0.8, -0.5, 0.1, 0.9]])[:, :, None]
SIMULATE, COVARIANCE, TANGENT, CLAIMS = given("mine/pooled", Architecture((4, 1), LAYERS), X, replicates=32)
"""


def test_an_architecture_of_ours(tmp_path: Path) -> None:
    assert verdicts(CONVOLUTION, "pooled", tmp_path) == ["supported", "supported"]


def test_records_of_other_networks_and_inputs_are_told_apart() -> None:
    def fingerprint(width: int, x: np.ndarray, sigma_w: float = 1.0) -> str:
        network = perceptron((2, width, 1), parametrization="ntk", sigma_w=sigma_w)
        return given("mine/a", network, x).claims[0].experiment.scales["smoke"].network

    x = np.eye(2)
    assert len({fingerprint(8, x), fingerprint(9, x), fingerprint(8, 2 * x), fingerprint(8, x, 1.1)}) == 4
    assert fingerprint(8, x) == fingerprint(8, x.copy())


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="give two inputs or more along the first axis"):
        given("mine/a", perceptron((2, 4, 1), parametrization="ntk"), np.ones((1, 2)))
    with pytest.raises(ValueError, match="parametrization = 'mup' has steps of its own; describe the network in 'ntk'"):
        given("mine/a", perceptron((2, 4, 1), parametrization="mup"), np.eye(2))
