r"""The least loss of every cell from both sides: what is proved, and the best network that is known.

Squared error or cross-entropy; no bias, a penalized or a free one; any class sizes, depth and width.

| cell | lower | upper |
|---|---|---|
| squared, no bias or a free one; equal classes; one wide layer | the least loss | the same |
| squared, penalized bias, other unequal classes | `split_bias`, closed wherever tried up to five classes | the same |
| entropy, one layer, width of the rank or more | the least loss, certified | the same |
| entropy, one narrow layer | that of a wide one; equal classes: `rank_bound` | `entropy_search` |
| entropy, two equal classes | the least loss | the same |
| entropy, several layers | `deep_lower_bound`; equal classes: `rank_bound` | `entropy_search` |

Through one direction without bias all but two classes, the ends of a line, meet another logit as large as their own:
they cost log 2 each. Rows with the least loss are exact by proof. Elsewhere a bracket that closes is a proof too, of
that cell.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from theory.collapse.cross_entropy import factor_penalty
from theory.collapse.deep_bound import deep_lower_bound
from theory.collapse.domain import bias_ridge, bottleneck, layers, loss_name, single, sizes
from theory.collapse.entropy_search import lowest_found
from theory.collapse.low_rank import frame_loss, simplex_logits
from theory.collapse.one_layer import directions, minimum
from theory.collapse.phases import Phase
from theory.collapse.rank_bound import rank_bound
from theory.collapse.ridged_bias import ridged_least_loss
from theory.collapse.split_bias import given_bias, split_bias
from theory.core.closed_form import closed_form

CLOSED, GONE, EVEN = 1e-9, 1e-4, 1e-3


class Bracket(NamedTuple):
    """The least loss of a cell lies between lower and upper.

    Attributes:
        lower: no features, layers and bias have a lower loss: proved.
        upper: attained by the logits and the bias.
        logits: of the classes' features, a column a class, without the bias.
        bias: zeros for none.
        phase: what these logits look like; the cell's phase for certain only where the bracket is closed.
    """

    lower: float
    upper: float
    logits: Float[np.ndarray, "K K"]
    bias: Float[np.ndarray, " K"]
    phase: Phase

    @property
    def closed(self) -> bool:
        """Whether both sides agree to 1e-9: the least loss is proved."""
        return bool(self.upper - self.lower <= CLOSED * self.upper)


@closed_form
def least_loss_bracket(
    loss: str,
    counts: Float[ArrayLike, " K"],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
    bias_penalty: Float[ArrayLike, "..."] = np.inf,
    width: int | None = None,
) -> Bracket:
    r"""Both sides of the least loss, for every cell: no case is refused. On the host, milliseconds to some seconds.

    Cross-entropy's penalties should be 1e-8 and more: of far smaller ones `one_layer` may refuse the logits.

    Args:
        loss: "squared" or "entropy".
        counts: class sizes.
        bias_penalty: infinite for no bias, zero for a free one.
        width: the narrowest of all widths; wide by default.

    Raises:
        ValueError: another loss, fewer than two classes, sizes or penalties outside their domain, or a width below one.

    >>> found = least_loss_bracket("squared", np.array([9.0, 5.0, 2.0]), np.full(2, 2e-3), 2e-3, 0.5)
    >>> round(found.upper, 6), found.closed, found.phase.name
    (0.015054, True, 'TILTED')
    """
    n, lam = np.asarray(sizes(counts), float), np.asarray(layers(layer_penalties), float)
    lam_h = np.asarray(single("feature_penalty", feature_penalty), float)
    ridge = bias_ridge(bias_penalty)
    R = bottleneck(width, len(n))
    form = _squared if loss_name(loss) == "squared" else _entropy
    lower, upper, logits, bias = form(n, lam, lam_h, ridge, min(R, len(n)))
    return Bracket(min(lower, upper), upper, logits, bias, _phase(loss, logits, n, len(lam)))


Sides = tuple[float, float, np.ndarray, np.ndarray]


def _squared(n: np.ndarray, lam: np.ndarray, lam_h: np.ndarray, ridge: float, R: int) -> Sides:
    if np.isinf(ridge) or ridge == 0:
        bias = n / n.sum() if ridge == 0 else np.zeros(len(n))
        least, logits = given_bias(n, lam, lam_h, bias, R)
        return least, least, logits, bias
    lower, upper, logits, bias = split_bias(n, lam, lam_h, ridge, R)
    if np.ptp(n) == 0:
        lower = float(ridged_least_loss(len(n), n[0], lam, lam_h, np.asarray(ridge), R))
    elif len(lam) == 1 and len(n) == R:
        found = minimum("squared", n, float(factor_penalty(lam, lam_h)), ridge)
        lower = max(lower, found.loss - found.gap)
    return lower, upper, logits, bias


def _entropy(n: np.ndarray, lam: np.ndarray, lam_h: np.ndarray, ridge: float, R: int) -> Sides:
    if len(lam) == 1:
        wide = minimum("entropy", n, float(factor_penalty(lam, lam_h)), ridge)
        lower = wide.loss - wide.gap
        if directions(wide.logits, n) <= R:
            return lower, wide.loss, wide.logits, wide.bias
    else:
        lower = deep_lower_bound("entropy", n, lam, lam_h, ridge)
    if np.ptp(n) == 0:
        lower = max(lower, rank_bound(len(n), float(n[0]), lam, lam_h, ridge, R))
    if R == 1 and np.isinf(ridge):
        lower = max(lower, math.log(2) * float(np.sort(n)[:-2].sum() / n.sum()))
    if np.ptp(n) == 0 and len(n) == 2:
        lower = float(frame_loss(simplex_logits(2), n[0], lam, lam_h))
    found = lowest_found(n, lam, lam_h, ridge, R)
    return lower, found.loss, found.logits, found.bias


def _phase(loss: str, logits: np.ndarray, n: np.ndarray, depth: int) -> Phase:
    """From lengths, ranks and angles of the class means, aligned as in a minimizer."""
    K, (_, s, vt) = len(n), np.linalg.svd(logits * np.sqrt(n))
    if s[0] < GONE**2:
        return Phase.ZERO
    means = (s / s[0])[:, None] ** (1 / (depth + 1)) * vt / np.sqrt(n)
    lengths = np.linalg.norm(means, axis=0)
    apart = np.linalg.norm(means[:, :, None] - means[:, None], axis=0)[~np.eye(K, dtype=bool)]
    if min(lengths.min() if loss == "squared" else np.inf, apart.min()) < GONE * lengths.max():
        return Phase.COLLAPSED
    rank = int((s ** (1 / (depth + 1)) > GONE * s[0] ** (1 / (depth + 1))).sum())
    if rank < K - 1:
        return Phase.LOW_RANK if loss == "entropy" and depth > 1 else Phase.RANK_DEFICIENT
    cos = (means.T @ means / np.outer(lengths, lengths))[~np.eye(K, dtype=bool)]
    if rank == K:
        return Phase.ORTHOGONAL if np.abs(cos).max() < EVEN else Phase.TILTED
    return Phase.SIMPLEX if np.abs(cos + 1 / (K - 1)).max() < EVEN else Phase.DEFORMED
