"""One cell of replicates, computed whole: by whoever is asked, with the same bits."""

import pickle
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from validations.core import environment
from validations.core.errors import LaboratoryError, MeasurementError
from validations.core.job import Job
from validations.core.references import load_file, resolve
from validations.core.samples import checked

# Precision of linear algebra and of JAX is a property of the thread or the process: one cell at a time in each.
_alone = threading.Lock()


@dataclass(frozen=True, eq=False)
class Task:
    """A cell to compute."""

    job: Job
    cell: int

    @property
    def cost(self) -> float:
        """Declared seconds."""
        return self.job.experiment.cost.seconds * self.job.experiment.cell


@dataclass(frozen=True, eq=False)
class Cell:
    """A computed cell; `made_by` says by which versions, code, machine and number of threads."""

    start: Mapping[str, np.ndarray]
    data: Mapping[str, np.ndarray]
    seconds: float
    made_by: Mapping[str, Any]


def compute(task: Task) -> Cell:
    """Measure one cell in this process.

    Raises:
        MeasurementError: the experiment raised, or returned what cannot be stored.
    """
    with _alone, _fixed_numerics():
        try:
            return _measure(task)
        except LaboratoryError:
            raise
        except Exception as problem:
            raise MeasurementError(_told(task, problem)) from problem


def parcel(task: Task) -> tuple[str | None, bytes]:
    """The task as arguments of `compute_parcel`, for another process."""
    try:
        return task.job.source, pickle.dumps(task)
    except Exception as problem:
        raise MeasurementError(
            f"experiment {task.job.experiment.id} cannot travel to a worker ({problem}); define its "
            "configuration and its simulation at the top level of a module"
        ) from problem


def compute_parcel(source: str | None, content: bytes) -> Cell:
    """`compute` in a worker: its environment first, then the user's file, then the task that refers to it."""
    environment.configure()
    if source is not None:
        load_file(source)
    try:
        task = pickle.loads(content)
    except Exception as problem:
        where = f" at {source}" if source else ""
        raise MeasurementError(f"a worker does not find the same code{where} as this process ({problem})") from None
    try:
        return compute(task)
    except MeasurementError as problem:
        raise MeasurementError(str(problem)) from None  # its cause may not survive the way back


def _measure(task: Task) -> Cell:
    from theory.core.closed_form import withheld
    from validations.core.keys import replicate_keys
    from validations.core.provenance import device, kind_of_machine

    job, experiment = task.job, task.job.experiment
    code: Any = resolve(experiment.code, job.source) if isinstance(experiment.code, str) else experiment.code
    keys = replicate_keys(job.seed, experiment.id, task.cell, experiment.cell)
    started = time.perf_counter()
    with withheld(*job.withheld), _one_host_thread():
        start, data = checked(job, code(job.configuration, keys))
    made_by = {**job.maker, "platform": kind_of_machine(), "threads": environment.threads(), "device": device()}
    return Cell(start, data, time.perf_counter() - started, made_by)


@contextmanager
def _fixed_numerics() -> Iterator[None]:
    """JAX's settings that decide bits, whatever the calling process has chosen."""
    import jax

    with ExitStack() as settings:
        settings.enter_context(jax.enable_x64(True))
        settings.enter_context(jax.threefry_partitionable(True))
        settings.enter_context(jax.numpy_rank_promotion("allow"))
        settings.enter_context(jax.numpy_dtype_promotion("standard"))
        yield


@contextmanager
def _one_host_thread() -> Iterator[None]:
    """One thread for BLAS, LAPACK and OpenMP; jaxlib calls those of SciPy, so SciPy must be loaded before."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def _told(task: Task, problem: Exception) -> str:
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if "site-packages" not in f.filename]
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(problem).split()) or "no message"
    if isinstance(problem, MemoryError) or "RESOURCE_EXHAUSTED" in text:
        text += "; there is not so much memory: lower the settings that are sizes"
    return f"experiment {task.job.experiment.id} raised {type(problem).__name__} in cell {task.cell}: {text}{where}"
