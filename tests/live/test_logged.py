"""Logs of any kind as numbers: nothing raises, what is sound is kept, what is odd is named."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import hostile_logs

from reportgen.journal import SCHEMA, as_line, parse_line
from reportgen.live.logged import LogReader
from reportgen.metrics import join_key
from reportgen.sources.formats.journal import history_of_records


class Raising:
    """A value whose methods all fail."""

    def __float__(self) -> float:
        raise RuntimeError("no float")

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __str__ = __repr__


def read(*logs: Any) -> tuple[list[dict[str, Any]], list[str]]:
    said: list[str] = []
    reader = LogReader(np.asarray, said.append)
    return [dict(reader.read(log)) for log in logs], said


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.5, 0.5),
        (True, 1),
        (3, 3),
        (2**60, float(2**60)),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.array(7), 7.0),
        (np.array([0.5]), [0.5]),
        (np.array([[1, 2], [3, 4]]), [1.0, 2.0, 3.0, 4.0]),
        ([1, [2.0, 3]], [1, 2.0, 3]),
        ((0.5, np.float64(0.25)), [0.5, 0.25]),
        (-math.inf, -math.inf),
        (np.ma.array([1, 2]), [1.0, 2.0]),
    ],
)
def test_numbers_of_any_kind_are_read(value: Any, number: Any) -> None:
    (values,), said = read({"loss": value})
    assert values == {"loss": number}
    assert said == []
    kinds = {type(part) for part in (values["loss"] if isinstance(values["loss"], list) else [values["loss"]])}
    assert kinds <= {int, float}  # as JSON needs


ODD: list[Any] = [
    "high", b"x", {}, {"a": 1.0}, [], [[]], ["x"], 10**400, 1j, object(), Raising(), np.array("x"), np.array([None]),
    np.datetime64("2026-01-31"), [1.0, "x"], lambda: 0.5, type, set(),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_an_odd_value_is_left_out_and_named(odd: Any) -> None:
    values, said = read({"loss": 0.5, "odd": odd}, {"loss": 0.25, "odd": 1.0})
    assert values == [{"loss": 0.5}, {"loss": 0.25, "odd": 1.0}]
    assert len(said) == 1
    assert said[0].startswith('"odd" ')
    assert "left out" in said[0]
    assert "\n" not in said[0]


@pytest.mark.parametrize(
    ("odd", "kind"), [("hi", "is text, not a number"), (b"x", "is bytes, not a number"), ({}, "is a dictionary, not"),
    (["x"], "cannot be read as a number (TypeError)"), (Raising(), "cannot be read as a number (RuntimeError)")],
)  # fmt: skip
def test_the_sentence_about_an_odd_value_says_what_it_is(odd: Any, kind: str) -> None:
    _, (said,) = read({"odd": odd})
    assert said.startswith(f'"odd" {kind}')
    assert said.endswith(", and is left out")


def test_absent_values_are_not_values() -> None:
    assert read({"loss": None, "acc": 0.5}, None, {}) == ([{"acc": 0.5}, {}, {}], [])


@pytest.mark.parametrize("name", ["", " ", "x" * 2000, Raising()])
def test_an_odd_name_is_left_out(name: Any) -> None:
    values, said = read({name: 1.0, "loss": 0.5})
    assert values == [{"loss": 0.5}]
    assert len(said) == 1


@pytest.mark.parametrize(("name", "read_as"), [(7, "7"), (" loss ", "loss"), ("a\ud800", "a?"), (("a", 1), "('a', 1)")])
def test_other_names_become_text(name: Any, read_as: str) -> None:
    assert read({name: 1.0}) == ([{read_as: 1.0}], [])


@pytest.mark.parametrize("logs", [7, "loss", [1.0], [("loss", 1.0)], Raising(), object()])
def test_logs_other_than_dictionaries_are_left_out(logs: Any) -> None:
    values, said = read(logs)
    assert values == [{}]
    assert len(said) == 1
    assert "not a dictionary" in said[0]


def test_a_vector_keeps_its_first_length() -> None:
    values, said = read({"f1": [1.0, 2.0]}, {"f1": [1.0]}, {"f1": 0.5}, {"f1": [3.0, 4.0]}, {"f1[0]": 9.0})
    assert values == [{"f1": [1.0, 2.0]}, {}, {}, {"f1": [3.0, 4.0]}, {}]
    assert [line.partition(": ")[2] for line in said] == [
        "it has one value after 2 values",
        "it has one value after 2 values",
        "its name means a value of a vector",
    ]


def test_more_metrics_than_a_history_can_have_are_left_out() -> None:
    (first, second), said = read({f"m{n}": 1.0 for n in range(9_999)}, {"m1": 2.0, "last": 1.0, "one more": 1.0})
    assert len(first) == 9_999
    assert second == {"m1": 2.0, "last": 1.0}
    assert '"one more" is left out: a history has at most 10,000 metrics' in said[0]


@given(st.lists(hostile_logs(), min_size=1, max_size=4))
def test_whatever_is_logged_a_history_can_be_read_from_the_journal(logs: list[Any]) -> None:
    values, _ = read(*logs)
    rows = [{"epoch": number, "seconds": 0.5, "values": row | {"kept": 0.5}} for number, row in enumerate(values, 1)]
    records = [parse_line(as_line(record)) or {} for record in [{"schema": SCHEMA, "run": {}}, *rows]]
    history = history_of_records(records, "test")
    assert history.run.notes == ()
    assert history.series("kept", "train").tolist() == [0.5] * len(logs)
    found = {(join_key(metric, split), number) for (metric, split), c in history.curves.items() for number in c.index}
    for number, row in enumerate(values, 1):
        for name, value in row.items():
            parts = [(f"{name}[{part}]", number) for part in range(len(value))] if isinstance(value, list) else []
            kept = name in ("epoch", "step") or (name, number) in found or found & set(parts)
            assert kept or set(value) == {None}, (name, value)


def test_a_masked_value_is_nan_and_not_zero() -> None:
    (values,), said = read({"loss": np.ma.masked, "f1": np.ma.array([1, 2], mask=[False, True])})
    assert math.isnan(values["loss"])
    assert values["f1"][0] == 1
    assert math.isnan(values["f1"][1])
    assert said == []
