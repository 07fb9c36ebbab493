"""What the benchmarks measure besides time: peaks of memory and errors, each in a line of the table."""

import importlib.util
import json
import os
import subprocess
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


MEASURED = """
import memory
import numpy as np

works = (
    lambda: np.ones(5_000_000),
    lambda: np.ones(10_000_000)[:5_000_000] + 1.0,
    lambda: np.ones(10_000_000).sum(),
)
print([memory.grown(work) for work in works])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process begins anew on Linux alone")
def test_a_peak_is_the_result_and_what_was_held_besides() -> None:
    environment = os.environ | loaded("memory").RETURNED
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], cwd=FOLDER, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == pytest.approx([40e6, 120e6, 80e6], rel=0.02)


def test_lines() -> None:
    main = loaded("__main__")
    row = {"name": "n", "peer": "p", "target": "t"}
    assert " ".join(main.line(row | main.against("bytes", 2**20, 2**22)).split()) == "n 1 MiB 4 MiB 0.25 t (p)"
    assert " ".join(main.line(row | main.against("error", 1e-7, 1e-3)).split()) == "n 1e-07 0.001 0.0001 t (p)"
    timed = main.timed(main.Case("n", lambda: np.ones(1), lambda: np.ones(1), "p", "t"), 2)
    assert "s" in main.line(row | timed).split() and timed["ratio_least"] <= timed["ratio"] <= timed["ratio_most"]
