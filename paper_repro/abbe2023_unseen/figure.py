"""Random features on part of the cube, their law by activation and dimension, and the leak of diagonal networks."""

from collections.abc import Mapping
from math import comb

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.abbe2023_unseen.config import Settings
from theory.deep_linear.random_features import least_norm_interpolator, random_feature_eigenvalues, unseen_share
from theory.deep_linear.unseen import leaked_weight
from theory.kernels.polynomial import Polynomial
from validations.core.programs import one_program, quickly_compiled
from validations.core.store import Store
from validations.deep_linear.unseen import cube

# Monomials of each published target, with its coefficients and those of the interpolator of minimal degree.
TARGETS: dict[str, dict[tuple[int, ...], tuple[float, float]]] = {
    "parity": {(): (0, -1), (0,): (0, 1), (1,): (0, 1), (0, 1): (1, 0)},
    "cyclic": {(2,): (0, 1), (0,): (0, -1.25), (1,): (0, 1.5), (0, 1): (1, 0), (1, 2): (-1.25, 0), (0, 2): (1.5, 0)},
}
SEEN = {
    "parity": lambda x: (x[..., 0] == 1) | (x[..., 1] == 1),
    "cyclic": lambda x: x[..., 0] * x[..., 1] * x[..., 2] == 1,
}
DEGREE = 6  # of the published polynomial features (1 + z)^6


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    drawn = {
        "examples.inputs": config.inputs,
        "activations.dimensions": config.dimensions,
        "leak.starts": config.starts,
    }
    for name in TARGETS:
        learned = _learned(config, name)
        drawn[f"examples.{name}"] = learned
        drawn[f"examples.{name}.theory"] = _theory(name, config.inputs)
        drawn[f"examples.{name}.published"] = _theory(name, 15)
        drawn |= {f"{name}_{_label(m)}": learned[:, i] for i, m in enumerate(TARGETS[name])}
    for activation in ("relu", "polynomial"):
        drawn[f"activations.{activation}"] = np.stack([_left(activation, d) for d in config.dimensions])
    starts = np.asarray(config.starts)
    drawn["leak.theory"] = np.stack([np.asarray(leaked_weight(0.6, starts, depth)) for depth in (1, 2, 3)])
    return {key: np.asarray(value) for key, value in drawn.items()}


def _label(monomial: tuple[int, ...]) -> str:
    return "".join("xyz"[i] for i in monomial) or "constant"


def _learned(config: Settings, name: str) -> Float[np.ndarray, "replicates monomials"]:
    """Coefficients of random ReLU features of least norm that fit the target where it is seen."""
    points = cube(config.inputs)
    seen = SEEN[name](points)
    monomials = np.stack([points[:, list(m)].prod(axis=1) for m in TARGETS[name]])
    target = np.array([given for given, _ in TARGETS[name].values()]) @ monomials

    def one(key: PRNGKeyArray) -> Array:
        weights = jax.random.normal(key, (config.features, config.inputs + 1)) / config.inputs**0.5
        features = jax.nn.relu(points @ weights[:, :-1].T + weights[:, -1]) / config.features**0.5
        products = features @ features[seen].T
        return monomials @ (products @ jnp.linalg.solve(products[seen], target[seen])) / len(points)

    keys = jax.random.split(jax.random.key(config.seed), config.replicates)
    return np.asarray(quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys))


def _theory(name: str, inputs: int) -> np.ndarray:
    """The same with infinitely many features, by the law of finite dimension."""
    axes = 1 + max(i for m in TARGETS[name] for i in m)
    table = np.zeros((2,) * axes)
    for m, (given, _) in TARGETS[name].items():
        table[tuple(int(i in m) for i in range(axes))] = given
    corners = 1.0 - 2 * np.moveaxis(np.indices((2,) * axes), 0, -1)
    spectrum = one_program(random_feature_eigenvalues)("relu", inputs, 1.0, inputs**-0.5)
    found = np.asarray(least_norm_interpolator(table, SEEN[name](corners), spectrum[: axes + 1]))
    return np.array([found[tuple(int(i in m) for i in range(axes))] for m in TARGETS[name]])


def _left(activation: str, inputs: int) -> np.ndarray:
    """What stays of frozen coordinates in monomials of degrees three and four."""
    dual = "relu" if activation == "relu" else Polynomial(tuple(float(comb(DEGREE, k)) for k in range(DEGREE + 1)))
    spectrum = np.asarray(one_program(random_feature_eigenvalues)(dual, inputs, 1.0, inputs**-0.5))
    return np.asarray(unseen_share(spectrum[:5]))[2:]


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"examples": _draw_examples(data), "activations": _draw_activations(data), "leak": _draw_leak(data)}


def _draw_examples(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    for axes, name, title in zip(
        figure.subplots(1, 2),
        TARGETS,
        ("xy, not seen at (-1, -1)", "xy - 1.25 yz + 1.5 zx, seen at xyz = 1"),
        strict=True,
    ):
        at, ours = np.arange(len(TARGETS[name])), data[f"examples.{name}"]
        axes.plot(at, [least for _, least in TARGETS[name].values()], "x", color="#555555", label="minimal degree")
        axes.plot(at, data[f"examples.{name}.theory"], "_", color=THEORY, markersize=18, label="law at our dimension")
        axes.plot(at, data[f"examples.{name}.published"], ".", color=THEORY, markersize=4, label="law at 15 inputs")
        axes.errorbar(
            at,
            ours.mean(0),
            ours.std(0, ddof=1),
            fmt="o",
            color=series_colors(1)[0],
            markersize=4,
            label="random features",
        )
        axes.set_xticks(at, [_label(m) if m else "1" for m in TARGETS[name]])
        axes.set(ylabel="coefficient")
        axes.set_title(title, fontsize=9)
    figure.axes[0].legend(fontsize=7)
    return figure


def _draw_activations(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for name, color in zip(("relu", "polynomial"), series_colors(2), strict=True):
        for i, style in enumerate(("--", "-")):
            axes.plot(
                data["activations.dimensions"],
                data[f"activations.{name}"][:, i],
                style,
                color=color,
                label=f"{name}, degree {i + 3}",
            )
    axes.set(xlabel="inputs", ylabel="share of the frozen coordinate", ylim=(0, 0.55))
    axes.legend()
    return figure


def _draw_leak(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for depth, color, leak in zip((1, 2, 3), series_colors(3), data["leak.theory"], strict=True):
        axes.loglog(data["leak.starts"], leak, color=color, label=f"{depth} layer{'s' if depth > 1 else ''}")
    axes.set(xlabel="start of every weight", ylabel="frozen weight, of 0.6")
    axes.legend()
    return figure
