"""TensorBoard's files: as Keras, TensorFlow and torch write them, and in forms that no tool writes."""

import gzip
import math
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_files import event, field, frame, log, simple, tensor, varint, written
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import format_of, read_log, read_path, read_with_format, sentences
from strategies import refusal

import reportgen
from reportgen.errors import SourceError

NAME = "events.out.tfevents.1700000000.host"
CURVES = {"Loss/train": [1.0, 0.5, 0.25], "Loss/validation": [2.0, 1.5, 1.25]}


def save(folder: Path, data: bytes, name: str = NAME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder


def test_consecutive_steps_with_validation_are_epochs() -> None:
    history, form = read_with_format(log(CURVES), "anything")
    assert form == "tensorboard"
    assert history.keys == ("loss", "val_loss")
    assert history.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.5, 3: 1.25}
    assert history.axis == "epoch"
    assert not len(history.steps)
    assert read_log(log(CURVES, first=1)).frame.equals(history.frame)


def test_steps_with_gaps_or_without_validation_stay_steps() -> None:
    history = read_log(log({"Loss/train": [4.0, 2.0, 1.0]}, first=0))
    assert (history.axis, history.epochs.tolist()) == ("step", [0, 1, 2])
    rows = [event(step, simple("loss", 1 / step), simple("val_loss", 2 / step)) for step in (100, 200, 300)]
    assert read_log(written(rows)).epochs.tolist() == [100, 200, 300]


def test_an_epoch_logged_together_with_the_steps_is_used() -> None:
    rows = [
        event(step, simple("epoch", epoch), simple("train_loss", 1 / step), *[simple("val_loss", 2 / step)] * validated)
        for step, epoch, validated in [(49, 0, 0), (99, 0, 1), (149, 1, 0), (199, 1, 1)]
    ]
    history = read_log(written(rows))
    assert history.keys == ("loss", "val_loss")
    assert history.epochs.tolist() == [1, 2]
    assert history.steps.tolist() == [99, 199]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\x08\x01\x12\x00" + field(4, struct.pack("<f", -0.5)), -0.5),
        (b"\x08\x02" + field(4, struct.pack("<d", 1e-300)), 1e-300),
        (b"\x08\x13" + field(4, struct.pack("<e", 0.75)), 0.75),
        (b"\x08\x0e" + field(4, b"\xc0\x3f"), 1.5),
        (b"\x08\x0e" + field(13, varint(0x3FC0)), 1.5),
        (b"\x08\x13" + b"\x68" + varint(0x3A00), 0.75),
        (b"\x08\x03" + field(7, varint(-3)), -3.0),
        (b"\x08\x09" + b"\x50" + varint(2**40), 2.0**40),
        (b"\x08\x01" + b"\x2d" + struct.pack("<f", math.inf), math.inf),
        (b"\x08\x02" + field(6, struct.pack("<d", 2.5)), 2.5),
        (b"\x08\x01\x12" + varint(4) + field(2, b"\x08\x01") + field(5, struct.pack("<f", 7)), 7.0),
        (b"\x08\x01\x12\x00", 0.0),
        (b"\x08\x0a" + field(11, b"\x01"), 1.0),
    ],
)
def test_tensors_of_one_number_are_scalars_of_any_type(body: bytes, value: float) -> None:
    for plugin in ("scalars", ""):
        for count in (1, 20):  # one at a time, and many of the same form at once
            history = read_log(written(event(step, tensor("loss", body, plugin)) for step in range(count)))
            assert history.series("loss", "train").tolist() == [value] * count


@pytest.mark.parametrize(
    "value",
    [
        field(1, b"picture") + field(4, b"\x08\x01\x22\x03png"),
        field(1, b"weights") + field(5, b"\x09" + bytes(8)),
        tensor("text", b"\x08\x07" + field(8, b"words"), "text"),
        tensor("curve", b"\x08\x01" + field(4, bytes(4)), "pr_curves"),
        tensor("vector", b"\x08\x01\x12" + varint(4) + field(2, b"\x08\x02") + field(4, bytes(8))),
        tensor("empty", b"\x08\x01\x12" + varint(4) + field(2, b"\x08\x00"), "hparams"),
        tensor("many", b"\x08\x01" + field(5, bytes(8))),
    ],
)
def test_values_that_are_not_scalars_are_ignored(value: bytes) -> None:
    rows = [event(step, value, simple("loss", 1.0)) for step in range(12)] + [event(0, value)]
    assert read_log(written(rows)).keys == ("loss",)
    with pytest.raises(SourceError, match="it has no scalars"):
        read_log(written([event(0, value)]))


def test_the_plugin_of_a_tag_applies_to_all_its_values() -> None:
    body = b"\x08\x01" + field(4, bytes(4))
    rows = [event(0, tensor("mine", body, "my_plugin"), simple("loss", 1.0)), event(1, tensor("mine", body, ""))]
    assert read_log(written(rows)).keys == ("loss",)


@pytest.mark.parametrize("folder", ["", "run"])
def test_a_file_whose_steps_begin_again_is_another_run(tmp_path: Path, folder: str) -> None:
    for time, losses in ((1700000000, [9, 8, 7, 6]), (1700000500, [9.5, 5]), (1700000900, [9.1, 8.1, 7.1])):
        save(tmp_path / folder / "train", log({"epoch_loss": losses}), f"events.out.tfevents.{time}.host")
        save(tmp_path / folder / "validation", log({"epoch_loss": losses}), f"events.out.tfevents.{time + 7}.host")
    runs = reportgen.load_all(tmp_path)
    assert [run.series("loss", "train").round(1).tolist() for run in runs] == [[9, 8, 7, 6], [9.5, 5], [9.1, 8.1, 7.1]]
    assert [len(run.series("loss", "validation")) for run in runs] == [4, 2, 3]
    prefix = f"{folder}, " if folder else ""
    assert [run.run.title for run in runs] == [f"{prefix}fit 1", f"{prefix}fit 2", f"{prefix}fit 3"]
    assert len(read_path(tmp_path, run=2).epochs) == 2


def test_a_restart_replaces_all_values_from_its_first_step_on(tmp_path: Path) -> None:
    save(tmp_path, log({"loss": [9, 8, 7, 6], "val_loss": [9, 8, 7, 6]}))
    save(tmp_path, log({"loss": [3, 2, 1], "val_loss": [3, 2, 1]}, first=2), NAME.replace("17", "18"))
    history = read_path(tmp_path)
    assert history.series("loss", "train").tolist() == [9, 8, 3, 2, 1]
    assert history.run.resumed_at == (3,)
    assert sentences(history.run.notes) == (
        "The log contains epochs 3 to 4 more than once; the values written last are shown.",
    )
    steps = [[event(10 * step, simple("loss", value)) for step, value in rows] for rows in ([(1, 9), (2, 8)], [(2, 1)])]
    said = sentences(read_log(written(steps[0] + steps[1])).run.notes)
    assert "The log contains step 20 more than once; the values written last are shown." in said


def test_fractional_epochs_of_the_trainer_are_read() -> None:
    rows = [
        event(step, *(simple(tag, value) for tag, value in row.items()))
        for step, row in [
            (50, {"train/loss": 4.0, "train/epoch": 0.5}),
            (100, {"train/loss": 3.0, "train/epoch": 1.0}),
            (100, {"eval/loss": 3.5, "train/epoch": 1.0}),
            (150, {"train/loss": 2.0, "train/epoch": 1.5}),
            (200, {"train/loss": 1.0, "train/epoch": 2.0}),
            (200, {"eval/loss": 2.5, "train/epoch": 2.0}),
        ]
    ]
    history = read_log(written(rows))
    assert history.keys == ("loss", "val_loss")
    assert history.series("loss", "validation").to_dict() == {1: 3.5, 2: 2.5}
    assert history.steps.tolist() == [100, 200]


def test_of_several_runs_in_a_folder_the_last_one_is_read(tmp_path: Path) -> None:
    for run in ("a", "b/train", "b/validation"):
        save(tmp_path / run, log({"epoch_loss": [1.0]}))
    assert read_path(tmp_path / "b").keys == read_path(tmp_path).keys == ("loss", "val_loss")
    assert read_path(tmp_path, run="a").keys == ("loss",)


def test_settings_are_those_that_lightning_or_ray_tune_has_stored_beside_the_events(tmp_path: Path) -> None:
    for number in range(2):
        save(tmp_path / f"version_{number}", log(CURVES))
        (tmp_path / f"version_{number}" / "hparams.yaml").write_text(f"lr: 0.{number}\n")
    assert [run.run.params for run in reportgen.load_all(tmp_path)] == [(("lr", "0.0"),), (("lr", "0.1"),)]
    own = {f"ray/tune/{name}": [1.0, 2.0, 3.0] for name in ("time_total_s", "training_iteration", "pid")}
    trial = save(tmp_path / "trial", log({f"ray/tune/{name}": values for name, values in CURVES.items()} | own))
    (trial / "params.json").write_text('{"lr": 0.5, "net": {"units": 8}}')
    read = read_path(trial)
    assert read.run.params == (("lr", "0.5"), ("net.units", "8"))
    assert read.keys == ("loss", "val_loss")
    (trial / "params.json").write_text("[1]")
    assert read_path(trial).run.params == ()


def test_the_only_run_in_a_subfolder_is_read_and_runs_below_a_run_are_left_out(tmp_path: Path) -> None:
    run = save(tmp_path / "runs" / "only", log(CURVES))
    assert read_path(tmp_path) == read_path(run)
    save(run / "1700.5", log({"hparam/accuracy": [0.5]}))
    assert "These folders are separate runs and were left out: 1700.5." in sentences(read_path(run).run.notes)
    assert read_path(run).keys == ("loss", "val_loss")


@pytest.mark.parametrize("style", ["Loss_{}", "Loss/{}"])
def test_folders_of_add_scalars_are_curves_of_the_run(style: str, tmp_path: Path) -> None:
    save(tmp_path, log({"rate": [0.1, 0.1, 0.1]}))
    for part, values in (("train", [1.0, 0.5, 0.25]), ("validation", [2.0, 1.5, 1.25])):
        save(tmp_path / style.format(part), log({"Loss": values}))
    history = read_path(tmp_path)
    assert history.keys == ("rate", "loss", "val_loss")
    assert history.series("loss", "validation").tolist() == [2.0, 1.5, 1.25]


def test_keras_curves_of_batches_are_used_only_if_there_are_no_others(tmp_path: Path) -> None:
    batches = {"batch_loss": [9.0, 8.0, 7.0, 6.0]}
    save(tmp_path / "train", log({"epoch_loss": [8.0, 6.0], "learning rate": [0.1, 0.2], "far": [1, 2, 3], **batches}))
    save(tmp_path / "validation", log({"epoch_loss": [5.0, 4.0], "evaluation_loss_vs_iterations": [0, 5, 4]}))
    history = read_path(tmp_path)
    assert history.keys == ("loss", "learning rate", "val_loss")
    assert sentences(history.run.notes) == (
        "Curves that are not logged once per epoch were left out: train/far, train/batch_loss.",
    )
    save(tmp_path / "train", log(batches))
    save(tmp_path / "validation", written([event(3, simple("evaluation_loss_vs_iterations", 5.0))]))
    history = read_path(tmp_path)
    assert history.keys == ("loss", "val_loss")
    assert (history.axis, history.epochs[-1]) == ("step", 3)


def test_the_split_of_a_lone_keras_folder_is_detected_from_its_curves() -> None:
    rows = {"epoch_loss": [5.0, 4.0], "evaluation_loss_vs_iterations": [5.0, 4.0]}
    assert read_log(log(rows)).keys == ("val_loss",)
    assert read_log(log({"epoch_loss": [5.0, 4.0]})).keys == ("loss",)


def test_epochs_of_a_keras_run_that_was_resumed_elsewhere_keep_their_numbers(tmp_path: Path) -> None:
    save(tmp_path / "train", log({"epoch_loss": [1.0, 0.5]}, first=5))
    assert read_path(tmp_path).epochs.tolist() == [6, 7]


def test_columns_are_named_as_in_the_log(tmp_path: Path) -> None:
    save(tmp_path / "train", log({"epoch_loss": [1.0], "epoch_mae": [2.0]}))
    assert read_path(tmp_path, columns={"train/epoch_mae": "error"}).keys == ("loss", "error")
    assert read_log(log(CURVES), columns={"Loss/train": "", "Loss/validation": "loss"}).keys == ("loss",)


def test_a_log_of_hundreds_of_tags_in_many_forms_is_read_completely() -> None:
    rows = [
        event(
            step, *(simple(f"m{number}", number + step) for number in range(start, start + 3)), wall_time=1.7e9 + step
        )
        for step in (0, 1, 127, 128, 20_000)
        for start in range(0, 600, 3)
    ]
    history = read_log(written(rows))
    assert len(history.keys) == 600
    assert history.series("m599", "train").tolist() == [599.0, 600.0, 726.0, 727.0, 20_599.0]
    assert history.epochs.tolist() == [0, 1, 127, 128, 20_000]


def test_a_compressed_file_is_read() -> None:
    assert read_log(gzip.compress(log(CURVES)), NAME + ".gz").keys == ("loss", "val_loss")


@pytest.mark.parametrize("count", [3, 40])
def test_a_last_record_cut_at_any_byte_is_left_out_with_a_note(count: int) -> None:
    data = log({"loss": [float(step) for step in range(count)]})
    last = len(frame(event(count - 1, simple("loss", 0.0))))
    for end in range(len(data) - last, len(data)):
        history = read_log(data[:end])
        assert history.series("loss", "train").tolist() == list(range(count - 1))
        said = "The last record is incomplete and was left out." in sentences(history.run.notes)
        assert said == (end > len(data) - last)
    assert read_log(data).series("loss", "train").tolist() == list(range(count))


@pytest.mark.parametrize("count", [4, 40])
def test_a_changed_byte_in_a_record_ends_the_file_before_it(count: int) -> None:
    data = log({"loss": [float(step) for step in range(count)]})
    size = len(frame(event(1, simple("loss", 0.0))))
    start = len(data) - 2 * size
    for place in range(start, start + size):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        history = read_log(bytes(damaged), NAME)
        assert history.series("loss", "train").tolist() == list(range(count - 2))
        note = f"Record {count} of {NAME} is damaged; it and everything after it in that file were left out."
        assert note in sentences(history.run.notes)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it has no scalars"),
        (written([]), "it has no scalars"),
        (written([])[:20], "it has no scalars"),
        (bytes(100), "record 1 is damaged, and there is no scalar before it"),
        (
            written([b"\x0b"]),
            r"record 2 at byte 52 is not an event, though its checksum is correct",
        ),
        (written([b"\x0b"] * 20), "record 2 at byte 52 is not an event"),
        (written([b"\x10" + b"\xff" * 11]), "is not an event"),
        (written([event(0, *[b"\x15" + bytes(4)] * 10_001)]), "holds more than 10,000 scalars"),
        (written([event(0, simple("step", 1.0))]), "it has no scalars other than the step"),
        (written([event(0, simple("a", 1.0), simple("a ", 1.0))]), 'tag "a" occurs twice'),
        (written([event(0, simple("", 1.0))]), "no scalars other than the step"),
    ],
)
def test_invalid_logs_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_log(data, NAME, format="tensorboard")
    assert "\n" not in str(caught.value)


def test_a_record_that_claims_to_be_huge_takes_no_memory() -> None:
    whole = log({"loss": [1.0]})
    for length in (2**60, 2**64 - 1, 2**63, 10**9):
        header = struct.pack("<Q", length)
        claimed = whole + header + frame(header)[20:24] + b"x" * 50  # its checksum is right
        tracemalloc.start()
        history = read_log(claimed)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sentences(history.run.notes)[0] == "The last record is incomplete and was left out."
        assert peak < 100_000_000


PIECES = st.one_of(
    st.binary(max_size=12),
    st.builds(varint, st.integers(0, 2**64 - 1)),
    st.builds(lambda step, tag, value: event(step, simple(tag, value)), st.integers(), st.text(max_size=3),
              st.floats(width=32)),
    st.builds(lambda dtype, number, body: event(1, tensor("t", b"\x08" + varint(dtype) + field(number, body))),
              st.integers(0, 25), st.integers(1, 17), st.binary(max_size=10)),
    st.builds(field, st.integers(1, 9), st.binary(max_size=12)),
)  # fmt: skip


@settings(max_examples=100)
@given(st.lists(st.lists(PIECES, max_size=4).map(b"".join), max_size=6), st.integers(1, 12))
def test_any_records_with_the_right_checksums_are_read_or_refused(records: list[bytes], times: int) -> None:
    assert "\n" not in refusal(lambda: read_log(written(records * times), format="tensorboard"))


@settings(max_examples=80)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert "\n" not in refusal(lambda: read_log(data, format="tensorboard"))


PLACES = st.lists(st.sampled_from(["train", "validation", "test", "a", "Loss_train", "Loss"]), max_size=3).map("/".join)
CONTENTS = st.sampled_from(
    [{"Loss": [1.0]}, {"epoch_loss": [2.0, 1.0]}, {"batch_loss": [3.0]}, {"train/Loss": [4.0]}, {"epoch": [0.0]}]
)


@settings(max_examples=40)
@given(st.dictionaries(PLACES, st.one_of(CONTENTS.map(log), st.binary(max_size=20)), min_size=1, max_size=5))
def test_any_folders_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    folder = tmp_path_factory.mktemp("run")
    for place, data in files.items():
        save(folder / place, data)
    assert "\n" not in refusal(lambda: read_path(folder))


def fit(folder: Path, **options: Any) -> Any:
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    rows = np.random.default_rng(0).normal(size=(64, 3))
    epochs = options.pop("epochs", 3)
    first = options.pop("initial_epoch", 0)
    callback = keras.callbacks.TensorBoard(folder, **options)
    done = model.fit(
        rows, rows.sum(1), validation_split=0.25, epochs=epochs, initial_epoch=first, verbose=0, callbacks=[callback]
    )
    return done.history


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # in Keras' own callback, with NumPy 2
def test_files_of_keras_are_read(tmp_path: Path) -> None:
    logged = fit(tmp_path, histogram_freq=1, write_graph=True)
    assert format_of(tmp_path) == "tensorboard"
    history = read_path(tmp_path)
    assert set(history.keys) >= {"loss", "mae", "val_loss", "val_mae"}
    assert history.epochs.tolist() == [1, 2, 3]
    for key in ("loss", "mae", "val_loss", "val_mae"):
        metric, split = key.removeprefix("val_"), "validation" if key.startswith("val_") else "train"
        assert history.series(metric, split).tolist() == pytest.approx(logged[key], rel=1e-6)
    assert sentences(history.run.notes) == ()
    assert history.axis == "epoch"
    assert not len(history.steps)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # in Keras' own callback, with NumPy 2
def test_files_of_keras_with_batches_and_after_a_restart_are_read(tmp_path: Path) -> None:
    fit(tmp_path, update_freq=1)
    logged = fit(tmp_path, update_freq=1, initial_epoch=1, epochs=4)
    history = read_path(tmp_path)
    assert history.epochs.tolist() == [1, 2, 3, 4]
    assert history.series("loss", "train").tolist()[1:] == pytest.approx(logged["loss"], rel=1e-6)
    assert history.run.resumed_at == (2,)
    assert any("batch_loss" in note for note in sentences(history.run.notes))


@pytest.mark.keras
def test_files_of_tensorflow_are_read_to_the_last_byte(tmp_path: Path) -> None:
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        for step in range(200):
            tf.summary.scalar("train_loss", 1 / (step + 1), step=step)
            tf.summary.scalar("val_loss", np.float64(2 / (step + 1)), step=step)
            if step % 50 == 0:
                tf.summary.text("words", "some", step=step)
                tf.summary.histogram("weights", np.arange(10.0), step=step)
                tf.summary.image("picture", np.zeros((1, 8, 8, 3)), step=step)
    writer.close()
    history = read_path(tmp_path)
    assert history.keys == ("loss", "val_loss")
    assert history.series("loss", "train").tolist() == [float(np.float32(1 / (step + 1))) for step in range(200)]
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    for end in range(len(data) - 150, len(data)):
        assert "\n" not in refusal(lambda end=end: read_log(data[:end]))


@pytest.mark.keras
@pytest.mark.parametrize(
    "dtype",
    ["float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"],
)
def test_tensors_as_tensorflow_packs_them_are_read(dtype: str, tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow.core.framework.summary_pb2 import Summary
    from tensorflow.core.util.event_pb2 import Event

    with tf.io.TFRecordWriter(str(tmp_path / NAME)) as file:
        file.write(Event(wall_time=1, file_version="brain.Event:2").SerializeToString())
        for step in range(30):
            value = tf.constant(step * 3, dtype).numpy()
            for pack in (tf.make_tensor_proto(value), tf.make_tensor_proto(value.reshape(1, 1))):
                summary = Summary(value=[Summary.Value(tag="loss", tensor=pack)])
                file.write(Event(wall_time=step, step=step, summary=summary).SerializeToString())
    values = read_path(tmp_path).series("loss", "train").tolist()
    assert values == [float(tf.cast(tf.constant(step * 3, dtype), "float64")) for step in range(30)]


def torch_writer(folder: Path) -> Any:
    pytest.importorskip("torch", reason="the group formats is not installed")
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(folder)


def tensorboardx_writer(folder: Path) -> Any:
    import tensorboardX

    return tensorboardX.SummaryWriter(str(folder))


@pytest.mark.parametrize("make", [torch_writer, tensorboardx_writer])
def test_files_of_summary_writer_are_read(make: Callable[[Path], Any], tmp_path: Path) -> None:
    writer = make(tmp_path)
    for epoch in range(12):
        writer.add_scalar("Loss/train", 1 / (epoch + 1), epoch)
        writer.add_scalar("Loss/validation", 2 / (epoch + 1), epoch)
        writer.add_scalars("Accuracy", {"train": epoch / 12, "validation": epoch / 24}, epoch)
        writer.add_histogram("weights", np.arange(10.0), epoch)
    writer.add_hparams({"lr": 0.1, "batch": 32}, {"hparam/loss": 0.5})
    writer.close()
    assert format_of(tmp_path) == "tensorboard"
    history = read_path(tmp_path)
    assert {"loss", "val_loss"} <= set(history.keys)
    assert history.series("loss", "train").tolist() == pytest.approx([1 / (epoch + 1) for epoch in range(12)])
    assert history.series("Accuracy", "validation").tolist() == pytest.approx([epoch / 24 for epoch in range(12)])
    assert history.epochs.tolist() == list(range(1, 13))
