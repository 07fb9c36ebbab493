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
    *connectivity.CLAIMS,
    *conservation.CLAIMS,
    *late_generalization.CLAIMS,
    *modes.CLAIMS,
    *depth.CLAIMS,
    *digits.CLAIMS,
    *energy.CLAIMS,
    *infinite_depth.CLAIMS,
    *isometry.CLAIMS,
    *riccati.CLAIMS,
    *tightness.CLAIMS,
)
