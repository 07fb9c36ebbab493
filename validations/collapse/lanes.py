"""Least losses on the host: thousands of small searches side by side, one a lane, and nothing to compile.

`search.descend` in NumPy, for what is searched in less time than it would be compiled. Lanes come last in every array;
those that are done drop out.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

MEMORY, HALVINGS = 8, 30
SPARSE = 0.8  # share of live lanes below which the others are dropped

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Lanes(NamedTuple):
    """Where searches ended: parameters (parameters, lanes), loss, the largest entry of the gradient, iterations."""

    params: np.ndarray
    loss: np.ndarray
    gradient: np.ndarray
    iterations: np.ndarray


class _State(NamedTuple):
    """Live searches, lanes last: which they are, where, and the pairs of moves and turns, newest first."""

    lane: np.ndarray
    x: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    scale: np.ndarray
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]]

    def kept(self, some: np.ndarray) -> "_State":
        pairs = [(m[:, some], t[:, some], r[some]) for m, t, r in self.pairs]
        x, value, slope, scale = (a[..., some] for a in (self.x, self.value, self.slope, self.scale))
        return _State(self.lane[some], x, value, slope, scale, pairs)


def descend(evaluate: Evaluate, start: np.ndarray, iterations: int = 2000, tolerance: float = 1e-9) -> Lanes:
    """L-BFGS (Nocedal 1980) with backtracking, until the gradient is below the tolerance or nothing improves.

    Args:
        evaluate: of parameters and the numbers of their lanes, the loss and its gradient.
        start: (parameters, lanes).
    """
    lane = np.arange(start.shape[1])
    state = _State(lane, start.copy(), *evaluate(start, lane), np.ones(len(lane)), [])
    end = Lanes(start.copy(), state.value.copy(), np.abs(state.slope).max(0), np.zeros(len(lane), int))
    live = end.gradient > tolerance
    for k in range(1, iterations + 1):
        if live.mean() < SPARSE:
            state, live = state.kept(live), live[live]
        if not len(live):
            break
        before = state
        state, alive = _stepped(evaluate, state, first=k == 1)
        largest = np.abs(state.slope).max(0)
        better = live & ((state.value != before.value) | (largest != np.abs(before.slope).max(0)))
        moved = state.lane[better]
        end.params[:, moved], end.loss[moved] = state.x[:, better], state.value[better]
        end.gradient[moved], end.iterations[moved] = largest[better], k
        live = live & alive & (largest > tolerance)
    return end


def _stepped(evaluate: Evaluate, s: _State, first: bool) -> tuple[_State, np.ndarray]:
    """One iteration of every live search, and which have not come to their end."""
    direction = _direction(s)
    downhill = _dot(direction, s.slope)
    size = 1 / np.maximum(np.sqrt(_dot(s.slope, s.slope)), 1e-30) if first else np.ones(len(s.lane))
    x, value, slope, taken = _backtracked(evaluate, s, direction, downhill, size)
    move, turn = x - s.x, slope - s.slope
    curvature, square = _dot(move, turn), _dot(turn, turn)
    good = taken & (curvature > 1e-14 * np.sqrt(_dot(move, move) * square)) & (curvature > 1e-290)
    rho = np.where(good, 1 / np.where(good, curvature, 1.0), 0.0)
    scale = np.where(good, curvature / np.where(good, square, 1.0), s.scale)
    # without descent once, forget the curvature and try the gradient; without it twice, stop
    fresh = np.any([r > 0 for *_, r in s.pairs], 0) if s.pairs else np.zeros(len(s.lane), bool)
    pairs = [(m, t, np.where(taken, r, 0.0)) for m, t, r in s.pairs[: MEMORY - 1]]
    scale = np.where(taken, scale, 1.0)
    return _State(s.lane, x, value, slope, scale, [(move, turn, rho), *pairs]), taken | fresh


def _backtracked(
    evaluate: Evaluate, s: _State, direction: np.ndarray, downhill: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The first of the halvings that descends; where none does, the lane stands still."""
    x, value, slope = s.x.copy(), s.value.copy(), s.slope.copy()
    taken, largest = np.zeros(len(s.lane), bool), np.abs(s.slope).max(0)
    # values within rounding of each other cannot be ordered: such a step is taken if it lowers the gradient
    noise = 8 * np.finfo(float).eps * np.abs(s.value)
    left = np.arange(len(s.lane))
    for _ in range(HALVINGS):
        trial = s.x[:, left] + size[left] * direction[:, left]
        now, steep = evaluate(trial, s.lane[left])
        lower = now <= s.value[left] + 1e-4 * size[left] * downhill[left]
        flat = (np.abs(now - s.value[left]) <= noise[left]) & (np.abs(steep).max(0) < largest[left])
        good = lower | flat
        done = left[good]
        x[:, done], value[done], slope[:, done], taken[done] = trial[:, good], now[good], steep[:, good], True
        left = left[~good]
        if not len(left):
            break
        size[left] *= 0.5
    return x, value, slope, taken


def _direction(s: _State) -> np.ndarray:
    """Two-loop recursion, newest pair first."""
    q, shares = -s.slope, []
    for move, turn, rho in s.pairs:
        shares.append(rho * _dot(move, q))
        q -= shares[-1] * turn
    q *= s.scale
    for (move, turn, rho), share in zip(reversed(s.pairs), reversed(shares), strict=True):
        q += (share - rho * _dot(turn, q)) * move
    return q


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("pl,pl->l", a, b)
