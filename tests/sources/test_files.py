import io
import json
import math
import os
import pickle
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import histories
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st
from logs import read_log, read_path
from strategies import refusal

from reportgen.errors import ReportgenError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.sources.opening import opened
from reportgen.sources.opening.opened import opened_stream


def read(data: str | bytes, validation_freq: int | None = None) -> TrainingHistory:
    return without_tool(read_log(data, validation_freq=validation_freq))


def without_tool(history: TrainingHistory) -> TrainingHistory:
    """The history without the tool, which only some forms tell."""
    return history.with_run(replace(history.run, tool=None))


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
def test_one_run_is_read_the_same_from_every_form(data: str | bytes) -> None:
    assert read(data) == TRUTH


MAGIC = [(pickle.dumps({"loss": [1.0]}, protocol=protocol), "Python pickle") for protocol in range(2, 6)]


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
        ("epoch,l\xf6ss\n".encode("latin-1"), "byte 7 of its header is not UTF-8 text"),
        *MAGIC,
        (b"\x89HDF\r\n", "HDF5"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x89PNG", "PNG picture"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x1f\x8b\x08", "gzip"),
        ("epoch,loss\n0,1\n1\n", 'line 3 has 1 cells, but the header has 2 .*"epoch", "loss"'),
        ("\nepoch,loss\n\n0,1\n\n1,2,3\n".lstrip(), "line 5 has 3 cells"),
        ("epoch,loss\n0,abc\n", 'column "loss" has text "abc" in row 1'),
        ("epoch,loss\n", "it has no rows"),
        ("epoch\n0\n", "no metric"),
        ("hello", "it has only the line"),
        ("1,2\n3,4\n", 'the first line "1,2" has numbers'),
        (",,\n1,2,3\n", 'the first line "1,2,3" has numbers'),
        ('epoch,"loss\n0,1\n', "Check its quotes"),
        ('epoch\tloss\n0\t"1" \n', "'tab' expected after '\"'"),
        ("epoch,loss\n0," + "9" * 200_000, "field larger than field limit"),
        ("Dear diary today I trained.", "not a training log of a known format"),
        ("epoch,loss\n-1,1\n0,2\n", 'epoch "-1.0" in row 1'),
        ("epoch,loss\n,1\n", "row 1 has no epoch"),
        ("epoch,loss\n0.5,1\n0.2,1\n", 'epoch "0.5" in row 1 is not a whole number'),
        ("{}", "it is empty"),
        ("[]", "not a list with one object per epoch"),
        ("[1, 2]", "not a list with one object per epoch"),
        ("[{}]", "no metric"),
        ('{"loss": [1', "not valid JSON"),
        ('{"loss": [1]} trailing', "not valid JSON"),
        ('{"loss": null}', "only single values"),
        ('{"loss": "abc"}', "only single values"),
        ('{"loss": []}', "it has no rows"),
        ('{"loss": [null]}', "it has no number in"),
        ('{"loss": ["abc"]}', 'has text "abc"'),
        ('{"loss": {"a": {"b": 1}}}', "metrics must be numbers"),
        ('{"loss": [1' + "0" * 400 + "]}", "metrics must be numbers"),
        ('{"loss": [1' + "0" * 5000 + "]}", 'column "loss" has text "5001 digits" in row 1'),
        ('{"loss":\n [1,\n-1' + "0" * 5000 + "]}", 'has text "5002 digits" in row 2'),
        ('{"loss": 1}\n{"loss": 1' + "0" * 5000 + "}", "more than 4300 digits in line 2\\."),
        ('{"loss": 1}\n\n{"loss": 2x}\n{"lo\n', r'not valid JSON from line 3, column 11 on \("x}"\)'),
        ('{"loss": 1}\n{"loss": 2x}\n', r'not valid JSON from line 2, column 11 on \("x}"\)'),
        ('{"loss": 1}\n' + "[" * 100_000, "nested too deeply"),
        ('{"loss": [1, 2], "val_l', "not valid JSON: it ends abruptly in line 1\\."),
        ('{"loss": [1,\n 2}\n', r'not valid JSON from line 2, column 3 on \("}'),
        ('{"schema": "reportgen/history/9", "loss": [1]}', 'has schema "reportgen/history/9"'),
        ('{"ready": true}', "only single values"),
        ('{"learning_rate": 0.1, "epochs": 9}', "only single values"),
        ('{"epoch": 3.0, "eval_loss": 0.5, "eval_runtime": 2.5}', "Use trainer_state.json"),
        ('{"loss": 0.5, "val_loss": [1]}', '"loss" is "0.5", not a list'),
        ('{"epoch": 1, "loss": "low", "auc": 1}', 'column "loss" has text "low"'),
        ('{"accuracy": 0.8, "loss": 0.6}', "only single values"),
        ('[{"epoch": 1' + "0" * 400 + ', "loss": 1}]', "epoch"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"loss":' + "[" * 900 + "1" + "]" * 900 + "}", "metrics must be numbers"),
        ('{"loss": [1, 2], "val_loss": [1, 2, 3]}', "values, others have"),
        ('{"schema": "reportgen/history/1"}', "damaged"),
        ("<html>", "no training history"),
        ('<script id="reportgen-history">{}', "ends inside its training history"),
        ('<script id="reportgen-history">{}</script>', 'damaged: it lacks "schema"'),
        ('<script id="reportgen-history"></script>', "damaged: it is not valid JSON: it ends abruptly in line 1"),
        ('<template id="reportgen-history">{&quot;schema&quot;: 3}</template>', 'it has "3" as "schema", not text'),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_invalid_logs_are_refused_in_one_line_that_begins_with_their_name(data: str | bytes, message: str) -> None:
    with pytest.raises(ReportgenError, match=message) as caught:
        read(data)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 500
    if "surrogate" not in message:
        assert isinstance(caught.value, SourceError)
        assert text.startswith("run.log: ")


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    for protocol in range(6):
        with pytest.raises(SourceError):
            read(pickle.dumps(Bomb(), protocol=protocol))
    assert not (tmp_path / "exploded").exists()


def test_json_lines_of_a_single_epoch_are_read() -> None:
    history = read('{"epoch": 0, "loss": 0.5, "val_loss": NaN, "auc": null}\n')
    assert history.epochs.tolist() == [1]
    assert history.series("loss", "train").tolist() == [0.5]
    assert math.isnan(history.series("loss", "validation")[1])
    assert history.keys == ("loss", "val_loss")
    assert read('{"epoch": 1, "loss": 1}') == read('[{"epoch": 1, "loss": 1}]')


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (LOG, "Keras CSVLogger"),
        (LOG.replace("val_loss", "auc"), "table"),
        ('{"epoch": 1, "loss": 0.5}', "JSON rows"),
        ('[{"loss": 1.0}, {"loss": 0.5}]', "JSON rows"),
        (TRUTH.to_json(), "reportgen report"),
        (f'<script id="reportgen-history">{TRUTH.to_json()}</script>', "reportgen report"),
    ],
)
def test_a_validation_frequency_is_an_error_if_the_file_has_it(data: str, kind: str) -> None:
    message = f"run.log: validation_freq=2 does not apply to the format {kind} .* Leave it out"
    with pytest.raises(SourceError, match=message):
        read(data, validation_freq=2)


def test_a_validation_frequency_larger_than_the_run_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"run.log: validation_freq=9 does not apply, .* the run ends at epoch 2"):
        read('{"loss": [1.0, 0.5], "val_loss": [1.0, 0.75]}', validation_freq=9)


def test_non_finite_values_are_read_from_csv_and_json() -> None:
    for text in ("loss\nnan\ninf\n-inf\n", '{"loss": [NaN, Infinity, -Infinity]}'):
        values = read(text).series("loss", "train").tolist()
        assert math.isnan(values[0])
        assert values[1:] == [math.inf, -math.inf]


def test_a_line_separator_in_a_json_string_does_not_end_the_line() -> None:
    assert read('{"lo\u2028ss": 2}\n{"lo\u2028ss": 1}\n').metric_names == ("lo\u2028ss",)


def report(document: str, before: str = "<!doctype html>") -> str:
    return f'{before}<script type="application/json" id="reportgen-history">{document}</script></html>'


@given(strategies.histories(max_epochs=6))
def test_a_report_returns_the_history_in_it(history: TrainingHistory) -> None:
    from reportgen.render import embed_json

    assert read(report(embed_json(history.to_json()))) == history


@pytest.mark.parametrize("make", [histories.hostile_names, histories.diverged_at_7, histories.resumed])
def test_a_real_report_is_read_back_from_its_file(make: Any, tmp_path: Path) -> None:
    import reportgen

    path = reportgen.build(make()).save(tmp_path / "r.html")
    assert read_path(path) == make()


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param("<script" * 100_000, "has no training history", id="open tags"),
        pytest.param(
            '<script id="reportgen-history">' * 30_000, "the page ends inside its training history", id="open blocks"
        ),
        pytest.param(
            "<script " + " id=" * 100_000 + '"reportgen-history">', "has no training history", id="attributes"
        ),
        pytest.param("<" * 1_000_000, "not a training log", id="brackets"),
    ],
)
def test_no_page_makes_the_search_for_its_history_slow(page: str, reason: str) -> None:
    start = time.process_time()
    with pytest.raises(SourceError, match=reason):
        read(page)
    assert time.process_time() - start < 3


@given(st.one_of(st.text(max_size=200), st.text(alphabet='epoch,los;\t\n"[]{}:0123456789.-naif ', max_size=200)))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert "\n" not in refusal(lambda: read(text))


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
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
def test_any_json_is_read_or_refused(value: Any, in_report: bool) -> None:
    text = json.dumps(value)
    assert "\n" not in refusal(lambda: read(report(text) if in_report else text))


def test_a_path_can_be_a_string_or_a_path_object_and_a_dash_is_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log with spaces.txt"
    path.write_text(LOG)
    assert without_tool(read_path(path)) == without_tool(read_path(str(path))) == TRUTH
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(LOG.encode())))
    assert without_tool(read_path("-")) == TRUTH


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", '"" is not a path'),
        (".", "the folder has no|the folder is empty|no training log"),
        ("no/such/file.csv", "there is no such file"),
        ("a\0b", "is not a path"),
        ("\ud800", "is not a path"),
        ("x" * 5000, "cannot be read"),
        ("line\nbreak", "there is no such file"),
    ],
)
def test_a_path_that_cannot_be_opened_is_refused_in_one_short_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=message) as caught:
        read_path(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/urandom", "/dev/full"])
def test_a_device_is_refused_without_opening_it(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(SourceError, match=f"{path}: this is a device"):
        read_path(path)


def test_a_link_to_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").symlink_to("/dev/zero")
    with pytest.raises(SourceError, match="this is a device"):
        read_path(tmp_path / "log.csv")


def test_open_pipes_are_read_by_their_names() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, LOG.encode())
    os.close(theirs)
    assert without_tool(read_path(f"/dev/fd/{ours}")) == TRUTH
    os.close(ours)
    code = "import reportgen; print(reportgen.load('/dev/stdin').keys)"
    done = subprocess.run([sys.executable, "-c", code], input=LOG, capture_output=True, text=True, check=True)
    assert done.stdout == "('loss', 'val_loss')\n"


def test_a_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="standard input is closed"):
        read_path("-")


def test_input_of_the_maximum_size_is_read_and_one_byte_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MAX_BYTES", len(LOG))
    assert read(LOG) == TRUTH
    monkeypatch.setattr(opened, "MAX_BYTES", len(LOG) - 1)
    with pytest.raises(SourceError, match=f"run.log: it has more than {len(LOG) - 1} bytes, which is the limit"):
        read(LOG)


def test_endless_input_is_refused_after_the_maximum_size_and_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 1 << 20, "read in chunks"
            self.given += size
            return b"1" * size

    stream = Endless()
    monkeypatch.setattr(opened, "MAX_BYTES", 10_000_000)
    tracemalloc.start()
    with pytest.raises(SourceError, match="more than 10,000,000 bytes"):
        opened_stream(stream, "endless", "").data()
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()
    assert stream.given <= 10_000_000 + (1 << 20)


def test_the_maximum_size_is_one_gigabyte_as_documented() -> None:
    assert opened.MAX_BYTES == 10**9
    assert "1 GB" in str(opened.__doc__)


NAMES = [f"m{number}" for number in range(200_000)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (",".join([*NAMES, NAMES[-1]]) + "\n", "it has more than 10,000 columns"),
        (",".join(NAMES) + "\n" + ",".join("1" * len(NAMES)) + "\n", "it has more than 10,000 columns"),
        (json.dumps({"loss": [[1] * len(NAMES)]}), "it has more than 10,000 columns"),
        (json.dumps(dict.fromkeys(NAMES, 1)), "it has more than 10,000 columns"),
    ],
    ids=["names twice", "table", "vector", "json lines"],
)
def test_more_columns_than_a_history_can_have_are_refused_at_once(data: str, message: str) -> None:
    start = time.process_time()
    with pytest.raises(SourceError, match=message):
        read(data)
    assert time.process_time() - start < 5
