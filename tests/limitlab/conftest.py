"""A results folder of a user's own claims, and commands on it."""

from pathlib import Path

import pytest

from limitlab.command_line import main

MINE = str(Path(__file__).parent / "mine.py")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A results folder in which every claim of the file has been run once at smoke scale."""
    folder = tmp_path_factory.mktemp("results")
    assert main(["validate", MINE, "--scale", "smoke", "--quiet", "--results", str(folder)]) == 3
    return folder


@pytest.fixture
def lab(results, capsys):
    """Run a command on those results: exit code, stdout, stderr."""

    def run(*argv):
        capsys.readouterr()
        code = main([*argv, "--results", str(results)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def only(tmp_path):
    """A file with some of the claims."""

    def write(*names):
        path = tmp_path / f"{'_'.join(names).lower()}.py"
        text = Path(MINE).read_text()
        path.write_text(text[: text.rindex("CLAIMS = ")] + f"CLAIMS = ({', '.join(names)},)\n")
        return str(path)

    return write
