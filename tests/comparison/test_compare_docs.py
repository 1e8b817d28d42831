"""docs/compare.md: its examples run, and its JSON table names the keys of the document."""

import re
import shlex
from pathlib import Path

import pytest
from command_line import call

import reportgen

DOCUMENT = (Path(__file__).parents[2] / "docs" / "compare.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ reportgen (.+)$", DOCUMENT, re.MULTILINE)


@pytest.fixture
def folder(tmp_path):
    log = "epoch,val_loss\n" + "".join(f"{epoch},{value}\n" for epoch, value in enumerate([0.9, 0.6, 0.5, 0.45]))
    for name in ("a/history", "b/history"):
        (tmp_path / "runs" / name).parent.mkdir(parents=True)
        (tmp_path / "runs" / f"{name}.csv").write_text(log, "utf-8")
    for name in ("adam_seed1", "adam_seed2", "sgd_seed1", "sgd_seed2"):
        (tmp_path / f"{name}.csv").write_text(log, "utf-8")
    (tmp_path / "new.csv").write_text(log, "utf-8")
    for seed in (1, 2, 3):
        (tmp_path / "main").mkdir(exist_ok=True)
        (tmp_path / "main" / f"seed_{seed}.csv").write_text(log.replace("0.45", f"0.4{seed}"), "utf-8")
    folds = []
    for fold in (1, 2, 3):
        folds.append(f"Fold {fold}")
        for epoch in (1, 2, 3):
            folds += [
                f"Epoch {epoch}/3",
                f"10/10 - 1s - loss: {0.9 / epoch:.4f} - val_loss: {1 / epoch + fold / 50:.4f}",
            ]
    (tmp_path / "folds.log").write_text("\n".join(folds) + "\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs(command, folder):
    done = call(*shlex.split(command), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _ = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)  # test_readme.py runs the loop as well
    names = {}
    exec(code, names)
    assert names["comparison"].verdict.best == "adam"
    assert len(names["comparison"].groups) == 2


def test_the_keys_of_the_json_are_documented():
    table = DOCUMENT[DOCUMENT.index("## JSON") :]
    data = reportgen.compare(
        {"a": reportgen.load({"loss": [0.9, 0.5]}), "b": reportgen.load({"loss": [0.9, 0.6]})}
    ).to_dict()
    assert {*data} - {"schema"} == set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    named = set(re.findall(r"`(\w+)`", table))
    assert named >= {"best", "rivals", "worse", "needed", "spread", "difference", "paired_by"}
