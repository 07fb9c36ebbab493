r"""A convex loss of logits plus the price of their nuclear norm, by a path of barriers: on the host, to rounding.

Classes of one size are exchanged by a symmetry that the unique minimizer keeps. With g of the G sizes shared by $k_g$
classes and $1_g$ their indicator, logits are $\sum_g \alpha_g S_g + \sum_{hg} A_{hg}\,1_h 1_g^\top/\sqrt{k_h k_g}$
and $Z D^{1/2}$ has the singular values $\sqrt{n_g}\,\alpha_g$ ($k_g - 1$ times) and those of
$B = A\,\mathrm{diag}\sqrt{n}$: $G^2 + G$ numbers, and G of the bias, whatever K.

The price $\lambda\sigma$ is smoothed by the dual barrier, $\varphi_\mu(\sigma) = \max_{|s| < \lambda} s\sigma +
\mu\log(1 - s^2/\lambda^2)$. Its slope never reaches $\lambda$, so that the residual at the minimum of the smooth
program is feasible for the dual one, and each singular value costs at most $\mu$: a gap of at most $K\mu$.
"""

from typing import NamedTuple

import numpy as np

REACH = 1e-14  # of the barrier's weight at the end, over the loss
FALL = 0.1
MOST = 60  # Newton steps at one weight


class Program(NamedTuple):
    """What is minimized: loss of the logits, sizes by group, the price of the nuclear norm, the bias's penalty.

    Attributes:
        entropy: cross-entropy, else half the squared error of one-hot labels.
        members, sizes: classes of a group, and samples of one of its classes.
        ridge: infinite for no bias, zero for a free one.
    """

    entropy: bool
    members: np.ndarray
    sizes: np.ndarray
    price: float
    ridge: float


class _Slots(NamedTuple):
    """The different logits of each group's column (own first, then group by group) as linear maps of the unknowns."""

    within: np.ndarray  # (G, G + 1): of a_g
    between: np.ndarray  # (G, G + 1, G, G)
    bias: np.ndarray  # (G, G + 1, G)
    many: np.ndarray  # (G, G + 1): classes with this logit
    weight: np.ndarray  # (G,): share of the group in the loss


class _At(NamedTuple):
    """Unknowns: singular values within groups, B, bias."""

    a: np.ndarray
    B: np.ndarray
    b: np.ndarray


def minimized(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Logits of one class of every group, expanded to all classes in the order of the groups, and the bias."""
    slots, G = _slots(program), len(program.sizes)
    at = _At(np.zeros(G), np.zeros((G, G)), np.zeros(G))
    value = _value(program, slots, at, 1.0)
    mu = value
    while mu > REACH * value:
        mu *= FALL
        at = _centered(program, slots, at, mu)
        value = _value(program, slots, at, mu)
    for _ in range(3):
        at = _moved(at, _newton(program, slots, at, mu)[0], 1.0)
    return _expanded(program, at)


def _slots(program: Program) -> _Slots:
    k, n, G = program.members, program.sizes, len(program.sizes)
    own = np.arange(G)
    within, between = np.zeros((G, G + 1)), np.zeros((G, G + 1, G, G))
    bias, many = np.zeros((G, G + 1, G)), np.tile(np.r_[1.0, k], (G, 1))
    within[:, 0], within[own, own + 1] = (1 - 1 / k) / np.sqrt(n), -1 / (k * np.sqrt(n))
    for g in own:
        between[g, own + 1, own, g] = 1 / np.sqrt(k * k[g] * n[g])
        bias[g, own + 1, own] = 1.0
        between[g, 0], bias[g, 0], many[g, g + 1] = between[g, g + 1], bias[g, g + 1], k[g] - 1
    return _Slots(within, between, bias, many, k * n / (k * n).sum())


def _logits(slots: _Slots, at: _At) -> np.ndarray:
    return slots.within * at.a[:, None] + np.tensordot(slots.between, at.B, 2) + slots.bias @ at.b


def _fit(program: Program, slots: _Slots, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The loss of a sample of each group, its slopes, and its probabilities, from which follows its curvature."""
    if not program.entropy:
        away = z - np.eye(1, z.shape[1])
        return (slots.many * away**2).sum(1) / 2, slots.many * away, np.zeros_like(z)
    top = z.max(1, keepdims=True)
    mass = slots.many * np.exp(z - top)
    p = mass / mass.sum(1, keepdims=True)
    apart = np.minimum(z[:, 1:] - z[:, :1], 700.0)
    others = (slots.many[:, 1:] * np.exp(apart)).sum(1)
    slope = p.copy()
    slope[:, 0] = -p[:, 1:].sum(1)
    return np.log1p(others), slope, p


def _smooth(price: float, sigma: np.ndarray, mu: float) -> tuple[np.ndarray, np.ndarray]:
    """The smoothed price and its slope."""
    D = np.hypot(mu, price * sigma)
    slope = price**2 * sigma / (mu + D)
    return slope * sigma - mu * np.log((mu + D) / (2 * mu)), slope


def _value(program: Program, slots: _Slots, at: _At, mu: float) -> float:
    sigma = np.linalg.svd(at.B, compute_uv=False)
    inner, outer = _smooth(program.price, at.a, mu)[0], _smooth(program.price, sigma, mu)[0]
    fit = slots.weight @ _fit(program, slots, _logits(slots, at))[0]
    ridge = program.ridge / 2 * (program.members * at.b**2).sum() if np.isfinite(program.ridge) else 0.0
    return float(fit + (program.members - 1) @ inner + outer.sum() + ridge)


def _centered(program: Program, slots: _Slots, at: _At, mu: float) -> _At:
    """Newton's method with halvings at one weight of the barrier."""
    value = _value(program, slots, at, mu)
    for _ in range(MOST):
        step, decrement = _newton(program, slots, at, mu)
        if decrement < max(1e-3 * mu, 1e-15 * value):
            return _moved(at, step, 1.0)
        for size in 0.5 ** np.arange(40):
            trial = _moved(at, step, size)
            reached = _value(program, slots, trial, mu)
            if reached <= value - 1e-4 * size * decrement:
                break
        else:
            return at
        at, value = trial, reached
    return at


def _newton(program: Program, slots: _Slots, at: _At, mu: float) -> tuple[_At, float]:
    """Newton's step and its decrement, in the singular coordinates of B, where the stiff directions are diagonal."""
    k, price, G = program.members, program.price, len(program.sizes)
    U, sigma, Vt = np.linalg.svd(at.B)
    _, slope, p = _fit(program, slots, _logits(slots, at))
    inner, outer = _smooth(price, at.a, mu)[1], _smooth(price, sigma, mu)[1]
    J = np.concatenate(
        [
            (slots.within[:, :, None] * np.eye(G)[:, None]).reshape(-1, G),
            np.einsum("gshc,hi,jc->gsij", slots.between, U, Vt, optimize=True).reshape(-1, G * G),
            slots.bias.reshape(-1, G),
        ],
        1,
    )
    mass = p if program.entropy else slots.many
    rank_one = np.einsum("gs,gsx->gx", p, J.reshape(G, G + 1, -1))
    curve = (J * (slots.weight[:, None] * mass).reshape(-1, 1)).T @ J
    curve -= (rank_one * slots.weight[:, None]).T @ rank_one if program.entropy else 0.0
    gradient = (slots.weight[:, None] * slope).ravel() @ J
    pad = np.zeros(G)
    gradient += np.concatenate([(k - 1) * inner, np.diag(outer).ravel(), pad])
    curve += _curvature(program, at.a, sigma, mu)
    if np.isfinite(program.ridge):
        gradient[-G:] += program.ridge * k * at.b
        curve[-G:, -G:] += program.ridge * np.diag(k)
    free = np.concatenate([k > 1, np.ones(G * G, bool), np.full(G, np.isfinite(program.ridge))])
    free[-1] &= not program.entropy or program.ridge > 0  # one constant more in a free bias changes no probability
    step = np.zeros(len(free))
    step[free] = -solved(curve[np.ix_(free, free)], gradient[free])
    E = U @ step[G : G + G * G].reshape(G, G) @ Vt
    return _At(step[:G], E, step[-G:]), float(-gradient @ step)


def _curvature(program: Program, a: np.ndarray, sigma: np.ndarray, mu: float) -> np.ndarray:
    """Of the smoothed prices: divided differences of their slopes in the singular coordinates."""
    G, price = len(sigma), program.price
    s, t = sigma[:, None], sigma[None]
    D, E = np.hypot(mu, price * s), np.hypot(mu, price * t)
    scale = price**2 / ((mu + D) * (mu + E))
    mixed = s * E + t * D
    falling = scale * (mu + mu**2 * np.where(mixed > 0, (s + t) / np.where(mixed > 0, mixed, 1.0), 1 / mu))
    slopes = price**2 * sigma / (mu + np.hypot(mu, price * sigma))
    both = s + t
    rising = np.where(both > 0, (slopes[:, None] + slopes[None]) / np.where(both > 0, both, 1.0), price**2 / (2 * mu))
    H = np.zeros((2 * G + G * G,) * 2)
    i, j = np.divmod(np.arange(G * G), G)
    H[G + i * G + j, G + i * G + j] = (falling[i, j] + rising[i, j]) / 2
    H[G + i * G + j, G + j * G + i] += (falling[i, j] - rising[i, j]) / 2
    d = np.arange(G)
    H[G + d * G + d, G + d * G + d] = falling[d, d]
    inner = np.hypot(mu, price * a)
    H[d, d] = (program.members - 1) * price**2 * mu / (inner * (mu + inner))
    return H


def solved(curve: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Of a positive system whose scales differ by many decades."""
    scale = 1 / np.sqrt(np.maximum(np.diag(curve), np.finfo(float).tiny))
    even = curve * np.outer(scale, scale)
    try:
        return scale * np.linalg.solve(even, scale * gradient)
    except np.linalg.LinAlgError:
        return scale * np.linalg.lstsq(even, scale * gradient, rcond=None)[0]


def _moved(at: _At, step: _At, size: float) -> _At:
    return _At(*(x + size * dx for x, dx in zip(at, step, strict=True)))


def _expanded(program: Program, at: _At) -> tuple[np.ndarray, np.ndarray]:
    k, n = program.members, program.sizes
    group = np.repeat(np.arange(len(k)), k.astype(int))
    A = at.B / np.sqrt(n)[None] / np.sqrt(np.outer(k, k))
    logits = A[np.ix_(group, group)]
    logits[np.diag_indices(len(group))] += (at.a / np.sqrt(n))[group]
    same = group[:, None] == group[None]
    logits -= same * (at.a / (np.sqrt(n) * k))[group][None]
    bias = at.b[group]
    return logits, bias - (bias.mean() if program.entropy and program.ridge == 0 else 0.0)
