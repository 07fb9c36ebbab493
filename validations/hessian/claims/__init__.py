"""Facts of the claims on Hessian and Fisher spectra."""

from validations.hessian.claims import (
    catapult,
    digits,
    edge,
    fisher,
    functional_dimension,
    index,
    langevin,
    learning_coefficient,
    linear_minima,
    mixtures,
    mode_connectivity,
    nonlinear_gram,
    pruning,
    rounding,
    sharpness,
    spikes,
)

CLAIMS = (
    *spikes.CLAIMS,
    *index.CLAIMS,
    *mixtures.CLAIMS,
    *fisher.CLAIMS,
    *catapult.CLAIMS,
    *sharpness.CLAIMS,
    *learning_coefficient.CLAIMS,
    *digits.CLAIMS,
    *edge.CLAIMS,
    *functional_dimension.CLAIMS,
    *langevin.CLAIMS,
    *linear_minima.CLAIMS,
    *rounding.CLAIMS,
    *nonlinear_gram.CLAIMS,
    *mode_connectivity.CLAIMS,
    *pruning.CLAIMS,
)
