"""Change every public closed form by 1 %, by sign and by one step of an exponent, and list what stayed green.

    python tests/mutants.py [theory.deep_linear.modes ...]

As a pytest plugin (`-p mutants` with LIMITLAB_MUTANT set) it plants one mutant; run as a script it plants them all,
one process each, against the tests of the function's own file first and of its theme's claims after.
"""

import ast
import functools
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROCESSES = 2
CHANGES = ("percent", "sign")


def pytest_collection() -> None:
    """Plant the mutant that the environment names, before any test module imports its target."""
    if mutant := os.environ.get("LIMITLAB_MUTANT"):
        module_name, function_name, change = mutant.split(":")
        module = importlib.import_module(module_name)
        setattr(module, function_name, changed(getattr(module, function_name), change))


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
            if getattr(function, "closed_form", False) and function.__module__ == info.name:
                for change in (*CHANGES, *(f"exponent{i}" for i in range(exponents(function)))):
                    yield f"{info.name}:{name}:{change}"


def test_paths(module_name: str) -> list[list[str]]:
    """The tests to try a mutant on, nearest first."""
    _, theme, *rest = module_name.split(".")
    own = TESTS / "theory" / theme / f"test_{rest[-1] if rest else theme}.py"
    claims = [str(TESTS / "validations" / "test_claims.py")]
    selected = ["-k", theme] if (TESTS.parent / "validations" / theme / "claims").exists() else []
    return [*([str(p)] for p in (own, own.parent) if p.exists()), claims + selected]


def survives(mutant: str) -> bool:
    environment = {**os.environ, "LIMITLAB_MUTANT": mutant, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "mutants", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    for paths in test_paths(mutant.split(":")[0]):
        run = subprocess.run([*command, *paths], env=environment, cwd=TESTS.parent, capture_output=True, text=True)
        if run.returncode == 1:
            return False
        if run.returncode != 0:
            raise RuntimeError(f"{mutant}: the tests did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return True


def main() -> int:
    started, planted, alive = time.time(), list(mutants(sys.argv[1:])), []
    with ThreadPoolExecutor(PROCESSES) as pool:
        for done, (mutant, green) in enumerate(zip(planted, pool.map(survives, planted), strict=True), 1):
            if green:
                alive.append(mutant)
            print(f"{done}/{len(planted)} {'STAYED GREEN' if green else 'caught'} {mutant}", flush=True)
    print(f"\n{len(planted) - len(alive)} of {len(planted)} mutants caught in {time.time() - started:.0f} s")
    for mutant in alive:
        print(f"stayed green: {mutant}")
    return 1 if alive or not planted else 0


if __name__ == "__main__":
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    sys.path.insert(0, str(TESTS.parent))
    raise SystemExit(main())
