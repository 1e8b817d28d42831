"""Mistakes on the command line: what people type that does not work, and what the command line says about it."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from command_line import COMMAND_LINE, call


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
            "reportgen sweep log.csv 'other log.csv'.",
        ),
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
