"""What can go wrong with a folder of results: nothing there, nothing allowed, nothing left, something damaged."""

import errno
import json
import os
from pathlib import Path

from limitlab.command_line import main
from validations.core import files, laboratory
from validations.core.errors import StoreError
from validations.core.store import Store

MINE = str(Path(__file__).parent / "mine.py")


def test_nothing_stored_is_said_in_one_sentence(tmp_path, capsys):
    folder = str(tmp_path / "none")
    assert main(["report", "--results", folder]) == 3
    assert f"run `limitlab validate --results {folder}` first" in capsys.readouterr().err


def test_a_results_folder_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    there = ["--results", str(tmp_path / "file" / "results")]
    for command in (["validate", MINE, "--scale", "smoke"], ["list"], ["report"], ["figure", MINE, "mine/good"]):
        assert main([*command, *there]) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == (
            f"limitlab: {tmp_path / 'file'} is a file, not a folder; name a folder with --results or LIMITLAB_RESULTS\n"
        )
    assert main(["doctor", *there]) == 3
    assert "cannot be written" in capsys.readouterr().out


def test_a_folder_without_permission_is_told_before_any_table(tmp_path, capsys, monkeypatch):
    def forbidden(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files, "open", forbidden, raising=False)
    assert main(["validate", MINE, "--scale", "smoke", "--results", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert f"limitlab: {tmp_path} cannot be written (permission denied); name another folder" in said.err


def test_a_disk_that_fills_up_is_told_once(tmp_path, capsys, monkeypatch):
    def full(*args):
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "write_cell", full)
    there = ["--results", str(tmp_path / "results")]
    assert main(["validate", MINE, "mine/good", "mine/wrong", "--scale", "smoke", *there]) == 3
    out = capsys.readouterr().out
    assert out.count("the disk is full") == 1
    assert "raised: for the same reason" in out


def test_there_is_no_advice_to_go_on_where_nothing_was_judged(only, tmp_path, capsys):
    argv = ["validate", only("RAISES"), "--scale", "smoke", "--results", str(tmp_path / "results")]
    assert main(argv) == 3
    assert "to go on" not in capsys.readouterr().err


def test_a_damaged_record_is_reported_and_measured_again(only, tmp_path, capsys):
    argv = ["validate", only("GOOD"), "--scale", "smoke", "--results", str(tmp_path / "results")]
    assert main(argv) == 0
    (measurements,) = (tmp_path / "results").glob("mine/weighing/*/measurements.npz")
    whole = measurements.read_bytes()
    measurements.write_bytes(whole[:-40])
    capsys.readouterr()
    for reader in (["report", argv[1]], ["figure", argv[1], "mine/good"]):
        main([*reader, *argv[-2:]])
        err = capsys.readouterr().err
        assert "it is not trusted; run `limitlab validate` to measure it again\n" in err
        assert "was measured" not in err
    assert main(argv) == 0
    assert "is not trusted and was measured again\n" in capsys.readouterr().err
    assert measurements.read_bytes() == whole


def test_an_interruption_keeps_what_is_finished(lab, monkeypatch):

    whole = laboratory.validate_all

    def interrupted(*args, **kwargs):
        yield next(whole(*args, **kwargs))
        raise KeyboardInterrupt

    monkeypatch.setattr(laboratory, "validate_all", interrupted)
    code, out, err = lab("validate", MINE, "--scale", "smoke", "--json")
    assert code == 130
    assert len(json.loads(out)["results"]) == 1
    assert err == "limitlab: interrupted; everything finished is stored, and the same command goes on from there\n"
