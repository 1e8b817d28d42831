"""The callback in real training runs with Keras: in this process, in subprocesses and in IPython."""

import atexit
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
import warnings

import keras
import numpy as np
import pytest
from processes import ctrl_c, start_interruptible

import reportgen
from reportgen import ReportCallback
from reportgen.errors import LanguageError, OutputError, RenderError
from reportgen.history.facts import EarlyStopping
from reportgen.options import Look, ReadOptions

pytestmark = pytest.mark.keras

ROWS = 32
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.fixture
def table():
    generator = np.random.default_rng(7)
    inputs = generator.normal(size=(ROWS, 3))
    return inputs, (inputs.sum(axis=1) > 0).astype("float64")


@pytest.fixture
def model():
    return compiled(["accuracy"])


def compiled(metrics, **options):
    keras.utils.set_random_seed(7)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", "metrics": metrics, **options})
    return made


def values_of(report, key):
    split = "validation" if key.startswith("val_") else "train"
    return report.history.series(key.removeprefix("val_"), split)


class Stop(Exception):  # noqa: N818  # not an error
    """Raised on purpose in the middle of training."""


class RaiseAt(keras.callbacks.Callback):
    """Raises in the middle of an epoch (0-based)."""

    def __init__(self, epoch, error):
        super().__init__()
        self.epoch, self.error, self.present = epoch, error, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.present = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.present == self.epoch and batch == 1:
            raise self.error


def test_the_report_has_the_values_of_the_keras_history(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html", title="First try")
    history = model.fit(*table, validation_split=0.25, epochs=4, verbose=0, callbacks=[callback])
    collected = callback.report.history
    assert set(collected.keys) == set(history.history) | {"learning_rate"}
    for key, values in history.history.items():
        assert values_of(callback.report, key).tolist() == values
        assert values_of(callback.report, key).index.tolist() == [1, 2, 3, 4]
    assert reportgen.load(tmp_path / "r.html") == collected
    assert "First try" in (tmp_path / "r.html").read_text("utf-8")
    assert collected.run.status == "completed"


SETTINGS = {
    "batch_size": "8",
    "train_rows": "24",
    "validation_rows": "8",
    "learning_rate": "0.02",
    "precision": "float32",
    "device": "CPU",
    "layer 1 (Dense).kernel_regularizer": "L2(l2=0.01)",
    "layer 2 (Dropout).rate": "0.25",
    "layer 3.1 (Dropout).rate": "0.125",  # of a model inside the model
    "loss.delta": "0.5",
    "LearningRateScheduler.schedule": "halved",
    "EarlyStopping.patience": "5",
    "EarlyStopping.min_delta": "0.001",
    "EarlyStopping.monitor": "val_loss",
    "seed": "7",
}


def halved(epoch, rate):
    return rate / 2 if epoch else rate


# Keras 3.15's LearningRateScheduler reads the rate in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras.src.backend.tensorflow.core")
def test_facts_of_the_run_are_recorded(tmp_path, table):
    keras.utils.set_random_seed(7)
    dense = keras.layers.Dense(4, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01))
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.125), keras.layers.Dense(1)])
    model = keras.Sequential([keras.Input((3,)), dense, keras.layers.Dropout(0.25), inner])
    model.compile(keras.optimizers.SGD(0.02, momentum=0.5), keras.losses.Huber(0.5), metrics=["accuracy"])
    model.layers[0].trainable = False
    model.compile(model.optimizer, model.loss, metrics=["accuracy"])  # until then, Keras 2 trains the layer
    callback = ReportCallback(tmp_path / "r.html", seed=7, params={"data": {"name": "pima"}})
    stopping = keras.callbacks.EarlyStopping(patience=5, min_delta=0.001)
    data = {"validation_split": 0.25, "batch_size": 8}
    schedule = keras.callbacks.LearningRateScheduler(halved)
    model.fit(*table, **data, epochs=3, verbose=0, callbacks=[stopping, callback, schedule])
    run = callback.report.history.run
    settings = dict(run.settings)
    assert {name: settings.get(name) for name in SETTINGS} == SETTINGS
    assert dict(run.params) == {"data.name": "pima"}
    assert (run.parameters, run.trainable_parameters) == (4 * 4 + 5, 5)
    assert [(layer.kind, layer.output_shape, layer.parameters) for layer in run.layers] == [
        ("Dense", "(None, 4)", 16),
        ("Dropout", "(None, 4)", 0),
        ("Sequential", "(None, 1)", 5),
    ]
    assert (run.optimizer, run.loss, run.steps_per_epoch, run.epochs_planned) == ("SGD", "huber_loss", 3, 3)
    assert ("momentum", "0.5") in run.optimizer_settings
    assert ("keras", keras.__version__) in run.versions
    assert run.backend == keras.backend.backend()
    assert run.backend in dict(run.versions)
    assert run.started_at.endswith("+00:00")


def test_a_frozen_model_has_no_trainable_parameters(tmp_path, table):
    model = compiled([])
    model.trainable = False
    model.compile("sgd", "mse")
    callback = ReportCallback(tmp_path / "r.html")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns that nothing is trained
        model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    assert callback.report.history.run.trainable_parameters == 0


def test_epochs_are_numbered_from_initial_epoch(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=13, initial_epoch=10, verbose=0, callbacks=[callback])
    assert callback.report.history.epochs.tolist() == [11, 12, 13]
    assert callback.report.history.run.status == "completed"


def test_validation_every_third_epoch_keeps_its_epochs(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    history = model.fit(*table, validation_split=0.25, validation_freq=3, epochs=7, verbose=0, callbacks=[callback])
    curve = values_of(callback.report, "val_loss")
    assert curve.index.tolist() == [3, 6]
    assert curve.tolist() == history.history["val_loss"]
    assert values_of(callback.report, "loss").index.tolist() == list(range(1, 8))


def test_the_learning_rate_is_recorded_without_a_scheduler(tmp_path, model, table):
    model.optimizer.learning_rate = 0.125
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    assert values_of(callback.report, "learning_rate").tolist() == [0.125, 0.125]


def test_the_learning_rate_follows_the_schedule_of_the_optimizer(tmp_path, table):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([8], [0.5, 0.25])  # 4 steps per epoch
    model = compiled([], optimizer=keras.optimizers.SGD(schedule))
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=4, batch_size=8, verbose=0, callbacks=[callback])
    assert values_of(callback.report, "learning_rate").tolist() == [0.5, 0.5, 0.25, 0.25]


# Keras 3.15's LearningRateScheduler reads the rate in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras.src.backend.tensorflow.core")
@pytest.mark.parametrize("scheduler_first", [True, False])
def test_the_learning_rate_is_that_of_the_epoch_for_any_order_of_callbacks(tmp_path, model, table, scheduler_first):
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 / 2**epoch)
    callback = ReportCallback(tmp_path / "r.html")
    order = [scheduler, callback] if scheduler_first else [callback, scheduler]
    model.fit(*table, epochs=3, verbose=0, callbacks=order)
    logged_as = "lr" if scheduler_first and keras.__version__.startswith("2.") else "learning_rate"
    assert values_of(callback.report, logged_as).tolist() == [0.5, 0.25, 0.125]


def test_durations_of_epochs_are_recorded(tmp_path, model, table):
    slow = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: time.sleep(0.05))
    callback = ReportCallback(tmp_path / "r.html")
    begin = time.perf_counter()
    model.fit(*table, epochs=3, batch_size=16, verbose=0, callbacks=[slow, callback])
    whole = time.perf_counter() - begin
    durations = callback.report.history.run.durations_s
    assert len(durations) == 3
    assert min(durations) >= 0.1  # two batches
    assert sum(durations) <= whole


def test_early_stopping_is_detected(tmp_path, model, table):
    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=2, min_delta=100)
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=20, verbose=0, callbacks=[stopping, callback])
    run = callback.report.history.run
    assert (run.status, run.epochs_planned) == ("stopped-early", 20)
    assert "Stopped early at epoch 3 of 20" in (tmp_path / "r.html").read_text("utf-8")
    assert run.early_stopping == EarlyStopping("loss", 2, None, restores=False)


@pytest.mark.parametrize("order", ["before", "after"])
def test_restored_weights_are_reported(tmp_path, model, table, order):
    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=2, min_delta=100, restore_best_weights=True)
    callback = ReportCallback(tmp_path / "r.html")
    both = [stopping, callback] if order == "before" else [callback, stopping]
    model.fit(*table, epochs=20, verbose=0, callbacks=both)
    report = callback.report
    assert report.history.run.early_stopping == EarlyStopping("loss", 2, 1, restores=True)
    said = zip(report.diagnosis.findings, report.diagnosis.finding_words, strict=True)
    text = next(words.text for finding, words in said if finding.code == "stopped-early")
    assert text == "Early stopping waited 2 epochs for a better loss and restored the weights of epoch 1."


def test_an_interrupted_run_has_the_settings_of_its_early_stopping(tmp_path, model, table):
    def stop(epoch, logs):
        if epoch == 1:
            raise RuntimeError("stopped")

    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=7, restore_best_weights=True)
    callback = ReportCallback(tmp_path / "r.html")
    failing = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    with pytest.raises(RuntimeError):
        model.fit(*table, epochs=9, verbose=0, callbacks=[stopping, callback, failing])
    run = reportgen.load(tmp_path / "r.html").run
    assert (run.status, run.early_stopping) == ("interrupted", EarlyStopping("loss", 7, None, restores=True))


def test_a_run_without_early_stopping_has_no_early_stopping_facts(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    assert callback.report.history.run.early_stopping is None


def assert_interrupted(path, epoch, planned):
    text = path.read_text("utf-8")
    assert f"Interrupted at epoch {epoch} of {planned}" in text
    history = reportgen.load(path)
    assert (history.run.status, history.run.epochs_planned) == ("interrupted", planned)
    assert history.epochs.tolist() == list(range(1, epoch + 1))


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, SystemExit])
def test_an_exception_in_another_callback_leaves_a_report_at_once(tmp_path, model, table, error, order):
    gc.disable()  # so that the report does not depend on when Python looks for cycles of references
    callback = ReportCallback(tmp_path / "r.html")
    raising = RaiseAt(3, error)
    callbacks = [raising, callback] if order == "before" else [callback, raising]
    with contextlib.suppress(error):
        model.fit(*table, epochs=9, batch_size=8, verbose=0, callbacks=callbacks)
        pytest.fail("the exception did not end the training")
    gc.enable()
    assert_interrupted(tmp_path / "r.html", 3, 9)


def test_handled_ctrl_c_leaves_a_report_at_once(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    raising = RaiseAt(2, None)
    raising.on_train_batch_end = lambda batch, logs=None: (
        signal.raise_signal(signal.SIGINT) if raising.present == 2 else None
    )
    with ctrl_c(), contextlib.suppress(KeyboardInterrupt):
        model.fit(*table, epochs=5, batch_size=8, verbose=0, callbacks=[raising, callback])
    assert_interrupted(tmp_path / "r.html", 2, 5)


def test_an_exception_in_a_data_generator_leaves_a_report(tmp_path, model, table):
    inputs, targets = table

    def batches():
        for number in range(100):
            if number == 11:
                raise Stop("the image disk was removed")
            yield inputs[:8], targets[:8]

    callback = ReportCallback(tmp_path / "r.html")
    with pytest.raises(Exception, match="the image disk was removed"):  # TensorFlow wraps it
        model.fit(batches(), steps_per_epoch=4, epochs=6, verbose=0, shuffle=False, callbacks=[callback])
    assert_interrupted(tmp_path / "r.html", 2, 6)


def test_an_interruption_in_the_first_epoch_writes_nothing(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    with contextlib.suppress(Stop):
        model.fit(*table, epochs=6, batch_size=8, verbose=0, callbacks=[RaiseAt(0, Stop()), callback])
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import signal, sys
import keras, numpy as np
from reportgen import ReportCallback
how, path = sys.argv[1:3]
epoch = 0
def begin(number, logs):
    global epoch
    epoch = number
def batch(number, logs):
    if epoch == 2 and number == 1:
        if how == "raise":
            raise RuntimeError("on purpose")
        print("ready", flush=True)
        signal.pause()
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((32, 3)), np.ones((32, 1)), epochs=8, batch_size=8, verbose=0, callbacks=[
    keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_train_batch_end=batch), ReportCallback(path)])
"""


def test_an_uncaught_exception_in_a_script_leaves_a_report(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "raise", tmp_path / "r.html"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("RuntimeError: on purpose")
    assert done.stderr.count("Traceback") == 1
    assert_interrupted(tmp_path / "r.html", 2, 8)


def test_sigint_to_a_script_leaves_a_report(tmp_path):
    with start_interruptible(
        [sys.executable, "-c", SCRIPT, "wait", tmp_path / "r.html"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert_interrupted(tmp_path / "r.html", 2, 8)


@pytest.mark.filterwarnings("ignore:Attempting to work in a virtualenv")  # IPython's warning about how it was started
@pytest.mark.parametrize("error", ["RuntimeError('on purpose')", "KeyboardInterrupt"])
def test_a_notebook_cell_that_fails_leaves_a_report(tmp_path, model, table, error, capsys):
    from IPython.core import interactiveshell  # here, because the callback checks whether IPython is loaded

    path = tmp_path / "r.html"
    shell = interactiveshell.InteractiveShell()  # not the singleton, which other tests would see
    shell.history_manager.enabled = False  # do not write to the user's history
    interactiveshell.InteractiveShell._instance = shell  # get_ipython() returns it
    try:
        shell.push({"model": model, "table": table, "callback": ReportCallback(path), "RaiseAt": RaiseAt})
        result = shell.run_cell(
            f"model.fit(*table, epochs=6, batch_size=8, verbose=0, callbacks=[RaiseAt(2, {error}), callback])"
        )
        assert not result.success
        assert_interrupted(path, 2, 6)
        assert shell.events.callbacks["post_run_cell"] == []
    finally:
        interactiveshell.InteractiveShell._instance = None
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
    capsys.readouterr()


def one_warning(path, model, table, **options):
    """Trains; checks that there is one warning, at the line that calls fit, and returns its text."""
    callback = ReportCallback(path, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = sys._getframe().f_lineno + 1
        history = model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    assert len(history.history["loss"]) == 2
    assert len(caught) == 1, [str(warning.message) for warning in caught]
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    assert caught[0].category is RuntimeWarning
    return str(caught[0].message), callback


def test_missing_folders_are_created(tmp_path, model, table):
    model.fit(*table, epochs=2, verbose=0, callbacks=[ReportCallback(tmp_path / "missing" / "folder" / "r.html")])
    assert len(reportgen.load(tmp_path / "missing" / "folder" / "r.html").epochs) == 2


def test_a_path_below_a_file_causes_one_warning_at_the_callers_line(tmp_path, model, table):
    (tmp_path / "file").touch()
    text, callback = one_warning(tmp_path / "file" / "r.html", model, table)
    assert "could not write the report" in text
    assert "is not a folder" in text
    assert callback.report.diagnosis is not None  # only the file is missing


def test_a_full_device_causes_one_warning_at_the_callers_line(model, table):
    text, _ = one_warning("/dev/full", model, table)
    assert "the disk is full" in text


def test_a_baseline_that_cannot_be_read_causes_one_warning(tmp_path, model, table):
    text, callback = one_warning(tmp_path / "r.html", model, table, baseline=tmp_path / "none.csv")
    assert "could not read the baseline" in text
    assert reportgen.load(tmp_path / "r.html") == callback.report.history


def test_a_baseline_is_used(tmp_path, model, table):
    ReportCallback(tmp_path / "r.html", baseline={"loss": [0.5, 0.25]})
    callback = ReportCallback(tmp_path / "r.html", baseline={"loss": [0.5, 0.25]})
    model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    assert callback.report.baseline.series("loss", "train").tolist() == [0.5, 0.25]


def test_warnings_turned_into_errors_do_not_stop_the_training(tmp_path, model, table, caplog):
    (tmp_path / "file").touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(*table, epochs=2, verbose=0, callbacks=[ReportCallback(tmp_path / "file" / "r.html")])
    assert len(history.history["loss"]) == 2
    logged = [record.getMessage() for record in caplog.records if record.name != "tensorflow"]  # which logs retracing
    assert len(logged) == 1
    assert "is not a folder" in logged[0]


def test_a_path_of_a_wrong_type_is_refused_before_the_training():
    with pytest.raises(OutputError, match="not a path"):
        ReportCallback(7)


def test_a_training_of_no_epochs_causes_one_warning(tmp_path, model, table):
    with pytest.warns(
        RuntimeWarning, match=r"^reportgen wrote no report, because fit did not train any epochs\.$"
    ) as caught:
        model.fit(*table, epochs=0, verbose=0, callbacks=[ReportCallback(tmp_path / "r.html")])
    assert len(caught) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_fit_is_reported_before_the_next_one_begins(tmp_path, model, table):
    callback = ReportCallback(tmp_path / "r.html")
    kept = keras.callbacks.CallbackList([callback, RaiseAt(2, Stop())], model=model, epochs=4, verbose=0)
    with pytest.raises(Stop):  # the list outlives fit, as with an exception that is kept
        model.fit(*table, epochs=4, batch_size=8, verbose=0, callbacks=kept)
    assert not (tmp_path / "r.html").exists()
    kept.on_train_begin()
    assert_interrupted(tmp_path / "r.html", 2, 4)
    callback.on_train_end()


def test_a_run_with_a_generator_and_steps_per_epoch_is_recorded(tmp_path, model, table):
    inputs, targets = table

    def batches():
        while True:
            yield inputs[:8], targets[:8]

    callback = ReportCallback(tmp_path / "r.html")
    history = model.fit(
        batches(),
        steps_per_epoch=3,
        validation_data=batches(),
        validation_steps=2,
        epochs=2,
        verbose=0,
        shuffle=False,
        callbacks=[callback],
    )
    assert values_of(callback.report, "val_loss").tolist() == history.history["val_loss"]
    assert callback.report.history.run.steps_per_epoch == 3


def test_a_model_with_two_outputs_is_recorded(tmp_path, table):
    inputs, targets = table
    entry = keras.Input((3,))
    hidden = keras.layers.Dense(4)(entry)
    model = keras.Model(
        entry, {"size": keras.layers.Dense(1, name="size")(hidden), "kind": keras.layers.Dense(1, name="kind")(hidden)}
    )
    model.compile(
        "sgd",
        {"size": "mse", "kind": keras.losses.BinaryCrossentropy(from_logits=True)},
        metrics={"kind": ["accuracy"]},
    )
    callback = ReportCallback(tmp_path / "r.html")
    history = model.fit(
        inputs, {"size": targets, "kind": targets}, validation_split=0.25, epochs=3, verbose=0, callbacks=[callback]
    )
    assert {"size_loss", "kind_loss", "kind_accuracy", "val_kind_accuracy"} <= set(callback.report.history.keys)
    assert values_of(callback.report, "val_size_loss").tolist() == history.history["val_size_loss"]
    assert callback.report.history.run.loss == "size: mse, kind: binary_crossentropy"


def test_a_metric_with_one_value_per_class_becomes_one_curve_per_class(tmp_path):
    generator = np.random.default_rng(7)
    inputs, classes = generator.normal(size=(ROWS, 3)), np.eye(3)[generator.integers(0, 3, ROWS)]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[keras.metrics.F1Score(average=None, name="f1")])
    callback = ReportCallback(tmp_path / "r.html")
    history = model.fit(inputs, classes, validation_split=0.25, epochs=3, verbose=0, callbacks=[callback])
    for part in range(3):
        expected = [float(value[part]) for value in history.history["val_f1"]]
        assert values_of(callback.report, f"val_f1[{part}]").tolist() == expected


def test_a_log_entry_that_is_not_a_number_is_left_out_with_one_warning(tmp_path, model, table):
    adding = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(note="fine"))
    callback = ReportCallback(tmp_path / "r.html")
    with pytest.warns(RuntimeWarning, match='"note" is text, not a number, and is left out') as caught:
        history = model.fit(*table, epochs=3, verbose=0, callbacks=[adding, callback])
    assert len(caught) == 1
    assert values_of(callback.report, "loss").tolist() == history.history["loss"]


class Unnamed(keras.Model):
    """A custom model with as few attributes as possible."""

    def __init__(self):
        super().__init__()
        self.inner = keras.layers.Dense(1)

    def call(self, inputs):
        return self.inner(inputs)


def test_a_custom_model_with_functions_for_loss_and_metric(tmp_path, table):
    def off_by(y_true, y_pred):
        return abs(y_true - y_pred)

    model = Unnamed()
    model.compile(loss=off_by, metrics=[off_by])  # Keras chooses the optimizer
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    run = callback.report.history.run
    assert (run.loss, run.optimizer, run.parameters) == ("off_by", "RMSprop", 4)
    assert "off_by" in callback.report.history.metric_names


def test_a_training_with_nan_has_diverged(tmp_path, table):
    inputs, targets = table
    model = compiled([], optimizer=keras.optimizers.SGD(1e6))
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(inputs * 1e3, targets, validation_split=0.25, epochs=6, verbose=0, callbacks=[callback])
    assert not np.isfinite(values_of(callback.report, "loss")).all()
    assert callback.report.diagnosis.verdict == "diverged"
    assert reportgen.load(tmp_path / "r.html") == callback.report.history


WORKER = """
import sys
import keras, numpy as np
from reportgen import ReportCallback
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
callback = ReportCallback(sys.argv[1])
model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=2, verbose=0, callbacks=[callback])
print("wrote" if callback.report is not None else "silent")
"""


@pytest.mark.slow
def test_only_the_chief_of_two_processes_writes(tmp_path):
    """Each process trains alone, because Keras 3.15 refuses MultiWorkerMirroredStrategy."""
    cluster = {"worker": ["127.0.0.1:2001", "127.0.0.1:2002"]}
    processes = []
    for index in (0, 1):
        task = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, tmp_path / f"{index}.html"],
                stdout=subprocess.PIPE,
                text=True,
                env={**ENVIRONMENT, "TF_CONFIG": task},
            )
        )
    said = [process.communicate(timeout=120)[0].splitlines()[-1] for process in processes]
    assert said == ["wrote", "silent"]
    assert [path.name for path in tmp_path.iterdir()] == ["0.html"]


@pytest.mark.parametrize(
    ("variables", "writes"),
    [
        ({}, True),
        ({"RANK": "0"}, True),
        ({"RANK": "3"}, False),
        ({"TF_CONFIG": '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief"}}'}, True),
        ({"TF_CONFIG": '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "worker"}}'}, False),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}'}, False),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}, "task": {"type": "evaluator", "index": 0}}'}, False),
        ({"TF_CONFIG": "{}"}, True),
        ({"TF_CONFIG": "not json"}, True),
        ({"TF_CONFIG": "[1]"}, True),
        ({"TF_CONFIG": '{"cluster": 1, "task": {"index": null}}'}, True),
    ],
)
def test_only_the_chief_writes(tmp_path, model, table, monkeypatch, variables, writes):
    for name in ("RANK", "TF_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    callback = ReportCallback(tmp_path / "r.html")
    model.fit(*table, epochs=1, verbose=0, callbacks=[callback])
    assert (tmp_path / "r.html").exists() is writes


def test_the_look_and_the_directions_are_used(tmp_path, model, table):
    options, look = ReadOptions(columns={"train": "loss"}), Look(theme="dark", interactive=True)
    (tmp_path / "old.csv").write_text("epoch,train\n0,0.5\n1,0.25\n")
    callback = ReportCallback(
        tmp_path / "r.html",
        baseline=tmp_path / "old.csv",
        options=options,
        look=look,
        language="zh-CN",
        directions={"learning_rate": "higher", "loss": "higher"},
        monitor="loss",
    )
    model.fit(*table, epochs=2, verbose=0, callbacks=[callback])
    report = callback.report
    assert report.look == Look(theme="dark", interactive=True, language="zh-CN")
    assert (tmp_path / "r.html").read_text("utf-8") == report.to_html()
    assert (report.history.direction("loss"), report.history.run.monitor) == ("higher", "loss")
    assert report.baseline.series("loss", "train").tolist() == [0.5, 0.25]
    assert report.baseline.direction("loss") == "higher"


def test_a_direction_for_a_missing_metric_causes_one_warning(tmp_path, model, table):
    text, _ = one_warning(tmp_path / "s.html", model, table, directions={"other": "higher"})
    assert 'use the directions: "other" is not logged' in text
    assert (tmp_path / "s.html").exists()


def test_wrong_options_are_refused_before_the_training():
    with pytest.raises(RenderError, match="static and interactive"):
        ReportCallback(static=True, interactive=True)
    with pytest.raises(LanguageError):
        ReportCallback(language="tlh")
    with pytest.raises(RenderError, match="is not a folder"):
        ReportCallback(templates="missing")
    with pytest.raises(TypeError):
        ReportCallback(colour="red")


def test_lang_is_a_deprecated_name_of_language():
    with pytest.warns(DeprecationWarning, match="use language=") as caught:
        callback = ReportCallback(lang="zh-CN")
    assert callback._session.look.language == "zh-CN"
    assert caught[0].filename == __file__
