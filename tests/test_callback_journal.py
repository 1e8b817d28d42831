"""The journal in real training runs: resumed, restarted, shared by two runs, on failing disks."""

import contextlib
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_disk import mounted_at

import reportgen
from reportgen import ReportCallback

pytestmark = pytest.mark.keras

ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(Path(__file__).parents[1])}
DATA = (np.ones((32, 3)), np.ones((32, 1)))


class Stop(Exception):  # noqa: N818  # not an error
    """Raised on purpose during training."""


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def fit(path, *callbacks, model=None, **options):
    callback = ReportCallback(path)
    (model or compiled()).fit(*DATA, verbose=0, callbacks=[*callbacks, callback], **options)
    return callback


def at_end_of(epoch, do):
    """A callback that calls a function after an epoch (0-based)."""
    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda number, logs: do() if number == epoch + 1 else None)


def raise_stop():
    raise Stop


def interrupted(path, after, **options):
    with contextlib.suppress(Stop):
        fit(path, at_end_of(after - 1, raise_stop), epochs=10, **options)
        pytest.fail("the training was not interrupted")


def of_an_earlier_process(folder):
    """Makes all files in a folder older than this process."""
    for path in folder.iterdir():
        os.utime(path, (0, 0))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_epoch_is_in_the_journal_when_it_ends(tmp_path):
    seen = []

    def look():
        history = reportgen.load(tmp_path / "r.journal")
        seen.append((history.epochs.tolist(), history.run.status, history.run.parameters, history.run.epochs_planned))

    fit(tmp_path / "r.html", at_end_of(0, look), at_end_of(1, look), epochs=4)
    assert seen == [([1], "interrupted", 4, 4), ([1, 2], "interrupted", 4, 4)]


def test_the_journal_is_kept_after_an_interruption_only(tmp_path):
    interrupted(tmp_path / "r.html", 3)
    assert names(tmp_path) == ["r.html", "r.journal"]
    assert reportgen.load(tmp_path / "r.journal") == reportgen.load(tmp_path / "r.html")
    of_an_earlier_process(tmp_path)
    fit(tmp_path / "r.html", epochs=2)
    assert names(tmp_path) == ["r.html"]


def test_a_resumed_training_continues_the_journal_and_marks_where_it_resumed(tmp_path):
    interrupted(tmp_path / "r.html", 5)
    earlier = reportgen.load(tmp_path / "r.html")
    interrupted(tmp_path / "r.html", 7, initial_epoch=3)
    callback = fit(tmp_path / "r.html", initial_epoch=7, epochs=9)
    history = reportgen.load(tmp_path / "r.html")
    assert history == callback.report.history
    assert history.epochs.tolist() == list(range(1, 10))
    assert history.series("loss", "train")[:3].tolist() == earlier.series("loss", "train")[:3].tolist()
    assert (history.run.resumed_at, history.run.status, history.run.epochs_planned) == ((4, 8), "completed", 9)
    assert history.run.started_at == earlier.run.started_at
    assert len(history.run.durations_s) == 9
    assert names(tmp_path) == ["r.html"]


def test_a_training_run_that_starts_at_the_first_epoch_replaces_the_journal(tmp_path):
    interrupted(tmp_path / "r.html", 5)
    of_an_earlier_process(tmp_path)
    fit(tmp_path / "r.html", epochs=2)
    history = reportgen.load(tmp_path / "r.html")
    assert (history.epochs.tolist(), history.run.resumed_at) == ([1, 2], ())


# Keras 3.15's BackupAndRestore reads weights in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras.src.backend.tensorflow.core")
def test_backup_and_restore_resumes_the_history(tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "r.html"
    with contextlib.suppress(Stop):
        fit(path, backup(), at_end_of(2, raise_stop), epochs=6)
    fit(path, backup(), epochs=6)
    history = reportgen.load(path)
    assert (history.epochs.tolist(), history.run.resumed_at) == ([1, 2, 3, 4, 5, 6], (4,))


def test_runs_at_one_path_at_the_same_time_each_leave_their_report(tmp_path):
    path = tmp_path / "r.html"
    seen = []

    def train_another():
        seen.append(fit(path, epochs=2).path)

    def train_yet_another():
        with contextlib.suppress(Stop):
            fit(path, at_end_of(1, raise_stop), epochs=3)

    with pytest.warns(RuntimeWarning, match="another run is writing its report there") as caught:
        callback = fit(path, at_end_of(1, train_another), at_end_of(3, train_yet_another), epochs=6)
    assert [warning.category for warning in caught].count(RuntimeWarning) == 1  # Keras 2.15 adds others
    assert (callback.path, seen) == (str(path), [str(tmp_path / "r-2.html")])
    assert names(tmp_path) == ["r-2.html", "r-3.html", "r-3.journal", "r.html"]
    assert reportgen.load(path) == callback.report.history
    lengths = [len(reportgen.load(tmp_path / name).epochs) for name in ("r.html", "r-2.html", "r-3.html")]
    assert lengths == [6, 2, 2]


def test_a_report_may_have_the_suffix_of_journals(tmp_path):
    fit(tmp_path / "r.journal", epochs=3)
    assert reportgen.load(tmp_path / "r.journal").epochs.tolist() == [1, 2, 3]
    assert names(tmp_path) == ["r.journal"]


def test_the_watcher_writes_the_report_of_a_longer_training(tmp_path):
    slow = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "non-integer arguments to randrange")  # from Keras 2.15
        callback = fit(tmp_path / "r.html", slow, epochs=24)
    assert callback._session._recording._report is None  # nothing was drawn in this process
    assert reportgen.load(tmp_path / "r.html") == callback.report.history
    assert callback.report.history.run.status == "completed"
    assert callback.report.to_html() == (tmp_path / "r.html").read_text("utf-8")
    assert names(tmp_path) == ["r.html"]


SCRIPT = """
import json, os, shutil, sys, warnings
from pathlib import Path
import keras, numpy as np
from reportgen import ReportCallback
folder, kind = Path(sys.argv[1]), sys.argv[2]
filler = folder / "filler"
def harm():
    if kind.startswith("full"):
        with open(filler, "wb", buffering=0) as stream:
            try:
                while stream.write(b"x" * 512): pass
            except OSError: pass
    elif kind == "removed":
        shutil.rmtree(folder)
    elif kind == "permission":
        folder.chmod(0o500)
def repair():
    if kind == "full and freed":
        filler.unlink()
events = {4: harm, 20: repair}
class Events(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        events.get(epoch, lambda: None)()
(folder / "r.html").write_text('{"schema": "reportgen/old"}')
os.utime(folder / "r.html", (0, 0))
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = model.fit(np.ones((32, 3)), np.ones((32, 1)), epochs=60, verbose=0, callbacks=[
        Events(), ReportCallback(folder / "r.html")])
print(json.dumps({
    "epochs": len(history.history["loss"]),
    "warnings": [str(warning.message) for warning in caught if warning.category is RuntimeWarning],
    "files": sorted(os.listdir(folder)) if folder.exists() else None,
    "report": (folder / "r.html").read_text()[:15] if (folder / "r.html").exists() else None,
    "journal": (folder / "r.journal").read_text() if (folder / "r.journal").exists() else None,
}))
"""


def trained_on(folder, kind, wrap=()):
    done = subprocess.run(
        [*wrap, sys.executable, "-c", SCRIPT, folder, kind],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert outcome["epochs"] == 60
    return outcome


def on_tiny_disk(folder, kind):
    """Trains with a file system of 512 KB at the folder that only the training process sees."""
    return trained_on(folder, kind, mounted_at(folder, "512k"))


def epochs_of(journal):
    assert journal.endswith("\n")
    return [record["epoch"] for record in map(json.loads, journal.splitlines()) if "epoch" in record]


def test_a_full_disk_causes_one_warning_and_leaves_no_incomplete_file(tmp_path):
    outcome = on_tiny_disk(tmp_path, "full")
    (warning,) = outcome["warnings"]
    assert "the disk is full; free some space" in warning
    assert outcome["report"] == '{"schema": "rep'
    assert outcome["files"] == ["filler", "r.html", "r.journal"]
    epochs = epochs_of(outcome["journal"])
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) >= 4


def test_after_a_full_disk_has_space_again_journal_and_report_are_complete(tmp_path):
    outcome = on_tiny_disk(tmp_path, "full and freed")
    assert len(outcome["warnings"]) <= 1  # everything may have fitted into the last page of the journal
    assert outcome["report"] == "<!doctype html>"
    assert outcome["files"] == ["r.html"]


def test_a_removed_folder_is_created_again_with_all_epochs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    outcome = trained_on(folder, "removed")
    assert (outcome["warnings"], outcome["files"], outcome["report"]) == ([], ["r.html"], "<!doctype html>")
    assert reportgen.load(folder / "r.html").epochs.tolist() == list(range(1, 61))


def test_a_lost_permission_causes_one_warning_and_the_journal_continues(tmp_path):
    capabilities = "-dac_override,-dac_read_search"  # these let root write anywhere
    wrap = ["setpriv", f"--inh-caps={capabilities}", f"--bounding-set={capabilities}"] if os.geteuid() == 0 else []
    if wrap and subprocess.run([*wrap, "true"], capture_output=True).returncode:
        pytest.skip("root cannot drop its capabilities here")
    outcome = trained_on(tmp_path, "permission", wrap)
    tmp_path.chmod(0o700)
    (warning,) = outcome["warnings"]
    assert "permission denied" in warning
    assert outcome["report"] == '{"schema": "rep'
    assert outcome["files"] == ["r.html", "r.journal"]
    assert epochs_of(outcome["journal"]) == list(range(1, 61))
    assert outcome["journal"].splitlines()[-1] == '{"end":{"status":"completed"}}'
