"""Kind `bound`: an inequality holds, always or with a stated probability."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import special

from validations.core.errors import ConfigurationError
from validations.core.evidence import Evidence, Judgment, RivalJudgment, Verdict
from validations.core.judge.case import LEAST, fitted, known, one_of, reject_identical, replicated, too_few
from validations.core.judge.interval import LEVEL, Interval, Region, proportion_interval
from validations.core.judge.needed import for_share
from validations.core.judge.rule import Comparison, Standing, decide

MOVED = 0.1  # of a tight bound's constant, for the rival that must be violated


def judge(evidence: Evidence) -> Judgment:
    """Judge measured values against a bound, case by case.

    Options: `side` "upper" (default, value <= bound) or "lower"; `mode` "always" (default), or "probable" with its
    `probability`; `tight` where the bound's constant cannot be improved, which needs a rival with the constant moved
    by 10 % inwards. A violation counts where it exceeds the rounding allowance extras["tolerance"] (zero by
    default); the claim's margin does not enter. A rival is a bound too, and excluded where it is violated.
    """
    options = known(evidence.options, ["side", "mode", "probability", "tight", "discrete"], "bound")
    sign = 1.0 if one_of("side", options.get("side", "upper"), ("upper", "lower")) == "upper" else -1.0
    mode = one_of("mode", options.get("mode", "always"), ("always", "probable"))
    values = replicated(evidence.measured)
    if values.ndim > 1:
        raise ConfigurationError(f"measured has shape {values.shape}, but a bound is judged on one value a case")
    given = {"predicted": evidence.predicted, **evidence.rivals}
    bounds = {name: _bound(name, bound, len(values)) for name, bound in given.items()}
    allowance = fitted("tolerance", evidence.extras.get("tolerance", 0.0), values.shape)
    if options.get("tight", False):
        _require_moved(bounds, sign)
    # positive where the bound is exceeded
    excess = {name: sign * (values - bound) - allowance for name, bound in bounds.items()}
    if mode == "always":
        return _always(values, bounds["predicted"], excess, allowance, evidence.random)
    if evidence.random:
        reject_identical(values, options)
    return _probable(values, bounds["predicted"], excess, options)


def _bound(name: str, value: np.ndarray, count: int) -> np.ndarray:
    bound = fitted(name if name == "predicted" else f"rival {name!r}", value, (count,))
    if not np.isfinite(bound).all():
        raise ConfigurationError(f"{name} holds a bound that is not finite; an inequality with infinity says nothing")
    return bound


def _require_moved(bounds: Mapping[str, np.ndarray], sign: float) -> None:
    """A tight bound names the rival whose constant is moved inwards by a tenth, or less."""
    predicted = bounds["predicted"]
    slack = 1e-9 * np.abs(predicted)
    moves = [sign * (predicted - b) for name, b in bounds.items() if name != "predicted"]
    if moves and not any(np.all((m >= -slack) & (m <= MOVED * np.abs(predicted) + slack)) and m.any() for m in moves):
        raise ConfigurationError(
            "a tight bound needs a rival with its constant moved inwards by 10 %, which the data must violate; "
            "add it, or drop the option tight and say by what factor the bound is loose"
        )


def _always(
    values: np.ndarray,
    bound: np.ndarray,
    excess: Mapping[str, np.ndarray],
    allowance: np.ndarray,
    random: bool,
) -> Judgment:
    """One violation refutes; none in N cases supports."""
    count, over = len(values), excess["predicted"]
    obstacle, diverged = _obstacle(values, random)
    excluded = {name: not obstacle and bool((e > 0).any()) for name, e in excess.items() if name != "predicted"}
    kept = [name for name, gone in excluded.items() if not gone]
    violated = int(np.sum(over > 0))
    verdict, reason = Verdict.INCONCLUSIVE, obstacle
    if violated and not obstacle:
        verdict, reason = Verdict.REFUTED, f"violated in {violated} of {count} cases"
    elif not obstacle:
        verdict, reason = Verdict.INCONCLUSIVE if kept else Verdict.SUPPORTED, _slack(bound, over, kept)
    worst = (int(np.argmax(over)),) if count else ()
    estimate = float(values[worst] - bound[worst]) if count else float("nan")
    return Judgment(
        verdict=verdict,
        estimate=estimate,
        interval=(estimate, estimate),
        margin=float(allowance[worst]) if count else float("nan"),
        where=worst,
        rivals=tuple(RivalJudgment(name, gone, None) for name, gone in excluded.items()),
        resolution=_tightening(over, bound, 1) if verdict is not Verdict.REFUTED and not diverged and count else None,
        replicates=count,
        diverged=diverged,
        needed=LEAST if random and count < LEAST else None,
        reason=reason,
        mean=values,
        lower=values,
        upper=values,
    )


def _slack(bound: np.ndarray, over: np.ndarray, kept: list[str]) -> str:
    count, slack = len(bound), _tightening(over, bound, 1)
    tightest = "every bound is zero"
    if slack is not None:
        tightest = f"the tightest slack is {max(0.0, 100 * slack):.3g} % of the bound"
    reason = f"no violation in {count} cases, so violations are rarer than 3/N = {3 / count:.2g} at 95 %; {tightest}"
    return reason + (f"; the rival {kept[0]!r} is not violated" if kept else "")


def _probable(
    values: np.ndarray, bound: np.ndarray, excess: Mapping[str, np.ndarray], options: Mapping[str, object]
) -> Judgment:
    """The exact interval of the share of violations against the share that the claim allows."""
    probability = options.get("probability")
    if not isinstance(probability, float) or not 0 < probability < 1:
        raise ConfigurationError(f"option probability = {probability!r} must be a number strictly between 0 and 1")
    count, allowed = len(values), np.array(1 - probability)
    violated = int(np.sum(excess["predicted"] > 0))
    obstacle, diverged = _obstacle(values, random=True)
    compared = {name: _shares(int(np.sum(e > 0)), count, allowed) for name, e in excess.items()}
    standing = Standing(
        replicates=count,
        diverged=diverged,
        obstacle=obstacle,
        needed=lambda half, room: None if diverged else for_share(violated, count, float(allowed)),
    )
    judgment = decide(
        compared.pop("predicted"),
        compared,
        margin=allowed,
        distances={},
        standing=standing,
        resolution=lambda: _tightening(excess["predicted"], bound, _fewest_refuting(count, float(allowed))),
        drawn=Interval(values, values, values),
    )
    return replace(judgment, reason=f"{violated} of {count} violated, {float(allowed):.3g} allowed; {judgment.reason}")


def _shares(violated: int, count: int, allowed: np.ndarray) -> Comparison:
    region = Region(np.array(-np.inf), allowed)
    return Comparison(lambda level: proportion_interval(np.array(violated), count, level), region)


def _obstacle(values: np.ndarray, random: bool) -> tuple[str, int]:
    diverged = int(np.sum(~np.isfinite(values)))
    if diverged:
        return f"{diverged} of {len(values)} cases are not finite", diverged
    return too_few(len(values), LEAST if random else 1), 0


def _fewest_refuting(count: int, allowed: float) -> int:
    """The fewest violations that would refute."""
    violations = np.arange(1, count + 1)
    return int(np.sum(special.bdtrc(violations - 1, count, allowed) > LEVEL)) + 1


def _tightening(over: np.ndarray, bound: np.ndarray, violations: int) -> float | None:
    """The relative move of the bound inwards that would be violated so often."""
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = np.sort(np.where(bound != 0, -over / np.abs(bound), np.inf))
    if violations > len(moves) or not np.isfinite(moves[violations - 1]):
        return None
    return max(float(moves[violations - 1]), 0.0)
