"""Facts of the claims on deep linear networks."""

from validations.deep_linear.claims import (
    connectivity,
    conservation,
    depth,
    digits,
    energy,
    infinite_depth,
    isometry,
    late_generalization,
    modes,
    riccati,
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
    *riccati.CLAIMS,
    *connectivity.CLAIMS,
    *tightness.CLAIMS,
    *late_generalization.CLAIMS,
)
