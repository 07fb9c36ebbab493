"""`make validate SCALE=... WORKERS=...`: the verdicts, measured on several processes, with the report."""

import os
import sys

from limitlab.command_line import main

if __name__ == "__main__":
    sys.argv[0] = os.path.join(".venv", "bin", "limitlab")  # the commands that it advises are then as typed
    scale, workers = sys.argv[1:]
    sys.exit(main(["validate", "--scale", scale, "--workers", workers, "--report"]))
