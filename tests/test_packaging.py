"""What a user installs: the wheel holds the five packages whole and nothing else, and works away from the checkout."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import limitlab

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"theory", "validations", "figures", "paper_repro", "limitlab"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    said(build, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an empty environment with the wheel in it.

    Its dependencies are those of the running environment, so that no network is needed: a .pth file puts that folder
    on the path, and Python does not follow the .pth files therein, such as the one of an editable installation.
    """
    folder = tmp_path_factory.mktemp("an empty place")
    said([sys.executable, "-m", "venv", "--without-pip", str(folder)], cwd=folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    said(pip, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def said(command: Sequence[str | Path], cwd: Path) -> str:
    """Standard output of a command that must succeed, with nothing inherited that could lend it the checkout."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LIMITLAB_RESULTS")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=inherited)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == PACKAGES | {f"limitlab-{limitlab.__version__}.dist-info"}
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_wheel_leaves_no_file_behind(wheel: Path) -> None:
    """References, style sheets, published numbers: all that lies in the packages is in the wheel."""
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = (p for package in PACKAGES for p in (ROOT / package).rglob("*"))
    here = {p for p in files if p.is_file() and p.parent.name != "__pycache__"}
    assert {p.relative_to(ROOT).as_posix() for p in here} <= packed


def test_everything_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json, "
        + ", ".join(sorted(PACKAGES))
        + f"; print(json.dumps([p.__file__ for p in ({', '.join(PACKAGES)})]))"
    )
    for file in json.loads(said([installed / "python", "-c", code], cwd=tmp_path)):
        assert Path(file).is_relative_to(installed.parent)


@pytest.mark.parametrize("command", [["limitlab"], ["python", "-m", "limitlab"]], ids=["script", "module"])
def test_lists_its_claims_from_another_folder(command: list[str], installed: Path, tmp_path: Path) -> None:
    claims = json.loads(said([installed / command[0], *command[1:], "--json", "list"], cwd=tmp_path))
    assert "deep_linear" in {claim["theme"] for claim in claims}
    assert list(tmp_path.iterdir()) == []


THEIR_CLAIM = """
from dataclasses import replace
from validations.deep_linear import CLAIMS as OURS

CLAIMS = (replace(OURS[0], id="theirs/announced"),)
"""


def test_lists_the_claims_of_an_installed_third_party(installed: Path, tmp_path: Path) -> None:
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[limitlab.claims]\ntheirs = their_claims\n")
    (tmp_path / "their_claims.py").write_text(THEIR_CLAIM)
    (site,) = installed.parent.glob("lib/python*/site-packages")
    path = site / "theirs.pth"
    path.write_text(f"{tmp_path}\n")
    try:
        claims = json.loads(said([installed / "limitlab", "--json", "list", "theirs"], cwd=tmp_path))
    finally:
        path.unlink()
    assert [claim["id"] for claim in claims] == ["theirs/announced"]


def test_one_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    citation = (ROOT / "CITATION.cff").read_text()
    assert limitlab.__version__ == PROJECT["version"]
    assert re.search(r"^## \[(\d[^]]*)\]", changelog, re.M)[1] == limitlab.__version__
    assert re.search(r"^version: (\S+)", citation, re.M)[1] == limitlab.__version__


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    found = map(Requirement, [*PROJECT["dependencies"], *(r for extra in extras for r in extra)])
    return [r for r in found if r.name != PROJECT["name"]]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_requirement_has_a_lower_bound_and_one_tested_version(requirement: Requirement) -> None:
    lines = (line.split("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    pins = dict(line.split("==") for line in lines if line)
    assert any(s.operator == ">=" for s in requirement.specifier)
    assert pins[requirement.name] in requirement.specifier


def test_neural_tangents_is_no_dependency() -> None:
    """It would bring TensorFlow; the Makefile installs it alone."""
    assert "neural-tangents" not in {r.name for r in requirements()}
