"""Whatever is mistyped: one sentence on stderr, nothing on stdout, exit code 3."""

import doctest
import importlib
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from limitlab.command_line import main, sentence
from limitlab.commands import COMMANDS, load
from limitlab.options import setting
from limitlab.outcome import code_of, exit_code
from limitlab.rooms import shadows
from limitlab.terminal import finite


def refused(capsys, *argv):
    """The one sentence that this command line earns."""
    assert main(argv) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("limitlab: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("limitlab: ").strip()


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["lst"], "there is no command 'lst'; did you mean 'list'?"),
        (["xyzzy"], "there is no command 'xyzzy'; the commands are list, show"),
        (["--resluts", "here", "list"], "'--resluts' is not understood; did you mean '--results'?"),
        (["list", "--jsn"], "'--jsn' is not understood; did you mean '--json'?"),
        (["list", "--results"], "--results: expected one argument"),
        (["validate", "--scale", "smok"], "--scale: there is no scale 'smok'; did you mean 'smoke'?"),
        (["validate", "--scale", "x"], "there is no scale 'x'; the scales are smoke, standard, paper"),
        (["validate", "--seed", "-1"], "--seed: -1 must be a whole number from 0 to 2147483647"),
        (["validate", "--seed", "2147483648"], "2147483648 must be a whole number from 0"),
        (["validate", "--seed", "1.5"], "'1.5' must be a whole number"),
        (["validate", "--workers", "0"], "--workers: 0 must be a whole number, 1 or more"),
        (["validate", "--seeds", "none"], "'none' must be a whole number, 1 or more"),
        (["validate", "--workers", "2", "--cluster", "local:2"], "not allowed with argument --workers"),
        (["validate", "--override", "depth"], "'depth' must look like name=value, as in depth=4"),
        (["show"], "required: CLAIM"),
        (["figure", "a/b", "--format", "gif"], "there is no format 'gif'; the formats are svg, png, pdf"),
        (["cite", "saxe20144"], "there is no claim or paper 'saxe20144'; did you mean 'saxe2014'?"),
        (["reproduce", "saxe1905_clocks"], "there is no paper 'saxe1905_clocks'"),
        (["validate", "./absent.py"], "absent.py cannot be read"),
        (["list", "no_such_theme_at_all"], "there is no claim, theme or file 'no_such_theme_at_all'"),
    ],
)
def test_a_mistake_earns_one_sentence_and_exit_code_3(capsys, argv, complaint):
    assert complaint in refused(capsys, *argv)


def test_what_is_no_fault_of_the_users_says_how_to_see_where():
    assert sentence(ValueError("two\n  lines")) == "two lines"
    assert sentence(KeyError("x")) == "KeyError: 'x'; LIMITLAB_TRACEBACK=1 shows where"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_tells_of_every_command_and_its_options(capsys, command):
    assert main([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("--results", "--json", "--quiet", *([] if command else COMMANDS)))
    if command:
        assert load(command[0]).__doc__.split(":")[0].split(",")[0] in text


def test_no_command_prints_the_help_and_version_is_the_packages(capsys):
    assert main([]) == 0
    assert "exit codes" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"limitlab {importlib.import_module('limitlab').__version__}\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("depth=4", ("depth", 4)),
        ("sizes=[1, 2]", ("sizes", [1, 2])),
        ("rule=adam", ("rule", "adam")),
        ("a=b=c", ("a", "b=c")),
    ],
)
def test_settings_are_json_or_words(text, value):
    assert setting(text) == value


def test_exit_codes_in_order_of_weight():
    cases = [(1, 1, 1), (0, 1, 1), (0, 0, 1), (0, 0, 0)]
    assert [code_of(raised=bool(r), differs=bool(d), undecided=bool(u)) for r, d, u in cases] == [3, 1, 2, 0]


def test_an_erratum_whose_correction_is_undecided_is_undecided():
    claim = SimpleNamespace(expected="refuted")
    erratum = SimpleNamespace(error=None, as_expected=False, verdict="refuted", claim=claim)
    assert exit_code([erratum]) == 2
    assert exit_code([SimpleNamespace(error=None, as_expected=False, verdict="supported", claim=claim)]) == 1


def test_json_has_null_for_what_is_not_finite():
    assert finite({"a": [float("nan"), (float("-inf"), 1.5)], "b": "nan", "c": 2}) == {
        "a": [None, [None, 1.5]],
        "b": "nan",
        "c": 2,
    }


@pytest.mark.parametrize("module", ["words", "nearest", "__init__"])
def test_examples_in_docstrings(module):
    result = doctest.testmod(importlib.import_module(f"limitlab.{module}".removesuffix(".__init__")))
    assert result.attempted > 0
    assert result.failed == 0


# In processes of their own: what a user sees at the prompt.


def python(*argv, cwd, code_after="", **more):
    environment = {**os.environ, "LIMITLAB_RESULTS": str(cwd / "results"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *argv], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, **more
    )


ROOT = importlib.import_module("pathlib").Path(importlib.import_module("limitlab").__file__).parent.parent


@pytest.mark.parametrize("command", [[], ["validate"]])
def test_help_imports_nothing_heavy(tmp_path, command):
    done = python("-X", "importtime", "-m", "limitlab", *command, "--help", cwd=tmp_path)
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert not imported & {"jax", "scipy", "rich", "matplotlib", *([] if command else ["numpy", "validations"])}


def test_a_users_own_module_in_front_of_ours_is_named_and_not_imported(tmp_path):
    (tmp_path / "theory.py").write_text("raise SystemExit('imported')")
    (tmp_path / "figures").mkdir()  # a folder of pictures is no package
    (tmp_path / "figures" / "a.png").touch()
    done = python("-m", "limitlab", "list", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert f"{tmp_path / 'theory.py'} would be imported in place of limitlab's own `theory`: rename it" in done.stderr
    call = python("-c", "import limitlab\ntry: limitlab.validate\nexcept ImportError as e: print(e)", cwd=tmp_path)
    assert "theory.py would be imported" in call.stdout
    doctor = python("-m", "limitlab", "doctor", cwd=tmp_path)
    assert doctor.returncode == 3
    assert "theory.py would be imported" in doctor.stdout


def test_our_own_rooms_shadow_nothing():
    assert shadows() == {}


def test_importing_limitlab_imports_no_room_and_leaves_jax_alone(tmp_path):
    code = "import sys, os, limitlab; dir(limitlab); print(sorted({'jax', 'numpy', 'theory'} & set(sys.modules)))"
    assert python("-c", code, cwd=tmp_path).stdout == "[]\n"
