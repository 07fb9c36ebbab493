"""The environment that JAX and the host's linear algebra read when they start. Imports neither JAX nor numpy."""

import hashlib
import os
import platform
import sys
import tempfile
import warnings
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# PJRT_NPROC is the size of XLA's own thread pool on a CPU: reductions are split by it, so it decides their last bits.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "PJRT_NPROC")
_FLAGS = {"xla_cpu_multi_thread_eigen": "--xla_cpu_multi_thread_eigen=false"}
# Kernels emitted one by one compile in three quarters of the time. A compiler aborts at a flag that it does not know.
_EMITTERS = "xla_cpu_use_fusion_emitters"
_KNOWING = ("0.10.",)  # versions of jaxlib that were seen to know it

_fixed = os.environ.get("PJRT_NPROC") == "1"  # inherited, as a worker does


def configure() -> None:
    """Set `os.environ` for measuring: 64 bit, one thread a process, a compilation cache that keeps small programs.

    Must run before JAX is imported; what a process has imported already keeps its own settings (see `threads`).
    Precision and threads are forced, because they decide bits; the cache, the devices and the memory are the
    user's to choose.
    """
    global _fixed
    _fixed = _fixed or "jax" not in sys.modules
    os.environ.update({"JAX_ENABLE_X64": "1", **dict.fromkeys(_ONE_THREAD, "1")})
    os.environ["XLA_FLAGS"] = _with_flags(os.environ.get("XLA_FLAGS", ""))
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    # The solvers' own checks would call back into Python, and a program that does is never cached.
    os.environ.setdefault("EQX_ON_ERROR", "nan")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    _use_cache()


def _with_flags(given: str) -> str:
    """The flags given, and those of ours that they do not name."""
    ours = dict(_FLAGS)
    with suppress(PackageNotFoundError):
        if version("jaxlib").startswith(_KNOWING):
            ours[_EMITTERS] = f"--{_EMITTERS}=false"
    return " ".join([given, *(flag for name, flag in ours.items() if name not in given)]).strip()


def threads() -> str:
    """ "1" where this process's JAX started with one thread, else "unfixed": last bits may then depend on the cores."""
    return "1" if _fixed else "unfixed"


def cache_folder() -> Path:
    """Where compiled programs are kept, one folder a kind of processor, because they do not run on another."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    base = Path(home) if os.path.isabs(home) else Path(tempfile.gettempdir())
    return base / "limitlab" / f"xla-{hashlib.sha256(processor(detailed=True).encode()).hexdigest()[:8]}"


def processor(detailed: bool = False) -> str:
    """The processor's name, with its instruction sets if `detailed`."""
    wanted = ("model name", "flags", "Features") if detailed else ("model name",)
    found: dict[str, str] = {}
    with suppress(OSError), open("/proc/cpuinfo") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() in wanted:
                found.setdefault(name.strip(), value.strip())
    return " ".join(found.values()) or platform.processor() or platform.machine()


def _use_cache() -> None:
    # A program that another process is just writing, or died writing, cannot be read; JAX then compiles it anew.
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache")
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    folder = cache_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
