"""How often the expected verdict comes out at other seeds."""

import math
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from typing import Any

from limitlab.outcome import code_of
from limitlab.progress import Ticker
from limitlab.terminal import Terminal
from limitlab.verdicts import as_json
from limitlab.workplace import complain, open_store
from validations.core.claim import Claim
from validations.core.registry import Registry

Row = dict[str, Any]  # of `Result.to_json`, and its seed

SHARE = 0.9  # of the seeds, 18 of 20, must give the expected verdict


def validate_seeds(
    registry: Registry, claims: Sequence[Claim], options: Namespace, executor: Any, terminal: Terminal
) -> int:
    """Judge every claim at `--seeds` seeds after `--seed` and print how many came out as expected.

    Returns:
        0 if at least 18 of 20 (that share, rounded up) did for every claim; else as for a single run.
    """
    from validations.core.laboratory import validate_all

    seeds = range(options.seed + 1, options.seed + 1 + options.seeds)
    rows: list[Row] = []  # and no results: with what was measured, twenty seeds of everything are gigabytes
    store = open_store(options.results)
    for seed in seeds:
        ticker = Ticker(terminal, prefix=f"seed {seed} of {seeds[-1]}: ")
        results = validate_all(
            registry, claims, store=store, scale=options.scale, seed=seed,
            overrides=dict(options.override), executor=executor, progress=ticker, fresh=options.fresh,
        )  # fmt: skip
        rows += [result.to_json() | {"seed": seed} for result in results]
    by_claim = {id: [row for row in rows if row["id"] == id] for id in dict.fromkeys(row["id"] for row in rows)}
    terminal.table(
        ["claim", "expected", "as expected", "otherwise"],
        [[id, own[0]["expected"], f"{_good(own)}/{len(own)}", _others(own)] for id, own in by_claim.items()],
    )
    complain(store, terminal)
    counts = [{"id": id, "as_expected": _good(own), "of": len(own)} for id, own in by_claim.items()]
    of_rows = {"results": rows, "seeds": list(seeds), "counts": counts}
    terminal.emit(as_json((), options.scale, options.seed) | of_rows)
    short = [row for own in by_claim.values() if _good(own) < math.ceil(SHARE * len(own) - 1e-9) for row in _bad(own)]
    return code_of(
        raised=any(row["error"] is not None for row in rows),
        differs=any(row["verdict"] not in ("inconclusive", row["expected"]) for row in short if row["error"] is None),
        undecided=bool(short),
    )


def _good(rows: Sequence[Row]) -> int:
    return sum(row["as_expected"] for row in rows)


def _bad(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row["as_expected"]]


def _others(rows: Sequence[Row]) -> str:
    found = Counter(row["verdict"] or "raised" for row in _bad(rows))
    seeds = [str(row["seed"]) for row in _bad(rows)]
    return ", ".join(f"{n} {what}" for what, n in found.items()) + (f" (seeds {', '.join(seeds)})" if seeds else "")
