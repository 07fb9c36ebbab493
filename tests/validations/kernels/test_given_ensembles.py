"""Trained networks of neural-tangents and of ours under the claims on ensembles; another network's kernel loses."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

import limitlab
from theory.networks import perceptron
from validations.kernels.given_ensembles import Task, ensembles

TASK = """
import numpy as np
from validations.kernels.given_ensembles import Task, ensembles

angle = 2 * np.pi * np.array([0.0, 0.13, 0.3, 0.52, 0.75, 0.4, 0.63, 0.88])
X = 2**0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)
Y = (2 * np.sin(angle) + np.cos(2 * angle))[:5, None]
TASK = Task(X[:5], Y, X[5:])
"""
STAX = """
from theory.kernels.neural_tangents import StaxNetwork, load

stax = load().stax
LAYERS = stax.Dense(256, W_std=1.5), stax.Erf(), stax.Dense(1, W_std=1.5)
NETWORK = StaxNetwork(stax.serial(*LAYERS), inputs=(2,))
"""
OTHER_KERNEL = STAX.replace(
    "NETWORK = StaxNetwork(stax.serial(*LAYERS), inputs=(2,))",
    "init, apply, _ = stax.serial(*LAYERS)\n"
    "kernel = stax.serial(stax.Dense(256, W_std=0.3), stax.Erf(), stax.Dense(1, W_std=5.0))[2]\n"
    "NETWORK = StaxNetwork((init, apply, kernel), inputs=(2,))",
)
CONVOLUTION = """
from theory.networks import Activation, Architecture, Conv, Dense, GlobalPool

rng = np.random.default_rng(0)
X = rng.standard_normal((9, 4, 1))
TASK = Task(X[:6], np.sign(rng.standard_normal((6, 2))), X[6:])
LAYERS = Conv(96, (3,), sigma_w=1.5), Activation("erf"), GlobalPool(), Dense(2, sigma_w=1.5)
NETWORK = Architecture((4, 1), LAYERS)
"""
CALL = 'SIMULATE, MEAN, COVARIANCE, CLAIMS = ensembles("mine/net", NETWORK, TASK, steps=200)\n'


def verdicts(text: str, folder: Path) -> list[str]:
    file = folder / "mine.py"
    file.write_text(textwrap.dedent(TASK) + text + CALL)
    return [
        limitlab.validate(f"mine/net_trained_{which}", scale="smoke", files=[file], results=folder).judgment.verdict
        for which in ("mean", "covariance")
    ]


def test_trained_networks_of_neural_tangents(tmp_path: Path) -> None:
    assert verdicts(STAX, tmp_path) == ["supported", "supported"]


def test_a_kernel_of_another_network_is_refuted(tmp_path: Path) -> None:
    assert verdicts(OTHER_KERNEL, tmp_path) == ["refuted", "refuted"]


def test_a_convolution_of_two_outputs(tmp_path: Path) -> None:
    assert verdicts(CONVOLUTION, tmp_path) == ["supported", "supported"]


X = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]])
NETWORK = perceptron((2, 8, 1), activation="erf", parametrization="ntk")


def test_records_of_other_tasks_are_told_apart() -> None:
    def fingerprint(y: float, unseen: float) -> str:
        task = Task(X[:2], np.array([[1.0], [y]]), unseen * X[2:])
        return ensembles("mine/a", NETWORK, task).claims[0].experiment.scales["smoke"].network

    assert len({fingerprint(-1.0, 1.0), fingerprint(0.5, 1.0), fingerprint(-1.0, 2.0)}) == 3


@pytest.mark.parametrize(
    ("network", "y", "unseen", "settings", "message"),
    [
        (NETWORK, np.ones(2), X[2:], {}, r"2 inputs of a network of 1 outputs need y of shape \(2, 1\)"),
        (NETWORK, np.ones((2, 1)), X[:0], {}, "one unseen input or more"),
        (NETWORK, np.ones((2, 1)), X[2:], {"steps": 5}, "steps = 5 until t = .* are no flow; give"),
        (NETWORK, np.ones((2, 1)), X[2:], {"times": (0.0,)}, "times"),
        (perceptron((2, 1), parametrization="ntk"), np.ones((2, 1)), X[2:], {}, "give it a hidden layer"),
        (perceptron((2, 8, 1), parametrization="mup"), np.ones((2, 1)), X[2:], {}, "describe the network in 'ntk'"),
    ],
)
def test_bad_input(network, y, unseen, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ensembles("mine/a", network, Task(X[:2], y, unseen), **settings)
