"""Facts of the claims on deep linear networks."""

from validations.deep_linear.claims import (
    connectivity,
    conservation,
    depth,
    digits,
    end_to_end,
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
    *depth.CLAIMS,
    *digits.CLAIMS,
    *end_to_end.CLAIMS,
    *energy.CLAIMS,
    *infinite_depth.CLAIMS,
    *isometry.CLAIMS,
    *late_generalization.CLAIMS,
    *modes.CLAIMS,
    *riccati.CLAIMS,
    *tightness.CLAIMS,
)
