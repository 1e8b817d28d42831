"""The demo: trains a small network on a real medical data set and writes its report.

It needs Keras and a backend, such as the ``tensorflow`` extra. The table is part of the package; nothing is downloaded.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from reportgen.keras_versions import import_keras
from reportgen.options import DEFAULT_LOOK, Look
from reportgen.report import Report

EPOCHS: Final = 150
SEED: Final = 7
TITLE: Final = "Pima diabetes, dense 8-12-8-1"


def load_table() -> tuple[np.ndarray, np.ndarray]:
    """The Pima diabetes table.

    Returns:
        Inputs, float64, shape (768, 8), in the published units, and classes, shape (768,), 0 or 1.
    """
    text = resources.files("reportgen").joinpath("data/pima-indians-diabetes.csv").read_text("utf-8")
    table = np.loadtxt(text.splitlines(), delimiter=",")
    return table[:, :8], table[:, 8]


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hides the output of compiled libraries on standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def load_keras() -> Any:
    """Keras, without the messages that TensorFlow prints when loaded.

    Raises:
        MissingExtraError: Keras or its backend is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        return import_keras("The demo")


def train_demo(
    path: str | Path,
    on_epoch: Callable[[dict[str, float]], None],
    look: Look = DEFAULT_LOOK,
    *,
    overwrite: bool = False,
) -> Report:
    """Trains the network and writes its report.

    Args:
        path: File of the report.
        on_epoch: Called with the logs after each epoch.
        look: How the report is presented.
        overwrite: Whether to replace a file that reportgen did not write.

    Raises:
        MissingExtraError: Keras or its backend is not installed.
        OutputError: the report cannot be written.
    """
    keras = load_keras()
    from reportgen.callback import ReportCallback

    inputs, classes = load_table()
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(12, kernel_initializer="uniform", activation="relu"),
            keras.layers.Dense(8, kernel_initializer="uniform", activation="relu"),
            keras.layers.Dense(1, kernel_initializer="uniform", activation="sigmoid"),
        ],
        name="pima",
    )
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

    reporting = ReportCallback(path, title=TITLE, look=look, overwrite=overwrite, verbose=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "reportgen", RuntimeWarning)  # saving the report below raises the error
        model.fit(
            inputs,
            classes,
            validation_split=0.33,
            epochs=EPOCHS,
            batch_size=10,
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch(logs)), reporting],
        )
    report: Any = reporting.report
    report.save(path, overwrite=overwrite)  # raises the error if the callback could not write it
    return report
