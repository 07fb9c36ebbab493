r"""How many directions of a network's parameters are free: dependent activations, dependent gradients, merged ReLUs.

The three degeneracies of Bushnaq et al. (arXiv 2405.10927), counted (derived here). A layer's Gauss-Newton block is the
sum of $a a^\top \otimes g g^\top$ over examples, a what arrives and g what is passed back: its rank is at most the
product of the numbers of independent activations and gradients. ReLU units that fire on the same examples act as a
linear layer there, which every invertible map between its two factors leaves as it is.
"""

from theory.core.closed_form import closed_form
from theory.core.domain import whole


@closed_form
def layer_rank(activations: int, gradients: int) -> int:
    r"""The largest rank of a layer's Gauss-Newton block, $r_a r_g$; attained in general position by many examples.

    Args:
        activations: independent ones among what arrives at the layer.
        gradients: independent ones among what is passed back to it.

    Raises:
        ValueError: a number below zero.

    >>> layer_rank(3, 2)
    6
    """
    return whole("activations", activations, least=0) * whole("gradients", gradients, least=0)


@closed_form
def free_directions(inputs: int, outputs: int, activations: int, gradients: int) -> int:
    r"""Directions of a layer's weights that change no output to first order, at least $n_{in} n_{out} - r_a r_g$.

    Args:
        inputs, outputs: of the layer.
        activations, gradients: independent ones, as in `layer_rank`.

    Raises:
        ValueError: more independent activations than inputs, or gradients than outputs, a number below zero.

    >>> free_directions(4, 3, 3, 2)
    6
    """
    sizes = whole("inputs", inputs, least=1), whole("outputs", outputs, least=1)
    rank = layer_rank(activations, gradients)
    for name, few, many in (("activations", activations, sizes[0]), ("gradients", gradients, sizes[1])):
        if few > many:
            raise ValueError(f"{name} = {few} cannot be independent in a layer that has {many} of them")
    return sizes[0] * sizes[1] - rank


@closed_form
def synchronized_rank(units: int, inputs: int, outputs: int) -> int:
    r"""Directions that matter of k ReLU units that fire on the same examples, $k(n_{in} + n_{out} - k)$.

    The dimension of the matrices $V W$ of rank k: $k^2$ directions are free, where k units apart lose one scaling each.
    For k at most either size, and examples in general position among those on which the units fire.

    Args:
        units: k.
        inputs: weights that arrive at each, a bias counted.
        outputs: weights that leave each.

    Raises:
        ValueError: more units than inputs or outputs, a number below 1.

    >>> synchronized_rank(2, 4, 3), synchronized_rank(1, 4, 3)
    (10, 6)
    """
    k, n, m = (whole(a, b, least=1) for a, b in (("units", units), ("inputs", inputs), ("outputs", outputs)))
    if k > min(n, m):
        raise ValueError(f"units = {k} must not be more than inputs = {n} or outputs = {m}; the lesser of them counts")
    return k * (n + m - k)
