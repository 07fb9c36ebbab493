"""`make validate SCALE=... WORKERS=...`: the verdicts, measured on several processes, then the report."""

import os
import sys

from limitlab.command_line import main
from limitlab.outcome import INTERRUPTED


def validate(scale: str, workers: str = "2") -> int:
    """The exit code of the verdicts, or that of a report that could not be written."""
    verdict = main(["validate", "--scale", scale, "--workers", workers])
    if verdict == INTERRUPTED:
        return verdict
    print("\nThe report, with every figure (open it in a browser):", flush=True)
    report = main(["report"])
    if scale == "smoke":
        print("To go on at the scale of minutes: make validate SCALE=standard")
    return verdict or report


if __name__ == "__main__":
    sys.argv[0] = os.path.join(".venv", "bin", "limitlab")  # the commands that it advises are then as typed
    sys.exit(validate(*sys.argv[1:]))
