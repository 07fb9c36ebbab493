"""Change every public closed form by 1 %, by sign and by one step of an exponent, and list what stayed green.

    python tests/mutants.py [theory.deep_linear.modes ...]

Run as a script it plants every mutant in a process of its own, forked from one that has imported what all of them
need, against the theme's tests that name the function first and the rest of them and the theme's claims after. As a
pytest plugin (`-p mutants` with LIMITLAB_MUTANT set) it plants one.
"""

import ast
import functools
import importlib
import inspect
import os
import pkgutil
import re
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROCESSES = 2
LONGEST = 900  # seconds of processor time after which a mutant that keeps its tests from ending counts as caught
GREEN, TROUBLE = 10, 11  # exit codes of a mutant's process
CHANGES = ("percent", "sign")


def pytest_collection() -> None:
    """Plant the mutant that the environment names, before any test module imports its target."""
    if mutant := os.environ.get("LIMITLAB_MUTANT"):
        module_name, function_name, change = mutant.split(":")
        module = importlib.import_module(module_name)
        setattr(module, function_name, changed(getattr(module, function_name), change))


def pytest_collection_modifyitems(items: list) -> None:
    """Try the tests that name the mutant's function first: most mutants are caught there."""
    if mutant := os.environ.get("LIMITLAB_MUTANT"):
        named = re.compile(rf"\b{mutant.split(':')[1]}\b")
        items.sort(key=lambda item: not named.search(inspect.getsource(getattr(item, "obj", None) or item.__class__)))


def changed(function: Callable, change: str) -> Callable:
    if change.startswith("exponent"):
        mutated = with_exponent_raised(function, int(change.removeprefix("exponent")))
    else:
        mutated = with_result(function, (lambda x: 1.01 * x) if change == "percent" else (lambda x: -x))
    mutated.closed_form = True  # type: ignore[attr-defined]
    return mutated


def with_result(function: Callable, alter: Callable) -> Callable:
    import jax
    import numpy as np

    def altered(leaf: object) -> object:
        number = isinstance(leaf, jax.Array | np.ndarray | float) and np.issubdtype(
            getattr(leaf, "dtype", float), np.inexact
        )
        return alter(leaf) if number else leaf

    @functools.wraps(function)
    def mutant(*args: object, **kwargs: object) -> object:
        result = function(*args, **kwargs)
        return (
            alter(result) if isinstance(result, int) and not isinstance(result, bool) else jax.tree.map(altered, result)
        )

    return mutant


class RaiseExponent(ast.NodeTransformer):
    def __init__(self, which: int) -> None:
        self.which, self.seen = which, -1

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            self.seen += 1
            if self.seen == self.which:
                node.right = ast.BinOp(node.right, ast.Add(), ast.Constant(1))
        return node


def with_exponent_raised(function: Callable, which: int) -> Callable:
    plain = inspect.unwrap(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(plain)))
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    tree = ast.fix_missing_locations(RaiseExponent(which).visit(tree))
    names = dict(plain.__globals__)
    exec(compile(tree, f"<mutant of {plain.__name__}>", "exec"), names)
    return functools.wraps(function)(names[plain.__name__])


def exponents(function: Callable) -> int:
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    return sum(isinstance(node, ast.Pow) for node in ast.walk(tree))


def mutants(prefixes: list[str]) -> Iterator[str]:
    """Every mutant of every public closed form, as "module:function:change"."""
    import theory

    for info in pkgutil.walk_packages(theory.__path__, "theory."):
        if info.ispkg or not any(info.name.startswith(p) for p in prefixes or ["theory."]):
            continue
        for name, function in vars(importlib.import_module(info.name)).items():
            if getattr(function, "closed_form", False) is True and function.__module__ == info.name:
                for change in (*CHANGES, *(f"exponent{i}" for i in range(exponents(function)))):
                    yield f"{info.name}:{name}:{change}"


def test_paths(module_name: str, function_name: str) -> list[list[str]]:
    """The tests to try a mutant on, nearest first: the theme's files that name it, the theme, the theme's claims."""
    theme = module_name.split(".")[1]
    named = re.compile(rf"\b{function_name}\b")
    folder = TESTS / "theory" / theme
    near = [str(p) for p in sorted(folder.glob("test_*.py")) if named.search(p.read_text(encoding="utf-8"))]
    claims = [str(TESTS / "validations" / "test_claims.py")]
    selected = ["-k", theme] if (TESTS.parent / "validations" / theme / "claims").exists() else []
    return [*filter(None, [near]), [str(folder)], claims + selected]


def survives(mutant: str) -> bool:
    """Whether no test turns red; run in a process that imported nothing of ours."""
    import pytest

    os.environ |= {"LIMITLAB_MUTANT": mutant, "HYPOTHESIS_PROFILE": "found"}
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what was imported before the fork
    command = [*quiet, "-p", "mutants", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    for paths in test_paths(*mutant.split(":")[:2]):
        code = pytest.main([*command, *paths])
        if code == pytest.ExitCode.TESTS_FAILED:
            return False
        if code != pytest.ExitCode.OK:
            raise RuntimeError(f"{mutant}: the tests did not run")
    return True


def forked(work: Callable[[], int], log: Path) -> int:
    """The process id of a copy of this process that does the work and exits with its result; it speaks into the log."""
    if child := os.fork():
        return child
    code = TROUBLE
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        spoken = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(spoken, 1), os.dup2(spoken, 2)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)


def outcomes(planted: list[str], logs: Path) -> Iterator[tuple[str, str, str]]:
    """Each mutant, what became of it, and what its tests said, as they end."""
    waiting, running = list(reversed(planted)), {}
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            mutant = waiting.pop()
            child = forked(lambda mutant=mutant: GREEN if survives(mutant) else 0, logs / mutant)
            running[child] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        ended = {0: "caught", GREEN: "STAYED GREEN"}.get(os.waitstatus_to_exitcode(status), "NOT TRIED")
        yield mutant, "caught (never ended)" if os.WIFSIGNALED(status) else ended, (logs / mutant).read_text()


def listed(prefixes: list[str]) -> list[str]:
    """The mutants, found by another process, so that this one imports no closed form."""
    paths = [str(TESTS), str(TESTS.parent)]
    code = f"import sys; sys.path[:0] = {paths}; import mutants; print(*mutants.mutants({prefixes}))"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def prepare() -> None:
    """Import what every mutant's process would import, in the environment that the tests ask for."""
    os.chdir(TESTS.parent)
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]
    sys.dont_write_bytecode = True
    from validations.core import environment

    environment.configure()
    for name in (
        "_pytest.main",
        "hypothesis",
        "beartype",
        "mpmath",
        "diffrax",
        "optax",
        "scipy.stats",
        "scipy.integrate",
    ):
        importlib.import_module(name)


def main() -> int:
    prepare()
    started, planted = time.time(), listed(sys.argv[1:])
    ended: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as logs:
        for done, (mutant, outcome, said) in enumerate(outcomes(planted, Path(logs)), 1):
            ended.setdefault(outcome, []).append(mutant)
            print(f"{done}/{len(planted)} {outcome} {mutant}", flush=True)
            if outcome == "NOT TRIED":
                print(said[-2000:], flush=True)
    caught = sum(len(found) for outcome, found in ended.items() if outcome.startswith("caught"))
    print(f"\n{caught} of {len(planted)} mutants caught in {time.time() - started:.0f} s")
    for mutant in ended.get("STAYED GREEN", []):
        print(f"stayed green: {mutant}")
    return 0 if planted and caught == len(planted) else 1


if __name__ == "__main__":
    raise SystemExit(main())
