"""The watcher without a training process: what its job contains, and the reports that it writes."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import reportgen
from reportgen.journal import SCHEMA, as_line
from reportgen.live.job import Job, Written
from reportgen.live.watcher import Watcher, pause_after, watch
from reportgen.options import Look, ReadOptions
from reportgen.sources.source_title import title_of

OPTIONS = ReadOptions(columns={"train": "loss", "valid": "val_loss"}, directions={"f2": "higher"}, run=2)
LOOK = Look(theme="dark", static=True, language="zh-CN")
LOGGED = ["epoch,train,valid\n", "0,0.9,0.8\n", "1,0.7,0.5\n"]


def write_journal(job: Job, n_epochs: int = 3) -> None:
    rows = [{"epoch": n, "seconds": 1.0, "values": {"loss": 1 / n, "f2": n / 9}} for n in range(1, n_epochs + 1)]
    lines = [{"schema": SCHEMA, "id": job.run_id, "run": {"epochs_planned": 9}}, *rows]
    job.journal.write_text("".join(map(as_line, lines)), "utf-8")


def test_a_job_is_unchanged_after_passing_through_the_pipe(tmp_path: Path) -> None:
    look = Look(interactive=True, compress=True, templates=tmp_path / "own")
    job = Job(tmp_path / "r.html", OPTIONS, look, run_id="0f").with_baseline({"loss": [0.5, 0.25]})
    assert Job.from_json(job.to_json()) == job
    assert "\n" not in job.to_json()


def test_a_baseline_is_as_it_was_when_it_was_read(tmp_path: Path) -> None:
    job = Job(tmp_path / "r.html", run_id="0f")
    write_journal(job, 2)
    job = job.with_baseline(job.journal)  # of an earlier run
    write_journal(job, 5)
    reportgen.build({"loss": [9.0, 8.0]}).save(job.report)
    assert watch(job, lambda: "finish\n") is not None
    earlier = reportgen.load({"loss": [1.0, 0.5], "f2": [1 / 9, 2 / 9]})
    earlier = earlier.with_run(replace(earlier.run, durations_s=(1.0, 1.0)))
    assert job.report.read_text("utf-8") == reportgen.build(job.journal, baseline=earlier).to_html()


def test_the_final_report_has_the_look_and_a_baseline_read_with_the_options(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("".join(LOGGED), "utf-8")
    options = ReadOptions(columns=OPTIONS.columns, directions=OPTIONS.directions)
    job = Job(tmp_path / "r.html", options, LOOK, run_id="0f").with_baseline(tmp_path / "old.csv")
    write_journal(job)
    written = watch(job, lambda: "finish\n")
    earlier = reportgen.load(tmp_path / "old.csv", columns=OPTIONS.columns)
    history = reportgen.load(job.journal, directions=OPTIONS.directions)
    report = replace(reportgen.build(history, baseline=earlier, look=LOOK), source_title=title_of(job.report))
    assert job.report.read_text("utf-8") == report.to_html()
    assert reportgen.load(job.report).direction("f2") == "higher"
    assert written is not None
    assert (written.n_epochs, written.is_complete) == (3, True)
    assert written.headline.endswith(report.diagnosis.verdict_words.title)


def test_what_cannot_be_used_is_left_out_and_reported(tmp_path: Path) -> None:
    options = ReadOptions(directions={"other": "lower"}, monitor="another")
    job = Job(tmp_path / "r.html", options, run_id="0f")
    write_journal(job)
    written = watch(job, lambda: "finish\n")
    assert written is not None
    assert Written.from_json(written.to_json()) == written
    assert [doing for doing, _ in written.failures] == ["use the directions", "use the monitor"]
    assert all("other" in reason for _, reason in written.failures)
    assert reportgen.load(job.report).epochs.tolist() == [1, 2, 3]


def test_a_file_of_the_user_is_not_replaced(tmp_path: Path) -> None:
    for overwrite, text in ((False, "mine"), (True, "<!doctype html>")):
        job = Job(tmp_path / "r.html", overwrite=overwrite, run_id="0f")
        write_journal(job)
        job.report.write_text("mine")
        assert (watch(job, lambda: "finish\n") is not None) is overwrite
        assert job.report.read_text("utf-8").startswith(text)


def test_a_journal_of_another_training_gets_no_report(tmp_path: Path) -> None:
    job = Job(tmp_path / "r.html", run_id="0f")
    write_journal(Job(job.report, run_id="another"))
    orders = iter([None, "finish\n"])
    assert watch(job, lambda: next(orders)) is None
    assert watch(job, lambda: "leave\n") is None
    assert not job.report.exists()


def test_refreshing_takes_at_most_one_percent_of_the_time() -> None:
    assert [pause_after(cpu_s) for cpu_s in (0.0, 0.3, 0.31, 6.0)] == [30, 30, 31, 600]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Job, Watcher]:
    """A watcher in its own process, as of a run that takes longer than a few seconds."""
    monkeypatch.setattr("reportgen.live.watcher.FIRST_REFRESH_S", 0.0)
    job = Job(tmp_path / "r.html", run_id="0f")
    write_journal(job)
    return job, Watcher(job.to_json())


def test_the_watcher_answers_when_it_has_written_the_report(started: tuple[Job, Watcher]) -> None:
    job, watcher = started
    written = watcher.finish()
    assert written is not None
    assert (written.n_epochs, written.is_complete) == (3, True)
    assert reportgen.load(job.report).epochs.tolist() == [1, 2, 3]


def test_a_report_written_because_the_pipe_closed_is_not_taken_for_the_last_one(started: tuple[Job, Watcher]) -> None:
    job, watcher = started
    assert watcher._process.stdin is not None
    while not watcher._orders.empty():
        time.sleep(0.01)
    time.sleep(0.2)  # the job is in the pipe
    with open(os.devnull, "wb") as elsewhere:  # as when a program closes all its open files
        os.dup2(elsewhere.fileno(), watcher._process.stdin.fileno())
    watcher._process.wait(60)
    assert reportgen.load(job.report).epochs.tolist() == [1, 2, 3]
    write_journal(job, 5)
    assert watcher.finish() is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs Linux or macOS")
def test_a_suspended_watcher_is_given_up_after_ten_seconds(started: tuple[Job, Watcher]) -> None:
    _, watcher = started
    os.kill(watcher._process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    assert watcher.finish() is None
    assert time.monotonic() - begun < 10
    assert watcher._process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="needs Linux or macOS")
def test_a_watcher_that_never_reads_its_job_delays_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.live.watcher._SILENCE_S", 0.5)
    job = replace(Job(tmp_path / "r.html"), baseline_data="x" * 10_000_000)  # more than a pipe holds
    begun = time.monotonic()
    watcher = Watcher(job.to_json())
    os.kill(watcher._process.pid, signal.SIGSTOP)
    watcher.leave()
    assert time.monotonic() - begun < 5
