"""Facts of the claims on deep linear networks."""

from validations.deep_linear.claims import (
    connectivity,
    conservation,
    depth,
    digit_structure,
    digits,
    end_to_end,
    energy,
    infinite_depth,
    isometry,
    late_generalization,
    modes,
    noisy_teacher,
    recurrent,
    riccati,
    tightness,
    unseen,
)

CLAIMS = (
    *connectivity.CLAIMS,
    *conservation.CLAIMS,
    *depth.CLAIMS,
    *digit_structure.CLAIMS,
    *digits.CLAIMS,
    *end_to_end.CLAIMS,
    *energy.CLAIMS,
    *infinite_depth.CLAIMS,
    *isometry.CLAIMS,
    *late_generalization.CLAIMS,
    *modes.CLAIMS,
    *noisy_teacher.CLAIMS,
    *recurrent.CLAIMS,
    *riccati.CLAIMS,
    *tightness.CLAIMS,
    *unseen.CLAIMS,
)
