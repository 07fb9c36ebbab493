"""Facts of the claims on infinitely wide networks."""

from validations.kernels.claims import hypercube, sphere

CLAIMS = (*sphere.CLAIMS, *hypercube.CLAIMS)
