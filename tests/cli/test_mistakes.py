"""Mistakes on the command line: what people type that does not work, and what the command line says about it."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from command_line import COMMAND_LINE, call

from reportgen.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("log.csv", "other log.csv"):
        (tmp_path / name).write_text("epoch,loss\n" + "".join(f"{n},{1 / (n + 1)}\n" for n in range(9)))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("check", "log.csv", "other log.csv"),
            "check reads one log, but 2 were given. Pass one, or make a report of each: "
            "reportgen sweep log.csv 'other log.csv'. To compare them: reportgen compare log.csv 'other log.csv'.",
        ),
        (("check", "log.csv", "--max-regression", "2%"), "pass it as --baseline. Run reportgen check --help"),
        (("build", "log.csv", "--ouput", "r.html"), "No such option '--ouput'. Did you mean '--output'? Run"),
        (("build", "log.csv", "--opne"), "No such option '--opne'. Did you mean '--open'? Run reportgen build --help"),
        (
            ("summary", "log.csv", "b", "c", "d"),
            "but 4 were given. Pass one, or make a report of each: reportgen sweep ",
        ),
        (("build", "log.csv", "other log.csv", "-o", "r.html"), "reportgen sweep log.csv 'other log.csv'."),
        (("build", "log.csv", "r.html"), "build reads one log, but r.html was given as well; a file for the report"),
        (("demo", "r.html"), "demo takes no arguments, but r.html was given; a file for the report follows -o."),
        (("build", "log.csv", "-o"), "Run reportgen build --help"),
        (("check", "log.csv", "--baseline"), "Run reportgen check --help"),
        (("log.csv",), "Did you mean 'reportgen check log.csv'?"),
        (("other log.csv",), "Did you mean \"reportgen check 'other log.csv'\"?"),
        (("help",), "Did you mean 'reportgen --help'?"),
        (("version",), "Did you mean 'reportgen --version'?"),
        (("compare",), "Missing argument 'SOURCE...'."),
        (("compare", "log.csv", "--group", "adam"), "'adam' is not a group; NAME=PATTERN is needed, such as"),
        (("compare", "log.csv", "--group", "a=*", "--group-by", "lr"), "choose groups in different ways; pass one of"),
        (("buid", "log.csv"), "Did you mean 'build'?"),
        (("sweep", "log.csv", "--workers", "0"), "'--workers': 0 is too small; 1 or more is needed."),
        (("check", "log.csv", "--validation-freq", "-5"), "-5 is too small; 1 or more is needed."),
    ],
)
def test_a_mistake_is_reported_in_one_line_that_says_what_to_do(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = call(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"reportgen: [^\n]+ Run reportgen( \w+)? --help for its options\.\n", done.stderr)
    assert said in done.stderr
    assert len(list(folder.iterdir())) == 2


def test_a_quiet_command_prints_only_data_and_errors(folder: Path) -> None:
    for arguments in (("check", "log.csv"), ("build", "log.csv", "-o", "r.html"), ("ci", "log.csv", "-o", "ci")):
        done = call(*arguments, "-q", cwd=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), arguments
    assert (folder / "r.html").stat().st_size > 10_000
    assert call("check", "log.csv", "--quiet", "--require", "loss<=0.01", cwd=folder).returncode == 1
    assert '"verdict"' in call("check", "log.csv", "--json", "-q", cwd=folder).stdout
    assert "no such file" in call("check", "missing.csv", "-q", cwd=folder).stderr
    assert "verdict" not in call("-V", cwd=folder).stdout
    assert call("-V", cwd=folder).stdout == call("--version", cwd=folder).stdout


def test_open_shows_the_written_report_and_a_missing_browser_is_a_remark(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    assert call("build", "log.csv", "-o", "r.html", "--open", cwd=folder).returncode == 0
    assert opened == [(folder / "r.html").resolve().as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    done = call("build", "log.csv", "-o", "r.html", "--open", cwd=folder)
    assert done.returncode == 0
    assert "No browser could be started" in done.stderr


def test_the_demo_without_keras_fails_before_it_prints_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("keras", "tf_keras"):
        monkeypatch.setitem(sys.modules, name, None)
    done = call("demo", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("reportgen: The demo needs Keras, which is not installed.")
    assert done.stderr.count("\n") == 1


def test_an_error_of_an_import_is_not_taken_for_one_of_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise OSError("libcudart.so.12: cannot open shared object file")

    monkeypatch.setitem(sys.modules, "reportgen.demo", Broken("demo"))
    done = call("demo", cwd=tmp_path)
    assert done.returncode == 2
    assert "standard output" not in done.stderr
    assert "libcudart.so.12" in done.stderr


def test_a_full_standard_error_is_not_a_failed_gate(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND_LINE, "check", "none.csv"], cwd=folder, stdout=subprocess.PIPE, stderr=full)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/x/bin/keras-reportgen", "keras-reportgen"),
        ("keras-reportgen.exe", "keras-reportgen"),
        ("/x/bin/reportgen", "reportgen"),
    ],
)
def test_advice_has_the_name_of_the_command_that_was_called(called, name, monkeypatch, capsys):
    for arguments, advice in ((["chek"], f"Run {name} --help for"), (["help"], f"Did you mean '{name} --help'?")):
        monkeypatch.setattr(sys, "argv", [called, *arguments])
        with pytest.raises(SystemExit):
            main()
        assert advice in capsys.readouterr().err
