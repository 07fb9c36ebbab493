"""Facts of the claims on information."""

from validations.information.claims import (
    binned_neuron,
    discrete_bottleneck,
    gaussian_bottleneck,
    linear_plane,
    mixture,
)

CLAIMS = (
    *binned_neuron.CLAIMS,
    *linear_plane.CLAIMS,
    *mixture.CLAIMS,
    *gaussian_bottleneck.CLAIMS,
    *discrete_bottleneck.CLAIMS,
)
