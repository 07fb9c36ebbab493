"""Claims on tubal tensor factorizations: their flow, and the low tubal rank that descent from a small start finds."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError
from validations.core.settings import check_steps


@dataclass(frozen=True, kw_only=True)
class TubalTraining(Configuration):
    """Descent on 1/4 |T - U * U'|^2, every entry of T observed, from Gaussian factors of several scales.

    Attributes:
        size: n, rows and columns of T.
        length: k of its tubes.
        width: columns of U, at least those of T.
        strengths: eigenvalues of T at each frequency from 0 to k/2, whose directions are random.
        curve_scale: of the start of the curves: deviation of the entries of U times the root of its width.
        scales: of the starts whose excess is measured at the end.
        step: of descent.
        final_time: when the excess is measured.
        curve_time, points: of the recorded curves.
    """

    size: int = 4
    length: int = 3
    width: int = 3
    strengths: tuple[tuple[float, ...], ...] = ((1.2, 0.7), (1.0, 0.5))
    curve_scale: float = 0.3
    scales: tuple[float, ...] = (0.01, 0.004, 0.0016, 0.0006, 0.00025, 0.0001)
    step: float = 0.02
    final_time: float = 48.0
    curve_time: float = 8.0
    points: int = 24

    positive = ("size", "length", "width", "curve_scale", "scales", "step", "final_time", "curve_time")
    between = {"points": (2, 10000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("final_time", "curve_time"):
            check_steps(("step", name), self.step, getattr(self, name))
        if self.curve_time >= self.final_time:
            raise ConfigurationError(f"curve_time = {self.curve_time} must be below final_time = {self.final_time}")
        modes = {len(row) for row in self.strengths}
        if len(self.strengths) != self.length // 2 + 1 or len(modes) != 1 or max(modes) > min(self.size, self.width):
            raise ConfigurationError(
                f"strengths must hold {self.length // 2 + 1} rows, one a frequency, alike in length and that at most "
                f"{min(self.size, self.width)}"
            )


@dataclass(frozen=True, kw_only=True)
class TubalSensing(Configuration):
    """Descent on 1/4 |A(U * U') - A(T)|^2 with fewer random measurements A than a tensor has free numbers.

    Attributes:
        size: n, rows and columns of T, and columns of U: the factor may have any tubal rank.
        length: k of its tubes.
        rank: tubal rank of T, whose eigenvalues at all frequencies are 1.
        measurements: m; entries are Gaussian of variance 1/m, symmetrized.
        scales: of the start, small and large.
        step, steps: of descent.
        counted: part of the largest singular value from which one counts towards the rank.
    """

    size: int = 5
    length: int = 4
    rank: int = 1
    measurements: int = 40
    scales: tuple[float, float] = (1e-5, 0.1)
    step: float = 0.3
    steps: int = 500
    counted: float = 0.05

    positive = ("size", "length", "rank", "measurements", "scales", "step", "steps", "counted")


TRAINING = Experiment(
    id="deep_linear/tubal_training",
    title="Tubal factorizations of random tensors, every entry observed",
    code="validations.deep_linear.tubal:simulate",
    scales={
        "smoke": TubalTraining(replicates=48),
        "standard": TubalTraining(replicates=96, size=6, width=5, step=0.01),
    },
    cell=48,
    cost=Cost(seconds=0.066, bytes=2400),
)

SENSING = Experiment(
    id="deep_linear/tubal_sensing",
    title="Tubal factorizations of tensors seen through too few random measurements",
    code="validations.deep_linear.tubal:simulate_sensing",
    scales={"smoke": TubalSensing(replicates=64), "standard": TubalSensing(replicates=192)},
    cell=64,
    cost=Cost(seconds=0.007, bytes=832),
)

SYMMETRIC = "T equals its transpose, its slices at every frequency are positive"
UNIT_TIME = "time is the step times the number of steps of a loss of one quarter of the squared error"

TUBAL_FLOW = Claim(
    id="deep_linear/tubal_flow",
    title="A tubal factorization learns each frequency by a symmetric Riccati flow of its own",
    kind="mean",
    statement=(
        r"\hat P_f(t) = e^{\hat T_f t} \hat U_f [I + 2 \hat U_f^* \textstyle\int_0^t e^{2 \hat T_f s} ds\,"
        r" \hat U_f]^{-1} \hat U_f^* e^{\hat T_f t},\qquad \hat P_f = \sum_j e^{-2\pi i f j/k} (U * U^\top)_j"
    ),
    assumptions=(SYMMETRIC, UNIT_TIME, "small steps", "the solution is derived here"),
    papers=("karnik2024", "braun2022"),
    experiment=TRAINING,
    code="validations.deep_linear.tubal:TUBAL_FLOW",
    rivals=(
        Rival("unitary frequencies", "the same formula after a Fourier transform normalized to keep lengths"),
        Rival("half the squared error", "time that runs twice as fast"),
        Rival("modes alone", "every mode by its own sigmoid from its own share of the start", near=True),
    ),
    margin=Margin("practical", "two hundredths of the strongest mode: less cannot be seen in the plotted curves"),
)

TUBAL_EXCESS = Claim(
    id="deep_linear/tubal_excess",
    title="What descent from a small start learns beyond the truth is of the square of the start",
    kind="rate",
    statement=r"|U * U^\top - T|_F \propto \alpha^2\quad\text{once the truth is learned},\qquad U_0 \sim \alpha",
    assumptions=(SYMMETRIC, UNIT_TIME, "every entry is observed; the factor is wider than the truth"),
    papers=("karnik2024",),
    experiment=TRAINING,
    code="validations.deep_linear.tubal:TUBAL_EXCESS",
    rivals=(
        Rival("linear", "the size of the factor itself", near=True),
        Rival("fourth power", "the square of the product's start"),
        Rival("none", "an excess that the width of the factor decides, whatever the start"),
    ),
    margin=Margin("rival", "a tenth of the distance to the nearest rival"),
)

TUBAL_RANK = Claim(
    id="deep_linear/tubal_rank",
    title="From a small start, descent through too few measurements finds the truth's tubal rank",
    kind="mean",
    statement=(
        r"\operatorname{rank}_{\mathrm{tubal}}(U_t * U_t^\top) = r,\qquad"
        r" U_t \in \mathbb{R}^{n \times n \times k},\; m < \tfrac n2 (nk + 1)"
    ),
    assumptions=(
        "measurements are Gaussian, fewer than the free numbers of a symmetric tensor and more than those of rank r",
        "the start is small: entries of standard deviation 1e-5 over the root of the width",
        "a singular value below a twentieth of the largest does not count",
    ),
    papers=("karnik2024",),
    experiment=SENSING,
    code="validations.deep_linear.tubal:TUBAL_RANK",
    rivals=(
        Rival("one more", "a second tube that the measurements' error brings in", near=True),
        Rival("rank of the slices side by side", "min(n, rk), as if descent sought a low rank of the flattened tensor"),
        Rival("width of the factor", "n: no bias, the rank that the parameters allow"),
    ),
    margin=Margin("rival", "a third of one: a rank is a whole number"),
    options={"discrete": True},
)

TUBAL_START = Claim(
    id="deep_linear/tubal_small_start",
    title="The smaller the start, the nearer the truth that descent finds through too few measurements",
    kind="ordering",
    statement=r"\log_{10} |U_t * U_t^\top - T| \text{ from } \alpha = 0.1 \;-\; \text{from } \alpha = 10^{-5} \;>\; 1",
    assumptions=("the same measurements, directions of the start, step and number of steps",),
    papers=("karnik2024",),
    experiment=SENSING,
    code="validations.deep_linear.tubal:TUBAL_START",
    rivals=(
        Rival("forgotten start", "the data decide: both end equally near the truth"),
        Rival("kept start", "a small start that is not learned in this time ends further away"),
    ),
    no_near_rival="the order has no constant; its margin is what a reader sees on a logarithmic axis",
    margin=Margin("practical", "a decade of the error for four decades of the start"),
)

CLAIMS = (TUBAL_FLOW, TUBAL_EXCESS, TUBAL_RANK, TUBAL_START)
