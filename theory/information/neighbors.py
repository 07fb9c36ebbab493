r"""Information and entropy from distances to nearest neighbors, on the host.

Kraskov, Stogbauer and Grassberger 2004 (cond-mat/0305641) for the information, Kozachenko and Leonenko 1987 for the
entropy. Neighbors are searched once; several numbers k of them cost little more than one.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import ArrayLike, Float, Int
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from theory.core.closed_form import closed_form
from theory.core.domain import plain_number, whole
from theory.deep_linear.arguments import counts
from theory.information.estimate import REPEATS, Estimate, Z, doubted, pair, repeats, sample, shuffled, standard
from theory.information.gaussian import correlation_floor

ULPS = 8.0  # rounding of a difference of two coordinates, with room, in units in the last place of the largest
FLAT = 1e-10  # relative extent across a plane from which samples do not lie on it
HEAVY = 10.0  # quartile distances from the median within which tails are tame; a million Gaussian samples reach 4
NOT_LOCAL = 0.5  # neighbors' distance over that of any sample from which a neighborhood is none
FEW = 5  # samples for each neighbor asked for
HEADROOM = 2.0  # nats below log n where neighbors no longer resolve the dependence


@closed_form
def ksg_information(
    x: Float[ArrayLike, " n *dx"],
    y: Float[ArrayLike, " m *dy"],
    neighbors: Sequence[int] = (5,),
    variant: int = 1,
    shuffles: int = 0,
    seed: int = 0,
    tolerance: float = 0.1,
) -> tuple[Estimate, ...]:
    r"""Mutual information in nats of paired samples, one estimate for each number of neighbors.

    Variant 1: $\psi(k) + \psi(n) - \langle\psi(n_x + 1) + \psi(n_y + 1)\rangle$ with $n_x$ the samples strictly
    nearer in x than the k-th joint neighbor; variant 2: $\psi(k) - 1/k + \psi(n) - \langle\psi(n_x) + \psi(n_y)\rangle$
    with $n_x$ those within the neighbors' own reach in x, edge included :cite:p:`kraskov2004`, equations 8 and 9.
    Distances are the largest coordinate difference; scale the coordinates alike beforehand.

    Args:
        x: samples in rows, or a vector of samples of one coordinate.
        y: the same for the other variable.
        neighbors: numbers k.
        variant: 1 (less variance) or 2 (less bias where x and y are of high dimension).
        shuffles: random orders of y on which the null is measured.
        seed: of those.
        tolerance: a change in nats between half of the samples and all of them that makes the value unreliable.

    Returns:
        Estimates; the interval is that of the mean over samples, and says nothing of bias. Unreliable: repeated
        samples, heavy tails, values near log n, values that move when the sample is halved, a null away from zero.

    Raises:
        ValueError: no more samples than neighbors, samples not paired or not finite, constant columns.

    >>> from scipy.stats import norm
    >>> u = norm.ppf((np.arange(1000) + 0.5) / 1000)
    >>> v = 0.75 * u + 0.6614 * u[np.random.default_rng(0).permutation(1000)]
    >>> round(ksg_information(u, v)[0].value, 1)
    0.4
    """
    ks = counts("neighbors", neighbors, 1)
    if variant not in (1, 2):
        raise ValueError(f"variant = {variant} must be 1 or 2")
    tolerance = plain_number("tolerance", tolerance, above=0)
    x, y = pair(x, y, max(ks) + 1)
    terms = _terms(x, y, ks, variant)
    half = _halved(x, y, ks, variant)
    doubt = _few(len(x), max(ks)) or _repeated(x, y) or _tails(x, y) or _not_local(np.hstack([x, y]), max(ks))
    linear = correlation_floor(x, y)
    nulls = [shuffled(_single(x, k, variant), y, shuffles, seed) for k in ks]
    return tuple(_estimate(t, h, null, doubt, linear, tolerance) for t, h, null in zip(terms, half, nulls, strict=True))


def _single(x: np.ndarray, k: int, variant: int) -> Callable[[np.ndarray], float]:
    return lambda y: float(_terms(x, y, (k,), variant)[0].mean())


def _estimate(
    terms: np.ndarray, half: float, null: tuple[float, float], doubt: str, linear: float, tolerance: float
) -> Estimate:
    value, error = float(terms.mean()), float(terms.std(ddof=1)) / len(terms) ** 0.5
    estimate = Estimate(value, value - Z * error, value + Z * error, *null)
    estimate = doubted(estimate, doubt)
    if value > np.log(len(terms)) - HEADROOM:
        estimate = doubted(
            estimate, f"{value:.2f} nats is near log n = {np.log(len(terms)):.2f}, which no count can exceed"
        )
    if not abs(value - half) <= max(tolerance * max(1.0, value), 0) + 2 * Z * error:
        estimate = doubted(estimate, f"half of the samples give {half:.2f}: the value still moves with n")
    if linear > value + max(tolerance * max(1.0, value), Z * error):
        estimate = doubted(estimate, f"correlations alone show at least {linear:.2f} nats, which neighbors miss")
    if null[1] > 0 and abs(null[0]) > max(3 * null[1], tolerance / 2):
        estimate = doubted(estimate, f"shuffled samples give {null[0]:.2f} where zero is true")
    return estimate


def _halved(x: np.ndarray, y: np.ndarray, ks: tuple[int, ...], variant: int) -> list[float]:
    """The estimates on the first half of the samples; NaN where too few are left."""
    n = len(x) // 2
    usable = tuple(k for k in ks if n > k)
    found = (
        dict(zip(usable, (float(t.mean()) for t in _terms(x[:n], y[:n], usable, variant)), strict=True))
        if usable
        else {}
    )
    return [found.get(k, float("nan")) for k in ks]


def _repeated(x: np.ndarray, y: np.ndarray) -> str:
    for name, values in (("x", x), ("y", y)):
        if (share := repeats(values)) > REPEATS:
            return f"{100 * share:.0f} % of the samples of {name} repeat: it has discrete parts, which have no density"
    return ""


def _tails(x: np.ndarray, y: np.ndarray) -> str:
    """A complaint where single samples set the scale of a coordinate, so that neighbors mean little in its tails."""
    for name, v in (("x", x), ("y", y)):
        low, middle, high = np.quantile(v, (0.25, 0.5, 0.75), axis=0)
        reach = float(np.max(np.abs(v - middle).max(axis=0) / np.maximum(high - low, np.finfo(float).tiny)))
        if reach > HEAVY:
            return f"samples of {name} lie {reach:.0f} quartile distances out: replace values by ranks first"
    return ""


def _few(n: int, k: int) -> str:
    return f"{k} neighbors of {n} samples are no neighborhood; draw more" if n < FEW * k else ""


def _not_local(joint: np.ndarray, k: int) -> str:
    """A complaint where the neighbors are not much nearer than any other sample: too many coordinates for n."""
    if joint.shape[1] < 4:
        return ""
    n = len(joint)
    some = np.random.default_rng(0).choice(n, min(n, 200), replace=False)
    gaps = np.zeros((len(some), n))
    for column in joint.T:
        np.maximum(gaps, np.abs(column[some, None] - column), out=gaps)
    gaps.partition((k, (n - 1) // 2, n // 2), axis=1)
    ratio = np.median(2 * gaps[:, k] / (gaps[:, (n - 1) // 2] + gaps[:, n // 2]))
    if ratio < NOT_LOCAL:
        return ""
    return (
        f"neighbors are {ratio:.2f} times as far as any other sample: {joint.shape[1]} coordinates are too many for n"
    )


def _terms(x: np.ndarray, y: np.ndarray, ks: tuple[int, ...], variant: int) -> list[Float[np.ndarray, " n"]]:
    """The n summands whose mean is the estimate, for each k."""
    n, joint = len(x), np.hstack([x, y])
    distances, indices = _neighbors(joint, max(ks))
    counters = [_Counter(v) for v in (x, y)]
    if variant == 1:
        radii = [(distances[:, k],) * 2 for k in ks]
    else:
        others = _without_self(indices)
        reach = [np.abs(v[others] - v[:, None]).max(axis=2) for v in (x, y)]
        radii = [tuple(r[:, :k].max(axis=1) for r in reach) for k in ks]
    plus, side = (1.0, -1) if variant == 1 else (0.0, 1)
    inner = [sum(digamma(c.count(r, side) + plus) for c, r in zip(counters, pair, strict=True)) for pair in radii]
    start = [digamma(k) + digamma(n) - (0 if variant == 1 else 1 / k) for k in ks]
    return [a - b for a, b in zip(start, inner, strict=True)]


def _neighbors(joint: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances to and indices of each sample and its neighbors; asked for leaf by leaf, so that memory stays near."""
    tree = cKDTree(joint, leafsize=16)
    found = tree.query(joint[tree.indices], most + 1, p=np.inf)
    distances, indices = (np.empty_like(f) for f in found)
    distances[tree.indices], indices[tree.indices] = found
    return distances, indices


def _without_self(indices: Int[np.ndarray, "n m"]) -> Int[np.ndarray, "n k"]:
    """Each row without the sample itself; where repeats hid it, without the farthest."""
    own = indices == np.arange(len(indices))[:, None]
    own[:, -1] |= ~own.any(axis=1)
    return indices[~own].reshape(len(indices), -1)


def _flat(x: np.ndarray) -> str:
    """A complaint where the samples lie on a plane, which has no density and an entropy of minus infinity."""
    singular = np.linalg.svd(standard(x), compute_uv=False)
    if x.shape[1] < len(x) and singular[-1] > FLAT * singular[0]:
        return ""
    return "the coordinates depend linearly on each other: the entropy is minus infinity"


class _Counter:
    """Counts the other samples within a radius of each, in the largest coordinate difference."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.slack = ULPS * np.finfo(float).eps * np.abs(values).max()
        if values.shape[1] == 1:
            self.order = np.argsort(values[:, 0])
            self.line = values[self.order, 0]
        else:
            self.tree = cKDTree(values)

    def count(self, radius: np.ndarray, side: int) -> np.ndarray:
        """Strictly within for side -1, edge included for side 1, both beyond the rounding of differences."""
        radius = np.maximum(radius + side * self.slack, 0.0)
        if self.values.shape[1] > 1:
            found = self.tree.query_ball_point(self.values, radius, p=np.inf, return_length=True)
        else:
            v, r = self.line, radius[self.order]  # rising queries, which a bisection answers from near memory
            found = np.empty(len(v), np.int64)
            found[self.order] = np.searchsorted(v, v + r, "right") - np.searchsorted(v, v - r, "left")
        return np.maximum(found - 1, 1 if side > 0 else 0)


@closed_form
def neighbor_entropy(
    x: Float[ArrayLike, " n *d"], neighbors: Sequence[int] = (5,), dimension: int | None = None
) -> tuple[Estimate, ...]:
    r"""Differential entropy in nats, $\psi(n) - \psi(k) + \log V_d + \frac dn \sum_i \log r_{i,k}$, for each k.

    $r_{i,k}$ is the Euclidean distance to the k-th neighbor and $V_d$ the volume of the unit ball
    :cite:p:`kozachenko1987`. Samples on a manifold have an entropy with respect to its area, and minus infinity
    in the space around it: give the manifold's dimension in place of the d coordinates. Chords stand for distances
    along it, which costs a bias of the order of curvature times distance, squared.

    Args:
        x: samples in rows, or a vector of samples of one coordinate.
        neighbors: numbers k.
        dimension: of the manifold that the samples lie on, if it is not d.

    Raises:
        ValueError: no more samples than neighbors, samples not finite, constant columns; k or more equal samples,
            whose entropy is minus infinity; a dimension above d or below one.

    >>> round(neighbor_entropy(np.random.default_rng(0).normal(size=4000), (5,))[0].value, 1)
    1.4
    """
    ks = counts("neighbors", neighbors, 1)
    samples = sample("x", x, max(ks) + 1)
    (n, around), scale = samples.shape, np.abs(samples).max()
    d = around if dimension is None else whole("dimension", dimension, least=1)
    if d > around:
        raise ValueError(f"dimension = {d} exceeds the {around} coordinates of the samples")
    z = samples / scale
    distances = cKDTree(z).query(z, [k + 1 for k in ks])[0]
    if (distances == 0).any():
        raise ValueError("as many samples as neighbors are equal: x has discrete parts and no differential entropy")
    volume = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1) + d * np.log(scale)
    doubt = (
        _few(n, max(ks))
        or _repeated(z, z)
        or (_flat(z) if d == around else "")
        or _tails(z, z)
        or _not_local(z, max(ks))
    )
    terms = digamma(n) - digamma(ks)[None, :] + volume + d * np.log(distances)
    values, errors = terms.mean(axis=0), Z * terms.std(axis=0, ddof=1) / n**0.5
    return tuple(
        doubted(Estimate(float(v), float(v - e), float(v + e)), doubt) for v, e in zip(values, errors, strict=True)
    )
