"""Drawings of information that no default makes: the information plane through training, seed by seed."""

from figures.information.plane import draw_plane

PLANES = (
    "binned_overstates",
    "noisy_compression",
    "saturation_compresses",
    "converged_on_curve",
    "digits_saturation",
)
DRAWINGS = {f"information/{name}": draw_plane for name in PLANES}
