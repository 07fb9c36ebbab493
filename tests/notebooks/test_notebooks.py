"""Every notebook runs from top to bottom as a script and draws figures that hold something."""

import runpy
from pathlib import Path

import matplotlib
import numpy as np
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.py"))


@pytest.mark.usefixtures("forget_programs")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_and_draws(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    monkeypatch.setenv("LIMITLAB_RESULTS", str(tmp_path))
    plt.close("all")
    names = runpy.run_path(str(notebook))
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert figures
    for figure in figures:
        for axes in figure.axes:
            assert axes.get_xlabel(), "an axis without a label"
            assert all(np.isfinite(line.get_ydata()).all() for line in axes.get_lines())
    assert names["verdict"].as_expected, names["verdict"].sentence
    plt.close("all")


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS
