"""Logging of batches in real training runs: values, steps, journal and memory."""

import contextlib
import json
import math
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

import reportgen
from reportgen import ReportCallback
from reportgen.errors import SettingsError

pytestmark = pytest.mark.keras

ROOT = Path(__file__).parents[1]
GENERATOR = np.random.default_rng(5)
INPUTS = GENERATOR.standard_normal((40, 3)).astype("float32")
DATA = (INPUTS, INPUTS @ np.array([[1.0], [-1.0], [0.5]], dtype="float32"))
STEPS = 8  # per epoch: batches of 4 rows; 8 of the 40 rows are for validation


class Stop(Exception):  # noqa: N818  # not an error
    """Raised on purpose during training."""


def compiled(**options):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"], **options)
    return model


def fit(path, *callbacks, update_freq="batch", model=None, **options):
    callback = ReportCallback(path, update_freq=update_freq)
    (model or compiled()).fit(
        *DATA,
        batch_size=4,
        **{"validation_split": 0.2, "verbose": 0, "shuffle": False} | options,
        callbacks=[*callbacks, callback],
    )
    return callback


def stop_at(epoch, batch):
    """A callback that interrupts the training after a batch of an epoch, both counted from 0."""
    at = []

    def end_batch(number, logs):
        if (at[-1], number) == (epoch, batch):
            raise Stop

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda number, logs: at.append(number), on_train_batch_end=end_batch
    )


def steps_of(history, name):
    return history.series(name, "train").index.tolist()


def test_batches_are_at_their_steps_and_epochs_at_their_last_step(tmp_path):
    logged = []
    collecting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: logged.append(dict(logs)))
    callback = fit(tmp_path / "r.html", collecting, epochs=6)
    history = reportgen.load(tmp_path / "r.html")
    assert history == callback.report.history
    assert history.axis == "step"
    assert steps_of(history, "batch_loss") == list(range(1, 6 * STEPS + 1))
    assert steps_of(history, "loss") == list(range(STEPS, 6 * STEPS + 1, STEPS))
    for name in ("loss", "mae"):
        assert history.series(f"batch_{name}", "train").tolist() == [logs[name] for logs in logged]
        at_ends = history.series(f"batch_{name}", "train")[steps_of(history, name)]
        assert at_ends.tolist() == pytest.approx(history.series(name, "train").tolist())  # means of the whole epoch
        assert history.has(name, "validation")
    assert (history.run.status, history.run.epochs_planned) == ("completed", 6 * STEPS)


def test_the_verdict_is_based_on_the_epochs(tmp_path):
    by_epoch = fit(tmp_path / "e.html", update_freq="epoch", epochs=25).report.diagnosis
    by_batch = fit(tmp_path / "b.html", epochs=25).report.diagnosis
    assert (by_batch.verdict, by_batch.monitor) == (by_epoch.verdict, by_epoch.monitor)
    assert by_batch.best_epoch == STEPS * by_epoch.best_epoch
    assert [finding.code for finding in by_batch.findings] == [finding.code for finding in by_epoch.findings]
    for question, answer in by_epoch.answers.items():
        assert (by_batch.answers[question].answer, by_batch.answers[question].probability) == (
            answer.answer,
            answer.probability,
        )


def test_every_nth_batch_is_counted_across_epochs(tmp_path):
    fit(tmp_path / "r.html", update_freq=5, epochs=4)
    history = reportgen.load(tmp_path / "r.html")
    assert steps_of(history, "batch_loss") == list(range(5, 4 * STEPS + 1, 5))
    assert steps_of(history, "loss") == list(range(STEPS, 4 * STEPS + 1, STEPS))


def test_batches_of_one_execution_are_all_counted(tmp_path):
    fit(tmp_path / "r.html", epochs=3, model=compiled(steps_per_execution=4))
    history = reportgen.load(tmp_path / "r.html")
    assert steps_of(history, "batch_loss") == list(range(4, 3 * STEPS + 1, 4))


@pytest.mark.parametrize("wrong", ["batches", "", 0, -1, 2.5, True, None, [1]])
def test_an_invalid_update_freq_is_refused_before_the_training(wrong):
    with pytest.raises(SettingsError, match=r"update_freq is .*; it must be"):
        ReportCallback(update_freq=wrong)


def test_without_batches_keras_does_not_wait_for_their_values():
    assert ReportCallback().on_train_batch_end._is_default
    assert not getattr(ReportCallback(update_freq="batch").on_train_batch_end, "_is_default", False)


def test_the_journal_of_batches_is_kept_and_has_everything(tmp_path):
    callback = fit(tmp_path / "r.html", epochs=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.journal"]
    assert reportgen.load(tmp_path / "r.journal") == callback.report.history
    assert callback.report.history.run.status == "completed"


def test_without_its_journal_a_report_has_the_epochs_only(tmp_path):
    callback = fit(tmp_path / "r.html", keras.callbacks.LambdaCallback(), epochs=3)
    callback._session._recording._report = None  # as if the watcher had written it
    (tmp_path / "r.journal").unlink()
    assert callback.report.history.metric_names == ("loss", "mae", "learning_rate")


def test_the_watcher_writes_the_report_of_a_longer_training(tmp_path):
    slow = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: time.sleep(0.05))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "non-integer arguments to randrange")  # from Keras 2.15
        callback = fit(tmp_path / "r.html", slow, epochs=20)
    assert callback._session._recording._report is None  # nothing was drawn or read in this process
    assert reportgen.load(tmp_path / "r.html") == callback.report.history
    assert callback.report.to_html() == (tmp_path / "r.html").read_text("utf-8")


def test_batches_reach_the_journal_within_about_a_second(tmp_path):
    seen = []

    def look(batch, logs):
        time.sleep(0.3)
        if (tmp_path / "r.journal").exists():
            seen.append(batch - steps_of(reportgen.load(tmp_path / "r.journal"), "batch_loss")[-1])

    fit(tmp_path / "r.html", keras.callbacks.LambdaCallback(on_train_batch_end=look), epochs=1)
    assert len(seen) >= 3
    assert max(seen) <= 4


def test_an_interrupted_first_epoch_keeps_its_batches(tmp_path):
    with contextlib.suppress(Stop):
        fit(tmp_path / "r.html", stop_at(0, 5), epochs=4)
    history = reportgen.load(tmp_path / "r.html")
    assert history == reportgen.load(tmp_path / "r.journal")
    assert steps_of(history, "batch_loss") in (
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 6],
    )  # the last batch did not reach all callbacks
    assert history.keys == ("batch_loss", "batch_mae")
    assert f"Interrupted at step {history.epochs[-1]} of {4 * STEPS}" in (tmp_path / "r.html").read_text("utf-8")


def test_a_resumed_training_continues_counting_and_marks_where_it_resumed(tmp_path):
    with contextlib.suppress(Stop):
        fit(tmp_path / "r.html", stop_at(3, 5), epochs=6)
    earlier = reportgen.load(tmp_path / "r.journal")
    assert earlier.epochs[-1] > 3 * STEPS
    fit(tmp_path / "r.html", epochs=6, initial_epoch=3)
    history = reportgen.load(tmp_path / "r.html")
    assert history == reportgen.load(tmp_path / "r.journal")
    assert steps_of(history, "batch_loss") == list(range(1, 6 * STEPS + 1))
    assert steps_of(history, "loss") == list(range(STEPS, 6 * STEPS + 1, STEPS))
    kept = earlier.series("batch_loss", "train")[: 3 * STEPS]
    assert history.series("batch_loss", "train")[: 3 * STEPS].tolist() == kept.tolist()
    assert (history.run.resumed_at, history.run.status) == ((3 * STEPS + 1,), "completed")


def test_a_finished_training_with_batches_can_be_continued(tmp_path):
    fit(tmp_path / "r.html", epochs=2)
    fit(tmp_path / "r.html", epochs=4, initial_epoch=2)
    history = reportgen.load(tmp_path / "r.html")
    assert (steps_of(history, "batch_loss")[-1], history.run.resumed_at) == (4 * STEPS, (2 * STEPS + 1,))


@pytest.mark.parametrize(("first", "second"), [("epoch", "batch"), ("batch", "epoch")])
def test_parts_with_and_without_batches_are_counted_in_epochs(tmp_path, first, second):
    with contextlib.suppress(Stop):
        fit(tmp_path / "r.html", stop_at(2, 3), update_freq=first, epochs=4)
    callback = fit(tmp_path / "r.html", update_freq=second, epochs=4, initial_epoch=2)
    assert callback.report.history.epochs.tolist() == [1, 2, 3, 4]
    assert "batch_loss" not in callback.report.history.metric_names


def test_text_vectors_and_new_names_are_treated_as_in_epochs(tmp_path):
    class Adding(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            logs |= {"vector": [1.0, float(batch)], "text": "none"}
            if batch >= 4:
                logs["late"] = math.nan

    with pytest.warns(RuntimeWarning, match='"text" is text, not a number, and is left out') as caught:
        fit(tmp_path / "r.html", Adding(), epochs=1)
    assert [warning.category for warning in caught].count(RuntimeWarning) == 1  # Keras 2.15 adds others
    history = reportgen.load(tmp_path / "r.html")
    assert history.series("batch_vector[1]", "train").tolist() == list(range(STEPS))
    assert steps_of(history, "batch_late") == list(range(5, STEPS + 1))
    assert len(steps_of(history, "batch_loss")) == STEPS


def test_each_output_has_batches_and_a_verdict(tmp_path):
    keras.utils.set_random_seed(3)
    given = keras.Input((3,))
    heads = [keras.layers.Dense(1, name=name)(given) for name in ("left", "right")]
    model = keras.Model(given, heads)
    model.compile("sgd", ["mse", "mse"])
    callback = ReportCallback(tmp_path / "r.html", update_freq="batch")
    targets = (DATA[1], -DATA[1])
    model.fit(DATA[0], targets, batch_size=4, epochs=8, verbose=0, validation_split=0.2, callbacks=[callback])
    report = callback.report
    assert {"batch_loss", "batch_left_loss", "batch_right_loss"} <= set(report.history.metric_names)
    assert set(report.diagnosis.outputs) == {"left", "right"}


def test_a_removed_folder_is_created_again_with_all_epochs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()

    def remove(epoch, logs):
        if epoch == 1:
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()

    callback = fit(folder / "r.html", keras.callbacks.LambdaCallback(on_epoch_begin=remove), epochs=4)
    history = reportgen.load(folder / "r.html")
    assert history == callback.report.history
    assert steps_of(history, "loss") == list(range(STEPS, 4 * STEPS + 1, STEPS))
    assert steps_of(history, "batch_loss") == list(range(STEPS + 1, 4 * STEPS + 1))  # the first ones are lost


MANY = """
import json, sys
from pathlib import Path
from benchmarks.bench_callback import fit_batches
print(json.dumps(fit_batches(int(sys.argv[1]), Path(sys.argv[2]), "batch")))
"""


@pytest.mark.slow
def test_memory_stays_flat_with_many_batches(tmp_path):
    n_batches = 60_000
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(n_batches), tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)},
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])["memory"]
    warm = seen[1][1]  # MB, after 20,000 batches
    assert max(mb for _, mb in seen[1:]) - warm < 3, seen  # 75 bytes per batch
    history = reportgen.load(tmp_path / "report.journal")
    assert len(history.series("batch_loss", "train")) == n_batches
    assert reportgen.load(tmp_path / "report.html").has("loss", "validation")
