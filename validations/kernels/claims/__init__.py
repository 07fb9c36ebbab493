"""Facts of the claims on infinitely wide networks."""

from validations.kernels.claims import (
    curves,
    digits,
    drifts,
    duals,
    high_dimension,
    hypercube,
    infinite_depth,
    initial,
    interpolation,
    outputs,
    relative_representations,
    sectors,
    spectral_bias,
    sphere,
    training,
)

CLAIMS = (
    *curves.CLAIMS,
    *digits.CLAIMS,
    *duals.CLAIMS,
    *initial.CLAIMS,
    *outputs.CLAIMS,
    *training.CLAIMS,
    *drifts.CLAIMS,
    *sphere.CLAIMS,
    *spectral_bias.CLAIMS,
    *sectors.CLAIMS,
    *hypercube.CLAIMS,
    *infinite_depth.CLAIMS,
    *high_dimension.CLAIMS,
    *interpolation.CLAIMS,
    *relative_representations.CLAIMS,
)
