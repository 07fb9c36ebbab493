"""Facts of the claims on neural collapse."""

from validations.collapse.claims import (
    bias_opening,
    central_path,
    contrastive,
    cross_entropy,
    digits,
    feature_flow,
    held_fixed,
    language,
    low_rank,
    minority,
    posterior,
    smoothing,
    squared_error,
    training,
    two_sizes,
    vanishing_ridge,
)

CLAIMS = (
    *squared_error.CLAIMS,
    *bias_opening.CLAIMS,
    *cross_entropy.CLAIMS,
    *low_rank.CLAIMS,
    *minority.CLAIMS,
    *two_sizes.CLAIMS,
    *vanishing_ridge.CLAIMS,
    *held_fixed.CLAIMS,
    *central_path.CLAIMS,
    *feature_flow.CLAIMS,
    *digits.CLAIMS,
    *training.CLAIMS,
    *smoothing.CLAIMS,
    *contrastive.CLAIMS,
    *language.CLAIMS,
    *posterior.CLAIMS,
)
