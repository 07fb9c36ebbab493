"""Facts of the claims on infinitely wide networks."""

from validations.kernels.claims import duals, hypercube, infinite_depth, initial, sphere

CLAIMS = (*duals.CLAIMS, *initial.CLAIMS, *sphere.CLAIMS, *hypercube.CLAIMS, *infinite_depth.CLAIMS)
