"""Where a run comes from: the commit of its program, and what is recorded only if asked for."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.errors import SettingsError
from reportgen.live import provenance
from reportgen.live.provenance import GitState, checked_details, described


def git(folder: Path, *words: str) -> str:
    named = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=str(tmp_path / "train.py")))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_the_commit_the_branch_and_whether_files_changed_are_those_of_the_program(repository: Path) -> None:
    assert GitState().facts() == {}  # no repository
    git(repository, "init", "-q")
    assert GitState().facts() == {}  # nothing is committed
    (repository / "train.py").write_text("1")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Train")
    commit = git(repository, "rev-parse", "HEAD")
    assert GitState().facts() == {"commit": commit, "branch": "main", "uncommitted changes": "no"}
    (repository / "report.html").write_text("not in the repository")
    assert GitState().facts()["uncommitted changes"] == "no"
    (repository / "train.py").write_text("2")
    git(repository, "checkout", "-q", "--detach")
    assert GitState().facts() == {"commit": commit, "uncommitted changes": "yes"}


@pytest.mark.parametrize("missing", [True, False])
def test_without_git_or_if_it_hangs_nothing_is_known(
    repository: Path, monkeypatch: pytest.MonkeyPatch, missing: bool
) -> None:
    sleeping = (sys.executable, "-c", "import time; time.sleep(60)")
    monkeypatch.setattr(provenance, "_GIT", (str(repository / "no-git"),) if missing else sleeping)
    monkeypatch.setattr(provenance, "_TIMEOUT_S", 0.05)
    assert GitState().facts() == {}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["python", "train.py", "--lr", "0.1"], "python train.py --lr 0.1"),
        (["python", "train.py", "--api-key", "abc", "x y"], "python train.py --api-key (masked) 'x y'"),
        (["python", "train.py", "--token=abc", "--epochs=3"], "python train.py --token=(masked) --epochs=3"),
    ],
)
def test_the_command_is_recorded_only_if_asked_for_and_without_secrets(
    monkeypatch: pytest.MonkeyPatch, words: list[str], shown: str
) -> None:
    monkeypatch.setattr(sys, "orig_argv", words)
    assert described(()) == {}
    assert described(("command",)) == {"command": shown}


def test_host_and_user_are_recorded_if_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    found = described(("host", "user"))
    assert found["user"] == "ada"
    assert found["host"] == os.uname().nodename if hasattr(os, "uname") else found["host"]


@pytest.mark.parametrize("details", ["hostname", ("host", "ip"), ["x"]])
def test_other_details_are_refused(details: Any) -> None:
    with pytest.raises(SettingsError, match="it can have"):
        checked_details(details)
