"""Small inputs of the forms that people have, and how each is read.

``inputs/*.toml`` has one table per input:

- ``file``: its path in ``inputs/``; it can be a folder. ``kind``: what it is an example of.
- ``runs``: the number of runs (default: 1). ``names``: their titles. All other keys describe the last run.
- ``axis`` (default: epoch), ``epochs``: the first and last epoch or step. ``count``: how many there are.
- ``first``, ``last``: the first and last value of every curve, with Keras' names. ``some``: the same for some curves.
- ``planned``, ``status``, ``restored`` (epoch of restored weights), ``resumed``, ``test`` (results), ``tool``: facts.
- ``refused``: instead of all these, words in the error.
"""

import tomllib
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
    }
    return {key: value for key, value in found.items() if key in keys}


def approximate(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-6, nan_ok=True) if isinstance(expected, dict) else expected


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
