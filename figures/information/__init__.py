"""Drawings of information that no default makes: planes through training, estimators side by side."""

from figures.information.benchmark import draw_benchmark
from figures.information.plane import draw_plane

PLANES = (
    "binned_overstates",
    "noisy_compression",
    "saturation_compresses",
    "converged_on_curve",
    "digits_saturation",
)
DRAWINGS = {"information/estimator_flags": draw_benchmark, **{f"information/{name}": draw_plane for name in PLANES}}
