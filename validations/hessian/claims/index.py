"""Claims on the share of negative eigenvalues against the energy, for the sum of two free matrices."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class FreeSums(Configuration):
    """Sums of a Wishart and a Wigner matrix.

    Attributes:
        size: n, of the matrices.
        residuals: m, columns of J.
        energies: at which the share of negative eigenvalues is counted.
    """

    size: int = 160
    residuals: int = 640
    energies: tuple[float, ...] = (0.02, 0.15, 0.5)

    positive = ("energies",)
    between = {"size": (10, 10000), "residuals": (10, 100000)}


SUMS = Experiment(
    id="hessian/free_sums",
    title="A Wishart and a Wigner matrix added at several energies",
    code="validations.hessian.index:simulate",
    scales={"smoke": FreeSums(replicates=144), "standard": FreeSums(replicates=144, size=400, residuals=1600)},
    cell=48,
    cost=Cost(seconds=0.061, bytes=32),
)

FREE = (
    "the Hessian is modelled as the free sum of the gradients' outer products and a Wigner matrix; "
    "real networks need not obey it"
)

INDEX = Claim(
    id="hessian/index",
    title="The share of negative eigenvalues grows with the energy as the free sum says",
    kind="mean",
    statement=(
        r"\alpha(\varepsilon,\phi) = \int_{-\infty}^0\rho,\qquad"
        r" 2\varepsilon\phi G^3 - (2\varepsilon + z\phi)G^2 + (z + \phi - 1)G - 1 = 0,\;\rho = |\mathrm{Im}\,G|/\pi"
    ),
    assumptions=(FREE,),
    papers=("pennington2017",),
    experiment=SUMS,
    code="validations.hessian.index:INDEX",
    options={"discrete": True},
    rivals=(
        Rival("ratio 20 % larger", "the law of a fifth fewer residuals", near=True),
        Rival("semicircle", "a semicircle of the same mean and variance"),
        Rival("half the variance", "entries of the Wigner part of variance eps/n instead of 2 eps/n"),
    ),
    margin=Margin("rival", "less than a third of the distance to the neighboring ratio where that is largest"),
)

CRITICAL_ENERGY = Claim(
    id="hessian/critical_energy",
    title="Below a critical energy no eigenvalue is negative",
    kind="threshold",
    statement=(
        r"\varepsilon_c = \tfrac1{16}\left(1 - 20\phi - 8\phi^2 + (1 + 8\phi)^{3/2}\right),\quad"
        r" \text{at finite } n:\; z_e(\varepsilon) + 1.2686\,(n\sqrt{2/z''})^{-2/3} = 0"
    ),
    assumptions=(FREE, "the shift at finite size is that of Tracy and Widom's median, derived here"),
    papers=("pennington2017",),
    experiment=SUMS,
    code="validations.hessian.index:CRITICAL_ENERGY",
    rivals=(
        Rival("ratio 20 % larger", "the critical energy of a fifth fewer residuals", near=True),
        Rival("edges added", "where the two parts' lower edges cancel, as if their extreme eigenvectors agreed"),
        Rival("no gradients", "1/8, the energy at which a semicircle about 1 reaches zero"),
    ),
    margin=Margin(
        "finite_size", "half of the shift of finite size that is predicted: its next order is n^(-1/3) smaller"
    ),
)

CLAIMS = (INDEX, CRITICAL_ENERGY)
