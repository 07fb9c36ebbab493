"""Whatever is prose is executed: the blocks of the Markdown pages, and the examples in docstrings.

A ``python`` block runs as it stands, or as a doctest where it has prompts; the blocks of a page share their names.
One that begins with a comment that names a file, `# mine.py`, is written to that file instead. In a ``console`` block
every line `$ limitlab ...` is run. Each page starts in an empty folder. Other languages are not run.
"""

import doctest
import importlib
import re
import shlex
from pathlib import Path

import pytest

from limitlab.command_line import main

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("theory", "validations", "figures", "paper_repro", "limitlab")
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if ">>>" in path.read_text()
)
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# (\w+\.py)\n")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.optimized  # a page measures claims
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIMITLAB_RESULTS", raising=False)
    run_page(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    # What @closed_form and the shape checker wrap is still found: doctest goes by a function's __module__.
    examples = [test for test in doctest.DocTestFinder().find(module, name) if test.examples]
    assert examples
    for example in examples:
        run_examples(example)


def run_page(page: Path) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    text = page.read_text()
    for block in BLOCK.finditer(text):
        language, body = block.groups()
        line = text[: block.start()].count("\n") + 1
        if language == "console":
            for command in re.findall(r"^\$ limitlab (.*)$", body, re.M):
                run_command(command)
        elif language == "python":
            run_python(body, names, page, line)


def run_python(body: str, names: dict[str, object], page: Path, line: int) -> None:
    if file := FILE.match(body):
        Path(file[1]).write_text(body)
    elif ">>>" in body:
        run_examples(doctest.DocTestParser().get_doctest(body, names, page.name, str(page), line), names)
    else:
        exec(compile("\n" * line + body, str(page), "exec"), names)


def run_examples(examples: doctest.DocTest, names: dict[str, object] | None = None) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(examples, out=said.append, clear_globs=False)
    if names is not None:
        names.update(examples.globs)
    assert runner.failures == 0, "".join(said)


def run_command(command: str) -> None:
    assert main(shlex.split(command)) == 0, f"limitlab {command}"


def test_runner_of_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names pass from block to block, files are written, and nothing that fails passes."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nx = 2\n```\n```python\n# mine.py\ny = 3\n```\n```python\n>>> x\n2\n```\n```sh\nfalse\n```\n"
    )
    run_page(page)
    assert (tmp_path / "mine.py").read_text() == "# mine.py\ny = 3\n"


@pytest.mark.parametrize("block", ["python\n>>> 1 + 1\n3\n", "python\nassert False\n", "console\n$ limitlab no-such\n"])
def test_runner_of_pages_sees_what_is_wrong(block: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```{block}```\n")
    with pytest.raises(AssertionError):
        run_page(page)
