"""Measure ours beside a peer or the plain way: time, interleaved in one run, peaks of memory, errors.

python benchmarks [NAME ...] [--runs 9] [--json PATH]
"""

import argparse
import importlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
PAUSE = 0.3  # seconds in which the memory of what ran before is given back, not while the next is timed
LEAST = 0.02  # seconds
UNITS = {"seconds": (1.0, "s"), "bytes": (2.0**-20, "MiB"), "error": (1.0, "")}  # of rows: how they are shown


class Case(NamedTuple):
    """Two ways to do one piece of work; both return arrays, which are waited for.

    Attributes:
        target: what the ratio ours/peer of times is to be, in words.
        memory: what the peak of memory is to be, in words; it is measured where this is said.
    """

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    peer_name: str
    target: str
    memory: str = ""


class Accuracy(NamedTuple):
    """Two ways to one number, each by its error."""

    name: str
    ours: Callable[[], float]
    peer: Callable[[], float]
    peer_name: str
    target: str


def seconds(work: Callable[[], Any]) -> float:
    """Of one call, in as many as take `LEAST`: what takes less is else timed with what the peer left in the caches."""
    import jax

    time.sleep(PAUSE)
    started, calls, passed = time.perf_counter(), 0, 0.0
    while passed < LEAST:
        jax.block_until_ready(work())
        calls, passed = calls + 1, time.perf_counter() - started
    return passed / calls


def timed(case: Case, runs: int) -> dict[str, Any]:
    """Warm both up, then run them in turn, so that a drift of the machine meets both."""
    seconds(case.ours), seconds(case.peer)
    pairs = [(seconds(case.ours), seconds(case.peer)) for _ in range(runs)]
    ratios = sorted(ours / peer for ours, peer in pairs)
    return {
        "ours_seconds": statistics.median(ours for ours, _ in pairs),
        "peer_seconds": statistics.median(peer for _, peer in pairs),
        "ratio": statistics.median(ratios),
        "ratio_least": ratios[0],
        "ratio_most": ratios[-1],
        "runs": runs,
    }


def rows(names: list[str], runs: int) -> Iterator[dict[str, Any]]:
    """Every row as soon as it is measured; with no runs memory and errors alone."""
    import memory

    files = [path.stem for path in sorted(HERE.glob("*.py")) if path.stem not in ("__main__", "memory")]
    for file in files if not names else [file for file in files if file in names]:
        module = importlib.import_module(file)
        for number, case in enumerate(Case(*given) for given in module.cases()):
            named = {"name": case.name, "peer": case.peer_name, "target": case.target}
            if runs:
                yield named | timed(case, runs)
            if case.memory and memory.measurable():
                both = (memory.peak(file, number, side) for side in ("ours", "peer"))
                yield named | {"target": case.memory} | against("bytes", *both)
        for found in (Accuracy(*given) for given in getattr(module, "accuracies", list)()):
            named = {"name": found.name, "peer": found.peer_name, "target": found.target}
            yield named | against("error", found.ours(), found.peer())


def against(kind: str, ours: float, peer: float) -> dict[str, float]:
    """What is measured once on either side."""
    return {f"ours_{kind}": ours, f"peer_{kind}": peer, "ratio": ours / peer}


def line(row: dict[str, Any]) -> str:
    """A row of the table, with the spread of a ratio of times."""
    kind = next(kind for kind in UNITS if f"ours_{kind}" in row)
    scale, unit = UNITS[kind]
    ours, peer = (f"{row[f'{side}_{kind}'] * scale:>8.3g} {unit:<3}" for side in ("ours", "peer"))
    spread = f"{row['ratio_least']:.3g} to {row['ratio_most']:.3g}" if "ratio_least" in row else ""
    return f"{row['name']:<48} {ours} {peer} {row['ratio']:>8.3g} {spread:>15}  {row['target']} ({row['peer']})"


def machine() -> dict[str, Any]:
    import jax

    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="files of this folder, without .py; all by default")
    parser.add_argument("--runs", type=int, default=9, help="of either side; 0 for memory and errors alone")
    parser.add_argument("--json", type=Path, default=Path("results/benchmarks.json"))
    options = parser.parse_args()
    results = []
    print(f"{'work':<48} {'ours':>12} {'peer':>12} {'ratio':>8} {'spread':>15}  target (peer)")
    for row in rows(options.names, options.runs):
        results.append(row)
        print(line(row), flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1) + "\n")
    print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from validations.core.environment import configure

    configure()
    raise SystemExit(main())
