r"""The layer-peeled model: features and classifier under budgets in place of penalties, and where minorities merge.

$\min \frac1N\sum_k n_k\,\mathrm{CE}(Wh_k)$ under $\frac1K\sum_k |w_k|^2 \le E_W$ and $\frac1K\sum_k |h_k|^2 \le E_H$
(Fang, He, Long and Su 2021). By the factors' lemma it is a ball of the **unweighted** nuclear norm,
$|Z|_* \le K\sqrt{E_W E_H}$: only the product of the budgets matters for the logits (derived here).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.block_search import Program, loss_and_price, minimized
from theory.collapse.domain import pair
from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

LARGEST = 60.0  # of the logarithm of the ratio


@closed_form
def budget_of_ratio(
    classes: tuple[int, int], ratio: Float[ArrayLike, "*batch"], per: str = "class"
) -> Float[Array, "*batch"]:
    r"""The budget $\sqrt{E_W E_H}$ at which small classes just merge, if large classes are R times as large.

    Small classes are one if and only if the multiplier of the budget is at least $n_B/N$; there the program with that
    price on the nuclear norm has $\alpha_B = 0$ and its radius is $K\sqrt{E_W E_H}$ (derived here).

    Args:
        classes: numbers of large and of small classes.
        ratio: $R = n_A/n_B$ at or above one.
        per: "class" where the budget $E_H$ is the mean over classes of the mean over their samples, as published;
            "sample" where it is the mean over all samples. Then $|Z D^{1/2}|_* \le K\sqrt{E_W E_H}$ with $D = nK/N$.

    Raises:
        ValueError: a ratio below one, or a block with less than one class.

    >>> round(budget_of_ratio((2, 2), 47.68488).item() ** 2, 3)  # E_H at E_W = 1
    5.0
    """
    K = _blocks(classes)
    (R,) = together(ratio=ratio)
    R = within("ratio", R, R >= 1, "ratios at or above one", "swap the blocks")
    share = jnp.ones_like(R) if _per(per) == "class" else sum(K) / (K[0] * R + K[1])
    large = share if per == "class" else share * R
    program = Program((R * jnp.sqrt(share), jnp.sqrt(share)), (large, share))
    return loss_and_price(K, program, minimized(K, program))[1] / sum(K)


@closed_form
def merging_ratio(
    classes: tuple[int, int], budget: Float[ArrayLike, "*batch"], per: str = "class"
) -> Float[Array, "*batch"]:
    r"""$R_0$: the ratio of class sizes from which on small classes share one classifier row and one mean.

    The inverse of `budget_of_ratio`: bisection in $\log R$. Fang et al. (2021) prove that the angle between small
    classes tends to zero as $R \to \infty$ and observe that it vanishes at a finite $R_0$; its value is derived here.
    Infinite beyond $e^{60}$.

    Args:
        classes: numbers of large and of small classes.
        budget: $\sqrt{E_W E_H}$.
        per: what the features' budget is a mean over, "class" or "sample".

    Raises:
        ValueError: budgets at or below zero, or a block with less than one class.

    >>> round(merging_ratio((2, 2), 5.0**0.5).item(), 5), round(merging_ratio((7, 3), 5.0**0.5).item(), 4)
    (47.68488, 4.0005)
    """
    K = _blocks(classes)
    (budget,) = together(budget=budget)
    E = within("budget", budget, budget > 0, "budgets above zero")

    def too_small(log_ratio: Array) -> Array:
        return budget_of_ratio(K, jnp.exp(log_ratio), per) < E

    u = boundary(too_small, jnp.zeros_like(E), jnp.full_like(E, LARGEST))
    u = jnp.where(jnp.isnan(E), E, u)
    return jnp.where(u >= LARGEST - 1e-9, jnp.inf, jnp.exp(u))


def _blocks(classes: tuple[int, int]) -> tuple[int, int]:
    return pair(classes, least=(1, 2), fix="a single small class has none to merge with")


def _per(per: str) -> str:
    if per not in ("class", "sample"):
        raise ValueError(f"per = {per!r} must be 'class' or 'sample'")
    return per
