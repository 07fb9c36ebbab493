"""Facts of the claims on deep linear networks."""

from validations.deep_linear.claims import (
    connectivity,
    conservation,
    depth,
    digits,
    energy,
    infinite_depth,
    isometry,
    modes,
    riccati,
    tightness,
)

CLAIMS = (
    *connectivity.CLAIMS,
    *conservation.CLAIMS,
    *depth.CLAIMS,
    *digits.CLAIMS,
    *energy.CLAIMS,
    *infinite_depth.CLAIMS,
    *isometry.CLAIMS,
    *modes.CLAIMS,
    *riccati.CLAIMS,
    *tightness.CLAIMS,
)
