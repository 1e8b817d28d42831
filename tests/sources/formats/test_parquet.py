import io
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_files import varint
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import read_log, read_path, read_with_format, sentences
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.sources.formats import parquet
from reportgen.sources.formats.parquet.pages import look_at_pages


def written(columns: Any, **options: Any) -> bytes:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_null_means_absent_and_nan_is_a_value() -> None:
    history, form = read_with_format(written({"epoch": [0, 1], "loss": [1.0, math.nan], "val_loss": [None, 0.5]}))
    assert form == "parquet"
    assert math.isnan(history.series("loss", "train")[2])
    assert history.series("loss", "validation").to_dict() == {2: 0.5}


def test_files_of_pandas_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"train_loss": [1.0, 0.5], "valid_loss": [2.0, 1.5], "when": ["a", "b"]})
    frame.to_parquet(tmp_path / "run.parquet")
    history = read_path(tmp_path / "run.parquet")
    assert history.keys == ("loss", "val_loss")
    assert any("left out: when" in sentence for sentence in sentences(history.run.notes))


@pytest.mark.parametrize("kind", [pa.float32(), pa.int64(), pa.uint8(), pa.decimal128(21, 2), pa.float16()])
def test_numbers_of_every_kind_are_numbers(kind: pa.DataType) -> None:
    values = pa.array([3, 2, 1], pa.int64()).cast(kind)
    assert read_log(written({"loss": values})).series("loss", "train").tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PAR1" + b"x" * 100, "the Parquet file cannot be read"),
        (b"PAR1", "the Parquet file cannot be read"),
        (written({"loss": ["a"]}), 'column "loss" has text "a" in row 1'),
        (written({"loss": pa.array([], pa.float64())}), "it has no rows"),
        (written({f"c{i}": [1.0] for i in range(10_100)}), "it has more than 10,000 columns"),
        (
            written({"loss": pa.array([1.0]).take(pa.array(np.zeros(5_000_001, np.int32)))}),
            "more than 5,000,000 values",
        ),
    ],
    ids=["noise", "short", "text", "empty", "wide", "long"],
)
def test_invalid_logs_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_log(data)
    assert "\n" not in str(caught.value)


GOOD = written({"epoch": [0, 1, 2], "loss": [1.0, None, 0.25], "f1": [[0.5, 0.5], [0.6, 0.4], None]})


@settings(max_examples=60)
@given(st.integers(0, len(GOOD)), st.integers(0, 8), st.binary(max_size=8))
def test_a_damaged_file_is_read_or_refused(start: int, length: int, patch: bytes) -> None:
    assert "\n" not in refusal(lambda: read_log(b"PAR1" + (GOOD[:start] + patch + GOOD[start + length :])[4:]))


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_the_expanded_size_is_read_from_the_page_headers(compression: str) -> None:
    data = written({"loss": list(range(1000)) * 3, "note": ["a", "b", None] * 1000}, compression=compression)
    group = pq.read_metadata(io.BytesIO(data)).row_group(0)
    for place, n_different in enumerate([1000, 2]):
        chunk = group.column(place)
        start = chunk.dictionary_page_offset
        n_bytes, n_values = look_at_pages(memoryview(data)[start : start + chunk.total_compressed_size])
        assert n_values == 3000 + n_different
        assert 0 < n_bytes < chunk.total_uncompressed_size  # this size includes the headers


def test_a_list_with_a_false_length_in_the_footer_is_refused_before_it_takes_memory() -> None:
    """Equal values take almost no bytes, so a footer could claim that there is only one."""
    lists = pa.ListArray.from_arrays(pa.array([0, 20_000_000], pa.int32()), pa.array(np.zeros(20_000_000)))
    data = written({"f1": lists})
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    claimed = data[footer:].replace(varint(2 * 20_000_000), b"\x82\x80\x80\x00")  # one, in as many bytes as before
    assert claimed != data[footer:]
    with pytest.raises(SourceError, match=r"expand to 20,000,\d+ values"):
        read_log(data[:footer] + claimed)


def test_repeated_texts_are_parsed_once_and_long_ones_are_not_numbers() -> None:
    texts = {"loss": ["1.5", None, "0.5"], "note": ["x" * 100_000] * 3, "v": ["[1, 2]"] * 3}
    history = read_log(written({"epoch": [1, 2, 3], **texts}))
    assert history.series("loss", "train").to_dict() == {1: 1.5, 3: 0.5}
    assert history.series("v[1]", "train").tolist() == [2.0] * 3
    assert "note" in sentences(history.run.notes)[-1]


def test_columns_without_numbers_are_left_out_with_a_note() -> None:
    when = pa.array([1, 2], pa.timestamp("us"))
    parts = pa.array([{"a": 1.0}, None])
    columns = {"loss": [2.0, 1.0], "when": when, "parts": parts, "words": [["a"], []]}
    assert "left out: when, parts, words" in sentences(read_log(written(columns)).run.notes)[-1]
    with pytest.raises(SourceError, match=r'column "when" has text "timestamp\[u…" in row 1'):
        read_log(written({"when": when}))


def test_missing_pyarrow_names_its_install_command() -> None:
    code = f"""
import sys
sys.modules["pyarrow"] = None
sys.path[:0] = {sys.path!r}
from logs import read_log
from reportgen.errors import MissingExtraError
try:
    read_log({GOOD!r})
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().endswith("Run: pip install 'keras-reportgen[parquet]'")
    assert parquet.FORMAT.name == "parquet"


def test_a_table_that_is_not_a_training_log_is_refused() -> None:
    table = pa.table({"petal": [0.2, 0.3, 1.4], "species": ["setosa", "setosa", "virginica"]})
    file = io.BytesIO()
    pq.write_table(table, file)
    with pytest.raises(SourceError, match=r"does not look like a training log: .* read it with --format parquet"):
        read_log(file.getvalue())
