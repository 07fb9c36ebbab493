"""Facts of the claims on infinitely wide networks."""

from validations.kernels.claims import (
    duals,
    high_dimension,
    hypercube,
    infinite_depth,
    initial,
    outputs,
    relative_representations,
    sphere,
    training,
)

CLAIMS = (
    *duals.CLAIMS,
    *initial.CLAIMS,
    *outputs.CLAIMS,
    *training.CLAIMS,
    *sphere.CLAIMS,
    *hypercube.CLAIMS,
    *infinite_depth.CLAIMS,
    *high_dimension.CLAIMS,
    *relative_representations.CLAIMS,
)
