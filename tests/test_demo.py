"""`reportgen demo` in an empty folder, with real TensorFlow, for all of its 150 epochs."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from processes import start_interruptible

import reportgen

pytestmark = [pytest.mark.keras, pytest.mark.slow]

COMMAND = [sys.executable, "-m", "reportgen", "demo"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_"))}


def demo(folder, *arguments):
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder and the result of one demo that replaces an older file."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "report.html").write_text("<!-- reportgen an older report")
    return folder, demo(folder)


def test_the_demo_prints_verdict_answers_keys_and_path(first):
    folder, done = first
    assert done.returncode == 0, done.stderr
    diagnosis = reportgen.diagnose(folder / "report.html")
    lines = done.stdout.splitlines()
    assert diagnosis.verdict_words.title in lines
    answers = [line for line in lines if re.match(r"\S.*\?  +\S", line)]
    assert len(answers) == 5
    keys = "accuracy, loss, learning_rate, val_accuracy, val_loss"
    assert sorted(lines[-2].removeprefix("History keys: ").split(", ")) == sorted(keys.split(", "))
    assert lines[-1] == f"Report: {folder.resolve() / 'report.html'}"


def test_the_report_is_complete_and_small_and_replaces_the_older_file(first):
    folder, _ = first
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    assert (folder / "report.html").stat().st_size <= 120 * 1024
    history = reportgen.load(folder / "report.html")
    assert history.epochs.tolist() == list(range(1, 151))
    assert (history.run.status, history.run.parameters) == ("completed", 8 * 12 + 12 + 12 * 8 + 8 + 8 + 1)
    assert (history.run.steps_per_epoch, history.run.optimizer, history.run.loss) == (52, "Adam", "binary_crossentropy")


def test_the_network_learned(first):
    history = reportgen.load(first[0] / "report.html")
    assert 0.70 < history.series("accuracy", "validation").loc[150] < 0.85  # the majority class alone scores 0.67
    assert reportgen.diagnose(history).answers["learning"].answer == "yes"


def test_standard_error_has_the_progress_bar_only(first):
    lines = first[1].stderr.splitlines()
    assert lines, "no progress was shown"
    for line in lines:
        assert re.fullmatch(r"\s*|Epoch +\d+/150 .*", line), line
    assert "150/150" in lines[-1]
    assert re.search(r"loss 0\.\d{4}  val_loss 0\.\d{4}", lines[-1])


def test_ctrl_c_leaves_a_report_of_the_epochs_so_far(tmp_path):
    waiting = tmp_path / "ready"
    code = (  # the fifth epoch waits for the signal
        "import pathlib, signal, sys; import reportgen.demo as demo\n"
        "seen = []\n"
        "def on_epoch(logs):\n"
        "    seen.append(logs)\n"
        f"    len(seen) == 5 and (pathlib.Path({str(waiting)!r}).touch(), signal.pause())\n"
        "demo.train_demo('report.html', on_epoch)\n"
    )
    process = start_interruptible([sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not waiting.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (tmp_path / "report.html").exists(), errors.decode()
    assert "Interrupted at epoch 4 of 150" in (tmp_path / "report.html").read_text("utf-8")
