"""All single-file formats: recognised by content alone, read to the same run, refused in one line when damaged."""

import time

import pytest
import sample_logs
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import read_log, read_with_format

from reportgen.errors import HistoryError, SourceError
from reportgen.sources import registry


@pytest.mark.parametrize("name", sample_logs.DATA_BY_FORMAT)
def test_each_format_is_recognised_by_content_and_read_as_the_same_run(name: str) -> None:
    history, form = read_with_format(sample_logs.DATA_BY_FORMAT[name], "log")
    assert form == name
    metric = next(metric for metric in ("loss", "logloss", "Logloss") if metric in history.metric_names)
    first = 1 if history.axis == "epoch" else 0
    assert history.series(metric, "train").to_dict() == dict(enumerate(sample_logs.LOSSES, first))
    assert history.series(metric, "validation").to_dict() == dict(enumerate(sample_logs.HELD_OUT, first))


@pytest.mark.parametrize("name", sample_logs.BY_FORMAT)
@pytest.mark.parametrize("change", ["crlf", "utf-16", "bom", "blank lines before"])
def test_line_ends_and_encodings_change_nothing(name: str, change: str) -> None:
    text = sample_logs.BY_FORMAT[name]
    data = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "utf-16": text.encode("utf-16"),
        "bom": text.encode("utf-8-sig"),
        "blank lines before": b"\n\n" + text.encode(),
    }[change]
    history, form = read_with_format(data)
    assert form == name
    assert history.frame.equals(read_log(text).frame)


@pytest.mark.parametrize("name", sample_logs.DATA_BY_FORMAT)
def test_a_truncated_log_is_read_or_refused_in_one_line(name: str) -> None:
    data = sample_logs.DATA_BY_FORMAT[name]
    for end in range(0, len(data), max(1, len(data) // 120)):
        _read_or_refuse(data[:end], name)
        _read_or_refuse(data[:end], None)


TOKENS = st.sampled_from(
    [*b'NaN inf -1 1e999 null true [] {} [1,2] "x" , ; : . val_ epoch step 0.5 __MIN Epoch'.split(),
     *(b"\n", b"\r", b"\0", b"\xff", b"\t", b"9" * 5000, b"[" * 5000, b"Epoch 3/1" + b"0" * 300)]
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(sample_logs.DATA_BY_FORMAT)),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 60), TOKENS), min_size=1, max_size=5),
    st.sampled_from([None, *sorted(registry.BUILT_IN)]),
)
def test_a_damaged_log_is_read_or_refused_in_one_line_by_any_format(
    name: str, accidents: list[tuple[int, int, bytes]], form: str | None
) -> None:
    data = sample_logs.DATA_BY_FORMAT[name]
    for start, length, token in accidents:
        start %= len(data) + 1
        data = data[:start] + token + data[start + length :]
    _read_or_refuse(data, form)


def _read_or_refuse(data: bytes, form: str | None) -> None:
    start = time.process_time()
    try:
        history = read_log(data, format=form)
    except (SourceError, HistoryError) as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 800
    else:
        assert type(history).from_json(history.to_json()) == history
    assert time.process_time() - start < 3
