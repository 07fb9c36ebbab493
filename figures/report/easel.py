"""Figures drawn while others are still measured: on an executor's processes, or here when the page asks for them."""

import pickle
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from figures.core import draw
from validations.core.result import Result


class Sketch(NamedTuple):
    """A figure as the page needs it."""

    svg: str
    alt: str


class Easel:
    """Sketches of results, each begun as soon as it is judged."""

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor
        self._begun: dict[Result, Future[Sketch]] = {}

    def begin(self, result: Result) -> None:
        """Have a judged claim drawn by the executor, unless there is none."""
        if self._executor is None or result.judgment is None:
            return
        with suppress(Exception):  # what cannot travel is drawn here
            self._begun[result] = self._executor.submit(_sketched, pickle.dumps(replace(result, theory=None)))

    def sketch(self, result: Result) -> Sketch:
        """The figure begun before, or drawn now where none was or its process failed."""
        if result in self._begun:
            with suppress(Exception):
                return self._begun[result].result()
        return sketch(result)


def sketch(result: Result) -> Sketch:
    drawing = draw(result)
    return Sketch(drawing.render("svg").decode(), drawing.alt)


def _sketched(pickled: bytes) -> Sketch:
    """Unpickled inside the task: what cannot be read there must not cost the worker."""
    return sketch(pickle.loads(pickled))
