"""Says whether this machine is fit for the laboratory, and what to do where it is not."""

import os
import platform
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import limitlab
from limitlab.errors import ShadowError
from limitlab.outcome import OK, TROUBLE
from limitlab.rooms import refuse_shadows
from limitlab.terminal import Terminal

_LIBRARIES = ("jax", "numpy", "scipy", "matplotlib", "optax", "diffrax", "matfree", "scikit-learn")
_OPTIONAL = (
    ("distributed", "--cluster", "pip install 'limitlab[cluster]'"),
    ("numba", "fast kernels of convolutional networks", "pip install 'limitlab[compiled]'"),
    ("hypothesis", "strategies for property tests", "pip install 'limitlab[property]'"),
    ("neural_tangents", "a peer in benchmarks", "pip install --no-deps neural-tangents"),
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `state` is ok, note (works without) or trouble (does not)."""

    what: str
    state: str
    found: str


def arguments(parser: ArgumentParser) -> None:
    pass


def run(options: Namespace, terminal: Terminal) -> int:
    findings = list(examine(options.results))
    terminal.table(["what", "state", "found"], [[f.what, f.state, f.found] for f in findings])
    terminal.emit([asdict(f) for f in findings])
    return TROUBLE if any(f.state == "trouble" for f in findings) else OK


def examine(results: Path | None) -> Iterator[Finding]:
    yield Finding("limitlab", "ok", f"{limitlab.__version__} in {Path(limitlab.__file__).parent}")
    yield Finding(
        "Python", "ok", f"{platform.python_version()} in {sys.prefix}, {platform.machine()} {platform.system()}"
    )
    yield (names := _guarded("names", _names))
    if names.state == "ok":  # what follows imports the rooms
        yield _guarded("precision", _precision)
        yield _guarded("results", lambda: _results(results))
    yield _guarded("device", _device)
    yield _guarded("threads", _threads)
    yield _guarded("cache", _cache)
    yield Finding("libraries", "ok", ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))
    for module, use, how in _OPTIONAL:
        there = find_spec(module) is not None
        yield Finding(module, "ok" if there else "note", f"for {use}" if there else f"absent; for {use}: {how}")


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as problem:  # the doctor reports what breaks and never breaks itself
        return Finding(what, "trouble", " ".join(str(problem).split()) or type(problem).__name__)


def _names() -> Finding:
    try:
        refuse_shadows()
    except ShadowError as shadow:
        return Finding("names", "trouble", str(shadow))
    return Finding("names", "ok", "no module of yours stands in front of limitlab's rooms")


def _precision() -> Finding:
    from validations.core import environment

    environment.configure()
    import jax

    if jax.config.values["jax_enable_x64"]:
        return Finding("precision", "ok", "64 bits in commands and workers")
    return Finding("precision", "trouble", "JAX is held at 32 bits; unset JAX_ENABLE_X64 or set it to 1")


def _device() -> Finding:
    import jax

    devices = jax.devices()
    kinds = ", ".join(sorted({f"{d.platform} {d.device_kind}" for d in devices}))
    return Finding("device", "ok", f"{len(devices)} x {kinds}")


def _threads() -> Finding:
    from threadpoolctl import threadpool_info

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    pools = sorted({f"{p['internal_api']} {p['num_threads']}" for p in threadpool_info()})
    return Finding("threads", "ok", f"{usable} usable cores; host linear algebra: {', '.join(pools) or 'no pool'}")


def _cache() -> Finding:
    import jax

    folder = jax.config.values["jax_compilation_cache_dir"]
    if not folder:
        return Finding(
            "cache", "note", "no compilation cache: every run compiles anew; unset JAX_ENABLE_COMPILATION_CACHE"
        )
    files = [p.stat().st_size for p in Path(folder).glob("*") if p.is_file()] if Path(folder).is_dir() else []
    return Finding("cache", "ok", f"{folder}, {len(files)} files, {sum(files) / 1e6:.0f} MB; may be deleted")


def _results(results: Path | None) -> Finding:
    from limitlab.workplace import results_folder

    folder = results_folder(results)
    nearest = next(p for p in [folder.absolute(), *folder.absolute().parents] if p.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as problem:
        fix = "choose another with --results or LIMITLAB_RESULTS"
        return Finding("results", "trouble", f"{folder} cannot be written ({problem.strerror}); {fix}")
    return Finding(
        "results", "ok", f"{folder} is writable" + ("" if nearest == folder.absolute() else ", made when needed")
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
