"""Strict numerics for every test: 64 bits, checked shapes, no silent promotion in theory, warnings are errors."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNOPTIMIZED = {
    *(ROOT / "tests" / "theory" / theme for theme in ("collapse", "deep_linear", "hessian", "kernels")),
    ROOT / "tests" / "limitlab" / "test_estimators.py",
    ROOT / "tests" / "test_documents.py",
}

if "jax" in sys.modules and not sys.modules["jax"].config.jax_enable_x64:
    raise RuntimeError("JAX was imported before tests/conftest.py could set its precision; remove the plugin that did")

# Started in a shell's background, tests would ignore interruptions, and so would the processes that they interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before JAX is imported, and through the environment, so that spawned workers and subprocesses inherit it.
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".pytest_cache" / "xla"))  # a rerun compiles nothing

from validations.core import environment  # noqa: E402

environment.configure()  # 64 bits, and one thread, as in the command line and its workers

import hypothesis  # noqa: E402
import jax  # noqa: E402
from jaxtyping import install_import_hook  # noqa: E402

install_import_hook("theory", "beartype.beartype")

# "ci" draws the same examples every time; HYPOTHESIS_PROFILE=explore looks for new ones, =deep for ten thousand of each
# theorem, whatever a test asks for; =found, of mutants, stops at a failure and shrinks nothing. A first example may
# compile for seconds, so none has a deadline.
_slow_is_fine = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=_slow_is_fine)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=_slow_is_fine)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=10_000, suppress_health_check=_slow_is_fine)
hypothesis.settings.register_profile(
    "found",
    hypothesis.settings.get_profile("ci"),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    report_multiple_bugs=False,
)
_profile = os.environ.get("HYPOTHESIS_PROFILE", "ci")
hypothesis.settings.load_profile(_profile)
if _profile == "deep":  # what a test asks for would win over its profile
    _made = hypothesis.settings.__init__
    hypothesis.settings.__init__ = lambda self, *given, **named: _made(self, *given, **named | {"max_examples": 10_000})


@pytest.fixture(scope="session", autouse=True)
def _results_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test writes into the checkout's own results."""
    os.environ["LIMITLAB_RESULTS"] = str(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module", autouse=True)
def _forget_programs() -> Iterator[None]:
    """Compiled programs of a module are kept on disk, not for the rest of the run: they would fill gigabytes."""
    yield
    jax.clear_caches()


@pytest.fixture
def forget_programs() -> Iterator[None]:
    """The same after a test: programs of all papers would fill five gigabytes, those of one at a time one."""
    yield
    jax.clear_caches()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Programs of `UNOPTIMIZED` are compiled without optimization, in half the time: they run once, for milliseconds.

    A test marked `optimized` runs for seconds, and longer without, or compares bits.
    """
    little = not UNOPTIMIZED.isdisjoint((item.path, item.path.parent)) and item.get_closest_marker("optimized") is None
    jax.config.update("jax_disable_most_optimizations", little)
    try:
        return (yield)
    finally:
        jax.config.update("jax_disable_most_optimizations", False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Closed forms are tested with promotion of ranks and types forbidden.

    A hook and not a fixture, so that every example of a Hypothesis test is covered. Elsewhere the rules are
    JAX's own: optax's Adam mixes types.
    """
    with ExitStack() as strict:
        if (ROOT / "tests" / "theory") in item.path.parents:
            strict.enter_context(jax.numpy_rank_promotion("raise"))
            strict.enter_context(jax.numpy_dtype_promotion("strict"))
        return (yield)
