"""Facts of the claims on infinitely wide networks."""

from validations.kernels.claims import hypercube, infinite_depth, sphere

CLAIMS = (*sphere.CLAIMS, *hypercube.CLAIMS, *infinite_depth.CLAIMS)
