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
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import read_log, read_path, read_with_format
from strategies import refusal

from reportgen.errors import SourceError
from reportgen.sources.formats import parquet


def written(columns: Any, **options: Any) -> bytes:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_a_null_is_absent_and_nan_a_value() -> None:
    history, form = read_with_format(written({"epoch": [0, 1], "loss": [1.0, math.nan], "val_loss": [None, 0.5]}))
    assert form == "parquet"
    assert math.isnan(history.series("loss", "train")[2])
    assert history.series("loss", "validation").to_dict() == {2: 0.5}


def test_what_pandas_writes_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"train_loss": [1.0, 0.5], "valid_loss": [2.0, 1.5], "when": ["a", "b"]})
    frame.to_parquet(tmp_path / "run.parquet")
    history = read_path(tmp_path / "run.parquet")
    assert history.keys == ("loss", "val_loss")
    assert "left out: when" in history.run.notes[1]


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
        (written({"loss": pa.array([], pa.float64())}), "no epoch in it"),
        (written({f"c{i}": [1.0] for i in range(10_100)}), "it has 1 rows of 10,100 columns"),
        (
            written({"loss": pa.array([1.0]).take(pa.array(np.zeros(5_000_001, np.int32)))}),
            "5,000,001 rows of 1 column",
        ),
    ],
    ids=["noise", "short", "text", "empty", "wide", "long"],
)
def test_what_is_no_history_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_log(data)
    assert "\n" not in str(caught.value)


GOOD = written({"epoch": [0, 1, 2], "loss": [1.0, None, 0.25], "f1": [[0.5, 0.5], [0.6, 0.4], None]})


@settings(max_examples=150)
@given(st.integers(0, len(GOOD)), st.integers(0, 8), st.binary(max_size=8))
def test_a_damaged_file_is_read_or_refused(start: int, length: int, patch: bytes) -> None:
    assert "\n" not in refusal(lambda: read_log(b"PAR1" + (GOOD[:start] + patch + GOOD[start + length :])[4:]))


def test_without_pyarrow_the_install_line_is_named() -> None:
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
