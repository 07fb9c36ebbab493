"""Peak memory of one side of a case, each in a process of its own: python benchmarks/memory.py FILE NUMBER SIDE."""

import gc
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # of Linux alone
RETURNED = {"MALLOC_MMAP_THRESHOLD_": "65536"}  # blocks go back when freed: what is kept would hide a second run's


def measurable() -> bool:
    return RESET.exists()


def peak(file: str, number: int, side: str) -> int:
    """Bytes that this side of a file's case takes at most beyond its inputs."""
    call = [sys.executable, str(Path(__file__)), file, str(number), side]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=os.environ | RETURNED)
    return json.loads(done.stdout.splitlines()[-1])


def grown(work: Callable[[], Any]) -> int:
    """Of a second run, whose code is compiled: its result, and what it holds besides at the worst moment."""
    import jax

    jax.block_until_ready(work())
    gc.collect()
    RESET.write_text("5")  # the peak begins anew
    before = _kilobytes("VmRSS")
    result = jax.block_until_ready(work())
    after = _kilobytes("VmHWM")
    del result
    return 1024 * (after - before)


def _kilobytes(entry: str) -> int:
    found = re.search(rf"{entry}:\s+(\d+)", STATUS.read_text())
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from validations.core.environment import configure

    configure()
    name, number, side = sys.argv[1:]
    case = importlib.import_module(name).cases()[int(number)]
    print(grown(case[1 if side == "ours" else 2]))
