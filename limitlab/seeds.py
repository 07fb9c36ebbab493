"""How often the expected verdict comes out at other seeds."""

import math
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from limitlab.outcome import code_of
from limitlab.progress import Ticker
from limitlab.terminal import Terminal
from limitlab.verdicts import as_json
from limitlab.workplace import complain, open_store
from validations.core.claim import Claim
from validations.core.registry import Registry

if TYPE_CHECKING:
    from validations.core.result import Result

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
    results: list["Result"] = []
    store = open_store(options.results)
    for seed in seeds:
        ticker = Ticker(terminal, prefix=f"seed {seed} of {seeds[-1]}: ")
        results += validate_all(
            registry, claims, store=store, scale=options.scale, seed=seed,
            overrides=dict(options.override), executor=executor, progress=ticker, fresh=options.fresh,
        )  # fmt: skip
    by_claim = {id: [r for r in results if r.claim.id == id] for id in dict.fromkeys(r.claim.id for r in results)}
    terminal.table(
        ["claim", "expected", "as expected", "otherwise"],
        [[id, rs[0].claim.expected, f"{_good(rs)}/{len(rs)}", _others(rs)] for id, rs in by_claim.items()],
    )
    complain(store, terminal)
    terminal.emit(_as_json(results, by_claim, options, list(seeds)))
    short = [
        r for rs in by_claim.values() if _good(rs) < math.ceil(SHARE * len(rs) - 1e-9) for r in rs if not r.as_expected
    ]
    return code_of(
        raised=any(r.error is not None for r in results),
        differs=any(r.verdict not in ("inconclusive", r.claim.expected) for r in short if r.error is None),
        undecided=bool(short),
    )


def _good(results: Sequence["Result"]) -> int:
    return sum(r.as_expected for r in results)


def _others(results: Sequence["Result"]) -> str:
    found = Counter(str(r.verdict or "raised") for r in results if not r.as_expected)
    seeds = [str(r.seed) for r in results if not r.as_expected]
    return ", ".join(f"{n} {what}" for what, n in found.items()) + (f" (seeds {', '.join(seeds)})" if seeds else "")


def _as_json(
    results: Sequence["Result"], by_claim: dict[str, list["Result"]], options: Namespace, seeds: list[int]
) -> dict[str, Any]:
    whole = as_json(results, options.scale, options.seed)
    whole["results"] = [{**r.to_json(), "seed": r.seed} for r in results]
    return whole | {
        "seeds": seeds,
        "counts": [{"id": id, "as_expected": _good(rs), "of": len(rs)} for id, rs in by_claim.items()],
    }
