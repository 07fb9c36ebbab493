"""Claims on networks trained at the edge of stability, with and without momentum."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival


@dataclass(frozen=True, kw_only=True)
class EdgeNetworks(Configuration):
    """Tanh networks of one hidden layer memorize noise by full-batch descent, with steps that stability limits alike.

    Half the squared error, mean over the examples. Heavy balls and Nesterov's rule get steps whose largest stable
    curvature is that of plain descent with `step`.

    Attributes:
        inputs, width, outputs: of the network.
        examples: of standard Gaussian inputs and targets.
        step: of plain descent.
        momentum: of the two rules that have one.
        fraction: a fourth run, of plain descent, takes this share of the step.
        steps: of every run; the last quarter is looked at.
    """

    inputs: int = 6
    width: int = 10
    outputs: int = 2
    examples: int = 40
    step: float = 0.5
    momentum: float = 0.5
    fraction: float = 0.25
    steps: int = 2000

    positive = ("inputs", "width", "outputs", "examples", "step")
    between = {"momentum": (0.1, 0.95), "fraction": (0.01, 0.5), "steps": (100, 10**6)}


NETWORKS = Experiment(
    id="hessian/edge_networks",
    title="Small networks under full-batch descent at the edge of stability",
    code="validations.hessian.edge:simulate",
    scales={
        "smoke": EdgeNetworks(replicates=32),
        "standard": EdgeNetworks(replicates=32, inputs=8, width=16, outputs=3, examples=60, steps=6000),
    },
    cell=32,
    cost=Cost(seconds=0.21, bytes=48),
)

SETTING = "a tanh network of one hidden layer memorizing Gaussian noise, full-batch descent of half the squared error"
LATE = "the median of the exact Hessian's largest eigenvalue at five times of the last quarter of training"

EDGE = Claim(
    id="hessian/edge_of_stability",
    title="Descent holds the sharpness of a network where its own stability ends, with momentum too",
    kind="mean",
    statement=(
        r"\eta\,\lambda_{\max} \to 2,\qquad 2(1 + \mu)\ \text{(heavy balls)},\qquad"
        r" \frac{2(1 + \mu)}{1 + 2\mu}\ \text{(Nesterov)}"
    ),
    assumptions=(SETTING, LATE, "the step is large enough that sharpness rises to this value during training"),
    papers=("cohen2021", "damian2023"),
    experiment=NETWORKS,
    code="validations.hessian.edge:EDGE",
    rivals=(
        Rival("plain descent", "2/eta for every rule, as if momentum did not matter"),
        Rival("effective step", "2 (1 - mu)/eta, stability for the step eta/(1 - mu) that momentum acts as"),
        Rival("10 % sharper", "a tenth beyond the edge", near=True),
    ),
    margin=Margin("rival", "a third of the distance to a sharpness a tenth higher"),
)

RISES = Claim(
    id="hessian/edge_nonmonotone",
    title="At the edge of stability the loss rises in many steps and falls all the same",
    kind="phenomenon",
    statement=r"\frac{\#\{k > T/2 : L_{k+1} > L_k\}}{T/2} > 0.1",
    assumptions=(SETTING, "the last half of training; the loss at its end is below that at its middle"),
    papers=("cohen2021",),
    experiment=NETWORKS,
    code="validations.hessian.edge:RISES",
    options={"discrete": True},
    rivals=(
        Rival("never", "the descent lemma, which holds for steps below two over the sharpness"),
        Rival("always", "divergence, as a quadratic loss would have it"),
    ),
    no_near_rival="an effect without a theorem has no neighboring constant: its rivals are none and all",
    margin=Margin("practical", "one step in ten: a practitioner would see it in a plot of the loss"),
)

STEP = Claim(
    id="hessian/small_steps_end_sharper",
    title="A quarter of the step ends sharper after as many steps, though it came less far",
    kind="phenomenon",
    statement=r"\ln\frac{\lambda_{\max}(\eta/4)}{\lambda_{\max}(\eta)} > 0.2",
    assumptions=(SETTING, LATE, "same start, same data, same number of steps"),
    papers=("cohen2021",),
    experiment=NETWORKS,
    code="validations.hessian.edge:STEP",
    rivals=(
        Rival("same minimum", "the step decides how fast, not where descent ends"),
        Rival("own edge", "the sharpness rises to the small step's own edge, whatever the task: four times as sharp"),
    ),
    no_near_rival="an effect without a theorem has no neighboring constant: its rivals are none and all",
    margin=Margin("practical", "a factor 1.22: less than the sharpness fluctuates by during training"),
)

CLAIMS = (EDGE, RISES, STEP)
