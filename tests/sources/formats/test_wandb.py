import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sample_logs
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import format_of, read_log, read_path, read_with_format, sentences
from strategies import refusal
from wandb_files import BLOCK, HEADER, end, field, framed, history, run

from reportgen.errors import SourceError
from reportgen.history.notes import Note

ROWS = [
    {"_step": e, "_runtime": e + 0.5, "_timestamp": 1.7e9 + e, "epoch": e, "train/loss": a, "val/loss": b}
    for e, (a, b) in enumerate(zip(sample_logs.LOSSES, sample_logs.HELD_OUT, strict=True))
]
GOOD = framed(field(1, 1) + field(21, b""), run("lucky-sun-7"), *map(history, ROWS), end())


def test_a_run_is_recognised_by_its_first_bytes_and_read_completely() -> None:
    read, form = read_with_format(GOOD, "log")
    assert form == "wandb"
    assert read.keys == ("loss", "val_loss")
    assert read.series("loss", "train").to_dict() == dict(enumerate(sample_logs.LOSSES, 1))
    assert read.series("loss", "validation").to_dict() == dict(enumerate(sample_logs.HELD_OUT, 1))
    assert (read.run.title, read.run.status) == ("lucky-sun-7", "completed")
    assert read.run.started_at == "2023-11-14T22:13:20+00:00"
    assert not [note for note in sentences(read.run.notes) if "log" in note]


@pytest.mark.parametrize(
    ("last", "status", "noted"), [(end(), "completed", 0), (end(1), "interrupted", 0), (b"", "unknown", 1)]
)
def test_the_exit_record_says_how_a_run_ended(last: bytes, status: str, noted: int) -> None:
    read = read_log(framed(*map(history, ROWS), *[last] * bool(last)))
    assert read.run.status == status
    assert sum("it had crashed" in note for note in sentences(read.run.notes)) == noted


def test_numbers_are_read_in_all_spellings() -> None:
    cells = [math.nan, math.inf, -math.inf, "NaN", "-Infinity", 1e300]
    read = read_log(framed(*(history({"_step": step, "loss": cell}) for step, cell in enumerate(cells)), end()))
    np.testing.assert_array_equal(
        read.series("loss", "train").to_numpy(), [math.nan, math.inf, -math.inf, math.nan, -math.inf, 1e300]
    )


def test_the_settings_of_a_run_are_those_of_its_config() -> None:
    def item(value: object, *keys: str) -> bytes:
        key = field(1, keys[0]) if len(keys) == 1 else b"".join(field(2, key) for key in keys)
        return field(1, key + field(16, json.dumps(value)))

    given = [item(0.1, "lr"), item("3", "seed"), item({"cli": "0.1"}, "_wandb"), item({"name": "adam"}, "optimizer")]
    started = field(17, field(1, "abc") + field(4, b"".join(given)))
    update = field(5, item(0.2, "lr") + item(8, "model", "units"))
    read = read_log(framed(started, update, *map(history, ROWS), end()))
    assert read.run.params == (("lr", "0.2"), ("model.units", "8"), ("optimizer.name", "adam"), ("seed", "3"))


def test_nested_keys_are_joined_and_images_texts_and_lists_are_left_out_with_a_note() -> None:
    row = {"a.b.c": 2, "h._type": "histogram", "h.bins": [1, 2], "h.count": 3, "s": "text", "l": [1, 2], "n": None}
    read = read_log(framed(history({"_step": 0, "loss": 1.0, **row}), end()))
    assert read.keys == ("a.b.c", "loss")
    assert "These columns contain no numbers and were left out: s, l, h." in sentences(read.run.notes)


def test_the_keras_callback_of_wandb_has_the_names_of_keras() -> None:
    rows = [
        {"_step": 0, "batch/loss": 3.0, "batch/batch_step": 0},
        {"_step": 1, "epoch/epoch": 0, "epoch/loss": 2.0, "epoch/val_loss": 2.5},
        {"_step": 2, "batch/loss": 1.5, "batch/batch_step": 1},
        {"_step": 3, "epoch/epoch": 1, "epoch/loss": 1.0, "epoch/val_loss": 1.5},
    ]
    read = read_log(framed(*map(history, rows), end()))
    assert read.keys == ("batch/loss", "loss", "val_loss")
    assert read.series("loss", "validation").to_dict() == {1: 2.5, 2: 1.5}
    csv = "_step,_runtime,epoch/epoch,epoch/loss,epoch/val_loss\n1,1,0,2.0,2.5\n3,2,1,1.0,1.5\n"
    assert read_log(csv).series("loss", "validation").to_dict() == {1: 2.5, 2: 1.5}


def test_the_steps_of_a_trainer_take_precedence_over_calls_of_log() -> None:
    rows = [
        {"_step": 0, "train/loss": 2.0, "train/epoch": 0.5, "train/global_step": 50},
        {"_step": 1, "train/loss": 1.0, "train/epoch": 1.0, "train/global_step": 100},
        {"_step": 2, "eval/loss": 1.5, "train/epoch": 1.0, "train/global_step": 100},
        {"_step": 3, "train/loss": 0.5, "train/epoch": 2.0, "train/global_step": 200},
        {"_step": 4, "eval/loss": 1.0, "train/epoch": 2.0, "train/global_step": 200},
    ]
    read = read_log(framed(*map(history, rows), end()))
    assert read.keys == ("loss", "val_loss")
    assert read.steps.tolist() == [100, 200]
    assert read.series("loss", "train").to_dict() == {1: 1.5, 2: 0.5}


def test_columns_have_the_meaning_that_the_user_specifies() -> None:
    read = read_log(GOOD, columns={"train/loss": "train_score", "_runtime": "seconds"})
    assert read.keys == ("seconds", "train_score", "val_loss")


def test_a_folder_with_one_run_is_read_and_of_several_runs_the_last_one_is_read(tmp_path: Path) -> None:
    first = tmp_path / "wandb" / "offline-run-20260101_000000-abc"
    first.mkdir(parents=True)
    (first / "run-abc.wandb").write_bytes(GOOD)
    (tmp_path / "wandb" / "latest-run").symlink_to(first.name)
    expected = read_log(GOOD)
    for path in (first, tmp_path / "wandb", tmp_path / "wandb" / "latest-run"):
        assert format_of(path) == "wandb"
        assert read_path(path) == expected
    second = tmp_path / "wandb" / "offline-run-20260102_000000-def"
    second.mkdir()
    (second / "run-def.wandb").write_bytes(GOOD)
    names = [run.name for run in (first, second)]
    chosen = Note.of("chosen-run", count=2, number=2, run=names[1], runs=(names[0],))
    assert read_path(tmp_path / "wandb").run.notes[0] == chosen


def test_records_continue_from_block_to_block() -> None:
    long = field(9, b"x" * (2 * BLOCK + 100))
    for pad in range(BLOCK - 40, BLOCK - 20):
        data = framed(field(9, b"x" * pad), *map(history, ROWS), long, end())
        assert read_log(data).frame.equals(read_log(GOOD).frame)


def test_a_truncated_file_is_read_up_to_its_last_complete_record() -> None:
    starts = [len(framed(run("x"), *map(history, ROWS[:count]))) for count in range(len(ROWS) + 1)]
    data = framed(run("x"), *map(history, ROWS), end())
    for cut in range(len(HEADER), len(data)):
        whole = sum(start <= cut for start in starts[1:])
        if not whole:
            assert "wandb.log" in refusal(lambda cut=cut: read_log(data[:cut]))
            continue
        read = read_log(data[:cut])
        assert read.series("loss", "train").tolist() == sample_logs.LOSSES[:whole]
        assert any("The log has no end" in note for note in sentences(read.run.notes))
        broken = [note for note in sentences(read.run.notes) if "ends abruptly" in note]
        assert broken == (
            []
            if cut in starts
            else [f"The log ends abruptly at byte {starts[whole]}; any later values are not in this report."]
        )


def test_nothing_after_a_wrong_checksum_is_read() -> None:
    third = len(framed(run("lucky-sun-7"), *map(history, ROWS[:2])))
    data = bytearray(framed(run("lucky-sun-7"), *map(history, ROWS), end()))
    data[third + 20] ^= 1
    read = read_log(bytes(data))
    assert read.series("loss", "train").tolist() == sample_logs.LOSSES[:2]
    assert f"The log ends abruptly at byte {third}; any later values are not in this report." in sentences(
        read.run.notes
    )
    assert read_log(GOOD + bytes(5000)).frame.equals(read_log(GOOD).frame)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HEADER, "it has no history; values of wandb.log"),
        (HEADER + b"x" * 50, "it ends abruptly at byte 7; values of wandb.log"),
        (framed(run("x"), end()), "it has no history"),
        (framed(history({"_step": 0, "_runtime": 1.0, "s": "text"})), "it has no history"),
        (framed(b"\x0b"), "the record that ends at byte 15 has a field of type 3 at byte 0"),
        (framed(field(2, field(1, b"\x0a\x09loss"))), "has a field of 9 bytes at byte 0, with 4 bytes left"),
        (framed(*(history({f"m{number}": 1.0}) for number in range(10_003))), "more than 10,000 columns"),
    ],
)
def test_invalid_logs_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_log(data)


def test_a_file_of_another_format_is_refused() -> None:
    with pytest.raises(SourceError, match=r"it does not begin like a \.wandb file"):
        read_log("epoch,loss\n0,1\n", format="wandb")


@settings(max_examples=80)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=8))
def test_a_damaged_file_is_read_or_refused(start: int, length: int, patch: bytes) -> None:
    assert "\n" not in refusal(lambda: read_log(GOOD[:start] + patch + GOOD[start + length :], format="wandb"))


@settings(max_examples=80)
@given(st.lists(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda data: field(2, field(1, data))))))
def test_any_records_are_read_or_refused(records: list[bytes]) -> None:
    """The checksums are correct, so the content of the records is parsed."""
    assert "\n" not in refusal(lambda: read_log(framed(*records)))


def test_a_file_that_contains_only_one_long_name_takes_little_time_and_memory() -> None:
    data = framed(*(history({"x" * 30_000: 1.0}) for _ in range(300)), end())
    start = time.process_time()
    refusal(lambda: read_log(data))
    assert time.process_time() - start < 5


WRITES = """
import math, sys
import wandb
with wandb.init(project="p", name="lucky-sun", dir=sys.argv[1]) as run:
    for epoch in range(3):
        values = {"epoch": epoch, "train/loss": 1 / (epoch + 1), "val/loss": 2 / (epoch + 1), "deep": {"er": epoch}}
        run.log({**values, "h": wandb.Histogram([1, 2, 3]), "odd": [math.nan, math.inf, -math.inf][epoch]})
"""


def test_files_of_wandb_are_read(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the group formats is not installed")
    environment = {**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", WRITES, tmp_path], env=environment, check=True, timeout=120)
    read = read_path(tmp_path / "wandb" / "latest-run")
    assert read.series("loss", "train").tolist() == [1.0, 0.5, pytest.approx(1 / 3)]
    assert read.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.0, 3: pytest.approx(2 / 3)}
    assert read.series("deep.er", "train").tolist() == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(read.series("odd", "train").to_numpy(), [math.nan, math.inf, -math.inf])
    assert (read.run.title, read.run.status) == ("lucky-sun", "completed")
    assert read.run.started_at is not None
    assert [note for note in sentences(read.run.notes) if "no numbers" in note] == [
        "These columns contain no numbers and were left out: h."
    ]
    [path] = (tmp_path / "wandb").glob("offline-run-*/run-*.wandb")
    data = path.read_bytes()
    for cut in range(7, len(data), 97):
        assert "\n" not in refusal(lambda cut=cut: read_log(data[:cut]))


TRAINS = """
import json, sys
import keras, numpy as np, wandb
from wandb.integration.keras import WandbMetricsLogger
x = np.arange(24.0).reshape(12, 2) / 24
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
with wandb.init(project="p", dir=sys.argv[1]):
    run = model.fit(x, x.sum(1), epochs=3, validation_split=0.25, verbose=0, callbacks=[WandbMetricsLogger(log_freq=1)])
print(json.dumps(run.history))
"""


@pytest.mark.keras
@pytest.mark.slow
def test_files_of_the_callback_are_the_history_of_the_training(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the group formats is not installed")
    environment = {**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, tmp_path],
        env=environment | {"HOME": str(tmp_path)},
        check=True,
        timeout=300,
        stdout=subprocess.PIPE,
    )
    logged = json.loads(done.stdout.splitlines()[-1])
    read = read_path(tmp_path / "wandb" / "latest-run")
    assert read.series("loss", "train").tolist() == logged["loss"]
    assert read.series("loss", "validation").tolist() == logged["val_loss"]
