"""Small inputs of the forms that people have, and how each is read.

``inputs/*.toml`` has one table per input:

- ``file``: its path in ``inputs/``; it can be a folder. ``kind``: what it is an example of.
- ``runs``: the number of runs (default: 1). ``names``: their titles. All other keys describe the last run.
- ``axis`` (default: epoch), ``epochs``: the first and last epoch or step. ``count``: how many there are.
- ``first``, ``last``: the first and last value of every curve, with Keras' names. ``some``: the same for some curves.
- ``planned``, ``status``, ``restored`` (epoch of restored weights), ``resumed``, ``test`` (results), ``tool``,
  ``monitor``, ``settings``: facts.
- ``refused``: instead of all these, words in the error.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reportgen
from reportgen.errors import ReportgenError
from reportgen.history.frame import TrainingHistory

FOLDER = Path(__file__).parent / "inputs"
INPUTS: list[dict[str, Any]] = [
    entry for table in sorted(FOLDER.glob("*.toml")) for entry in tomllib.loads(table.read_text("utf-8"))["input"]
]
READ = [entry for entry in INPUTS if "refused" not in entry]
REFUSED = [entry for entry in INPUTS if "refused" in entry]


def name_of(entry: dict[str, Any]) -> str:
    return str(entry["file"])


def values(history: TrainingHistory, position: int) -> dict[str, float]:
    """The first (0) or last (-1) value of each curve."""
    return {
        f"val_{metric}" if split == "validation" else metric: float(series.iloc[position])
        for (metric, split), series in history.curves.items()
    }


def reading(runs: list[TrainingHistory], keys: set[str]) -> dict[str, Any]:
    """What was read, as in the tables."""
    history = runs[-1]
    run = history.run
    stopping = run.early_stopping
    found: dict[str, Any] = {
        "runs": len(runs),
        "names": [each.run.title for each in runs],
        "axis": history.axis,
        "epochs": [int(history.epochs[0]), int(history.epochs[-1])],
        "count": len(history.epochs),
        "first": values(history, 0),
        "last": values(history, -1),
        "planned": run.epochs_planned,
        "status": run.status,
        "restored": stopping.restored_epoch if stopping else None,
        "resumed": list(run.resumed_at),
        "test": dict(run.test_results),
        "tool": run.tool,
        "monitor": run.monitor,
        "settings": dict(run.settings) | dict(run.params),
    }
    return {key: value for key, value in found.items() if key in keys}


def approximate(expected: Any) -> Any:
    is_of_numbers = isinstance(expected, dict) and not any(isinstance(value, str) for value in expected.values())
    return pytest.approx(expected, rel=1e-6, nan_ok=True) if is_of_numbers else expected


@pytest.mark.parametrize("entry", READ, ids=name_of)
def test_an_input_is_read(entry: dict[str, Any]) -> None:
    expected = {"runs": 1, "axis": "epoch", **entry}
    for key in ("file", "kind"):
        del expected[key]
    some = expected.pop("some", {})
    runs = reportgen.load_all(FOLDER / entry["file"])
    found = reading(runs, set(expected))
    assert found == {key: approximate(value) for key, value in expected.items()}
    for position, wanted in ((0, some.get("first", {})), (-1, some.get("last", {}))):
        read = values(runs[-1], position)
        assert {name: read.get(name) for name in wanted} == approximate(wanted)


@pytest.mark.parametrize("entry", REFUSED, ids=name_of)
def test_an_input_without_a_log_is_refused_with_the_reason(entry: dict[str, Any]) -> None:
    with pytest.raises(ReportgenError) as caught:
        reportgen.load_all(FOLDER / entry["file"])
    message = str(caught.value)
    assert "\n" not in message
    assert entry["refused"].lower() in message.lower()


def test_every_file_is_listed_once() -> None:
    """A folder that is read as a whole is listed instead of its files."""
    files = [path.relative_to(FOLDER) for path in FOLDER.glob("*/**/*") if path.is_file()]
    listed = [Path(name_of(entry)) for entry in INPUTS]
    assert len(set(listed)) == len(listed)
    assert [path for path in files if sum(entry in (path, *path.parents) for entry in listed) != 1] == []
    assert all((FOLDER / entry).exists() for entry in listed)


PRINTED = [
    FOLDER / entry["file"] for entry in READ if entry["file"].startswith("keras/") and entry["file"].endswith(".log")
]
SOME_PRINTED = [path for path in PRINTED if path.name != "utf_16.log"][::3]
PREFIXES = {
    "comment signs": "# ",
    "indentation": "    ",
    "quotation": "> ",
    "ranks": "[1,0]<stdout>:",
    "a logger": "2024-03-07 18:22:41,307 - train - INFO - ",
    "a logger without time": "INFO:root:",
    "a level": "[INFO] ",
    "times of a CI service": "2024-03-07T18:22:41.3071123Z ",
    "a clock": "18:22:41 ",
}
SURROUNDINGS: dict[str, Callable[[str], str]] = {
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "ends of lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "a prompt": lambda text: f"(venv) me@box:~/proj$ python train.py\n{text}(venv) me@box:~/proj$ \n",
    "a question": lambda text: (
        f"I use Keras 2.3 and 8 GB of memory.\n\n```\n{text}```\n\nWhy is it 0.5 after 10 epochs?\n"
    ),
    "a notebook": lambda text: json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": 3,
                    "metadata": {},
                    "source": ["train()"],
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}],
                }
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
    **{
        name: lambda text, prefix=prefix: "".join(prefix + line for line in text.splitlines(keepends=True))  # type: ignore[misc]
        for name, prefix in PREFIXES.items()
    },
}
NUMBERED: dict[str, Callable[[int, str], str]] = {
    "numbers of nl": lambda number, line: f"{number:6d}\t{line}",
    "numbers of cat": lambda number, line: f"{number:6d}  {line}",
    "numbers of grep": lambda number, line: f"{number}:{line}",
    "a file and numbers of grep": lambda number, line: f"train.log:{number}:{line}",
    "the rank of srun": lambda _, line: f"0: {line}",
    "several ranks": lambda _, line: f"0: {line}1: {line}",
}
TWO_LINES_AN_EPOCH = "".join(f"Epoch {e}/6\nloss: {3 / e:.3f} - val_loss: {4 / e:.3f}\n" for e in range(1, 7))
UNCHANGED = {"runs", "axis", "epochs", "count", "first", "last", "planned", "status", "restored"}


@pytest.fixture(scope="module")
def plain_readings() -> dict[Path, dict[str, Any]]:
    return {path: reading(reportgen.load_all(path), UNCHANGED) for path in SOME_PRINTED}


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_what_is_around_the_lines_changes_nothing(
    around: str, plain_readings: dict[Path, dict[str, Any]], tmp_path: Path
) -> None:
    copy = tmp_path / "run.log"
    changed = {}
    for path, expected in plain_readings.items():
        copy.write_bytes(SURROUNDINGS[around](path.read_bytes().decode("utf-8")).encode("utf-8"))
        found = reading(reportgen.load_all(copy), UNCHANGED)
        if found != {key: approximate(value) for key, value in expected.items()}:
            changed[path.name] = found
    assert not changed


@pytest.mark.parametrize("form", NUMBERED)
@pytest.mark.parametrize("lines", [TWO_LINES_AN_EPOCH, TWO_LINES_AN_EPOCH.replace("/6\n", "/6 ")], ids=["two", "one"])
def test_a_number_before_every_line_changes_nothing(lines: str, form: str, tmp_path: Path) -> None:
    readings = []
    for before in (lambda _, line: line, NUMBERED[form]):
        numbered = enumerate(lines.splitlines(keepends=True), 3)
        path = tmp_path / "run.log"
        path.write_text("".join(before(number, line) for number, line in numbered), "utf-8")
        readings.append(reading(reportgen.load_all(path), UNCHANGED))
    assert readings[0] == readings[1]
    assert readings[0]["count"] == 6


def test_a_number_before_every_line_is_the_epoch_if_nothing_else_states_it(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("".join(f"{number}: loss {3 / number:.3f}\n" for number in range(2, 9)), "utf-8")
    (history,) = reportgen.load_all(path)
    assert list(history.epochs) == list(range(2, 9))
