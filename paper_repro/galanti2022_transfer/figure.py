"""Class-distance normalized variance through training: on the images, on new ones, and on digits never trained on."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import series_colors, styled
from paper_repro.galanti2022_transfer.config import Settings
from theory.collapse.metrics import class_distance_variance
from theory.collapse.moments import class_moments
from theory.core.random_matrices import gaussian
from validations.collapse.training import scaled
from validations.core.optimizers import Momentum
from validations.core.programs import quickly_compiled
from validations.core.training import Replicates, log_spaced, train
from validations.data import digits

SAMPLES = {"train": "training images", "new": "new images", "unseen": "digits never trained on"}
Data = dict[str, Array]


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    at = log_spaced(config.steps, config.points)
    data = _splits(config)
    labels = {name: _labels(config, name) for name in SAMPLES}

    def features_of(params: tuple[Array, ...], pixels: Array) -> Array:
        first, second, _ = params
        return jnp.tanh(second @ jnp.tanh(first @ pixels))

    def loss(params: tuple[Array, ...], data: Data) -> Float[Array, ""]:
        logits = params[-1] @ features_of(params, data["train"])
        fit = -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits, 0), labels["train"][None], 0))
        return fit + config.decay / 2 * sum(jnp.sum(w**2) for w in params)

    def seen(params: tuple[Array, ...], data: Data) -> dict[str, Array]:
        at = {name: features_of(params, data[name]) for name in SAMPLES}
        classes = {name: 10 - config.source if name == "unseen" else config.source for name in SAMPLES}
        cdnv = {
            name: class_distance_variance(class_moments(h.T, labels[name], classes[name])) for name, h in at.items()
        }
        return {**cdnv, "error": few_shot_error(at["unseen"], classes["unseen"], config.shots)}

    keys = jax.random.split(jax.random.key(config.seed), config.replicates)
    starts = quickly_compiled(jax.vmap(lambda key: _start(key, config)), optimized=False)(keys)
    method = Momentum(config.rate, 0.9)
    found = train(
        loss, starts, data, method=method, steps=config.steps, record=seen, at=at, replicates=Replicates(True)
    )
    curves = {name: np.asarray(a) for name, a in found.values.items()}
    change = {name: np.log10(curves[name][:, -1] / curves[name][:, 0]) for name in SAMPLES}
    return {
        "training.steps": at,
        **{f"training.{name}": values for name, values in curves.items()},
        **{f"change_{name}": values for name, values in change.items()},
        "few_shot_error": curves["error"][:, -1],
    }


def few_shot_error(features: Float[Array, "d N"], classes: int, shots: int) -> Float[Array, ""]:
    """Share of images whose nearest mean, of the first so many of every class, is another class's."""
    by_class = features.reshape(len(features), classes, -1)
    means = jnp.mean(by_class[:, :, :shots], 2)
    others = by_class[:, :, shots:]
    distance = jnp.sum((others[:, :, :, None] - means[:, None, None, :]) ** 2, 0)
    wrong = jnp.argmin(distance, -1) != jnp.arange(classes)[:, None]
    return jnp.mean(wrong.astype(float))


def _labels(config: Settings, name: str) -> Array:
    classes = 10 - config.source if name == "unseen" else config.source
    return jnp.repeat(jnp.arange(classes), config.images)


def _splits(config: Settings) -> Data:
    """Images of random source digits, twice, and of all other digits, as columns, class by class."""
    pixels, classes = digits().inputs, np.argmax(digits().targets, 1)
    rng = np.random.default_rng(config.seed)
    found: dict[str, list[np.ndarray]] = {name: [] for name in SAMPLES}
    for _ in range(config.replicates):
        order = rng.permutation(10)
        drawn = {int(c): rng.permutation(np.flatnonzero(classes == c)) for c in order}
        n, source, target = config.images, order[: config.source], order[config.source :]
        chosen = {
            "train": [drawn[int(c)][:n] for c in source],
            "new": [drawn[int(c)][n : 2 * n] for c in source],
            "unseen": [drawn[int(c)][:n] for c in target],
        }
        for name, indices in chosen.items():
            found[name].append(scaled(pixels[np.concatenate(indices)].T))
    return {name: jnp.asarray(np.stack(images), float) for name, images in found.items()}


def _start(key: PRNGKeyArray, config: Settings) -> tuple[Array, ...]:
    first, second, third = jax.random.split(key, 3)
    return (
        gaussian(first, config.hidden, 64),
        gaussian(second, config.features, config.hidden),
        gaussian(third, config.source, config.features),
    )


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        figure = Figure(figsize=(8.4, 3.4), layout="constrained")
        variance, error = figure.subplots(1, 2)
        for (name, label), color in zip(SAMPLES.items(), series_colors(3), strict=True):
            curves = data[f"training.{name}"]
            variance.plot(data["training.steps"], curves.T, color=color, linewidth=0.4, alpha=0.5)
            variance.plot(data["training.steps"], np.median(curves, 0), color=color, linewidth=2, label=label)
        variance.set(xscale="symlog", yscale="log", xlabel="step", ylabel="class-distance normalized variance")
        variance.legend(fontsize=8)
        error.plot(data["training.steps"], data["training.error"].T, color="#0072B2", linewidth=0.4, alpha=0.5)
        error.plot(data["training.steps"], data["training.error"].mean(0), color="#0072B2", linewidth=2)
        error.set(xscale="symlog", xlabel="step", ylabel="few-shot error on digits never trained on", ylim=(0, None))
        return {"training": figure}
