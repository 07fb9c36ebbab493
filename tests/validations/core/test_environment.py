import os
import subprocess
import sys
from pathlib import Path

import pytest

from validations.core import environment

ROOT = Path(__file__).resolve().parents[3]

WORKER = """
import sys
from validations.core import environment
environment.configure()
assert not {"jax", "numpy"} & set(sys.modules), "configure must come before them"
import jax
assert jax.config.jax_enable_x64
assert jax.config.jax_compilation_cache_dir == __import__("os").environ["JAX_COMPILATION_CACHE_DIR"]
assert jax.config.jax_persistent_cache_min_compile_time_secs == 0
assert jax.config.jax_persistent_cache_min_entry_size_bytes == -1
assert environment.threads() == "1"
print(float(jax.random.normal(jax.random.key(0), (400, 400)).sum()).hex())
"""


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    values = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    monkeypatch.setattr(os, "environ", values)
    monkeypatch.setattr(environment, "_fixed", False)
    return values


def run(cores: set[int]) -> str:
    """The worker's output on some of this machine's cores, started as a bare process would be."""
    keep = {n: v for n, v in os.environ.items() if not n.startswith(("JAX", "XLA", "PJRT", "OMP"))}
    code = f"import os; os.sched_setaffinity(0, {cores!r})\n" + WORKER
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=keep, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets a process choose its cores")
def test_configured_process_sums_to_the_same_bits_on_any_number_of_cores() -> None:
    cores = os.sched_getaffinity(0)
    assert run(cores) == run({min(cores)})


def test_precision_and_threads_are_forced_and_the_rest_is_the_users(environ: dict[str, str]) -> None:
    environ |= {
        "JAX_ENABLE_X64": "0",
        "OMP_NUM_THREADS": "8",
        "JAX_COMPILATION_CACHE_DIR": "/mine",
        "XLA_FLAGS": "--a=b",
    }
    environment.configure()
    assert environ["JAX_ENABLE_X64"] == "1"
    assert {environ[name] for name in environment._ONE_THREAD} == {"1"}
    assert environ["JAX_COMPILATION_CACHE_DIR"] == "/mine"
    once = environ["XLA_FLAGS"]
    assert once.startswith("--a=b --xla_cpu_multi_thread_eigen=false")
    environment.configure()
    assert environ["XLA_FLAGS"] == once


@pytest.mark.parametrize(("jaxlib", "given"), [("0.10.2", True), ("99.0", False)])
def test_compiler_is_given_no_flag_that_it_may_not_know(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, jaxlib: str, given: bool
) -> None:
    monkeypatch.setattr(environment, "version", {"jaxlib": jaxlib}.__getitem__)
    environment.configure()
    assert ("--xla_cpu_use_fusion_emitters=false" in environ["XLA_FLAGS"]) is given
    environ["XLA_FLAGS"] = "--xla_cpu_use_fusion_emitters=true"
    environment.configure()
    assert environ["XLA_FLAGS"].count("fusion_emitters") == 1


def test_cache_is_made_below_the_users_cache_and_left_out_where_it_cannot_be(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environment.configure()
    assert environ["JAX_COMPILATION_CACHE_DIR"] == str(environment.cache_folder())
    assert environment.cache_folder().is_dir()
    assert tmp_path in environment.cache_folder().parents

    (tmp_path / "file").write_text("")
    del environ["JAX_COMPILATION_CACHE_DIR"]
    environ["XDG_CACHE_HOME"] = str(tmp_path / "file")
    environment.configure()
    assert "JAX_COMPILATION_CACHE_DIR" not in environ


def test_process_that_has_jax_already_says_that_its_threads_are_not_fixed(environ: dict[str, str]) -> None:
    assert "jax" in sys.modules
    environment.configure()
    assert environment.threads() == "unfixed"
