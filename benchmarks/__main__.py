"""Time ours beside a peer or the plain way, interleaved in one run, and print the ratios with their spread.

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


class Case(NamedTuple):
    """Two ways to do one piece of work; both return arrays, which are waited for.

    Attributes:
        target: what the ratio ours/peer is to be, in words.
    """

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    peer_name: str
    target: str


def seconds(work: Callable[[], Any]) -> float:
    import jax

    time.sleep(PAUSE)
    started = time.perf_counter()
    jax.block_until_ready(work())
    return time.perf_counter() - started


def timed(case: Case, runs: int) -> dict[str, Any]:
    """Warm both up, then run them in turn, so that a drift of the machine meets both."""
    seconds(case.ours), seconds(case.peer)
    pairs = [(seconds(case.ours), seconds(case.peer)) for _ in range(runs)]
    ratios = sorted(ours / peer for ours, peer in pairs)
    return {
        "name": case.name,
        "peer": case.peer_name,
        "target": case.target,
        "ours_seconds": statistics.median(ours for ours, _ in pairs),
        "peer_seconds": statistics.median(peer for _, peer in pairs),
        "ratio": statistics.median(ratios),
        "ratio_least": ratios[0],
        "ratio_most": ratios[-1],
        "runs": runs,
    }


def cases(names: list[str]) -> Iterator[Case]:
    for file in sorted(HERE.glob("*.py")):
        if file.stem != "__main__" and (not names or file.stem in names):
            yield from (Case(*case) for case in importlib.import_module(file.stem).cases())


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
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", type=Path, default=Path("results/benchmarks.json"))
    options = parser.parse_args()
    results = []
    print(f"{'work':<48} {'ours':>10} {'peer':>10} {'ratio':>8} {'spread':>15}  target (peer)")
    for case in cases(options.names):
        results.append(r := timed(case, options.runs))
        spread = f"{r['ratio_least']:.3g} to {r['ratio_most']:.3g}"
        print(
            f"{r['name']:<48} {r['ours_seconds']:>8.3g} s {r['peer_seconds']:>8.3g} s {r['ratio']:>8.3g} {spread:>15}"
            f"  {r['target']} ({r['peer']})",
            flush=True,
        )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1) + "\n")
    print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from validations.core.environment import configure

    configure()
    raise SystemExit(main())
