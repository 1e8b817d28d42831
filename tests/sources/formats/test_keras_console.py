import contextlib
import io
import time
from pathlib import Path

import numpy as np
import pytest
import sample_logs
from logs import read_log, read_with_format, sentences

from reportgen.errors import SourceError
from reportgen.history.facts import EarlyStopping

KERAS_2 = """Train on 60 samples, validate on 30 samples
Epoch 1/3
60/60 [==============================] - 1s 5ms/step - loss: 0.6931 - acc: 0.5000 - val_loss: 0.7000 - val_acc: 0.4000

Epoch 00001: val_loss improved from inf to 0.70000, saving model to best.h5
Epoch 2/3
20/60 [=========>....................] - ETA: 0s - loss: 0.9000 - acc: 0.2000\r
60/60 [==============================] - 0s 3ms/step - loss: 5.0000e-01 - acc: 0.7500 - val_loss: nan - val_acc: 0.5000
Epoch 2: ReduceLROnPlateau reducing learning rate to 0.0001.
Epoch 00002: early stopping
"""


def test_a_log_of_keras_2_is_read_with_its_bars_and_messages() -> None:
    history, form = read_with_format(KERAS_2)
    assert form == "keras-console"
    assert history.keys == ("loss", "acc", "val_loss", "val_acc")
    assert history.series("loss", "train").to_dict() == {1: 0.6931, 2: 0.5}
    assert np.isnan(history.series("loss", "validation")[2])
    assert (history.run.epochs_planned, history.run.status) == (3, "stopped-early")


def test_other_text_around_and_on_the_line_of_the_epoch_is_ignored() -> None:
    lines = ["$ python train.py", "help please", "Epoch 3/50 ... loss: 0.31 - val_loss: 0.40",
             "Epoch 4/50 - loss: 0.30 - val_loss: 0.5", "^C"]  # fmt: skip
    history = read_log("\n".join(lines))
    assert history.series("loss", "train").to_dict() == {3: 0.31, 4: 0.30}
    assert history.series("loss", "validation").to_dict() == {3: 0.40, 4: 0.5}


def test_an_unfinished_last_epoch_is_left_out_with_a_note() -> None:
    cut = sample_logs.KERAS_CONSOLE[: sample_logs.KERAS_CONSOLE.rindex("\r")]
    history = read_log(cut)
    assert history.epochs.tolist() == [1, 2, 3]
    assert sentences(history.run.notes) == ("Epoch 4 was not finished when the log ended, and was left out.",)
    assert history.run.status == "unknown"


def test_repeated_fits_are_separate_runs() -> None:
    history = read_log(sample_logs.KERAS_CONSOLE * 2)
    assert history.epochs.tolist() == [1, 2, 3, 4]
    assert sentences(history.run.notes) == (
        "The source contains 2 runs; this report shows fit 2. To report on another, pass its name or number as run= "
        "(--run): 1 (fit 1).",
    )


def test_a_log_without_values_is_refused() -> None:
    with pytest.raises(SourceError, match="it has no epoch with values"):
        read_log("Epoch 1/3\nEpoch 2/3\n", format="keras-console")


STOPPED = "".join(f"Epoch {n}/20\n8/8 - 0s - loss: {abs(n - 2) / 9 + 0.1:.2f}\n" for n in range(1, 6))


@pytest.mark.parametrize(
    ("printed", "status", "stopping"),
    [
        ("", "unknown", None),
        ("Epoch 5: early stopping\n", "stopped-early", None),
        ("Epoch 00005: early stopping\n", "stopped-early", None),
        (
            "Epoch 5: early stopping\nRestoring model weights from the end of the best epoch: 2.\n",
            "stopped-early",
            EarlyStopping("", 3, 2, restores=True),
        ),
        (
            "Restoring model weights from the end of the best epoch.\nEpoch 00005: early stopping\n",
            "stopped-early",
            EarlyStopping("", 0, None, restores=True),
        ),
        ("Restoring model weights from the end of the best epoch: 9.\n", "unknown", None),
    ],
)
def test_what_early_stopping_prints_is_read(printed: str, status: str, stopping: EarlyStopping | None) -> None:
    run = read_log(STOPPED + printed).run
    assert (run.status, run.early_stopping, run.epochs_planned) == (status, stopping, 20)


@pytest.mark.parametrize(
    "line",
    [
        "a" * 100_000,
        "a: " * 50_000,
        "- " * 50_000,
        "\x1b[" + "1;" * 50_000,
        "Epoch " * 20_000,
        "1/" * 50_000,
        "loss: 1" * 9_000,
    ],
)
def test_no_line_makes_the_search_slow(line: str) -> None:
    start = time.process_time()
    history = read_log(f"Epoch 1/2\nloss: 0.5\n{line}\n" * 20)
    assert history.series("loss", "train")[1] is not None
    assert time.process_time() - start < 3


@pytest.mark.keras
@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.parametrize("interactive", [True, False])
def test_the_output_of_keras_is_its_history(verbose: int, interactive: bool, tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(1).normal(size=(64, 4))
    before = keras.config.is_interactive_logging_enabled()
    printed = io.StringIO()
    (keras.config.enable_interactive_logging if interactive else keras.config.disable_interactive_logging)()
    try:
        with contextlib.redirect_stdout(printed):
            fitted = model.fit(x, x.sum(axis=1) > 0, validation_split=0.25, epochs=3, batch_size=16, verbose=verbose)
    finally:
        (keras.config.enable_interactive_logging if before else keras.config.disable_interactive_logging)()
    if not interactive:
        return  # printed through logging, in lines that look the same
    history, form = read_with_format(printed.getvalue())
    assert form == "keras-console"
    for key, values in fitted.history.items():
        metric, split = (key.removeprefix("val_"), "validation") if key.startswith("val_") else (key, "train")
        assert history.series(metric, split).to_numpy() == pytest.approx(values, abs=6e-5)
    assert history.run.status == "completed"
