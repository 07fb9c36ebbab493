"""Claim on local rank: how many directions of the input random rectified layers tell apart."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class Rectified(Configuration):
    """Rectified networks of Gaussian weights without biases, at one random input each.

    Attributes:
        inputs: dimension of the input.
        width: of every layer.
        layers: of the deepest Jacobian.
        networks: a replicate averages.
    """

    inputs: int = 8
    width: int = 12
    layers: int = 5
    networks: int = 150

    between = {"inputs": (1, 200), "width": (1, 200), "layers": (1, 50), "networks": (1, 10**5)}


RECTIFIED = Experiment(
    id="information/rectified_networks",
    title="Jacobians of random rectified networks",
    code="validations.information.local_rank:simulate",
    scales={"smoke": Rectified(replicates=24), "standard": Rectified(replicates=64, networks=1000)},
    revision=2,
    cell=24,
    cost=Cost(seconds=0.096, bytes=40),
)

RANK = Claim(
    id="information/rectified_rank",
    title="The local rank of a random rectified network falls with depth: the least number of active units decides",
    kind="mean",
    statement=r"\mathbb E\,\mathrm{rank}\,\frac{\partial T_L}{\partial x}"
    r" = \sum_{r=1}^{d} \prod_{l \le L} \Pr\bigl(\mathrm{Bin}(n_l, \tfrac12) \ge r\bigr)",
    assumptions=("independent Gaussian weights of any scale, no biases, any input but zero", "derived here"),
    papers=("patel2024",),
    experiment=RECTIFIED,
    code="validations.information.local_rank:RECTIFIED",
    rivals=(
        Rival("before rectifying", "the rank one step earlier, of what the last layer rectifies", near=True),
        Rival("half the width", "the mean number of active units at every depth"),
        Rival("rank of the weights", "that of a linear network, the lesser of inputs and width"),
    ),
    margin=Margin("rival", "0.2 directions, below a tenth of what rectifying takes from the first layer"),
)

CLAIMS = (RANK,)
