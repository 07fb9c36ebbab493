"""Claims on two scalar layers under descent with a large step: convergence, the cycle of two, divergence."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class LargeSteps(Configuration):
    """Descent of 1/2 (s - ab)^2 with steps on a grid, from starts out of balance and from balanced ones.

    Attributes:
        strength: range of s, drawn uniformly on a logarithmic axis.
        larger: range of the larger weight at the start, over the root of s; the other is a tenth of it.
        balanced: range of both weights of balanced starts, over the root of s.
        searched, bounds: ranges of step times s in which the ends of convergence and of bounded motion are searched.
        spacing: of the grids there, each replicate's shifted at random.
        cycle: range of step times s where the cycle of two is recorded.
        steps: of descent.
        close: distance of ab from s, over s, that counts as none.
    """

    strength: tuple[float, float] = (0.1, 10.0)
    larger: tuple[float, float] = (1.0, 1.2)
    balanced: tuple[float, float] = (0.2, 1.2)
    searched: tuple[float, float] = (0.8, 1.3)
    bounds: tuple[float, float] = (1.7, 2.3)
    spacing: float = 0.005
    cycle: tuple[float, float] = (1.05, 1.2)
    steps: int = 6000
    close: float = 0.001

    positive = ("strength", "larger", "balanced", "searched", "bounds", "spacing", "steps", "close")
    between = {"cycle": (1.01, 1.23)}


LARGE_STEPS = Experiment(
    id="deep_linear/large_steps",
    title="Two scalar layers under descent with large steps",
    code="validations.deep_linear.cubic_map:simulate",
    scales={"smoke": LargeSteps(replicates=32), "standard": LargeSteps(replicates=128, spacing=0.002, steps=10000)},
    cell=32,
    cost=Cost(seconds=0.011, bytes=80),
)

LOSS = "two scalar layers, the loss is half the squared error"

CONVERGES = Claim(
    id="deep_linear/large_step_converges",
    title="Descent finds a minimum up to the largest step that any minimum bears, not the one where the flow would end",
    kind="threshold",
    statement=r"a_k b_k \to s \iff \eta s \le 1,\qquad 1/s = 2/\min \lambda_{\max}",
    assumptions=(LOSS, "the start is out of balance, so that the flow ends at a sharper minimum than the flattest"),
    papers=("chen2024", "kreisler2023", "liang2025"),
    experiment=LARGE_STEPS,
    code="validations.deep_linear.cubic_map:CONVERGES",
    rivals=(
        Rival("stable where the flow ends", "two over the sharpness of the minimum of the flow", near=True),
        Rival("end of the cycle", "sqrt(5) - 1, up to which the loss stays below that of a cycle of two"),
        Rival("bounded", "2, up to which descent does not diverge"),
    ),
    margin=Margin("practical", "a hundredth of the largest stable step"),
)

DIVERGES = Claim(
    id="deep_linear/large_step_diverges",
    title="Descent on balanced layers diverges at twice the largest stable step",
    kind="threshold",
    statement=r"\sup_k |a_k| < \infty \iff \eta s \le 2,\qquad a_0 = b_0,\; a_0^2 < s + 2/\eta",
    assumptions=(LOSS, "both layers start equal", "almost every start"),
    papers=("chen2024",),
    experiment=LARGE_STEPS,
    code="validations.deep_linear.cubic_map:DIVERGES",
    rivals=(
        Rival("unstable minimum", "1, where no minimum is stable any more, as for a quadratic loss"),
        Rival("end of the cycle", "sqrt(5) - 1, where the cycle of two loses its stability"),
        Rival("first step", "a step that throws this start beyond the weight from which all diverge"),
    ),
    no_near_rival="no theory known puts the end of bounded motion within a fifth of 2",
    margin=Margin("practical", "a fiftieth of the largest stable step: next to the threshold escape is slow"),
)

CYCLE = Claim(
    id="deep_linear/two_cycle",
    title="Beyond the largest stable step descent cycles between two strengths whose product is one over its square",
    kind="identity",
    statement=r"u_\pm = \frac{\eta s + 1 \pm \sqrt{(\eta s - 1)(\eta s + 3)}}{2 \eta},\qquad 1 < \eta s < \sqrt 5 - 1",
    assumptions=(LOSS, "both layers start equal", "the closed form is derived here"),
    papers=("chen2024", "chen2023"),
    experiment=LARGE_STEPS,
    code="validations.deep_linear.cubic_map:CYCLE",
    rivals=(
        Rival("leading order", "s (1 +- sqrt(eta s - 1)), the cycle next to the threshold", near=True),
        Rival("minimum", "s, as if descent converged"),
    ),
    margin=Margin("numerical", "rounding of a step and how slowly the cycle forgets it: 16 units over 1 - |slope|"),
)

CLAIMS = (CONVERGES, DIVERGES, CYCLE)
