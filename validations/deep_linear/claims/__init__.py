"""Facts of the claims on deep linear networks."""

from validations.deep_linear.claims import (
    conservation,
    depth,
    digits,
    energy,
    infinite_depth,
    isometry,
    modes,
    tightness,
)

CLAIMS = (
    *modes.CLAIMS,
    *depth.CLAIMS,
    *infinite_depth.CLAIMS,
    *isometry.CLAIMS,
    *conservation.CLAIMS,
    *energy.CLAIMS,
    *digits.CLAIMS,
    *tightness.CLAIMS,
)
