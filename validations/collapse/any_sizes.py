"""Cross-entropy on classes of any sizes: angles of the rows with every kind of bias, and losses at every width."""

import numpy as np
from jaxtyping import PRNGKeyArray

from theory.collapse import one_layer, ridgeless
from validations.collapse.claims.any_sizes import AnySizes
from validations.collapse.claims.cells import BIASES
from validations.collapse.heads import cells_of, factors_of, objective, random_starts
from validations.collapse.lanes import descend
from validations.collapse.squared_error import MARGIN
from validations.core.theory import Axes, Measurement, Theory

PAIRS = ("first two classes", "last two", "first and last")
EQUAL = 1e-9  # of two losses; one direction too few costs a thousandth and more


def simulate(config: AnySizes, keys: PRNGKeyArray) -> Measurement:
    """Cosines of pairs of rows (biases, penalties, pairs), and the least width that reaches the loss of the widest."""
    return Measurement(start={}, data={"cosines": _cosines(config, keys), "width": _least_width(config, keys)})


def _cosines(config: AnySizes, keys: PRNGKeyArray) -> np.ndarray:
    K, shape = len(config.counts), (len(keys), len(BIASES), len(config.penalties))
    rows = [("entropy", bias, config.counts) for bias in BIASES for _ in config.penalties] * len(keys)
    cells = cells_of(rows, config.bias_penalty, np.tile(config.penalties, len(keys) * len(BIASES)))
    start = random_starts(keys, shape[1] * shape[2], K, K, 1)
    found = descend(objective(cells, K, K, 1), start.reshape(len(start), -1), tolerance=1e-10)
    layer = factors_of(found.params, K, K, 1)[0][1]
    pairs = _pairs(np.einsum("idl,jdl->ijl", layer, layer)).reshape(-1, *shape)
    return np.moveaxis(pairs, 0, 2).reshape(len(keys), -1, shape[2])


def _least_width(config: AnySizes, keys: PRNGKeyArray) -> np.ndarray:
    """Of each penalty; the wide loss is that of as many directions as classes."""
    K, shape = len(config.counts), (len(keys), len(config.width_penalties), config.starts)
    penalties = np.repeat(np.tile(config.width_penalties, len(keys)), config.starts)
    cells = cells_of([("entropy", "none", config.counts)] * len(penalties), 0.0, penalties)
    losses = []
    for width in range(1, K + 1):
        start = random_starts(keys, shape[1] * shape[2], K, width, 1)
        found = descend(objective(cells, K, width, 1), start.reshape(len(start), -1), tolerance=1e-9)
        losses.append(found.loss.reshape(shape).min(-1))
    higher = np.stack(losses) > losses[-1] + EQUAL
    return 1.0 + higher.sum(0)


def _pairs(gram: np.ndarray) -> np.ndarray:
    """Cosines of the first two classes, of the last two, and of the first and the last, along the leading axis."""
    i, j = np.array([0, -2, 0]), np.array([1, -1, -1])
    lengths = np.sqrt(np.einsum("ii...->i...", gram))
    return gram[i, j] / (lengths[i] * lengths[j])


def _predicted(
    counts: tuple[float, ...], penalties: tuple[float, ...], bias_penalty: float, biases: tuple[str, ...] = BIASES
) -> np.ndarray:
    """Biases and pairs together, then penalties."""
    n, ridges = np.array(counts), {"none": np.inf, "ridged": bias_penalty, "free": 0.0}

    def at(bias: str, penalty: float) -> np.ndarray:
        return _pairs(one_layer.row_gram(one_layer.minimum("entropy", n, penalty, ridges[bias]).logits, n))

    return np.concatenate([np.stack([at(bias, lam) for lam in penalties], 1) for bias in biases])


def _two_sizes(counts: tuple[float, ...]) -> tuple[float, ...]:
    """The larger half of the classes and the smaller one, each at its mean."""
    half, order = len(counts) // 2, np.argsort(counts)[::-1]
    n = np.array(counts)
    for part in (order[:half], order[half:]):
        n[part] = n[part].mean()
    return tuple(n.tolist())


ANGLES = Theory(
    inputs=lambda penalties: {"lam": np.array(penalties)},
    observe=lambda cosines: cosines,
    predict=lambda counts, penalties, bias_penalty: _predicted(counts, penalties, bias_penalty),
    rivals={
        "two sizes": lambda counts, penalties, bias_penalty: _predicted(_two_sizes(counts), penalties, bias_penalty),
        "no bias": lambda counts, penalties, bias_penalty: _predicted(counts, penalties, bias_penalty, ("none",) * 3),
        "no ridge": lambda counts: np.tile(
            _pairs(np.asarray(ridgeless.ridgeless_classifier(np.array(counts)))), len(BIASES)
        )[:, None],
        "simplex": lambda counts: -1 / (len(counts) - 1),
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(
        x="lam",
        x_label="penalty of layer and features",
        y_label="cosine of two classifier rows",
        x_scale="log",
        series=tuple(f"{pair}, {'no' if bias == 'none' else bias} bias" for bias in BIASES for pair in PAIRS),
    ),
    rests_on=(one_layer.minimum, one_layer.row_gram),
)


def _living(counts: tuple[float, ...], width_penalties: tuple[float, ...]) -> np.ndarray:
    roots = np.sqrt(counts)[:, None] > sum(counts) * np.array(width_penalties)
    return np.maximum(roots.sum(0) - 1.0, 0.0)


NARROW = Theory(
    inputs=lambda counts, width_penalties: {"n": np.array(counts), "lam": np.array(width_penalties)},
    observe=lambda width: width,
    predict=lambda n, lam: np.array(
        [float(one_layer.directions(one_layer.minimum("entropy", n, x).logits, n)) for x in lam]
    ),
    rivals={
        "living classes": _living,
        "all classes": lambda counts: len(counts) - 1.0,
    },
    margin=lambda: 1 / 3,
    axes=lambda: Axes(x="lam", x_label="penalty of layer and features", y_label="least width that loses nothing"),
    rests_on=(one_layer.minimum, one_layer.directions),
)
