"""No hook of the callback raises, in whatever order it is called and whatever it is given."""

import contextlib
import copy
import inspect
import os
import pickle
import tempfile
import warnings
from pathlib import Path
from unittest import mock

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Unreadable, hostile_logs

import reportgen
from reportgen import ReportCallback
from reportgen.errors import OutputError, SettingsError
from reportgen.live import recording
from reportgen.live.job import Written

pytestmark = pytest.mark.keras

HOOKS = sorted(name for name in dir(keras.callbacks.Callback) if name.startswith("on_"))
POSITIONS = st.sampled_from([0, 1, 2, 5, -1, None, "x", 2**70, 1.5, float("nan"), Unreadable(), True, [1]])
PARAMETERS = st.sampled_from(
    [None, {}, {"epochs": 3, "steps": 4}, {"epochs": "x"}, {"epochs": -1, "steps": Unreadable()}, {"epochs": 2**70}, 7]
)


class Optimizer:
    """An optimizer without a learning rate that can be read."""

    @property
    def learning_rate(self):
        raise RuntimeError


class Model:
    """A model of a program's own."""

    optimizer = Optimizer()

    @property
    def name(self):
        raise RuntimeError


MODELS = st.sampled_from([None, object(), Unreadable(), Model()])
CALLS = st.one_of(
    st.tuples(
        st.sampled_from([*HOOKS, *["on_epoch_end", "on_train_begin", "on_train_end"] * 4]), POSITIONS, hostile_logs()
    ),
    st.tuples(st.just("set_params"), PARAMETERS, st.none()),
    st.tuples(st.just("set_model"), MODELS, st.none()),
)


class NoWatcher:
    """Stands for a watcher that has died."""

    def __init__(self, job):
        pass

    def leave(self):
        pass

    def finish(self):
        return None


@contextlib.contextmanager
def nothing_drawn():
    """Replaces the drawing of reports, which takes most of the time; the histories are real."""
    with (
        mock.patch.object(recording, "Watcher", NoWatcher),
        mock.patch.object(recording, "make_report", lambda history, job, failed: history),
        mock.patch.object(recording, "write_report", lambda history, job: Written(len(history.epochs), True, "Good.")),
    ):
        yield


def call(callback, name, position, logs):
    method = getattr(callback, name)
    if name.startswith("set_"):
        method(position)
    elif "epoch" in name or "batch" in name:
        method(position, logs)
    else:
        method(logs)


def test_the_hooks_are_all_called():
    assert {"on_epoch_end", "on_train_batch_end", "on_batch_end", "on_test_begin", "on_predict_batch_end"} <= set(HOOKS)
    for name in HOOKS:
        takes_position = "epoch" in name or "batch" in name
        assert len(inspect.signature(getattr(keras.callbacks.Callback(), name)).parameters) == 1 + takes_position


@settings(max_examples=2 * settings.default.max_examples)
@given(st.lists(CALLS, max_size=14), st.sampled_from(["epoch", "batch", 2]), st.booleans())
def test_no_hook_raises_and_what_is_sound_is_in_the_report(calls, update_freq, started):
    with tempfile.TemporaryDirectory() as folder, nothing_drawn(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        callback = ReportCallback(Path(folder) / "{run}.html", update_freq=update_freq, verbose=0)
        if started:
            callback.on_train_begin()
        for name, position, logs in calls:
            call(callback, name, position, logs)
        has_ended = any(name == "on_train_end" for name, *_ in calls)
        if started:
            callback.on_epoch_begin(7)
            callback.on_epoch_end(7, {"sound": 0.25})
        callback.on_train_end()
        if started and not has_ended:
            assert 0.25 in callback.report.series("sound", "train").tolist()
        assert repr(copy.deepcopy(callback)) == repr(callback)


def test_a_real_fit_with_odd_logs_in_batches_and_epochs(tmp_path):
    class Adding(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            logs |= {7: 0.5, "": 1.0, "\ud800": 1.0, "text": "high", "vector": [1.0] * (batch + 1), "huge": 10**400}

        def on_epoch_end(self, epoch, logs=None):
            self.on_train_batch_end(epoch, logs)
            logs |= {Unreadable(): 1.0, "bad": Unreadable(), "none": None, "nested": {"a": 1.0}}

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = ReportCallback(tmp_path / "r.html", update_freq="batch")
    with pytest.warns(RuntimeWarning, match="is left out") as caught:
        history = model.fit(
            np.ones((16, 3)), np.ones(16), batch_size=4, epochs=3, verbose=0, callbacks=[Adding(), callback]
        )
    assert len(caught) == 1
    collected = reportgen.load(tmp_path / "r.html")
    assert collected.series("loss", "train").tolist() == history.history["loss"]
    assert {"7", "batch_7", "batch_vector"} <= set(collected.metric_names)
    (note,) = [note for note in collected.run.notes if note.code == "odd-cells"]
    assert {"text", "vector", "huge"} <= set(note.get("names"))


@pytest.mark.parametrize("path", ["/", ".", "..", "folder", "folder/", "new/", "{run}/"])
def test_a_path_that_is_a_folder_is_refused_before_the_training(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="this is a folder, not a file"):
        ReportCallback(path)


@pytest.mark.parametrize(("path", "said"), [("", "The path is empty"), (3, r'path is "3" \(int\), not a path')])
def test_what_is_not_a_path_is_refused_before_the_training(path, said):
    with pytest.raises(OutputError, match=said):
        ReportCallback(path)


def test_wrong_placeholders_and_directions_are_refused_before_the_training():
    with pytest.raises(SettingsError, match='the placeholder "epoch" is unknown'):
        ReportCallback("model-{epoch:02d}.html")
    with pytest.raises(SettingsError, match='direction of "f2" is "up"'):
        ReportCallback(directions={"f2": "up"})


def test_its_text_is_short_and_copies_have_not_trained(tmp_path):
    callback = ReportCallback(tmp_path / "r.html", title="A title", baseline={"loss": [0.5]})
    assert repr(callback) == f"ReportCallback('{tmp_path / 'r.html'}')"
    with nothing_drawn():
        callback.on_train_begin()
        for made in (copy.copy(callback), copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))):
            assert (repr(made), made._session.title, made.report) == (repr(callback), "A title", None)
            made.on_train_begin()
            made.on_epoch_begin(0)
            made.on_epoch_end(0, {"loss": 0.5})
            made.on_train_end()
            assert made.report.epochs.tolist() == [1]
            assert Path(made.path).parent == tmp_path
        callback.on_train_end()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs Linux or macOS")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_that_exits_does_not_end_the_training(tmp_path):
    callback = ReportCallback(tmp_path / "r.html")
    with nothing_drawn():
        callback.on_train_begin()
        callback.on_epoch_end(0, {"loss": 0.5})
        copied = os.fork()
        if not copied:
            callback._session.interrupt()  # as its exit does
            os._exit(0)
        assert os.waitpid(copied, 0)[1] == 0
        assert '"end"' not in (tmp_path / "r.journal").read_text()
        callback.on_epoch_end(1, {"loss": 0.25})
        assert (tmp_path / "r.journal").read_text().count('"epoch"') == 2
        callback.on_train_end()
