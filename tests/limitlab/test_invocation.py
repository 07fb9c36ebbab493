"""The next command is printed as the user can type it."""

import sys

import pytest

from limitlab import invocation
from limitlab.command_line import main


@pytest.mark.parametrize(
    ("argv", "original", "on_path", "typed"),
    [
        (".venv/bin/limitlab", "python", None, ".venv/bin/limitlab"),
        (".venv/bin/limitlab", "python", "/there/.venv/bin/limitlab", ".venv/bin/limitlab"),
        ("/my tools/limitlab", "python", None, "'/my tools/limitlab'"),
        ("/usr/bin/limitlab", "python", "/usr/bin/limitlab", "limitlab"),
        ("/opt/bin/limitlab", "python", "/usr/bin/limitlab", "/opt/bin/limitlab"),
        ("limitlab", "python", None, "limitlab"),
        ("/there/limitlab/__main__.py", ".venv/bin/python", "/usr/bin/limitlab", ".venv/bin/python -m limitlab"),
        ("/there/pytest/__main__.py", "python", None, "limitlab"),
        ("", "python", None, "limitlab"),
    ],
)
def test_the_program_is_what_was_typed(monkeypatch, argv, original, on_path, typed):
    monkeypatch.setattr(sys, "argv", [argv])
    monkeypatch.setattr(sys, "orig_argv", [original, "-m", "limitlab"])
    monkeypatch.setattr(invocation.shutil, "which", lambda name: on_path)
    assert invocation.program() == typed


def test_what_to_do_next_names_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "argv", [".venv/bin/limitlab"])
    assert main(["report", "--results", str(tmp_path)]) == 3
    assert f"run `.venv/bin/limitlab validate --results {tmp_path}` first" in capsys.readouterr().err
    assert main(["show"]) == 3
    assert "`.venv/bin/limitlab show --help` tells" in capsys.readouterr().err
