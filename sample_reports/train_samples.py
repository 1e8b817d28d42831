"""Trains the networks of the sample reports and stores their histories as ``histories/<name>.json``.

The data is the Pima table of the package and tables from scikit-learn. This needs TensorFlow, and KerasTuner for the
trials of a search, and takes about three minutes on two cores; `make_samples.py` makes the reports without TensorFlow.
Run it only to change the samples, because the last digits differ between machines.
"""

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn import datasets

import reportgen
from reportgen import Report, ReportCallback, TrainingHistory
from reportgen.demo import train_demo

HISTORIES = Path(__file__).resolve().parent / "histories"
SEED = 7
COMPARED = "compared"


class Table(NamedTuple):
    """A shuffled table, with inputs scaled to mean 0 and standard deviation 1."""

    inputs: np.ndarray
    targets: np.ndarray


def load_table(name: str) -> Table:
    """One of scikit-learn's tables: digits, breast_cancer, wine or diabetes."""
    inputs, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(SEED).permutation(len(inputs))
    inputs, targets = inputs[order], targets[order]
    spread = inputs.std(axis=0)
    return Table((inputs - inputs.mean(axis=0)) / np.where(spread > 0, spread, 1), targets)


def dense(
    n_inputs: int, hidden: list[int], n_outputs: int, last: str, decay: float = 0, dropout: float = 0
) -> keras.Model:
    """A stack of dense layers, optionally with weight decay and dropout."""
    penalty = keras.regularizers.L2(decay) if decay else None
    model = keras.Sequential([keras.Input((n_inputs,))])
    for units in hidden:
        model.add(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        if dropout:
            model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(n_outputs, activation=last, kernel_regularizer=penalty))
    return model


@contextlib.contextmanager
def collecting(title: str, **options: Any) -> Iterator[ReportCallback]:
    """A callback whose report is discarded; only its history is used."""
    with tempfile.TemporaryDirectory() as folder:
        yield ReportCallback(Path(folder) / "report.html", title=title, verbose=0, **options)


def train_healthy() -> Report:
    """Handwritten digits, with dropout and weight decay that keep validation close to training."""
    table = load_table("digits")
    model = dense(64, [32], 10, "softmax", decay=0.01, dropout=0.2)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    with collecting("Handwritten digits, dense 64-32-10 with dropout and weight penalty") as callback:
        model.fit(*table, validation_split=0.25, epochs=60, batch_size=32, verbose=0, callbacks=[callback])
        return callback.report


def train_overfitting() -> Report:
    """A wide network memorises a hundred patients."""
    table = load_table("breast_cancer")
    model = dense(30, [128, 128], 1, "sigmoid")
    model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    with collecting("Breast cancer, 100 patients, dense 30-128-128-1") as callback:
        model.fit(
            table.inputs[:100],
            table.targets[:100],
            validation_data=(table.inputs[100:], table.targets[100:]),
            epochs=80,
            batch_size=16,
            verbose=0,
            callbacks=[callback],
        )
        return callback.report


def train_still_improving() -> Report:
    """A small learning rate, stopped long before the curves are flat."""
    table = load_table("digits")
    model = dense(64, [32], 10, "softmax")
    model.compile(keras.optimizers.SGD(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    with collecting("Handwritten digits, dense 64-32-10, slow gradient descent") as callback:
        model.fit(*table, validation_split=0.25, epochs=30, batch_size=32, verbose=0, callbacks=[callback])
        return callback.report


def train_diverged() -> Report:
    """Gradient descent with a learning rate that doubles every epoch, until the weights overflow."""
    table = load_table("diabetes")
    model = dense(10, [32], 1, "linear")
    model.compile(keras.optimizers.SGD(), "mse", metrics=["mae"])
    doubling = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 2e-6 * 2**epoch)
    with collecting("Diabetes progression, dense 10-32-1, learning rate doubled every epoch") as callback:
        model.fit(*table, validation_split=0.25, epochs=20, batch_size=32, verbose=0, callbacks=[doubling, callback])
        return callback.report


def train_pima() -> Report:
    """The training run of `reportgen demo`."""
    with tempfile.TemporaryDirectory() as folder:
        return train_demo(Path(folder) / "report.html", lambda logs: None)


def train_learning_rate_steps() -> Report:
    """ReduceLROnPlateau halves the learning rate whenever the validation loss stalls."""
    table = load_table("diabetes")
    model = dense(10, [16], 1, "linear", decay=0.003)
    model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    lowering = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=5, min_lr=0.0005)
    with collecting("Diabetes progression, dense 10-16-1, learning rate lowered on plateaus") as callback:
        model.fit(
            table.inputs,
            table.targets / 100,
            validation_split=0.25,
            epochs=60,
            batch_size=32,
            verbose=0,
            callbacks=[lowering, callback],
        )
        return callback.report


class CtrlC(keras.callbacks.Callback):
    """Simulates Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch
        self.present = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Stores the 0-based epoch."""
        self.present = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Raises the exception of the signal."""
        if self.present == self.epoch and batch == 3:
            raise KeyboardInterrupt


def train_interrupted() -> Report:
    """Ctrl-C in epoch 18 of 60."""
    table = load_table("breast_cancer")
    model = dense(30, [16], 1, "sigmoid")
    model.compile(keras.optimizers.Adam(0.0005), "binary_crossentropy", metrics=["accuracy"])
    with collecting("Breast cancer, dense 30-16-1, stopped with Ctrl-C") as callback:
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(
                *table, validation_split=0.25, epochs=60, batch_size=32, verbose=0, callbacks=[CtrlC(17), callback]
            )
        return callback.report


def train_no_validation() -> Report:
    """All rows are used for training."""
    table = load_table("wine")
    model = dense(13, [16], 3, "softmax", decay=0.01)
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    with collecting("Wine cultivars, dense 13-16-3, no validation data") as callback:
        model.fit(*table, epochs=80, batch_size=16, verbose=0, callbacks=[callback])
        return callback.report


def train_two_outputs() -> Report:
    """One network predicts the digit, which it memorises, and the darkness of the image."""
    table = load_table("digits")
    inputs, digits, darkness = table.inputs[:250], table.targets[:250], table.inputs[:250].mean(axis=1)
    given = keras.Input((64,))
    hidden = keras.layers.Dense(256, activation="relu")(keras.layers.Dense(256, activation="relu")(given))
    digit = keras.layers.Dense(10, activation="softmax", name="digit")(hidden)
    model = keras.Model(given, {"digit": digit, "darkness": keras.layers.Dense(1, name="darkness")(given)})
    model.compile(
        keras.optimizers.Adam(0.01),
        {"digit": "sparse_categorical_crossentropy", "darkness": "mse"},
        metrics={"digit": "accuracy", "darkness": "mae"},
    )
    with collecting("Handwritten digits: which one, and how dark") as callback:
        model.fit(
            inputs,
            {"digit": digits, "darkness": darkness},
            validation_split=0.5,
            epochs=60,
            batch_size=32,
            verbose=0,
            callbacks=[callback],
        )
        return callback.report


def train_early_stopping() -> Report:
    """Early stopping that restores the best weights."""
    table = load_table("breast_cancer")
    model = dense(30, [32], 1, "sigmoid")
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    stopping = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    with collecting("Breast cancer, dense 30-32-1, early stopping") as callback:
        model.fit(*table, validation_split=0.3, epochs=200, batch_size=32, verbose=0, callbacks=[stopping, callback])
        return callback.report


def train_test_data() -> Report:
    """Handwritten digits, tested on rows that neither training nor validation saw."""
    table = load_table("digits")
    model = dense(64, [48], 10, "softmax", dropout=0.2)
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    tested = (table.inputs[1100:], table.targets[1100:])
    with collecting("Handwritten digits, dense 64-48-10, with test data", evaluate=tested) as callback:
        model.fit(
            table.inputs[:1100],
            table.targets[:1100],
            validation_split=0.25,
            epochs=50,
            batch_size=32,
            verbose=0,
            callbacks=[callback],
        )
        return callback.report


def train_compared() -> Iterator[tuple[str, TrainingHistory]]:
    """The runs of the sample comparisons: two optimizers with five seeds each, and five folds.

    Yields:
        The path of each history in ``histories/compared``, and the history.
    """
    table = load_table("digits")
    for name, make in (("adam", keras.optimizers.Adam), ("sgd", keras.optimizers.SGD)):
        for seed in range(1, 6):
            keras.utils.set_random_seed(seed)
            model = dense(64, [32], 10, "softmax", dropout=0.2)
            model.compile(
                make(0.004 if name == "adam" else 0.08), "sparse_categorical_crossentropy", metrics=["accuracy"]
            )
            fit = model.fit(
                table.inputs[:1200], table.targets[:1200], validation_split=0.25, epochs=40, batch_size=32, verbose=0
            )
            yield f"optimizers/{name}_seed_{seed}", with_title(reportgen.load(fit), f"{name}, seed {seed}")
    cancer = load_table("breast_cancer")
    for fold in range(1, 6):
        keras.utils.set_random_seed(SEED)
        held_out = np.arange(len(cancer.inputs)) % 5 == fold - 1
        model = dense(30, [24], 1, "sigmoid")
        model.compile(keras.optimizers.Adam(0.004), "binary_crossentropy", metrics=["accuracy"])
        stopping = keras.callbacks.EarlyStopping(patience=6)
        fit = model.fit(
            cancer.inputs[~held_out],
            cancer.targets[~held_out],
            validation_data=(cancer.inputs[held_out], cancer.targets[held_out]),
            epochs=60,
            batch_size=32,
            verbose=0,
            callbacks=[stopping],
        )
        yield f"folds/fold_{fold}", with_title(reportgen.load(fit), f"fold {fold}")


def train_trials() -> Iterator[tuple[str, TrainingHistory]]:
    """A random search of KerasTuner for the optimizer, its learning rate, the units and the dropout.

    Yields:
        As `train_compared`.
    """
    import keras_tuner

    table = load_table("digits")

    def build(chosen: Any) -> keras.Model:
        units = chosen.Int("units", 16, 128, step=16)
        model = dense(64, [units], 10, "softmax", dropout=chosen.Float("dropout", 0.0, 0.5, step=0.1))
        make = getattr(keras.optimizers, chosen.Choice("optimizer", ["Adam", "SGD", "RMSprop"]))
        rate = chosen.Float("learning_rate", 1e-4, 1e-1, sampling="log")
        model.compile(make(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.RandomSearch(build, "val_accuracy", max_trials=24, seed=SEED, directory=folder)
        reports = Path(folder) / "reports"
        tuner.search(
            table.inputs[:800],
            table.targets[:800],
            validation_data=(table.inputs[800:1200], table.targets[800:1200]),
            epochs=20,
            batch_size=32,
            verbose=0,
            callbacks=[ReportCallback(reports / "{trial}.html", verbose=0)],
        )
        for path in sorted(reports.glob("*.html")):
            history = with_title(reportgen.load(path), f"trial {path.stem}")
            yield f"trials/trial_{path.stem}", history.with_run(replace(history.run, layers=(), resources=None))


def with_title(history: TrainingHistory, title: str) -> TrainingHistory:
    """A history with a title."""
    return history.with_run(replace(history.run, title=title))


RUNS: dict[str, Callable[[], Report]] = {
    "healthy": train_healthy,
    "overfitting": train_overfitting,
    "still-improving": train_still_improving,
    "diverged": train_diverged,
    "pima": train_pima,
    "learning-rate-steps": train_learning_rate_steps,
    "interrupted": train_interrupted,
    "no-validation": train_no_validation,
    "two-outputs": train_two_outputs,
    "early-stopping": train_early_stopping,
    "test-data": train_test_data,
}


def stored_text(history: TrainingHistory) -> str:
    """A history as JSON with one line per curve and values rounded to the precision of float32."""
    frame = history.frame.assign(value=[float(str(np.float32(value))) for value in history.frame["value"]])
    run = replace(history.run, durations_s=tuple(round(seconds, 3) for seconds in history.run.durations_s))
    document = json.loads(TrainingHistory(frame, run).to_json())
    curves = ",\n".join(json.dumps(curve, separators=(",", ":")) for curve in document["series"])
    facts = json.dumps(document["run"], separators=(",", ":"))
    return f'{{"schema":{json.dumps(document["schema"])},\n"run":{facts},\n"series":[\n{curves}]}}\n'


def main(names: list[str]) -> None:
    """Trains the named samples, or all; ``compared`` are the runs of the comparisons."""
    HISTORIES.mkdir(exist_ok=True)
    if not names or COMPARED in names:
        for path, history in chain(train_compared(), train_trials()):
            target = HISTORIES / COMPARED / f"{path}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(stored_text(history), encoding="utf-8")
            print(f"{COMPARED}/{path}: {len(history.epochs)} epochs, {target.stat().st_size} bytes")
    for name in [name for name in names if name != COMPARED] if names else RUNS:
        keras.utils.set_random_seed(SEED)
        report = RUNS[name]()
        target = HISTORIES / f"{name}.json"
        target.write_text(stored_text(report.history), encoding="utf-8")
        verdict, size = report.diagnosis.verdict, target.stat().st_size
        print(f"{name}: {verdict}, {len(report.history.epochs)} epochs, {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
