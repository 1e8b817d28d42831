"""The watcher without a training process: what its job contains, and the reports that it writes."""

from pathlib import Path

import pytest

import reportgen
from reportgen.journal import SCHEMA, as_line
from reportgen.live.watcher import Job, pause_after, watch
from reportgen.options import Look, ReadOptions

OPTIONS = ReadOptions(columns={"train": "loss", "valid": "val_loss"}, directions={"f2": "higher"}, run=2)
LOOK = Look(theme="dark", static=True, language="zh-CN")
LOGGED = ["epoch,train,valid\n", "0,0.9,0.8\n", "1,0.7,0.5\n"]


def write_journal(job: Job, n_epochs: int = 3) -> None:
    rows = [{"epoch": n, "seconds": 1.0, "values": {"loss": 1 / n, "f2": n / 9}} for n in range(1, n_epochs + 1)]
    lines = [{"schema": SCHEMA, "id": job.run_id, "run": {"epochs_planned": 9}}, *rows]
    job.journal.write_text("".join(map(as_line, lines)), "utf-8")


def test_a_job_is_unchanged_after_passing_through_the_pipe(tmp_path: Path) -> None:
    look = Look(interactive=True, compress=True, templates=tmp_path / "own")
    job = Job(tmp_path / "r.html", "old.csv", OPTIONS, look, "0f")
    assert Job.from_json(job.to_json()) == job
    assert "\n" not in job.to_json()


def test_a_baseline_that_is_not_a_path_is_sent_as_a_history(tmp_path: Path) -> None:
    job = Job(tmp_path / "r.html", {"loss": [0.5, 0.25]}, run_id="0f")
    sent = Job.from_json(job.to_json())
    assert sent.baseline is None
    write_journal(sent)
    assert watch(sent, lambda: "finish\n") == 0
    assert "0.2500" in sent.report.read_text("utf-8")


def test_the_final_report_has_the_look_and_a_baseline_read_with_the_options(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("".join(LOGGED), "utf-8")
    options = ReadOptions(columns=OPTIONS.columns, directions=OPTIONS.directions)
    job = Job(tmp_path / "r.html", tmp_path / "old.csv", options, LOOK, "0f")
    write_journal(job)
    assert watch(job, lambda: "finish\n") == 0
    earlier = reportgen.load(tmp_path / "old.csv", columns=OPTIONS.columns)
    history = reportgen.load(job.journal, directions=OPTIONS.directions)
    assert job.report.read_text("utf-8") == reportgen.build(history, baseline=earlier, look=LOOK).to_html()
    assert reportgen.load(job.report).direction("f2") == "higher"


@pytest.mark.parametrize(
    "wrong", [Job(Path(), "none.csv"), Job(Path(), options=ReadOptions(directions={"other": "lower"}))]
)
def test_the_training_writes_a_report_that_the_watcher_cannot_make(tmp_path: Path, wrong: Job) -> None:
    job = Job(tmp_path / "r.html", wrong.baseline, wrong.options, run_id="0f")
    write_journal(job)
    assert watch(job, lambda: "finish\n") == 1
    assert reportgen.load(job.report).epochs.tolist() == [1, 2, 3]


def test_a_journal_of_another_training_gets_no_report(tmp_path: Path) -> None:
    job = Job(tmp_path / "r.html", run_id="0f")
    write_journal(Job(job.report, run_id="another"))
    orders = iter([None, "finish\n"])
    assert watch(job, lambda: next(orders)) == 1
    assert watch(job, lambda: "leave\n") == 1
    assert not job.report.exists()


def test_refreshing_takes_at_most_one_percent_of_the_time() -> None:
    assert [pause_after(cpu_s) for cpu_s in (0.0, 0.3, 0.31, 6.0)] == [30, 30, 31, 600]
