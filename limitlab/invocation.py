"""How to type the next command: as this one was."""

import os
import shlex
import shutil
import sys
from argparse import Namespace
from pathlib import Path


def program() -> str:
    """`limitlab` where the shell finds it; else its path as typed, or `python -m limitlab` with that python."""
    started = Path(sys.argv[0] if sys.argv else "")
    if started.name == "__main__.py" and started.parent.name == "limitlab":
        return f"{shlex.quote(sys.orig_argv[0] if sys.orig_argv else 'python')} -m limitlab"
    if started.stem != "limitlab" or os.sep not in sys.argv[0]:  # called from Python, or by its bare name
        return "limitlab"
    found = shutil.which("limitlab")
    if started.is_absolute() and found is not None and os.path.realpath(found) == os.path.realpath(started):
        return "limitlab"
    return shlex.quote(sys.argv[0])


def at_results(options: Namespace) -> str:
    """The results folder as it was typed, to go between a command and what it is about; empty by default."""
    return f" --results {shlex.quote(str(options.results))}" if options.results else ""
