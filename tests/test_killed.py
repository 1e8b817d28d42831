"""Runs killed by SIGKILL, and the files that they leave."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import reportgen

pytestmark = [pytest.mark.keras, pytest.mark.slow]


HERE = Path(__file__).parent
EPOCH_S = 0.08


class Trainer:
    """The process of `killed_runs` and the training that it runs."""

    def __init__(self, process):
        self.process = process
        assert self.read() == {"ready": True}

    def read(self):
        return json.loads(self.process.stdout.readline())

    def start(self, path, **options):
        arguments = {"path": str(path), "epochs": 100_000, "epoch_s": EPOCH_S, **options}
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        self.last = 0
        self.pid = None
        while not self.last or self.pid is None:
            self.note(self.read())

    def note(self, said):
        self.last = said.get("epoch", self.last)
        self.pid = said.get("pid", self.pid)

    def watcher(self):
        for _ in range(100):  # a new process has no command line for a moment
            for child in psutil.Process(self.pid).children():
                if "reportgen.live.watcher" in child.cmdline():
                    return child
            time.sleep(0.01)
        raise AssertionError("no watcher is running")

    def kill(self):
        """Kills the training and reads what it had printed until then."""
        os.kill(self.pid, signal.SIGKILL)
        while "ended" not in (said := self.read()):
            self.note(said)

    def run_out(self, path, **options):
        self.start(path, **options)
        while "ended" not in (said := self.read()):
            self.note(said)


@pytest.fixture(scope="module")
def trainer():
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot copy a process")
    with subprocess.Popen(
        [sys.executable, HERE / "killed_runs.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": f"{HERE.parent}"},
    ) as process:
        yield Trainer(process)
        process.stdin.close()


def wait_for_end(watcher):
    watcher.wait(timeout=120)
    assert not watcher.is_running()


def without_samples(history):
    """The history without samples of resources: those of a killed training are only in its report."""
    return history.with_run(replace(history.run, resources=None))


def check_files(folder, last_printed, seed):
    """Checks that a killed training left all finished epochs in its two files, and no other file."""
    assert sorted(path.name for path in folder.iterdir()) == ["r.html", "r.journal"], seed
    report = reportgen.load(folder / "r.html")
    assert without_samples(report) == reportgen.load(folder / "r.journal"), seed
    last = len(report.epochs)
    assert last in (last_printed, last_printed + 1), seed  # the last epoch may have ended without a message
    assert report.epochs.tolist() == list(range(1, last + 1))
    assert (report.run.status, report.run.epochs_planned) == ("interrupted", 100_000)
    assert set(report.keys) == {"loss", "val_loss", "learning_rate"}
    assert f"Interrupted at epoch {last} of 100,000" in (folder / "r.html").read_text("utf-8")


def test_a_training_killed_at_any_of_twenty_moments_leaves_report_and_journal(trainer, tmp_path):
    dying = []
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        trainer.start(folder / "r.html")
        watcher = trainer.watcher()
        time.sleep(random.Random(seed).uniform(0, 20 * EPOCH_S))
        trainer.kill()
        dying.append((watcher, folder, trainer.last, seed))
        while len(dying) > (2 if seed < 19 else 0):  # they write while the next training runs
            watcher, *rest = dying.pop(0)
            wait_for_end(watcher)
            check_files(*rest)


def test_a_crash_of_the_machine_leaves_a_report_that_says_so_with_samples_of_the_training(trainer, tmp_path):
    trainer.start(tmp_path / "r.html")
    watcher = trainer.watcher()
    begun = time.monotonic()
    while not (tmp_path / "r.html").exists():
        assert time.monotonic() - begun < 60
        time.sleep(0.05)
    watcher.kill()
    trainer.kill()
    report = reportgen.load(tmp_path / "r.html")
    assert report.run.status == "interrupted"
    assert "still-running" in [note.code for note in report.run.notes]
    assert report.run.resources is not None
    assert max(report.run.resources.memory_bytes) > 100e6  # of the process that has loaded TensorFlow
    assert reportgen.load(tmp_path / "r.journal").epochs[-1] >= trainer.last > report.epochs[-1]


def test_a_killed_watcher_does_not_affect_the_training(trainer, tmp_path):
    trainer.start(tmp_path / "r.html", epochs=3)
    with contextlib.suppress(psutil.NoSuchProcess, AssertionError):
        trainer.watcher().kill()
    while "ended" not in trainer.read():
        pass
    assert reportgen.load(tmp_path / "r.html").run.status == "completed"
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_forked_process_does_not_keep_the_watcher_alive(trainer, tmp_path):
    trainer.start(tmp_path / "r.html", forks=True)
    watcher = trainer.watcher()
    while trainer.last < 2:
        trainer.note(trainer.read())
    forked = next(child for child in psutil.Process(trainer.pid).children() if child != watcher)
    trainer.kill()
    wait_for_end(watcher)
    assert forked.is_running()
    forked.kill()
    assert reportgen.load(tmp_path / "r.html").run.status == "interrupted"


def kill_after_4_epochs(trainer, path, **options):
    """Starts a run, kills it, and waits until its watcher has written the report."""
    trainer.start(path, **options)
    watcher = trainer.watcher()
    while trainer.last < 4:
        trainer.note(trainer.read())
    trainer.kill()
    wait_for_end(watcher)


def test_a_killed_and_resumed_training_is_one_history_that_marks_where_it_resumed(trainer, tmp_path):
    options = {"backup": str(tmp_path / "backup")}
    kill_after_4_epochs(trainer, tmp_path / "r.html", **options)
    died_at = int(reportgen.load(tmp_path / "r.journal").epochs[-1])
    trainer.run_out(tmp_path / "r.html", epochs=died_at + 3, **options)
    history = reportgen.load(tmp_path / "r.html")
    assert history.epochs.tolist() == list(range(1, died_at + 4))
    assert history.run.status == "completed"
    (seam,) = history.run.resumed_at
    assert seam in (died_at, died_at + 1)
    assert not (tmp_path / "r.journal").exists()


def test_a_killed_and_resumed_training_keeps_its_batches_and_continues_counting(trainer, tmp_path):
    options = {"backup": str(tmp_path / "backup"), "update_freq": "batch"}
    kill_after_4_epochs(trainer, tmp_path / "r.html", **options)
    history = reportgen.load(tmp_path / "r.journal")
    assert history == without_samples(reportgen.load(tmp_path / "r.html"))
    assert (history.axis, history.run.status) == ("step", "interrupted")
    ends = history.series("loss", "train").index.tolist()
    assert ends == [4 * epoch for epoch in range(1, len(ends) + 1)]
    steps = history.series("batch_loss", "train").index.tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 4 * len(ends)
    trainer.run_out(tmp_path / "r.html", epochs=len(ends) + 3, **options)
    resumed = reportgen.load(tmp_path / "r.html")
    assert resumed.series("batch_loss", "train").index.tolist() == list(range(1, 4 * (len(ends) + 3) + 1))
    assert resumed.run.status == "completed"
    (seam,) = resumed.run.resumed_at
    assert seam in (4 * len(ends) - 3, 4 * len(ends) + 1)
    before = [step for step in history.series("loss", "train").index if step < seam]
    assert resumed.series("loss", "train")[before].equals(history.series("loss", "train")[before])


def test_a_training_killed_in_a_long_first_epoch_keeps_its_batches(trainer, tmp_path):
    arguments = {"path": str(tmp_path / "r.html"), "epochs": 2, "epoch_s": 24.0, "update_freq": "batch"}
    trainer.process.stdin.write(json.dumps(arguments) + "\n")
    trainer.process.stdin.flush()
    trainer.last = 0
    trainer.pid = trainer.read()["pid"]
    journal = tmp_path / "r.journal"
    begun, created = time.monotonic(), 0
    while not journal.exists() or not 0 < created < journal.stat().st_size:  # it grows after the watcher has started
        created = created or (journal.stat().st_size if journal.exists() else 0)
        assert time.monotonic() - begun < 60
        time.sleep(0.05)
    watcher = trainer.watcher()
    trainer.kill()
    wait_for_end(watcher)
    history = reportgen.load(tmp_path / "r.html")
    assert without_samples(history) == reportgen.load(tmp_path / "r.journal")
    assert set(history.keys) == {"batch_loss"}
    assert history.run.status == "interrupted"
    assert trainer.last == 0
