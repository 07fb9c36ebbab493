"""Every cell of the phase diagram searched from random starts."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import blocks, low_rank, phases, ridged_bias, squared_error, unequal_pairs
from validations.collapse.claims.cells import BIASES, EDGES_OF_CELLS, LOSSES, Cells, Edges
from validations.collapse.search import best_of, descend
from validations.collapse.squared_error import chained, random_factors
from validations.collapse.two_sizes import weighted_entropy
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

GONE = 1e-5  # sum of squares of all features, which beside a continuous end grows like the distance from it
Row = tuple[str, str, tuple[float, ...]]


class Cell(NamedTuple):
    """What a search needs to know: whether cross-entropy, whether a bias and at which penalty, class sizes."""

    entropy: Array
    biased: Array
    ridge: Array
    counts: Array


def cells_of(rows: list[Row], bias_penalty: float) -> Cell:
    """Of (loss, bias, counts), stacked."""
    loss, bias, counts = zip(*rows, strict=True)
    return Cell(
        jnp.array([name == "entropy" for name in loss]),
        jnp.array([name != "none" for name in bias]),
        jnp.array([bias_penalty * (name == "ridged") for name in bias]),
        jnp.asarray(counts, float),
    )


def objective(cell: Cell, penalty: Array | float) -> Callable[[tuple], Array]:
    def loss(params: tuple[tuple[Array, ...], Array]) -> Float[Array, ""]:
        factors, bias = params
        n, offset = cell.counts, jnp.where(cell.biased, bias, 0.0)
        outputs = chained(factors) + offset[:, None]
        squared = jnp.sum(n[None] * (outputs - jnp.eye(len(n))) ** 2) / (2 * jnp.sum(n))
        fit = jnp.where(cell.entropy, weighted_entropy(outputs, n), squared)
        square = jnp.sum(n[None] * factors[0] ** 2) + sum(jnp.sum(w**2) for w in factors[1:])
        return fit + penalty / 2 * square + cell.ridge / 2 * jnp.sum(offset**2)

    return loss


def all_rows(config: Cells) -> list[Row]:
    return _rows(config.balanced, config.unequal)


def _rows(balanced: tuple[float, ...], unequal: tuple[float, ...]) -> list[Row]:
    return [(loss, bias, n) for loss in LOSSES for bias in BIASES for n in (balanced, unequal)]


def simulate(config: Cells, keys: PRNGKeyArray) -> Measurement:
    """Losses of all starts, (cells, starts), of heads of one layer and of deep ones."""
    cells, K = cells_of(all_rows(config), config.bias_penalty), len(config.balanced)

    def of_depth(depth: int, penalty: float, starts: int) -> Array:
        def one(key: PRNGKeyArray, cell: Cell) -> Array:
            start = random_factors(key, K, K, config.width, depth), jnp.zeros(K)
            return descend(objective(cell, penalty), start, 1500, tolerance=1e-8).loss

        def replicate(key: PRNGKeyArray) -> Array:
            own = jax.random.split(jax.random.fold_in(key, depth), (len(cells.counts), starts))
            return jax.vmap(lambda ks, cell: jax.vmap(lambda k: one(k, cell))(ks))(own, cells)

        return quickly_compiled(jax.vmap(replicate))(keys)

    flat = of_depth(1, config.penalty, config.starts)
    return Measurement(
        start={}, data={"flat": flat, "deep": of_depth(config.depth, config.deep_penalty, config.deep_starts)}
    )


def simulate_edges(config: Edges, keys: PRNGKeyArray) -> Measurement:
    """Brackets of the penalty at which nothing is left, (cells, 2)."""
    K, sizes = len(config.balanced), {True: config.balanced, False: config.unequal}

    def of_depth(depth: int) -> Array:
        chosen = [(loss, bias, sizes[even], low) for M, loss, bias, even, low in EDGES_OF_CELLS if depth == M]
        cells = cells_of([row[:3] for row in chosen], config.bias_penalty)
        lowest = jnp.array([row[3] for row in chosen])

        tries = config.starts if depth > 1 else 1

        def at(key: PRNGKeyArray, cell: Cell, penalty: Array) -> Array:
            """Sum of squares of the features at the best of the searches, one of which starts from nothing."""
            random = jax.vmap(lambda k: random_factors(k, K, K, config.width, depth))(jax.random.split(key, tries))
            starts = jax.tree.map(lambda a: jnp.concatenate([config.start * a, jnp.zeros_like(a[:1])]), random)
            search = jax.vmap(lambda start: descend(objective(cell, penalty), start, 250, tolerance=1e-9))
            return jnp.sum(best_of(search((starts, jnp.zeros((tries + 1, K))))).params[0][0] ** 2)

        def one(key: PRNGKeyArray, cell: Cell, low: Array) -> Array:
            penalties = low * config.ratio ** jnp.arange(config.points)
            keys = jax.random.split(key, config.points)
            gone = jax.vmap(lambda k, p: at(k, cell, p))(keys, penalties) < GONE
            return jnp.stack(
                [jnp.max(jnp.where(gone, -jnp.inf, penalties)), jnp.min(jnp.where(gone, penalties, jnp.inf))]
            )

        def replicate(key: PRNGKeyArray) -> Array:
            return jax.vmap(one)(jax.random.split(jax.random.fold_in(key, depth), len(lowest)), cells, lowest)

        return quickly_compiled(jax.vmap(replicate))(keys)

    depths = sorted({edge[0] for edge in EDGES_OF_CELLS})
    return Measurement(start={}, data={"brackets": np.concatenate([of_depth(M) for M in depths], 1)})


def _least(loss: str, bias: str, n: tuple[float, ...], lam: np.ndarray, bias_penalty: float) -> float:
    """The closed-form least loss of a cell, NaN where none is known; all factors have the same penalty."""
    K, N, penalty, equal = len(n), float(sum(n)), float(lam[0]), len(set(n)) == 1
    if loss == "squared":
        if bias == "ridged":
            return float(ridged_bias.ridged_least_loss(K, n[0], lam, penalty, bias_penalty)) if equal else np.nan
        modes = squared_error.free_bias_strengths(np.array(n)) if bias == "free" else np.array(n)
        return float(squared_error.least_loss(modes, N, lam, penalty))
    if equal:
        free = bias == "free" and len(lam) > 1
        return np.nan if free else low_rank.lowest_frame(K, n[0], lam, penalty)[1]
    sizes = (n.count(max(n)), n.count(min(n)))
    known = bias == "none" and len(lam) == 1 and sum(sizes) == K
    return float(blocks.block_loss(sizes, np.array([max(n), min(n)]), penalty)) if known else np.nan


def _leasts(rows: list[Row], depth: int, penalty: float, bias_penalty: float, frame: bool = False) -> np.ndarray:
    lam = np.full(depth, penalty)
    values = [_least(*row, lam, bias_penalty) for row in rows]
    if frame:
        simplex = low_rank.simplex_logits(len(rows[0][2]))
        values = [
            v if row[0] == "squared" else float(low_rank.frame_loss(simplex, row[2][0], lam, penalty))
            for v, row in zip(values, rows, strict=True)
        ]
    return np.array(values)


def _known(balanced: tuple[float, ...], unequal: tuple[float, ...], depth: int) -> np.ndarray:
    """Which cells have a closed form: a property of their names alone."""
    rows = _rows(balanced, unequal)
    even = np.array([len(set(n)) == 1 for *_, n in rows])
    squared, ridged, none = (np.array([name in row[:2] for row in rows]) for name in ("squared", "ridged", "none"))
    entropy = np.where(even, True, none) if depth == 1 else even & (none | ridged)
    return np.where(squared, even | ~ridged, entropy)


def _cell_inputs(balanced: tuple[float, ...], unequal: tuple[float, ...], depth: int) -> dict:
    rows, mean = _rows(balanced, unequal), sum(unequal) / len(unequal)
    flat, deep = (list(np.flatnonzero(_known(balanced, unequal, M))) for M in (1, depth))
    even = (mean,) * len(unequal)
    return {
        "flat_rows": [rows[i] for i in flat],
        "deep_rows": [rows[i] for i in deep],
        "evened": lambda some: [(loss, bias, even) for loss, bias, _ in some],
        "unbiased": lambda some: [(loss, "none", n) for loss, _, n in some],
    }


def _name(loss: str, bias: str, even: bool, depth: int = 1) -> str:
    words = ("squared" if loss == "squared" else "CE", f"{'no' if bias == 'none' else bias} bias")
    return ", ".join((*words, "equal" if even else "unequal", *(("two layers",) if depth == 2 else ())))


def _names(rows: list[Row]) -> tuple[str, ...]:
    return tuple(_name(loss, bias, len(set(n)) == 1) for loss, bias, n in rows)


def _axes(y_label: str, series: tuple[str, ...] = ()) -> Axes:
    return Axes(y_label=y_label, series=series)


EVERY_START = Theory(
    inputs=_cell_inputs,
    observe=lambda flat, balanced, unequal: np.max(flat, -1)[:, _known(balanced, unequal, 1)],
    predict=lambda flat_rows, penalty, bias_penalty: _leasts(flat_rows, 1, penalty, bias_penalty),
    rivals={
        "equal classes": lambda flat_rows, evened, penalty, bias_penalty: _leasts(
            evened(flat_rows), 1, penalty, bias_penalty
        ),
        "no bias": lambda flat_rows, unbiased, penalty, bias_penalty: _leasts(
            unbiased(flat_rows), 1, penalty, bias_penalty
        ),
    },
    margin=lambda: 1e-8,
    axes=lambda balanced, unequal, depth: _axes(
        "loss of the worst start", _names(_cell_inputs(balanced, unequal, depth)["flat_rows"])
    ),
    rests_on=(squared_error.least_loss, ridged_bias.ridged_least_loss, blocks.block_loss, low_rank.lowest_frame),
)

BEST_START = Theory(
    inputs=_cell_inputs,
    observe=lambda deep, balanced, unequal, depth: np.min(deep, -1)[:, _known(balanced, unequal, depth)],
    predict=lambda deep_rows, depth, deep_penalty, bias_penalty: _leasts(deep_rows, depth, deep_penalty, bias_penalty),
    rivals={
        "equal classes": lambda deep_rows, evened, depth, deep_penalty, bias_penalty: _leasts(
            evened(deep_rows), depth, deep_penalty, bias_penalty
        ),
        "no bias": lambda deep_rows, unbiased, depth, deep_penalty, bias_penalty: _leasts(
            unbiased(deep_rows), depth, deep_penalty, bias_penalty
        ),
        "simplex": lambda deep_rows, depth, deep_penalty, bias_penalty: _leasts(
            deep_rows, depth, deep_penalty, bias_penalty, frame=True
        ),
    },
    margin=lambda: 1e-8,
    axes=lambda balanced, unequal, depth: _axes(
        "loss of the best start", _names(_cell_inputs(balanced, unequal, depth)["deep_rows"])
    ),
    rests_on=(squared_error.least_loss, ridged_bias.ridged_least_loss, low_rank.lowest_frame),
)

MISSED = Theory(
    observe=lambda deep: np.mean(deep > np.min(deep, (0, 2), keepdims=True) + 1e-7, (1, 2)),
    predict=lambda: 0.0,
    rivals={"every start": lambda: 0.0},
    margin=lambda: 0.1,
    axes=lambda: _axes("share of starts that miss the least loss"),
)


def _free_bias(deep: np.ndarray, balanced: tuple[float, ...], unequal: tuple[float, ...]) -> np.ndarray:
    """Of balanced classes under cross-entropy, the best start."""
    return np.min(deep[:, _rows(balanced, unequal).index(("entropy", "free", balanced))], -1)


def _frame(form: Callable[[int], Array], balanced: tuple[float, ...], depth: int, penalty: float) -> Array:
    return low_rank.frame_loss(form(len(balanced)), balanced[0], np.full(depth, penalty), penalty)


FREE_BIAS = Theory(
    observe=_free_bias,
    predict=lambda balanced, depth, deep_penalty: (
        unequal_pairs.cheapest_pairs(balanced[0], np.full(depth, deep_penalty), deep_penalty).loss
    ),
    rivals={
        "equal pairs": lambda balanced, depth, deep_penalty: _frame(
            low_rank.orthoplex_logits, balanced, depth, deep_penalty
        ),
        "simplex": lambda balanced, depth, deep_penalty: _frame(low_rank.simplex_logits, balanced, depth, deep_penalty),
    },
    margin=lambda: 1e-8,
    axes=lambda: _axes("least loss of deep cross-entropy with a free bias"),
    rests_on=(unequal_pairs.cheapest_pairs, unequal_pairs.pair_fit),
)


@cache
def _edge_of(depth: int, loss: str, bias: str, n: tuple[float, ...], low: float, bias_penalty: float) -> float:
    """The least penalty at which the phase is that of no features, by three rounds of 32 penalties."""
    ridge = {"none": np.inf, "free": 0.0, "ridged": bias_penalty}[bias]
    low, high = low / 5, low * 5
    for _ in range(3):
        grid = np.geomspace(low, high, 32)
        found = np.asarray(
            phases.phase(
                loss, np.array(n)[:, None], np.broadcast_to(grid, (depth, len(grid))), grid, np.full(len(grid), ridge)
            )
        )
        first = int(np.argmax(found == phases.Phase.ZERO))
        low, high = grid[max(first - 1, 0)], grid[first]
    return float(np.sqrt(low * high))


def _edges(balanced, unequal, bias_penalty, bias=None, even=False, depth=None) -> np.ndarray:  # noqa: ANN001
    mean = (sum(unequal) / len(unequal),) * len(unequal)
    ordered = sorted(EDGES_OF_CELLS, key=lambda edge: edge[0])
    return np.array(
        [
            _edge_of(
                depth or M, loss, bias or own, balanced if equal else (mean if even else unequal), low, bias_penalty
            )
            for M, loss, own, equal, low in ordered
        ]
    )


EDGES = Theory(
    observe=lambda brackets: np.exp(np.mean(np.log(brackets), -1)),
    predict=lambda balanced, unequal, bias_penalty: _edges(balanced, unequal, bias_penalty),
    rivals={
        "no bias": lambda balanced, unequal, bias_penalty: _edges(balanced, unequal, bias_penalty, bias="none"),
        "equal classes": lambda balanced, unequal, bias_penalty: _edges(balanced, unequal, bias_penalty, even=True),
        "one layer": lambda balanced, unequal, bias_penalty: _edges(balanced, unequal, bias_penalty, depth=1),
    },
    margin=lambda balanced, unequal, bias_penalty: 0.01 * _edges(balanced, unequal, bias_penalty),
    axes=lambda: _axes(
        "penalty at which nothing is left",
        tuple(
            _name(loss, bias, even, M) for M, loss, bias, even, _ in sorted(EDGES_OF_CELLS, key=lambda edge: edge[0])
        ),
    ),
    rests_on=(phases.phase,),
)
