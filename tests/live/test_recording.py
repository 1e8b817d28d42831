"""A recording without a training framework: two runs that take one path, names that are not logged."""

import os
import warnings
from pathlib import Path
from typing import Any

import pytest

import reportgen
from reportgen.journal import SCHEMA, as_line
from reportgen.live.earlier_part import earlier_part
from reportgen.live.failures import FailureGuard
from reportgen.live.job import Job
from reportgen.live.journal_file import JournalFile
from reportgen.live.path_template import PathTemplate
from reportgen.live.recording import Recording
from reportgen.live.targets import Targets
from reportgen.options import ReadOptions


class DeadWatcher:
    """A watcher that has died."""

    def __init__(self, job: str) -> None:
        pass

    def leave(self) -> None:
        pass

    def finish(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.live.recording.Watcher", DeadWatcher)


def recording(
    folder: Path, every: int | None = None, options: ReadOptions | None = None, facts: dict[str, Any] | None = None
) -> Recording:
    job = Job(folder / "r.html", options or ReadOptions())
    return Recording(job, Targets(PathTemplate("r.html"), folder), every, lambda: dict(facts or {}), FailureGuard())


def train(made: Recording, *epochs: int) -> None:
    for epoch in epochs:
        made.begin_epoch(epoch)
        if made.batches.is_due(0):
            made.add_batch({"loss": 2 / epoch})
        made.add_epoch(epoch, 0.5, {"loss": 1 / epoch})


@pytest.mark.parametrize("later", [(2, 3), ()])
@pytest.mark.parametrize("every", [None, 1])
def test_a_training_whose_path_was_taken_moves_with_all_that_it_logged(
    tmp_path: Path, later: tuple[int, ...], every: int | None
) -> None:
    made = recording(tmp_path, every)
    train(made, 1)
    other = JournalFile(tmp_path / "r.journal", {"schema": SCHEMA, "id": "other"}, [])  # began at the same moment
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(made, *later)
        made.finish("completed", None)
    other.close()
    assert "another run is writing its report there" in str(caught[0].message)
    assert len(caught) == 1
    assert made.job.report == tmp_path / "r-2.html"
    history = reportgen.load(made.job.report)
    assert history.series("loss", "train").tolist() == [1 / epoch for epoch in (1, *later)]
    assert history.has("batch_loss", "train") is (every is not None)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".html") == ["r-2.html"]
    assert '"other"' in (tmp_path / "r.journal").read_text()


def test_what_comes_after_the_end_belongs_to_no_training(tmp_path: Path) -> None:
    made = recording(tmp_path)
    train(made, 1, 2)
    assert made.finish("completed", None)
    train(made, 3)
    assert reportgen.load(tmp_path / "r.html").epochs.tolist() == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_the_journal_is_kept_if_the_report_cannot_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recording(tmp_path)
    train(made, 1, 2)
    monkeypatch.setattr("reportgen.report.load", lambda path, **options: reportgen.load({"loss": [1.0]}))
    made.finish("completed", None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.journal"]


def test_options_for_metrics_that_are_not_logged_are_reported_after_the_first_epoch(tmp_path: Path) -> None:
    options = ReadOptions(directions={"f2": "higher", "f1[0]": "higher", "val_loss": "lower"}, monitor="mae")
    made = recording(tmp_path, options=options)
    made.begin_epoch(1)
    with pytest.warns(RuntimeWarning, match='use the directions: "f2" is not logged; epoch 1 has') as caught:
        made.add_epoch(1, 0.5, {"loss": 1.0, "mae": 1.0, "f1": [0.5, 0.5]})
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.add_epoch(2, 0.5, {"loss": 1.0})
        made.finish("interrupted", None)


@pytest.mark.parametrize("name", ["val_auc", "auc"])
@pytest.mark.parametrize("validated", [True, False])
def test_a_name_of_validation_waits_for_the_first_epoch_with_validation(
    tmp_path: Path, name: str, validated: bool
) -> None:
    made = recording(tmp_path, options=ReadOptions(monitor="val_auc"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made.add_epoch(1, 0.5, {"loss": 1.0})
        assert not caught
        made.add_epoch(2, 0.5, {"loss": 0.5} | ({f"val_{name[-3:]}": 0.5, name: 0.5} if validated else {}))
        made.add_epoch(3, 0.5, {"loss": 0.25})
        assert not caught
        made.finish("completed", None)
    assert ["could not use the monitor" in str(warning.message) for warning in caught] == [True] * (not validated)


def test_a_wrong_name_of_validation_is_reported_with_the_first_validation(tmp_path: Path) -> None:
    made = recording(tmp_path, options=ReadOptions(monitor="val_auk"))
    made.add_epoch(1, 0.5, {"loss": 1.0})
    with pytest.warns(RuntimeWarning, match='"val_auk" is not logged; epoch 2 has "?loss"?, "?val_auc'):
        made.add_epoch(2, 0.5, {"loss": 0.5, "val_auc": 0.5})
    made.finish("completed", None)


@pytest.mark.parametrize("planned", [10, None])
def test_the_headline_of_an_interrupted_run_says_where(tmp_path: Path, planned: int | None) -> None:
    made = recording(tmp_path, facts={"epochs_planned": planned})
    train(made, *range(1, 6))
    made.finish("interrupted", None)
    where = "Interrupted at epoch 5 of 10. " if planned else "Interrupted at epoch 5. "
    assert made.written is not None
    assert made.report is not None
    assert made.written.headline == where + made.report.diagnosis.verdict_words.title


def test_a_folder_that_cannot_be_created_is_reported_in_one_sentence_about_the_report(tmp_path: Path) -> None:
    made = recording(Path("/proc/self/none"))
    with pytest.warns(RuntimeWarning) as caught:
        train(made, 1, 2)
    made.finish("completed", None)  # says nothing more: warnings are errors
    (said,) = [str(warning.message) for warning in caught]
    assert said.startswith("reportgen could not write the report: /proc/self/none/r.html: ")
    assert "not written" not in said


def test_an_odd_or_huge_earlier_journal_costs_no_report(tmp_path: Path) -> None:
    head = {"schema": SCHEMA, "id": "0f", "run": {"resumed_at": 5, "title": 3}}
    lines = [head, *({"epoch": epoch, "seconds": 0.5, "values": {"loss": 1 / epoch}} for epoch in (1, 2, 3))]
    journal = tmp_path / "r.journal"
    journal.write_text("".join(map(as_line, lines)), "utf-8")
    part = earlier_part(tmp_path / "r.html", 4)
    assert part is not None
    assert (part.facts, [row["epoch"] for row in part.rows]) == ({}, [1, 2, 3])
    made = recording(tmp_path)
    train(made, 4)
    made.finish("completed", None)
    history = reportgen.load(made.job.report)
    assert (history.epochs.tolist(), history.run.resumed_at) == ([1, 2, 3, 4], (4,))

    journal.write_text("".join(map(as_line, lines)), "utf-8")
    os.truncate(journal, 2_000_000_000)  # a sparse file
    with pytest.raises(reportgen.SourceError, match="too large to be continued"):
        earlier_part(tmp_path / "r.html", 4)
    os.truncate(journal, 30_000_000)  # one line of 30 MB is damaged, not read as a whole
    part = earlier_part(tmp_path / "r.html", 4)
    assert part is not None
    assert [row["epoch"] for row in part.rows] == [1, 2, 3]
