"""Valid files with the damage that disks, editors and interrupted writers cause: read or refused, without a crash."""

import copy
import html
import json
import time
from pathlib import Path

import histories
import pytest
import sample_logs
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import read_log, read_path, read_with_format
from strategies import refusal

from reportgen.errors import HistoryError, SourceError
from reportgen.render import embed_json
from reportgen.sources.registry import BUILT_IN

CSV = "epoch,accuracy,loss,val_loss\n0,0.5,1.25,NA\n1,0.75,nan,1e-3\n2,0.875,-inf,0.5\n"
COLUMNS = {"loss": [1.25, 0.5, 0.25], "val_loss": [1.5, 0.75, 0.5], "f1": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]}
ROWS = [{"epoch": epoch, "loss": 1.5 - epoch / 4, "learning_rate": 0.001} for epoch in range(4)]
STORED = [make().to_json() for make in (histories.diverged_at_7, histories.resumed, histories.hostile_names)]
FILES = {
    "csv": CSV.encode(),
    "semicolons": CSV.replace(",", ";").encode(),
    "decimal commas": CSV.replace(",", ";").replace(".", ",").encode(),
    "quoted": b'epoch,"loss","f1"\r\n0,"1.0","[0.1, 0.2]"\r\n1,"0.5","[0.3, 0.4]"\r\n',
    "utf-16": CSV.encode("utf-16"),
    "dump": json.dumps(COLUMNS).encode(),
    "indented": json.dumps({"history": COLUMNS, "epoch": [0, 1, 2]}, indent=2).encode(),
    "pandas": b'{"loss":{"0":1.0,"1":0.5},"val_loss":{"0":null,"1":0.75}}',
    "rows": json.dumps(ROWS).encode(),
    "json lines": "\n".join(map(json.dumps, ROWS)).encode(),
    "monitor": b'#{"t_start": 1700000000.5, "env_id": "Cart"}\nr,l,t\n9.5,10,0.5\n12.0,12,1.5\n',
    "evaluator": b"epoch,steps,cosine_pearson\n0,1000,0.5\n0,-1,0.75\n",
    "one line": json.dumps(ROWS[0]).encode(),
    **{f"stored {number}": text.encode() for number, text in enumerate(STORED)},
    "report": f'<!doctype html><script id="reportgen-history">{embed_json(STORED[0])}</script></html>'.encode(),
    "static report": f'<template id="reportgen-history">{html.escape(STORED[1])}</template>'.encode(),
}
TOKENS = [
    *b'0 -1 1e999 NaN "NaN" null true [] {} [[ }} , ; : . " 1,5 val_ epoch "schema" </script>'.split(),
    *(b" ", b"\n", b"\r", b"\0", b"\xff", b"\xff\xfe", "\u2028".encode(), "\ufeff".encode()),
    *(b"9" * 5000, b"[" * 5000),
]
WAYS = ("truncate", "double", "drop", "swap", "splice", "token", "byte")


def span(draw: st.DrawFn, data: bytes) -> slice:
    first = draw(st.integers(0, len(data)))
    return slice(first, first + draw(st.integers(0, 40)))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file with parts that are lost, repeated, reversed, overwritten or taken from another file."""
    data = draw(st.sampled_from(sorted(FILES.values())))
    for way in draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=4)):
        part = span(draw, data)
        before, met, after = data[: part.start], data[part], data[part.stop :]
        if way == "truncate":
            data = draw(st.sampled_from([before, met + after]))
        elif way == "double":
            data = before + met * draw(st.integers(2, 4)) + after
        elif way == "drop":
            data = before + after
        elif way == "swap":
            data = before + met[::-1] + after
        elif way == "splice":
            other = draw(st.sampled_from(sorted(FILES.values())))
            data = before + draw(st.sampled_from([other, other[span(draw, other)]])) + after
        elif way == "token":
            data = before + draw(st.sampled_from(TOKENS)) + draw(st.sampled_from([after, met + after]))
        else:
            data = before + draw(st.binary(min_size=1, max_size=2)) + after[1:]
    return data


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_valid_before_it_is_damaged_and_every_format_is_included(name: str) -> None:
    history = read_log(FILES[name], name)
    assert len(history.epochs) >= 1


def test_the_damage_covers_every_format() -> None:
    met = {read_with_format(data)[1] for data in FILES.values()}
    assert met | set(sample_logs.DATA_BY_FORMAT) | set(sample_logs.FOLDERS_BY_FORMAT) == set(BUILT_IN)


@settings(max_examples=150)
@given(damaged(), st.sampled_from([None, None, 1, 2, 7]))
def test_a_damaged_file_is_read_or_refused_in_one_line_without_a_warning_or_a_delay(
    data: bytes, freq: int | None
) -> None:
    """Warnings are errors in these tests; the time is the processor's, so that a busy machine does not count."""
    start = time.process_time()
    try:
        history = read_log(data, "run.log", validation_freq=freq)
    except (SourceError, HistoryError) as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 600
        assert "Error" not in message
        assert "sys." not in message
    else:
        assert type(history).from_json(history.to_json()) == history
    assert time.process_time() - start < 3


PARTS = st.one_of(
    st.sampled_from(
        ["loss", "val_loss", "train", "NaN", "\ud800", ["\ud800"], [1, 2], {"first": -5, "last": 10**18}, 10**400]
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
        max_leaves=6,
    ),
)


@settings(max_examples=100)
@given(st.sampled_from(STORED), st.data())
def test_stored_data_with_other_parts_anywhere_is_read_or_refused(text: str, data: st.DataObject) -> None:
    document = json.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        holder = document
        while holder:
            place = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
            if isinstance(holder[place], dict | list) and data.draw(st.integers(0, 3)):
                holder = holder[place]
            elif data.draw(st.booleans()):
                holder[place] = copy.deepcopy(data.draw(PARTS))  # later rounds change it
                break
            else:
                del holder[place]
                break
    assert "\n" not in refusal(lambda: read_log(json.dumps(document).encode(), "run.json"))


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    data = FILES[name]
    path = tmp_path / "cut"
    for end in range(0, len(data), max(1, len(data) // 200)):
        path.write_bytes(data[:end])
        assert "\n" not in refusal(lambda: read_path(path))
