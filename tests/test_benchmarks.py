"""What the benchmarks measure besides time: peaks of memory and errors, each in a line of the table."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process begins anew on Linux alone")
def test_a_peak_is_the_result_and_what_was_held_besides() -> None:
    grown = loaded("memory").grown
    result, besides = 8 * 5_000_000, 8 * 10_000_000  # blocks that the allocator never keeps
    assert grown(lambda: np.ones(5_000_000)) == pytest.approx(result, rel=0.1)
    assert grown(lambda: np.ones(10_000_000)[:5_000_000] + 1.0) == pytest.approx(result + besides, rel=0.1)
    assert grown(lambda: np.ones(10_000_000).sum()) == pytest.approx(besides, rel=0.1)


def test_lines() -> None:
    main = loaded("__main__")
    row = {"name": "n", "peer": "p", "target": "t"}
    assert " ".join(main.line(row | main.against("bytes", 2**20, 2**22)).split()) == "n 1 MiB 4 MiB 0.25 t (p)"
    assert " ".join(main.line(row | main.against("error", 1e-7, 1e-3)).split()) == "n 1e-07 0.001 0.0001 t (p)"
    timed = main.timed(main.Case("n", lambda: np.ones(1), lambda: np.ones(1), "p", "t"), 2)
    assert "s" in main.line(row | timed).split() and timed["ratio_least"] <= timed["ratio"] <= timed["ratio_most"]
