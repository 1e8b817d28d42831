"""A `Report` as people use it in Python: printed, as data, and opened in the browser."""

import dataclasses
import json
import math
import os
import re
import stat
import webbrowser
from pathlib import Path
from typing import Any

import histories
import pytest

import reportgen
from reportgen import TrainingHistory

OVERFIT = histories.overfit_from_12()


def test_print_shows_the_title_the_verdict_and_the_five_answers() -> None:
    report = reportgen.build(OVERFIT, title="Second try")
    lines = str(report).splitlines()
    assert lines[0] == "Second try"
    assert lines[1] == report.diagnosis.verdict_words.title
    assert len(lines) == 7
    assert all("?" in line for line in lines[2:])
    assert str(reportgen.build(OVERFIT)) == str(report.diagnosis)


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (
            reportgen.build(OVERFIT, title="Second try"),
            '<Report "Second try": overfitting by val_loss, best epoch 12, 60 epochs>',
        ),
        (reportgen.build({"strange": [1.0, 2.0]}), "<Report: not-judged, 2 epochs>"),
        (OVERFIT, "<TrainingHistory: 60 epochs of loss, val_loss>"),
        (histories.by_steps(), "<TrainingHistory: 240 steps of loss, val_loss>"),
        (
            TrainingHistory.from_columns([1], {f"m{n}\n": [1.0] for n in range(2_000)}),
            "<TrainingHistory: 1 epoch of m0\ufffd, m1\ufffd, m2\ufffd, m3\ufffd, m4\ufffd, m5\ufffd, m6\ufffd, "
            "m7\ufffd and 1,992 more>",
        ),
    ],
)
def test_a_repr_is_one_short_line(thing: Any, expected: str) -> None:
    assert repr(thing) == expected


def test_notebooks_show_the_page_and_where_html_is_not_shown_the_verdict() -> None:
    formatters = pytest.importorskip("IPython.core.formatters", reason="needs IPython")
    report = reportgen.build(OVERFIT, title="Second try")
    data, _ = formatters.DisplayFormatter().format(report)
    assert data["text/plain"] == str(report)
    assert data["text/html"].startswith("<iframe")


def test_the_data_of_a_report_has_its_diagnosis_and_the_values_of_every_curve() -> None:
    history = TrainingHistory.from_columns(
        [1, 2, 3],
        {
            "loss": [1.0, 0.5, math.nan],
            "val_loss": [math.inf, 0.75, 0.8],
            "odd": [3.0, 1.0, 2.0],
            "learning_rate": [0.1] * 3,
        },
    )
    report = reportgen.build(history, title="Mine", baseline={"loss": [1.0, 0.25], "accuracy": [0.5, 0.5]})
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    diagnosis = report.diagnosis.to_dict()
    assert data["schema"] == "reportgen/report/1"
    assert data["title"] == "Mine"
    assert data["verdict"]["code"] == report.verdict == report.diagnosis.verdict
    assert {name: data[name] for name in diagnosis if name != "schema"} == {
        name: value for name, value in json.loads(json.dumps(diagnosis)).items() if name != "schema"
    }
    assert data["values"] == {
        "loss": {"first": 1.0, "best": 0.5, "best_epoch": 2, "last": "NaN"},
        "val_loss": {"first": "Infinity", "best": 0.75, "best_epoch": 2, "last": 0.8},
        "odd": {"first": 3.0, "best": None, "best_epoch": None, "last": 2.0},
    }
    assert data["baseline"]["values"] == {"loss": {"first": 1.0, "best": 0.25, "best_epoch": 2, "last": 0.25}}
    assert "baseline" not in reportgen.build(history).to_dict()


# ---- In the browser


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The addresses that the browser was asked to open."""
    seen: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not seen.append(address))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return seen


def test_a_report_that_was_not_saved_is_opened_from_a_private_temporary_file(opened: list[str]) -> None:
    old = os.umask(0)
    try:
        report = reportgen.build(OVERFIT)
        path = report.open()
    finally:
        os.umask(old)
    assert opened == [path.as_uri()]
    assert path.read_text("utf-8") == report.to_html()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert report.open() == path  # not written again


def test_a_saved_report_is_opened_where_it_was_saved_unless_the_file_has_changed(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = reportgen.build(OVERFIT)
    report.save("my report.html")
    assert report.open() == tmp_path / "my report.html"
    assert opened == [f"{tmp_path.as_uri()}/my%20report.html"]
    reportgen.build(histories.healthy()).save("my report.html")
    other = report.open()
    assert other.name == "report.html"
    assert other.read_text("utf-8") == report.to_html()
    other.unlink()
    assert report.open().exists()


def no_browser(address: str) -> bool:
    raise webbrowser.Error(f"could not locate runnable browser for {address}")


@pytest.mark.parametrize("answer", [lambda address: False, no_browser])
def test_without_a_browser_the_error_says_where_the_report_is(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(webbrowser, "open", answer)
    with pytest.raises(
        reportgen.OutputError, match=r"No browser could be started .* /.*report\.html; open that file\."
    ):
        reportgen.build(OVERFIT).open()
    assert opened == []


# ---- The document


def test_the_document_names_everything_that_a_report_has_and_its_example_runs(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)(?:\(.*?\))?` \|", document, re.MULTILINE))
    fields = {item.name for item in dataclasses.fields(reportgen.Report)}
    methods = {name for name in vars(reportgen.Report) if not name.startswith("_")} - fields
    assert methods | {"history", "diagnosis"} <= documented
    report = reportgen.build(OVERFIT, baseline=OVERFIT)
    assert set(report.to_dict()) - set(report.diagnosis.to_dict()) <= documented
    monkeypatch.chdir(tmp_path)
    Path("history.csv").write_text(
        "epoch,loss,val_loss\n" + "".join(f"{n},{1 / (n + 1)},{2 / (n + 1)}\n" for n in range(9))
    )
    (example,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    exec(example, {})
    assert reportgen.load("report.html") == reportgen.build("history.csv", title="Second try").history
    assert len(opened) == 1
