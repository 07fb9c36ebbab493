"""Claims on posterior collapse in linear variational autoencoders."""

from dataclasses import dataclass

from validations.core.claim import Claim, Configuration, Cost, Experiment, Margin, Rival
from validations.core.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Autoencoders(Configuration):
    """Linear variational autoencoders trained on a few samples each, by their bound in closed form.

    Attributes:
        samples: of every replicate's own data set.
        spectrum: variances of the directions that the samples are drawn with.
        noise: the decoder's variance where it is held and the rates are read.
        beta: weight of the divergence, there and while the noise is raised.
        lowest, highest: of the last latent's variance, where it may collapse; brackets are halved on this range, from
            one to `highest` where beta is raised.
        halvings: of the brackets.
    """

    samples: int = 10
    spectrum: tuple[float, ...] = (6.0, 3.0, 1.0, 0.5)
    latents: int = 2
    noise: float = 0.25
    beta: float = 2.0
    lowest: float = 0.05
    highest: float = 20.0
    halvings: int = 10

    positive = ("spectrum", "noise", "beta")
    between = {
        "samples": (2, 10000),
        "latents": (1, 100),
        "halvings": (1, 40),
        "lowest": (1e-6, 0.5),
        "highest": (1.5, 1e6),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.latents < len(self.spectrum) < self.samples:
            raise ConfigurationError(
                f"latents = {self.latents} must be fewer than the {len(self.spectrum)} directions of spectrum, and "
                f"those fewer than samples = {self.samples}"
            )


AUTOENCODERS = Experiment(
    id="collapse/linear_autoencoders",
    title="Linear variational autoencoders, and the noise and beta at which their last latent collapses",
    code="validations.collapse.posterior:simulate",
    scales={"smoke": Autoencoders(replicates=12), "standard": Autoencoders(replicates=64, halvings=12)},
    cell=12,
    cost=Cost(seconds=0.16, bytes=80),
)

LINEAR = (
    "linear decoder and encoder, diagonal posterior, standard normal prior",
    "trained on the bound in closed form from random starts; each replicate has its own data",
)

NOISE = Claim(
    id="collapse/posterior_threshold",
    title="A latent of a linear autoencoder collapses where beta times the decoder's variance reaches its eigenvalue",
    kind="threshold",
    statement=r"q(z_k \mid x) = \mathcal N(0, 1) \iff \beta\sigma^2 \ge \lambda_k",
    assumptions=LINEAR,
    papers=("lucas2019",),
    experiment=AUTOENCODERS,
    code="validations.collapse.posterior:NOISE",
    rivals=(
        Rival("unbiased covariance", "eigenvalues of the covariance divided by N - 1", near=True),
        Rival("next direction", "the largest eigenvalue that no latent takes"),
        Rival("without beta", "the decoder's variance alone"),
    ),
    margin=Margin("practical", "two per cent of the drawn variance: noise is never tuned more finely"),
)

LEARNED = Claim(
    id="collapse/posterior_learned_noise",
    title="With a learned decoder variance a latent still collapses, at a beta above one that all eigenvalues set",
    kind="threshold",
    statement=r"q(z_k \mid x) = \mathcal N(0, 1) \iff"
    r" \beta \ge \frac{d\lambda_k}{\sum_{j>k}\lambda_j + k\lambda_k}",
    assumptions=(*LINEAR, "the decoder's variance is learned", "derived here"),
    papers=("lucas2019",),
    experiment=AUTOENCODERS,
    code="validations.collapse.posterior:LEARNED",
    rivals=(
        Rival("one latent fewer", "the noise of probabilistic components without the latent in question", near=True),
        Rival("noise of beta one", "the noise that is learned at beta = 1, held"),
        Rival("mean variance", "noise as large as the data's mean variance"),
    ),
    margin=Margin("practical", "two per cent of the drawn spectrum's threshold: beta is never tuned more finely"),
)

RATES = Claim(
    id="collapse/posterior_rates",
    title="Latents of a linear autoencoder carry the rates of reverse water-filling",
    kind="mean",
    statement=r"\mathrm{KL}_i = \tfrac12\log\max\left(1, \frac{\lambda_i}{\beta\sigma^2}\right)",
    assumptions=LINEAR,
    papers=("lucas2019",),
    experiment=AUTOENCODERS,
    code="validations.collapse.posterior:RATES",
    rivals=(
        Rival("channel capacity", "log(1 + lambda/beta sigma^2)/2: noise added to the direction", near=True),
        Rival("without beta", "the decoder's variance alone"),
    ),
    margin=Margin(
        "numerical",
        "the search stops at gradients of 1e-11 or where nothing improves, with 1e-8 left of a rate; a hundred times "
        "that is allowed",
    ),
)

CLAIMS = (NOISE, LEARNED, RATES)
