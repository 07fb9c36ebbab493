"""On digits: large eigenvalues by width, what separation moves, and barriers between minima of two batch sizes."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.measuring import measured
from paper_repro.sagun2017_overparametrized_hessian.config import Settings
from paper_repro.spreads import rows
from validations.core.store import Store
from validations.hessian.claims.digit_spectra import SPECTRA, DigitSpectra
from validations.hessian.claims.digits import DIGITS, DigitClasses
from validations.hessian.claims.mode_connectivity import PATHS, DigitPaths
from validations.hessian.digit_spectra import risen

PARAMETERS = np.log(4.0)  # of the wider over the narrower network, nearly


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    found: dict[str, np.ndarray] = {}
    if only is None or "width" in only:
        settings = DigitClasses(replicates=config.replicates)
        data = measured(DIGITS, settings, config.seed, store)
        counts = [_large(data[name], settings.large) for name in ("wide", "narrow")]
        found |= {"width": np.log(counts[0] / counts[1]) - PARAMETERS}
    if only is None or "separation" in only:
        spectra = DigitSpectra(replicates=config.replicates)
        values = measured(SPECTRA, spectra, config.seed, store)["values"]
        outliers, bulk = np.moveaxis(risen(values, spectra.classes), -1, 0)
        found |= {"bulk": bulk, "outliers": outliers}
    if only is None or "batches" in only:
        data = measured(PATHS, DigitPaths(replicates=config.replicates), config.seed, store)
        found |= {"batches": data["batches"] / data["barrier"], "matched": data["matched"] / data["barrier"]}
    return found


def _large(values: np.ndarray, share: float) -> np.ndarray:
    return np.sum(values > share * values[:, -1:], axis=1)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    figures = {}
    if "width" in data:
        figures["width"] = rows(data, {"width": "large eigenvalues"}, "log ratio of numbers less that of parameters")
    if "bulk" in data:
        labels = {"bulk": "bulk", "outliers": "outliers"}
        figures["separation"] = rows(data, labels, "logarithm of the rise with less separable classes")
    if "batches" in data:
        labels = {"matched": "two starts, units matched", "batches": "small and large batches"}
        figures["batches"] = rows(data, labels, "barrier over that between two starts", at=1.0)
    return figures
