"""Facts of the claims on information."""

from validations.information.claims import binned_neuron, linear_plane, mixture

CLAIMS = (*binned_neuron.CLAIMS, *linear_plane.CLAIMS, *mixture.CLAIMS)
