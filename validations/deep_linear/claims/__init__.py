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
    noisy_teacher,
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
    *end_to_end.CLAIMS,
    *late_generalization.CLAIMS,
    *tightness.CLAIMS,
    *noisy_teacher.CLAIMS,
)
