"""Facts of the claims on information."""

from validations.information.claims import (
    binned_neuron,
    coding_rate,
    compression_step,
    critics,
    digit_plane,
    discrete_bottleneck,
    estimators,
    gaussian_bottleneck,
    generalization,
    linear_plane,
    mixture,
    plane,
    samples,
    tasks,
    training_time,
    wide_ensembles,
)

CLAIMS = (
    *binned_neuron.CLAIMS,
    *linear_plane.CLAIMS,
    *mixture.CLAIMS,
    *gaussian_bottleneck.CLAIMS,
    *discrete_bottleneck.CLAIMS,
    *samples.CLAIMS,
    *critics.CLAIMS,
    *coding_rate.CLAIMS,
    *generalization.CLAIMS,
    *compression_step.CLAIMS,
    *tasks.CLAIMS,
    *estimators.CLAIMS,
    *training_time.CLAIMS,
    *plane.CLAIMS,
    *digit_plane.CLAIMS,
    *wide_ensembles.CLAIMS,
)
