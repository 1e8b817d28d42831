"""The recorder: any loop, counted from 0 or from 1, by epochs or by steps, whole or in parts."""

import contextlib
import copy
import math
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import hostile_logs

import reportgen
from reportgen.errors import OutputError, SettingsError
from reportgen.live import recording
from reportgen.live.job import Written
from reportgen.live.targets import Targets


class DeadWatcher:
    """A watcher that has died."""

    def __init__(self, job: str) -> None:
        pass

    def leave(self) -> None:
        pass

    def finish(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are real; drawing them takes most of the time."""
    monkeypatch.setattr(recording, "Watcher", DeadWatcher)
    monkeypatch.setattr(recording, "make_report", lambda history, job, failed: history)
    monkeypatch.setattr(
        recording,
        "write_report",
        lambda history, job: Written(len(history.epochs), is_complete=False, headline="Good."),
    )


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A function that makes the files so far those of an earlier process."""

    def restart() -> None:
        monkeypatch.setattr(Targets.__init__, "__defaults__", (*Targets.__init__.__defaults__[:-1], time.time() + 60))

    return restart


def loaded(folder: Path) -> "reportgen.TrainingHistory":
    return reportgen.load(folder / "r.journal")


def record(folder: Path, *logs: dict[str, Any], **options: Any) -> "reportgen.TrainingHistory":
    with reportgen.Recorder(folder / "r.html", verbose=0, **options) as run:
        for log in logs:
            run.log(**log)
    return loaded(folder)


def record_interrupted(folder: Path, *logs: dict[str, Any]) -> None:
    with contextlib.suppress(KeyboardInterrupt), reportgen.Recorder(folder / "r.html", verbose=0) as run:
        for log in logs:
            run.log(**log)
        raise KeyboardInterrupt


@pytest.mark.parametrize("first", [0, 1])
def test_a_loop_counts_its_epochs_from_0_or_from_1(tmp_path: Path, first: int) -> None:
    history = record(tmp_path, *({"epoch": first + i, "loss": 1 / (i + 1)} for i in range(3)), epochs=3)
    assert history.epochs.tolist() == [1, 2, 3]
    assert (history.run.status, history.run.epochs_planned, history.run.counts_from) == ("completed", 3, first)


def test_epochs_need_no_number_and_a_loop_that_ends_early_says_so(tmp_path: Path) -> None:
    history = record(tmp_path, {"loss": 1.0}, {"loss": 0.5}, epochs=9, title="First try")
    assert history.epochs.tolist() == [1, 2]
    assert (history.run.status, history.run.title, history.run.tool) == ("stopped-early", "First try", None)


def test_the_values_of_an_epoch_may_come_in_parts(tmp_path: Path) -> None:
    logs = [part for i in range(3) for part in ({"epoch": i, "loss": 3.0 - i}, {"epoch": i, "val_loss": 4.0 - i})]
    history = record(tmp_path, *logs, monitor="val_loss")
    assert history.series("val_loss".removeprefix("val_"), "validation").to_dict() == {1: 4.0, 2: 3.0, 3: 2.0}
    assert history.series("loss", "train").to_dict() == {1: 3.0, 2: 2.0, 3: 1.0}
    assert history.run.resumed_at == ()
    assert history.run.notes == ()


def test_a_loop_without_epochs_counts_steps(tmp_path: Path) -> None:
    logs = [{"step": 0, "loss": 3.0}, {"step": 100, "loss": 2.0}, {"val_loss": 2.5}, {"step": 250, "loss": 1.0}]
    history = record(tmp_path, *logs)
    assert history.axis == "step"
    assert history.series("loss", "train").to_dict() == {0: 3.0, 100: 2.0, 250: 1.0}
    assert history.series("loss", "validation").to_dict() == {100: 2.5}


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("train_loss", "valid_loss"), {"loss", "val_loss"}),
        (("loss/train", "loss/val"), {"loss", "val_loss"}),
        (("Train Loss", "Val Loss"), {"loss", "val_loss"}),
        (("loss", "train_loss"), {"loss", "train_loss"}),
        (("val_loss", "test_loss"), {"val_loss", "test_loss"}),
    ],
)
def test_names_are_those_of_keras(tmp_path: Path, names: tuple[str, ...], keys: set[str]) -> None:
    with reportgen.Recorder(tmp_path / "r.html", verbose=0) as run:
        run.log(dict.fromkeys(names, 1.0), epoch=0)
        run.log(dict.fromkeys(reversed(names), 0.5), epoch=1)
    assert set(loaded(tmp_path).keys) == keys


def test_a_test_loss_that_is_read_as_validation_is_noted(tmp_path: Path) -> None:
    history = record(tmp_path, {"loss": 1.0, "test_loss": 2.0}, {"loss": 0.5, "test_loss": 1.0})
    assert history.has("loss", "validation")
    assert [note.code for note in history.run.notes] == ["guessed-columns"]


class Tensor:
    """A tensor as those of PyTorch and JAX: with a shape and `item`, and no other conversion."""

    def __init__(self, *values: float) -> None:
        self.values, self.shape = values, () if len(values) == 1 else (len(values),)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("it is on another device")

    def item(self) -> float:
        (value,) = self.values
        return value


class EagerTensor:
    """A tensor as those of TensorFlow: with `numpy`."""

    shape = ()

    def numpy(self) -> np.float32:
        return np.float32(0.5)


@pytest.mark.parametrize(
    ("value", "number"),
    [(0.5, 0.5), (Tensor(0.5), 0.5), (EagerTensor(), 0.5), (np.float32(0.5), 0.5), (np.ones((1, 1)), 1.0), (True, 1.0)],
)
def test_a_value_is_a_number_or_a_tensor_of_any_framework(tmp_path: Path, value: Any, number: float) -> None:
    assert record(tmp_path, {"loss": value}).series("loss", "train").tolist() == [number]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Tensor(0.5, 0.25, 1.0), r'"f1" is left out: it has 3 values \(3\); log one number, such as the mean\.'),
        (np.ones((2, 4)), r'"f1" is left out: it has 8 values \(2 x 4\)'),
        (np.ones(0), '"f1" is left out: it has 0 values'),
        ("high", '"f1" is text, not a number, and is left out'),
        ({"a": 1}, '"f1" is a dictionary, not a number'),
        (object(), '"f1" cannot be read as a number'),
    ],
)
def test_what_is_not_a_number_is_left_out_with_one_warning_at_the_line_that_logged_it(
    tmp_path: Path, value: Any, said: str
) -> None:
    with pytest.warns(RuntimeWarning, match=said) as caught:
        record(tmp_path, *[{"loss": 0.5, "f1": value}] * 2)
    assert [warning.filename for warning in caught] == [__file__]
    assert loaded(tmp_path).keys == ("loss",)
    assert [note.code for note in loaded(tmp_path).run.notes] == ["odd-cells"]


@pytest.mark.parametrize(
    "odd", [{"epoch": 1}, {"epoch": -1}, {"epoch": "x"}, {"epoch": 2.5}, {"epoch": math.nan}, {"epoch": object()}]
)
def test_a_number_that_does_not_follow_is_left_out_with_one_warning(tmp_path: Path, odd: dict[str, Any]) -> None:
    good = [{"epoch": epoch, "loss": 1 / epoch} for epoch in (1, 2, 3)]
    with pytest.warns(RuntimeWarning, match="One recorder records one run|not a whole number") as caught:
        record(tmp_path, *good, odd | {"loss": 7.0}, odd | {"loss": 7.0})
    assert len(caught) == 1
    assert loaded(tmp_path).series("loss", "train").tolist() == [1.0, 1 / 2, 1 / 3]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("on purpose"), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(1), "interrupted"),
        (SystemExit(0), "completed"),
    ],
)
def test_an_exception_goes_on_and_leaves_a_report(tmp_path: Path, error: BaseException, status: str) -> None:
    run = reportgen.Recorder(tmp_path / "r.html", verbose=0)

    def loop() -> None:
        with run:
            run.log(loss=0.5)
            raise error

    with pytest.raises(type(error)):
        loop()
    assert run.report is not None
    assert loaded(tmp_path).run.status == status


def test_without_a_with_statement_the_first_values_begin_and_finish_ends(tmp_path: Path) -> None:
    run = reportgen.Recorder(tmp_path / "r.html", verbose=0)
    run.log(loss=0.5)
    assert run.path == str(tmp_path / "r.html")
    run.finish()
    run.finish()
    with pytest.warns(RuntimeWarning, match="after the end of the training") as caught:
        [run.log(loss=0.25) for _ in range(2)]
    assert len(caught) == 1
    assert loaded(tmp_path).run.status == "completed"
    assert loaded(tmp_path).series("loss", "train").tolist() == [0.5]


def test_a_loop_that_logs_nothing_gets_one_warning_and_no_file(tmp_path: Path) -> None:
    with pytest.warns(RuntimeWarning, match=r"wrote no report, because run\.log\(\) was not called"):
        reportgen.Recorder(tmp_path / "r.html").__enter__().finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("last", [1, 4])
def test_an_interrupted_loop_resumes_where_it_stopped(
    tmp_path: Path, one_process: Callable[[], None], first: int, last: int
) -> None:
    parts = [{"loss": 1.0}, {"val_loss": 1.0}]
    record_interrupted(tmp_path, *({"epoch": first + i, **part} for i in range(last) for part in parts))
    one_process()
    history = record(tmp_path, *({"epoch": first + last + i, "loss": 0.5, "val_loss": 0.5} for i in range(2)))
    assert history.epochs.tolist() == list(range(1, last + 3))
    assert history.series("loss", "validation").tolist() == [1.0] * last + [0.5] * 2
    assert history.run.resumed_at == (last + 1,)


def test_an_interrupted_loop_that_counts_steps_resumes(tmp_path: Path, one_process: Callable[[], None]) -> None:
    record_interrupted(tmp_path, {"step": 100, "loss": 1.0}, {"step": 200, "loss": 1.0})
    one_process()
    history = record(tmp_path, {"step": 300, "loss": 0.5}, {"step": 400, "loss": 0.25})
    assert history.epochs.tolist() == [100, 200, 300, 400]
    assert len(history.run.resumed_at) == 1


@pytest.mark.parametrize(("update_freq", "steps"), [("epoch", None), ("batch", [1, 2, 3, 4, 5, 6]), (2, [2, 4, 6])])
def test_batches_are_logged_as_often_as_chosen(tmp_path: Path, update_freq: str | int, steps: list[int] | None) -> None:
    with reportgen.Recorder(tmp_path / "r.html", update_freq=update_freq, verbose=0) as run:
        for epoch in range(2):
            for _ in range(3):
                run.log_batch(loss=0.5)
            run.log(epoch=epoch, loss=0.25)
    history = loaded(tmp_path)
    assert (history.series("batch_loss", "train").index.tolist() if steps else None) == steps
    assert history.series("loss", "train").tolist() == [0.25, 0.25]


def test_settings_are_flat_and_secrets_are_masked(tmp_path: Path) -> None:
    params = {
        "lr": 0.001,
        "model": {"width": [64, 32], "api_key": "abc123"},
        "pad_token_id": 0,
        "db": "pg://u:pw@host/x",
    }
    history = record(tmp_path, {"loss": 1.0}, params=params)
    assert dict(history.run.params) == {
        "lr": "0.001",
        "model.width": "[64, 32]",
        "model.api_key": "(masked)",
        "pad_token_id": "0",
        "db": "pg://u:(masked)@host/x",
    }
    for written in tmp_path.iterdir():
        assert "abc123" not in written.read_text()


def test_threads_log_into_one_report(tmp_path: Path) -> None:
    with reportgen.Recorder(tmp_path / "r.html", verbose=0) as run:
        loops = [Thread(target=lambda name=name: [run.log({name: 1.0}) for _ in range(50)]) for name in "abcd"]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
    history = loaded(tmp_path)
    assert len(history.epochs) == 200
    assert [len(curve) for curve in history.curves.values()] == [50] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["r.journal"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs Linux")
def test_a_forked_process_neither_logs_nor_ends_the_training(tmp_path: Path) -> None:
    with reportgen.Recorder(tmp_path / "r.html", verbose=0) as run:
        run.log(loss=1.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about threads in a process that forks
            child = os.fork()
            if not child:
                run.log(loss=7.0)
                run.finish()
                os._exit(0)
        os.waitpid(child, 0)
        run.log(loss=0.5)
    history = loaded(tmp_path)
    assert (history.run.status, history.series("loss", "train").tolist()) == ("completed", [1.0, 0.5])


@pytest.mark.parametrize(
    ("calls", "said", "values"),
    [
        (
            [{"epoch": 0, "loss": 2.0}, {"epoch": 0, "loss": 1.0}, {"epoch": 0, "loss": 0.5}],
            r'"loss" was logged more than once for epoch 0; only the last value is kept\. Log its mean, or batches',
            [0.5],
        ),
        (
            [{"step": 10, "loss": 2.0}, {"loss": 1.0}],
            r'"loss" was logged more than once for step 10; .* Pass the step of each',
            [1.0],
        ),
        ([{"epoch": 0.5, "loss": 2.0}, {"epoch": 1, "loss": 1.0}], 'the epoch is "0.5", not a whole number', [1.0]),
        ([{"step": "x", "loss": 2.0}, {"step": 1, "loss": 1.0}], 'the step is "x", not a whole number', [1.0]),
        ([{"epoch": 1, "loss": 2.0}, {"epoch": 0, "loss": 1.0}], 'epoch "0" were logged after epoch 1', [2.0]),
    ],
)
def test_what_is_logged_twice_or_at_no_place_is_one_warning(
    tmp_path: Path, calls: list[dict[str, Any]], said: str, values: list[float]
) -> None:
    with pytest.warns(RuntimeWarning, match=said) as caught:
        history = record(tmp_path, *calls)
    assert len(caught) == 1
    assert history.series("loss", "train").tolist() == values


class Layer(SimpleNamespace):
    """As a layer of PyTorch, with a weight of 3 x 2 if it has any."""

    def parameters(self, recurse: bool = True) -> list[Any]:
        return [SimpleNamespace(shape=(3, 2), requires_grad=False)] * self.n_weights

    def children(self) -> list[Any]:
        return []


class Module(Layer):
    """As a model of PyTorch."""

    n_weights = 1

    def named_modules(self) -> list[tuple[str, Any]]:
        return [("", self), ("first", Layer(n_weights=1)), ("drop", Layer(n_weights=0))]


TREE = {"params": {"dense": {"kernel": np.zeros((3, 2)), "bias": np.zeros(2)}, "scale": [np.float32(1.0)]}}


@pytest.mark.parametrize(
    ("model", "name", "weights", "trainable", "layers"),
    [
        (Module(), "Module", 6, 0, [("first", "Layer", 6), ("drop", "Layer", 0)]),
        (SimpleNamespace(_orig_mod=Module(), named_modules=None), "Module", 6, 0, ["", ""]),  # by torch.compile
        (TREE, None, 9, None, []),
    ],
)
def test_the_model_gives_its_layers_and_its_number_of_weights(
    tmp_path: Path, model: Any, name: str | None, weights: int, trainable: int | None, layers: list[Any]
) -> None:
    run = record(tmp_path, {"loss": 1.0}, model=model).run
    assert (run.model_name, run.parameters, run.trainable_parameters) == (name, weights, trainable)
    if layers != ["", ""]:
        assert [(layer.name, layer.kind, layer.parameters) for layer in run.layers] == layers
    built = reportgen.build({"loss": [1.0, 0.5]}, model=model).history.run
    assert (built.parameters, built.layers) == (run.parameters, run.layers)


class KerasTrial:
    """As KerasTuner's."""

    trial_id = "07"
    hyperparameters = SimpleNamespace(values={"units": 32, "lr": 0.5, "tuner/epochs": 2})


class OptunaTrial:
    """As Optuna's."""

    number = 7
    params: ClassVar[dict[str, Any]] = {"units": 32, "lr": 0.5}


KerasTrial.__module__, OptunaTrial.__module__ = "keras_tuner.src.engine.trial", "optuna.trial._trial"


@pytest.mark.parametrize("trial", [KerasTrial(), OptunaTrial()])
def test_the_parameters_of_a_trial_are_those_of_its_run(tmp_path: Path, trial: Any) -> None:
    history = record(tmp_path, {"loss": 1.0}, params={"lr": 0.25})
    name = "07" if isinstance(trial, KerasTrial) else "7"
    assert dict(history.run.params) == {"units": "32", "lr": "0.25", "trial": name}


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"params": "lr=1"}, SettingsError, 'params is "lr=1"; a dictionary of settings is needed'),
        ({"params": dict.fromkeys(range(2000), 1)}, SettingsError, "more than 1,000 settings"),
        ({"model": object()}, SettingsError, 'model is of type "object"; a Keras model, a PyTorch module'),
        ({"model": {"a": "b"}}, SettingsError, 'model is of type "dict"'),
        ({"epochs": 0}, SettingsError, 'epochs is "0"; a whole number of 1 or more'),
        ({"update_freq": "step"}, SettingsError, "update_freq is"),
        ({"path": ""}, OutputError, "The path is empty"),
    ],
)
def test_wrong_options_are_refused_before_the_training(
    options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        reportgen.Recorder(**options)


def test_options_for_metrics_of_a_later_part_of_the_epoch_cause_no_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(tmp_path, {"epoch": 0, "loss": 1.0}, {"epoch": 0, "f2": 0.5}, directions={"f2": "higher"}, monitor="f2")
    with pytest.warns(RuntimeWarning, match='use the monitor: "f3" is not logged'):
        record(tmp_path, {"epoch": 0, "loss": 1.0}, monitor="f3", overwrite=True)


@settings(max_examples=settings.default.max_examples // 2)
@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(-1, 4)), hostile_logs()), max_size=8), st.booleans())
def test_logging_never_raises(calls: list[tuple[Any, Any]], by_steps: bool) -> None:
    run = reportgen.Recorder("/dev/null", verbose=0)
    with warnings.catch_warnings(), run:
        warnings.simplefilter("ignore")
        for place, logs in calls:
            run.log(logs, **({"step": place} if by_steps else {"epoch": place}))


def test_copies_have_not_recorded_anything(tmp_path: Path) -> None:
    with reportgen.Recorder(tmp_path / "r.html", verbose=0) as run:
        run.log(loss=0.5)
        for made in (copy.copy(run), copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
            assert (repr(made), made.report) == (repr(run), None)
            made.finish()
        run.log(loss=0.25)
    assert loaded(tmp_path).series("loss", "train").tolist() == [0.5, 0.25]


LOOP = """
import signal, sys, time, reportgen
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process in the background ignores
path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with reportgen.Recorder(path, epochs=1000, verbose=0) as run:
    for epoch in range(first, last):
        run.log(epoch=epoch, loss=1 / (epoch + 1))
        print(epoch, len({"keras", "tensorflow", "torch", "jax", "altair"} & set(sys.modules)), flush=True)
        time.sleep(0.05)
"""


def run_loop(path: Path, first: int, last: int = 1000, end: signal.Signals | None = None) -> int:
    """Runs the loop in a process, which gets a signal after four epochs. Returns the last epoch that it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", LOOP, path, str(first), str(last)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        epoch = first - 1
        for line in process.stdout:
            epoch, n_heavy = map(int, line.split())
            assert not n_heavy
            if end is not None and epoch == first + 3:
                process.send_signal(end)
    assert process.returncode == (0 if end is None else -end)
    return epoch


def wait_for(condition: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < 120
        time.sleep(0.1)


@pytest.mark.slow
def test_a_loop_that_is_killed_terminated_and_stopped_by_ctrl_c_resumes_each_time(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    firsts, next_epoch = [], 0
    for end in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        run_loop(path, next_epoch, end=end)
        history = loaded(tmp_path)
        if end is signal.SIGKILL:  # only the process beside the training can still write the report
            wait_for(path.exists)
            assert reportgen.load(path) == loaded(tmp_path) == history
        assert (history.run.status, history.run.epochs_planned) == ("interrupted", 1000)
        next_epoch = int(history.epochs[-1])  # of the journal, counted from 1
        firsts.append(next_epoch + 1)
    run_loop(path, next_epoch, next_epoch + 2)
    history = reportgen.load(path)
    assert history.epochs.tolist() == list(range(1, next_epoch + 3))
    assert history.series("loss", "train").tolist() == [1 / epoch for epoch in history.epochs]
    assert (history.run.status, list(history.run.resumed_at)) == ("stopped-early", firsts)
