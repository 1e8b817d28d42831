"""Where reports go: what is kept, what is replaced, what is continued."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import reportgen
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.history.stored import pack_run
from reportgen.journal import SCHEMA, as_line, journal_path
from reportgen.live.earlier_part import earlier_part
from reportgen.live.journal_file import JournalFile
from reportgen.live.path_template import PathTemplate
from reportgen.live.targets import STARTED_AT, Targets

HEAD = {"schema": SCHEMA, "id": "0f", "run": {}}


def targets(folder: Path, text: str = "r.html", **options: Any) -> Targets:
    return Targets(PathTemplate(text), folder, begun="20260131-235959", **options)


def report(path: Path, first: int = 1, last: int = 3, **facts: Any) -> Path:
    """Writes the report of a run that has ended."""
    epochs = range(first, last + 1)
    columns = {"loss": [1 / n for n in epochs], "f1[0]": [n / 8 for n in epochs], "f1[1]": [n / 4 for n in epochs]}
    run = RunFacts(**{"status": "completed", "started_at": "2026-01-31T00:00:00+00:00"} | facts)
    path.parent.mkdir(parents=True, exist_ok=True)
    reportgen.build(TrainingHistory.from_columns(list(epochs), columns, run)).save(path)
    return path


def journal(path: Path, last: int = 3, end: dict[str, Any] | None = None, step: int | None = None) -> Path:
    """Writes the journal of a run, and returns the path of its report."""
    counted = [{} if step is None else {"step": n * step} for n in range(last + 1)]
    rows = [{"epoch": n, **counted[n], "seconds": 1.0, "values": {"loss": 1 / n}} for n in range(1, last + 1)]
    batches = [] if step is None else [{"epoch": 1, "steps": [1, 2], "values": {"batch_loss": [1.0, 0.5]}}]
    records = [HEAD, *batches, *rows, *([] if end is None else [{"end": end}])]
    journal_path(path).write_text("".join(map(as_line, records)), "ascii")
    return path


def aged(path: Path, seconds: float = 1.0) -> Path:
    """Makes the files of a report older than this process."""
    for file in (path, journal_path(path)):
        if file.exists():
            os.utime(file, (STARTED_AT - seconds,) * 2)
    return path


def test_a_report_of_this_process_is_kept_and_that_of_an_earlier_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    assert targets(tmp_path).choose(1).path == path
    aged(report(path))
    assert targets(tmp_path).choose(1).path == path
    report(path)
    second = targets(tmp_path).choose(1)
    assert second.path == tmp_path / "r-2.html"
    assert "\n" not in second.warning
    assert f"{path}: this is the report of another run" in second.warning
    assert second.warning.endswith("into the path, or pass overwrite=True.")
    report(second.path)
    third = targets(tmp_path).choose(1)
    assert (third.path, third.warning) == (tmp_path / "r-3.html", "")  # it has been said
    assert targets(tmp_path, overwrite=True).choose(1).path == path


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("r.html", "mine", True),
        ("r.html", "", False),
        ("r.journal", "my diary", True),
        ("r.journal", "", False),
        ("r.journal", as_line({"schema": "reportgen/journal/9"}), True),
        ("r.journal", as_line(HEAD), False),
    ],
)
def test_a_file_that_reportgen_did_not_write_is_kept_with_a_warning(
    tmp_path: Path, name: str, content: str, kept: bool
) -> None:
    (tmp_path / name).write_text(content)
    os.utime(tmp_path / name, (0, 0))
    chosen = targets(tmp_path).choose(1)
    assert chosen.path.name == ("r-2.html" if kept else "r.html")
    assert ("reportgen did not write this file" in chosen.warning) is kept
    assert targets(tmp_path, overwrite=True).choose(1).path.name == "r.html"


def test_a_path_where_a_training_run_is_writing_is_never_used(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for name in ("r.journal", "r-2.journal"):
            writing = JournalFile(tmp_path / name, HEAD, [{"epoch": 1, "values": {"loss": 1.0}}])
            stack.callback(writing.close)
            os.utime(tmp_path / name, (0, 0))
        for overwrite in (False, True):
            for epoch in (1, 2):
                chosen = targets(tmp_path, overwrite=overwrite).choose(epoch)
                assert chosen.path.name == "r-3.html"
                assert "another run is writing its report there" in chosen.warning
                assert "overwrite" not in chosen.warning  # it has no effect
    assert targets(tmp_path).choose(1).path.name == "r.html"


@pytest.mark.parametrize("name", ["r.html", "r.journal"])
def test_an_empty_file_is_replaced_however_young(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()  # as tempfile.mkstemp does
    for epoch in (1, 4):
        chosen = targets(tmp_path).choose(epoch)
        assert (chosen.path.name, chosen.warning) == ("r.html", "")


@pytest.mark.parametrize(
    ("text", "there", "expected"),
    [
        ("{fold}.html", [], "1.html"),
        ("{fold}.html", [("1.html", True), ("2.html", False)], "2.html"),  # the second is of an earlier process
        ("{run}.html", [("1.html", False), ("2.html", True)], "3.html"),
        ("{run:03d}/r.html", [("001/r.html", False)], "002/r.html"),
        ("{run}/{fold}.html", [("1/1.html", False)], "2/1.html"),
        ("{run}/{fold}.html", [("1/1.html", False), ("2/1.html", True)], "2/2.html"),
        ("{trial}.html", [("1.html", True)], "2.html"),
        ("{time}.html", [], "20260131-235959.html"),
        ("{time}.html", [("20260131-235959.html", True)], "20260131-235959-2.html"),
    ],
)
def test_placeholders_count(tmp_path: Path, text: str, there: list[tuple[str, bool]], expected: str) -> None:
    for name, young in there:
        (report if young else lambda path: aged(report(path)))(tmp_path / name)
    chosen = targets(tmp_path, text).choose(1)
    assert chosen.path == tmp_path / expected
    assert bool(chosen.warning) is expected.endswith("-2.html")


def test_a_trial_of_a_tuner_has_its_own_name(tmp_path: Path) -> None:
    chosen = targets(tmp_path, "{trial}.html", trial="07").choose(1)
    assert chosen.path.name == "07.html"
    report(chosen.path)
    again = targets(tmp_path, "{trial}.html", trial="07").choose(1)  # with executions_per_trial=2
    assert again.path.name == "07-2.html"
    assert "Put {run}, {fold} or {time} into the path, " in again.warning
    known = targets(tmp_path, "{trial}-{fold}.html", trial="best", fold=3)
    assert known.choose(1).path.name == "best-3.html"
    report(known.choose(1).path)
    assert known.choose(1).path.name == "best-3-2.html"


FINISHED: list[Callable[[Path], Path]] = [report, lambda path: journal(path, end={"status": "completed"})]


@pytest.mark.parametrize("write", FINISHED)
def test_a_finished_run_is_continued_where_it_ended(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path / "r.html")
    for epoch, rows in ((4, [1, 2, 3]), (3, [1, 2])):  # or its last epoch is repeated
        chosen = targets(tmp_path).choose(epoch)
        assert (chosen.path, chosen.warning) == (path, "")
        assert chosen.earlier is not None
        assert [row["epoch"] for row in chosen.earlier.rows] == rows
        assert [row["values"]["loss"] for row in chosen.earlier.rows] == [1 / n for n in rows]
    for epoch in (2, 5):
        chosen = targets(tmp_path).choose(epoch)
        assert chosen.path.name == "r-2.html"
        assert f"ends at epoch 3 and this training begins at epoch {epoch}; initial_epoch=3 cont" in chosen.warning
    assert "continue" not in targets(tmp_path).choose(1).warning
    assert targets(tmp_path, trial="1").choose(4).path.name == "r-2.html"  # it could be that of another trial
    assert targets(tmp_path, trial="1", own=path).choose(4).path == path
    own = targets(tmp_path, own=path).choose(2)
    assert own.earlier is not None
    assert [row["epoch"] for row in own.earlier.rows] == [1]


def test_the_last_of_several_runs_that_fit_is_continued(tmp_path: Path) -> None:
    report(tmp_path / "r.html", last=6)
    report(tmp_path / "r-2.html", last=3)
    assert targets(tmp_path).choose(4).path.name == "r-2.html"
    assert targets(tmp_path).choose(7).path.name == "r.html"
    report(tmp_path / "r-3.html", last=3)
    assert targets(tmp_path).choose(4).path.name == "r-3.html"


def test_restored_weights_are_continued_from_their_epoch(tmp_path: Path) -> None:
    stopping = EarlyStopping("loss", 2, 1)
    report(tmp_path / "r.html", status="stopped-early", early_stopping=stopping)
    journal(tmp_path / "s.html", end=pack_run(RunFacts(status="stopped-early", early_stopping=stopping)))
    lines = journal_path(tmp_path / "s.html").read_text()
    assert '"restored_epoch":1' in lines
    for name in ("r.html", "s.html"):
        chosen = targets(tmp_path, name).choose(2)
        assert chosen.earlier is not None
        assert [row["epoch"] for row in chosen.earlier.rows] == [1]


def test_an_interrupted_run_of_an_earlier_process_is_continued_from_any_epoch(tmp_path: Path) -> None:
    aged(journal(tmp_path / "r.html", last=5))
    aged(report(tmp_path / "r-2.html"), 9.0)  # older
    for epoch, last in ((2, 1), (6, 5), (9, 5)):
        chosen = targets(tmp_path).choose(epoch)
        assert chosen.path.name == "r.html"
        assert chosen.earlier is not None
        assert [row["epoch"] for row in chosen.earlier.rows] == list(range(1, last + 1))
    assert targets(tmp_path).choose(1).earlier is None


def test_the_journal_of_a_run_with_batches_continues_their_count(tmp_path: Path) -> None:
    part = earlier_part(journal(tmp_path / "r.html", end={"status": "completed"}, step=2), 4)
    assert part is not None
    assert [row["step"] for row in part.rows] == [2, 4, 6]
    assert [record["steps"] for record in part.records(4) if "steps" in record] == [[1, 2]]


def test_a_report_that_counts_steps_is_not_continued_but_kept(tmp_path: Path) -> None:
    history = TrainingHistory.from_columns([8, 16], {"loss": [1.0, 0.5]}, RunFacts(status="completed"), axis="step")
    reportgen.build(history).save(tmp_path / "r.html")
    aged(tmp_path / "r.html")
    chosen = targets(tmp_path).choose(3)
    assert (chosen.path.name, chosen.earlier) == ("r-2.html", None)
    assert "this report counts steps" in chosen.warning
    assert "overwrite" not in chosen.warning  # it has no effect


def test_facts_vectors_durations_and_the_note_on_a_cut_report_are_continued(tmp_path: Path) -> None:
    cut = Note.of("cut", kept=9, all=99)
    facts = {"title": "First", "resumed_at": (2,), "durations_s": (1.0, 2.0, 3.0), "notes": (cut, Note("sorted"))}
    part = earlier_part(report(tmp_path / "r.html", **facts), 4)
    assert part is not None
    assert part.facts == {
        "title": "First",
        "resumed_at": (2,),
        "started_at": "2026-01-31T00:00:00+00:00",
        "notes": [{"code": "cut", "values": {"kept": 9, "all": 99}}],
    }
    assert part.rows[1] == {"epoch": 2, "seconds": 2.0, "values": {"loss": 0.5, "f1": [0.25, 0.5]}}


@pytest.mark.parametrize(
    "content", ["", "mine", "<!doctype html><p>A page.", "\udcff", '{"schema":"reportgen/history/9"}']
)
def test_a_file_without_a_report_is_not_continued(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.html").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert targets(tmp_path).choose(4).earlier is None


def test_special_files_are_used_as_they_are(tmp_path: Path) -> None:
    for epoch in (1, 4):
        assert targets(tmp_path, "/dev/null").choose(epoch).path == Path("/dev/null")


def test_a_finished_run_of_an_earlier_process_that_does_not_fit_is_kept(tmp_path: Path) -> None:
    path = aged(report(tmp_path / "r.html"))
    chosen = targets(tmp_path).choose(21)
    assert (chosen.path.name, chosen.earlier) == ("r-2.html", None)
    assert "ends at epoch 3 and this training begins at epoch 21" in chosen.warning
    assert targets(tmp_path).choose(1).path == path  # the script runs again
