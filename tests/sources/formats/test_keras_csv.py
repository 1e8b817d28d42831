import json
import math
from pathlib import Path

import numpy as np
import pytest
from logs import format_of, read_log, read_path, read_with_format, sentences

import reportgen
from reportgen.errors import SourceError

TWIN = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1.0,NA,NA\n1,0.6,0.5,NA,NA\n"
VECTOR = 'epoch,f1,loss,val_f1,val_loss\n0,"""[0.1, 0.2]""",1.0,"""[0.3, nan]""",2.0\n'


def test_an_empty_validation_column_is_not_a_curve() -> None:
    assert read_log(TWIN).keys == ("accuracy", "loss")


def test_a_log_in_the_folder_of_a_trial_of_keras_tuner_has_its_hyperparameters(tmp_path: Path) -> None:
    chosen = {"units": 32, "learning_rate": 0.01, "tuner/epochs": 2}
    for number in range(2):
        trial = tmp_path / f"trial_{number}"
        trial.mkdir()
        (trial / "history.csv").write_text("epoch,loss,val_loss\n0,1.0,1.5\n1,0.5,1.0\n")
        (trial / "trial.json").write_text(json.dumps({"trial_id": f"{number}", "hyperparameters": {"values": chosen}}))
    expected = (("units", "32"), ("learning_rate", "0.01"))
    assert [run.run.params for run in reportgen.load_all(tmp_path)] == [expected, expected]
    assert read_path(tmp_path / "trial_0" / "history.csv").run.params == expected
    (tmp_path / "trial_0" / "trial.json").write_text("[" * 100_000)
    assert read_path(tmp_path / "trial_0" / "history.csv").run.params == ()


def test_vectors_are_read_with_the_inner_quotes_that_keras_writes() -> None:
    history = read_log(VECTOR)
    assert history.series("f1[1]", "train").tolist() == [0.2]
    assert history.series("f1[0]", "validation").tolist() == [0.3]
    assert math.isnan(history.series("f1[1]", "validation")[1])


def test_a_repeated_header_is_skipped_and_numbering_continues() -> None:
    history = read_log("epoch,loss\n0,4\n1,3\nepoch,loss\n0,2.8\n1,2\n")
    assert history.series("loss", "train").tolist() == [4.0, 3.0, 2.8, 2.0]
    assert history.run.resumed_at == (3,)


def test_only_an_incomplete_last_line_is_left_out_with_a_note() -> None:
    history = read_log("epoch,loss,val_loss\n0,1.0,2.0\n1,0.5")
    assert history.epochs.tolist() == [1]
    assert sentences(history.run.notes) == ("The last line is incomplete and was left out.",)
    for text in (
        "epoch,loss,val_loss\n0,1.0\n1,0.5,1\n",
        "epoch,loss,val_loss\n0,1.0,1\n1,0.5\n",
        "epoch,loss\n0,1\n1,2,3",
    ):
        with pytest.raises(SourceError, match=r"line \d has \d cells"):
            read_log(text)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_common_separator_is_detected(separator: str) -> None:
    text = "epoch,loss,val_loss\n0,1.0,NA\n1,0.5,0.75\n".replace(",", separator)
    assert read_with_format(text)[1] == "csv"
    assert read_log(text).series("loss", "validation").to_dict() == {2: 0.75}


@pytest.mark.keras
def test_files_of_keras_are_read_with_all_quirks(tmp_path: Path) -> None:
    import keras

    class Extra(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["f1"] = np.array([epoch / 10, 0.5])
            if epoch:
                logs["later"] = 1.0

    def fit(epochs, append, **more):
        logger = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"), append=append)
        return model.fit(x, y, batch_size=16, epochs=epochs, verbose=0, callbacks=[Extra(), logger], **more)

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")  # so that the loss clearly falls
    x = np.random.default_rng(1).normal(size=(64, 4))
    y = x.sum(axis=1) > 0
    first = fit(4, False, validation_data=(x, y), validation_freq=2)
    second = fit(2, True)
    assert format_of(tmp_path / "log.csv") == "csv"
    history = read_path(tmp_path / "log.csv")
    assert history.epochs.tolist() == [1, 2, 3, 4, 5, 6]
    assert history.series("loss", "train").tolist() == first.history["loss"] + second.history["loss"]
    assert history.series("f1[0]", "train").tolist() == [0.0, 0.1, 0.2, 0.3, 0.0, 0.1]
    assert "later" not in history.metric_names
    assert history.run.resumed_at == (5,)
