"""Claims on a network of yours: that of `neural_tangents.stax`, a description of ours, anything of that protocol.

A file of yours names what it gets, so that a worker finds it:

    from theory.kernels.neural_tangents import StaxNetwork, load
    from validations.kernels.given import given

    stax = load().stax
    NETWORK = StaxNetwork(stax.serial(stax.Dense(512), stax.Erf(), stax.Dense(64)), inputs=(3,))
    SIMULATE, COVARIANCE, TANGENT, CLAIMS = given("mine/erf", NETWORK, X)

and `limitlab validate mine.py` says whether the finite network has the kernels of the infinite one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels import architecture
from theory.kernels.tangent import tangent_kernel
from theory.networks import Architecture, Network
from theory.networks.parametrization import parametrization
from validations.core.claim import Claim, Configuration, Experiment, Margin, Rival
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


class Infinite(Protocol):
    """A finite network with the kernels of its infinite limit, in a parametrization whose steps are all one."""

    def init(self, key: PRNGKeyArray) -> Any: ...

    def apply(self, params: Any, x: Float[Array, "n ..."]) -> Float[Array, "n ..."]: ...

    def nngp(self, x: Float[Array, "n ..."]) -> Float[Array, "n n"]: ...

    def ntk(self, x: Float[Array, "n ..."]) -> Float[Array, "n n"]: ...


@dataclass(frozen=True, kw_only=True)
class Draws(Configuration):
    """Starts of a given network.

    Attributes:
        networks: averaged in a replicate.
        network: fingerprint of the network and the inputs, by which records of others are told apart.
    """

    networks: int = 32
    network: str = ""

    positive = ("networks",)


class Given(NamedTuple):
    """What a file of claims names at its top level."""

    simulate: Callable[[Draws, PRNGKeyArray], Measurement]
    covariance: Theory
    tangent: Theory
    claims: tuple[Claim, ...]


def given(
    name: str, network: Infinite | Network | Architecture, x: Float[np.ndarray, "n ..."], replicates: int = 64
) -> Given:
    """Two claims on a network: covariance and tangent kernel at the start, against its infinite limit.

    The covariance is averaged over the outputs, of which 64 spare as many draws of a network; the tangent kernel is
    that of the first.

    Args:
        name: of the claims, "theme/noun".
        network: any `Infinite`, such as a `StaxNetwork`; or a description of ours in the NTK parametrization.
        x: two inputs or more along the first axis, two of them correlated: else the last rival is no rival.
        replicates: at least 8.

    Raises:
        ValueError: fewer than two inputs, a description of ours in another parametrization.
    """
    if np.ndim(x) < 2 or len(x) < 2:
        raise ValueError(f"x has shape {np.shape(x)}; give two inputs or more along the first axis")
    both = described(network)
    inputs = np.asarray(x, float)

    def simulate(config: Draws, keys: PRNGKeyArray) -> Measurement:
        return _drawn(both, jnp.asarray(inputs), config, keys)

    own = fingerprint(both, inputs)
    scales = {"smoke": Draws(replicates=replicates, network=own)}
    scales["standard"] = Draws(replicates=4 * replicates, network=own)
    experiment = Experiment(
        id=f"{name}_starts", title=f"Random starts of {name}", code=simulate, scales=scales, cell=replicates
    )
    kernels = {"covariance": both.nngp, "tangent": both.ntk}
    covariance, tangent = (_theory(which, kernels, jnp.asarray(inputs)) for which in kernels)
    claims = _claim(name, "covariance", experiment, covariance), _claim(name, "tangent", experiment, tangent)
    return Given(simulate, covariance, tangent, claims)


def described(network: Infinite | Network | Architecture) -> Infinite:
    """A description of ours as what the claims take; anything else as it is.

    Raises:
        ValueError: a description in another parametrization than "ntk".
    """
    return _Described(network) if isinstance(network, Network | Architecture) else network


@dataclass(frozen=True)
class _Described:
    network: Network | Architecture

    def __post_init__(self) -> None:
        name = parametrization(self.network.parametrization).name
        if name != "ntk":
            raise ValueError(f"parametrization = {name!r} has steps of its own; describe the network in 'ntk'")

    def init(self, key: PRNGKeyArray) -> Any:
        return self.network.init(key)

    def apply(self, params: Any, x: Float[Array, "n ..."]) -> Float[Array, "n ..."]:
        return self.network.apply(params, x)

    def nngp(self, x: Float[Array, "n ..."]) -> Float[Array, "n n"]:
        return architecture.kernels(self.network, x).nngp

    def ntk(self, x: Float[Array, "n ..."]) -> Float[Array, "n n"]:
        return architecture.kernels(self.network, x).ntk


def _drawn(network: Infinite, x: Float[Array, "n ..."], config: Draws, keys: PRNGKeyArray) -> Measurement:
    def outputs(params: Any, x: Float[Array, "n ..."]) -> Float[Array, "n outputs"]:
        return network.apply(params, x).reshape(len(x), -1)

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        params = network.init(key)
        values = outputs(params, x)
        tangent = tangent_kernel(lambda p, x: outputs(p, x)[:, :1], params, x)
        return values @ values.T / values.shape[1], tangent

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        covariance, tangent = jax.lax.map(one, jax.random.split(key, config.networks), batch_size=8)
        return covariance.mean(0), tangent.mean(0)

    covariance, tangent = quickly_compiled(lambda keys: jax.lax.map(replicate, keys))(keys)
    return Measurement(start={}, data={"covariance": covariance, "tangent": tangent})


def fingerprint(network: Infinite, x: Float[np.ndarray, "n ..."], *more: np.ndarray) -> str:
    """Of a network's kernels and the shapes of its parameters, of inputs and whatever else is given."""
    shapes = jax.eval_shape(network.init, jax.random.key(0))
    values = [np.asarray(kernel(jnp.asarray(x))).round(8) for kernel in (network.nngp, network.ntk)]
    content = repr(shapes).encode() + b"".join(np.ascontiguousarray(v).tobytes() for v in (x, *values, *more))
    return hashlib.sha256(content).hexdigest()[:16]


def _theory(which: str, kernels: dict[str, Callable], x: Float[Array, "n ..."]) -> Theory:
    (other,) = (kernel for name, kernel in kernels.items() if name != which)

    def predicted() -> np.ndarray:
        return np.asarray(kernels[which](x))

    return Theory(
        observe=(lambda covariance: covariance) if which == "covariance" else (lambda tangent: tangent),
        predict=predicted,
        rivals={
            "a fifth more": lambda: 1.2 * predicted(),
            "other kernel": lambda: np.asarray(other(x)),
            "independent inputs": lambda: np.diag(np.diagonal(predicted())),
        },
        margin=lambda: np.abs(predicted()).max() / 20,
        axes=lambda: Axes(y_label=f"{which} of the outputs", series=tuple(f"input {i + 1}" for i in range(len(x)))),
    )


def _claim(name: str, which: str, experiment: Experiment, code: Theory) -> Claim:
    covariance = which == "covariance"
    return Claim(
        id=f"{name}_{which}",
        title=f"The {'covariance of the outputs' if covariance else 'tangent kernel'} of {name} is that of its limit",
        kind="mean",
        statement=r"\mathbb{E} f(x) f(x') = K(x, x')"
        if covariance
        else r"\mathbb{E} \hat\Theta(x, x') = \Theta(x, x')",
        assumptions=("as wide as it is given; corrections of order 1/width are inside the margin",),
        experiment=experiment,
        code=code,
        rivals=(
            Rival("a fifth more", "a gain that is off by a tenth", near=True),
            Rival("other kernel", "the tangent kernel" if covariance else "the covariance: the last layer alone moves"),
            Rival("independent inputs", "outputs for different inputs have nothing to do with each other"),
        ),
        margin=Margin(
            "practical", "a twentieth of the largest entry: who looks for a wrong gain looks for a larger error"
        ),
    )
