"""Disks that fail during writing (full, read-only, forbidden), and writers that are killed or write at the same time.

Real file systems of a megabyte, mounted where only the process of the test sees them (``unshare --mount``), real
runs and real sweeps. The training continues and warns once, a sweep ends with one line and can be resumed, and a
file with the name of a report is always a complete one.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_disk import mounted_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
CAPABILITIES = "-dac_override,-dac_read_search"  # these let root write anywhere


def run_on_disk(script, folder, *arguments, wrap=()):
    """Runs a script with a file system of one megabyte at a folder; returns the last line it prints, parsed as JSON."""
    done = subprocess.run(
        [*mounted_at(folder, "1m"), *wrap, sys.executable, "-c", script, folder, *arguments],
        capture_output=True, text=True, env=ENVIRONMENT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


TRAINING = """
import json, os, subprocess, sys, time, warnings
from pathlib import Path
import keras, numpy as np
from reportgen import ReportCallback
folder, harm, repaired = Path(sys.argv[1]), sys.argv[2], len(sys.argv) > 3
filler = folder / "filler"
def shield():  # a disk with files open for writing cannot be remounted, so the folder is mounted over itself
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
def unshield():
    subprocess.run(["umount", folder], check=True)
def fill():
    with open(filler, "wb", buffering=0) as stream:
        try:
            while stream.write(b"x" * 512): pass
        except OSError: pass
def forbid():
    folder.chmod(0o500)
def lock_out():
    folder.chmod(0)
acts = {
    "full": (fill, filler.unlink), "read-only": (shield, unshield),
    "forbidden": (forbid, lambda: folder.chmod(0o700)), "locked": (lock_out, lambda: folder.chmod(0o700)),
}[harm]
(folder / "r.html").write_text('{"schema": "reportgen/old"}')
os.utime(folder / "r.html", (0, 0))
class Events(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        time.sleep(0.2)
        if epoch == 5: acts[0]()
        if epoch == 30 and repaired: acts[1]()
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = model.fit(np.ones((32, 3)), np.ones((32, 1)), epochs=50, verbose=0, callbacks=[
        Events(), ReportCallback(folder / "r.html")])
if harm in ("forbidden", "locked"):
    folder.chmod(0o700)
print(json.dumps({
    "epochs": len(history.history["loss"]),
    "warnings": [str(warning.message) for warning in caught if warning.category is RuntimeWarning],
    "files": sorted(set(os.listdir(folder)) - {"filler"}),
    "report": (folder / "r.html").read_text()[:15],
    "whole": (folder / "r.html").read_text().rstrip().endswith("</html>"),
    "journal": (folder / "r.journal").read_text() if (folder / "r.journal").exists() else "",
}))
"""


def journalled(text):
    assert text == "" or text.endswith("\n")
    return [record["epoch"] for record in map(json.loads, text.splitlines()) if "epoch" in record]


def train(folder, harm, *repaired):
    """A training of eleven seconds, long enough for the watcher. The disk fails after one, is repaired after six."""
    wrap = (
        ["setpriv", f"--inh-caps={CAPABILITIES}", f"--bounding-set={CAPABILITIES}"]
        if harm in ("forbidden", "locked")
        else []
    )
    if wrap and subprocess.run([*wrap, "true"], capture_output=True).returncode:
        pytest.skip("capabilities cannot be dropped here")
    result = run_on_disk(TRAINING, folder, harm, *repaired, wrap=wrap)
    assert result["epochs"] == 50
    return result


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "said"),
    [("full", "the disk is full"), ("read-only", "choose another folder"), ("forbidden", "permission denied")],
)
def test_a_long_training_on_a_failing_disk_continues_and_warns_once(tmp_path, harm, said):
    result = train(tmp_path, harm)
    (warning,) = result["warnings"]
    assert said in warning
    assert result["report"] == '{"schema": "rep'
    assert result["files"] == ["r.html", "r.journal"]
    epochs = journalled(result["journal"])
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) >= 5
    if harm == "forbidden":  # open files can still be written to
        assert len(epochs) == 50


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("harm", ["full", "read-only", "forbidden", "locked"])
def test_after_the_disk_is_repaired_a_long_training_writes_its_report_and_leaves_no_other_file(tmp_path, harm):
    result = train(tmp_path, harm, "repaired")
    assert len(result["warnings"]) <= 1
    assert (result["report"], result["whole"]) == ("<!doctype html>", True)
    assert result["files"] == ["r.html"]


SWEEP = """
import json, subprocess, sys
from pathlib import Path
folder, runs = Path(sys.argv[1]), sys.argv[2]
site = folder / "site"
command = [sys.executable, "-m", "reportgen", "sweep", runs + "/*/history.csv", "-o", str(site), "--workers", "1"]
def begin():
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
def state():
    reports = [path.read_text() for path in site.rglob("*.html")]
    lines = (site / "runs.jsonl").read_text().split("\\n")
    return {
        "whole": all(text.startswith("<!doctype html>") and text.rstrip().endswith("</html>") for text in reports),
        "left": [path.name for path in site.rglob(".*")],
        "rows": [json.loads(line)["path"] for line in lines if line],
        "made": len({json.loads(line)["path"] for line in lines if line and not json.loads(line)["error"]}),
    }
process = begin()
out, err = process.communicate()
first = {"code": process.returncode, "out": out, "err": err, **state()}
subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
again = begin()
out, err = again.communicate()
print(json.dumps([first, {"code": again.returncode, "out": out, "err": err, **state()}]))
"""


def logs(folder, n):
    for number in range(n):
        (folder / f"run{number:02d}").mkdir(parents=True)
        rows = [f"{epoch},{1 / (epoch + 1 + number / n)},{0.1 + 1 / (epoch + 1)}" for epoch in range(20)]
        (folder / f"run{number:02d}" / "history.csv").write_text("\n".join(["epoch,loss,val_loss", *rows]) + "\n")


@pytest.mark.slow
def test_a_sweep_on_a_full_disk_says_so_and_resumes_once_there_is_space(tmp_path):
    logs(tmp_path / "runs", 30)
    (tmp_path / "disk").mkdir()
    full, again = run_on_disk(SWEEP, tmp_path / "disk", tmp_path / "runs")
    assert full["code"] == 2
    assert "the disk is full; free some space" in full["err"]
    for sweep in (full, again):
        assert "Traceback" not in sweep["err"]
        assert (sweep["whole"], sweep["left"]) == (True, [])
    assert 0 < full["made"] < 30
    assert (again["code"], again["made"]) == (0, 30), again["err"]
    assert f"{full['made']} up to date" in again["out"]


def test_two_processes_that_write_the_same_report_always_leave_a_complete_one(tmp_path):
    path = tmp_path / "r.html"
    code = """
import sys
from reportgen.outputs.files import write_file
while True:
    write_file(sys.argv[1], sys.argv[2] * 300_000, overwrite=True)
"""
    seen = set()
    for number in range(3):  # killed while they write
        writers = [subprocess.Popen([sys.executable, "-c", code, path, letter], env=ENVIRONMENT) for letter in "ab"]
        until = time.monotonic() + 1 + number / 10
        while time.monotonic() < until:
            if path.exists():
                seen.add(path.read_text())
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
    assert seen == {"a" * 300_000, "b" * 300_000}
    assert path.read_text() in seen
