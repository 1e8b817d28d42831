import io
import json
import math
import pickle
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import histories
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st
from strategies import refusal

from reportgen.errors import ReportgenError, SourceError
from reportgen.history import TrainingHistory
from reportgen.sources.files import read_path, read_stream


def read(data: str | bytes, validation_freq: int | None = None) -> TrainingHistory:
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    return read_stream(io.BytesIO(raw), "run.log", validation_freq=validation_freq)


LOG = "epoch,loss,val_loss\n0,1.0,NA\n1,0.5,0.75\n"
TRUTH = TrainingHistory.from_columns([1, 2], {"loss": [1.0, 0.5], "val_loss": [None, 0.75]})


@pytest.mark.parametrize(
    "data",
    [
        LOG,
        LOG.rstrip("\n"),
        LOG.replace("\n", "\r\n"),
        LOG.replace("\n", "\r"),
        LOG.replace(",", ";"),
        LOG.replace(",", "\t"),
        LOG.replace(",", " , "),
        LOG.replace("\n", "\n\n"),
        "\n\n" + LOG + "\n , , \n",
        LOG.replace(",loss,", ',"loss",'),
        LOG.replace("epoch,", ","),
        LOG.encode("utf-8-sig"),
        LOG.encode("utf-16"),
        '{"loss": [1.0, 0.5], "val_loss": [null, 0.75]}',
        '{"history": {"loss": [1.0, 0.5], "val_loss": [null, 0.75]}}',
        '{"loss": {"0": 1.0, "1": 0.5}, "val_loss": {"0": null, "1": 0.75}}',
        '[{"epoch": 0, "loss": 1.0}, {"epoch": 1, "loss": 0.5, "val_loss": 0.75}]',
        '{"epoch": 0, "loss": 1.0}\n\n{"epoch": 1, "loss": 0.5, "val_loss": 0.75}\n',
        TRUTH.to_json(),
    ],
)
def test_one_run_reads_the_same_from_every_spelling(data: str | bytes) -> None:
    assert read(data) == TRUTH


MAGIC = [
    (pickle.dumps({"loss": [1.0]}, protocol=protocol), "Python pickle, which is never opened")
    for protocol in range(2, 6)
]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\0\0\0", "zero bytes"),
        (LOG.encode("utf-16-le"), "zero bytes"),
        (LOG.encode("utf-32"), "zero bytes"),
        (LOG.encode("utf-16")[:-1], "is not UTF-16 text"),
        ("epoch,l\xf6ss\n".encode("latin-1"), "byte 7 is not UTF-8 text"),
        *MAGIC,
        (b"\x89HDF\r\n", "HDF5"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x89PNG", "PNG picture"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x1f\x8b\x08", "gzip"),
        ("epoch,loss\n0,1\n1\n", 'line 3 has 1 cells where the header has 2 .*"epoch", "loss"'),
        ("\nepoch,loss\n\n0,1\n\n1,2,3\n".lstrip(), "line 5 has 3 cells"),
        ("epoch,loss,loss\n0,1,2\n", '"loss" stands in the header twice'),
        ("epoch,loss\n0,abc\n", 'column "loss" has text "abc" in row 1'),
        ("epoch,loss\n", "no epoch in it"),
        ("epoch\n0\n", "no metric"),
        ("hello", "no table of numbers"),
        ("1,2\n3,4\n", 'the first line "1,2" holds numbers'),
        (",,\n1,2,3\n", 'the first line "1,2,3" holds numbers'),
        ('epoch,"loss\n0,1\n', "check its quotes"),
        ("epoch,loss\n0," + "9" * 200_000, "field larger than field limit"),
        ("Dear diary today I trained.", "no known training log"),
        ("epoch,loss\n-1,1\n0,2\n", 'epoch "-1.0" in row 1'),
        ("epoch,loss\n,1\n", 'epoch "" in row 1 is not a number'),
        ("epoch,loss\n0.5,1\n", "not a whole number"),
        ("{}", "it is empty"),
        ("[]", "not a history"),
        ("[1, 2]", "not a history"),
        ("[{}]", "no metric"),
        ('{"loss": [1', "not valid JSON"),
        ('{"loss": [1]} trailing', "not valid JSON"),
        ('{"loss": null}', '"loss" is "None", not a list'),
        ('{"loss": "abc"}', "not a list"),
        ('{"loss": []}', "no epoch in it"),
        ('{"loss": [null]}', "no number at all"),
        ('{"loss": ["abc"]}', 'has text "abc"'),
        ('{"loss": {"a": {"b": 1}}}', "every metric needs numbers"),
        ('{"loss": [1' + "0" * 400 + "]}", "every metric needs numbers"),
        ('{"loss": [1' + "0" * 5000 + "]}", "not valid JSON"),
        ('[{"epoch": 1' + "0" * 400 + ', "loss": 1}]', "epoch"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"loss":' + "[" * 900 + "1" + "]" * 900 + "}", "every metric needs numbers"),
        ('{"loss": [1, 2], "val_loss": [1, 2, 3]}', "values where others have"),
        ('{"\\ud800": [1]}', "lone surrogate"),
        ('{"schema": "reportgen/history/1"}', "damaged"),
        ("<html>", "no training history"),
        ('<script id="reportgen-history">{}', "no training history"),
        ('<script id="reportgen-history">{}</script>', "damaged"),
        ('<script id="reportgen-history"></script>', "damaged"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_is_no_log_is_refused_in_one_line_that_begins_with_its_name(data: str | bytes, message: str) -> None:
    with pytest.raises(ReportgenError, match=message) as caught:
        read(data)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 500
    if "surrogate" not in message:
        assert isinstance(caught.value, SourceError)
        assert text.startswith("run.log: ")


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    for protocol in range(6):
        with pytest.raises(SourceError):
            read(pickle.dumps(Bomb(), protocol=protocol))
    assert not (tmp_path / "exploded").exists()


def test_non_finite_values_are_read_from_csv_and_json() -> None:
    for text in ("loss\nnan\ninf\n-inf\n", '{"loss": [NaN, Infinity, -Infinity]}'):
        values = read(text).series("loss", "train").tolist()
        assert math.isnan(values[0])
        assert values[1:] == [math.inf, -math.inf]


def test_a_line_separator_inside_a_json_string_ends_no_json_line() -> None:
    assert read('{"lo\u2028ss": 2}\n{"lo\u2028ss": 1}\n').metric_names == ("lo\u2028ss",)


def report(document: str, before: str = "<!doctype html>") -> str:
    return f'{before}<script type="application/json" id="reportgen-history">{document}</script></html>'


@given(strategies.histories(max_epochs=6))
def test_a_report_gives_back_the_history_it_holds(history: TrainingHistory) -> None:
    from reportgen.render import embed_json

    assert read(report(embed_json(history.to_json()))) == history


@pytest.mark.parametrize("make", [histories.hostile_names, histories.diverged_at_7, histories.resumed])
def test_a_real_report_is_read_back_from_its_file(make: Any, tmp_path: Path) -> None:
    import reportgen

    path = reportgen.build(make()).save(tmp_path / "r.html")
    assert read_path(path) == make()


@pytest.mark.parametrize(
    "page",
    [
        "<script" * 100_000,
        '<script id="reportgen-history">' * 30_000,
        "<script " + " id=" * 100_000 + '"reportgen-history">',
        "<" * 1_000_000,
    ],
    ids=["open tags", "open blocks", "attributes", "brackets"],
)
def test_no_page_makes_the_search_for_its_history_slow(page: str) -> None:
    start = time.process_time()
    with pytest.raises(SourceError, match="no training history"):
        read(page)
    assert time.process_time() - start < 3


@given(st.one_of(st.text(max_size=200), st.text(alphabet='epoch,los;\t\n"[]{}:0123456789.-naif ', max_size=200)))
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    assert "\n" not in refusal(lambda: read(text))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_but_never_break(data: bytes) -> None:
    assert "\n" not in refusal(lambda: read(data))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["loss", "epoch", "history", "val_loss", "schema"]), st.text(max_size=4)),
            inner,
            max_size=4,
        ),
    ),
)


@given(JSON, st.booleans())
def test_any_json_is_read_or_refused_but_never_breaks(value: Any, in_report: bool) -> None:
    text = json.dumps(value)
    assert "\n" not in refusal(lambda: read(report(text) if in_report else text))


def test_a_path_is_read_from_text_or_path_and_the_dash_is_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log with spaces.txt"
    path.write_text(LOG)
    assert read_path(path) == read_path(str(path)) == TRUTH
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(LOG.encode())))
    assert read_path("-") == TRUTH


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", '"" is not a path'),
        (".", "this is a folder"),
        ("no/such/file.csv", "there is no such file"),
        ("a\0b", "is not a path"),
        ("\ud800", "is not a path"),
        ("x" * 5000, "cannot be read"),
        ("line\nbreak", "there is no such file"),
    ],
)
def test_a_path_that_cannot_be_opened_is_refused_in_one_short_line(path: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_path(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350
