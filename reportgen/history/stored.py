"""A history as JSON text, written and read back bit for bit."""

import contextlib
import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import pandas as pd

from reportgen.errors import HistoryError
from reportgen.history.checks import AXES, SPLITS, as_numbers, check_text
from reportgen.history.facts import EarlyStopping, Layer, RunFacts
from reportgen.text import listed, quoted

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory

SCHEMA: Final = "reportgen/history/1"
_MAX_SERIES: Final = 25_000  # of stored data; our choice: more than readers take, as each costs time to read
_MAX_NAME_CHARACTERS: Final = 100_000_000  # of a stored series, its name repeated; our choice
_NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KINDS: Final = {str: "text", int: "a whole number", list: "a list", dict: "an object"}  # what JSON holds, in words
_T = TypeVar("_T")


def pack_history(history: "TrainingHistory") -> str:
    """A history as JSON text that `unpack_history` reads back bit for bit."""
    series = [
        {
            "metric": metric,
            "split": split,
            "epochs": _pack_positions(curve.index.to_numpy()),
            "values": [_pack_value(value) for value in curve.tolist()],
        }
        for (metric, split), curve in history.curves.items()
    ]
    counted: dict[str, Any] = {} if history.axis == "epoch" else {"axis": history.axis}
    if len(history.steps):
        counted["steps"] = _pack_positions(history.steps)
    document = {"schema": SCHEMA, **counted, "run": pack_run(history.run), "series": series}
    return json.dumps(document, separators=(",", ":"), allow_nan=False, default=vars)


def unpack_history(text: str) -> tuple[pd.DataFrame, RunFacts]:
    """The frame and the facts that `pack_history` stored; `TrainingHistory` checks them.

    Raises:
        HistoryError: the text is not such a document.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"it {json_fault(text, error)}") from None
    if (schema := _part(document, "schema", str, "it")) != SCHEMA:
        raise HistoryError(
            f"Schema {quoted(schema)} was met where {quoted(SCHEMA)} is needed. "
            "Read it with the version of reportgen that wrote it."
        )
    axis = document.get("axis", "epoch")
    if axis not in AXES:
        raise _damaged(f'it has {quoted(axis)} as "axis" where epoch or step belongs')
    stored = _part(document, "series", list, "it")
    if len(stored) > _MAX_SERIES:
        raise _damaged(f"it holds {len(stored):,} series, more than the {_MAX_SERIES:,} that are written")
    series = [_unpack_series(item, axis, f"series {number}") for number, item in enumerate(stored, 1)]
    if not series:
        raise _damaged("it holds no series")
    frame = pd.concat(series)
    if "steps" in document:
        frame.insert(1, "step", _unpack_steps(document["steps"], axis, frame))
    return frame, unpack_run(_part(document, "run", dict, "it"))


def json_fault(text: str, error: ValueError | RecursionError, first_line: int = 1) -> str:
    """What is wrong with JSON text that ``json.loads`` refused, and where, in words that follow its name."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        line = first_line + error.lineno - 1
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            return f"is not valid JSON: it breaks off in line {line}"
        found = quoted(text[error.pos : error.pos + 41], 40)
        return f"is not valid JSON from line {line}, column {error.colno} on ({found})"
    limit = sys.get_int_max_str_digits()  # the only other ValueError: Python reads no longer whole numbers
    digits = re.search(rf"(?<!\d)\d{{{limit + 1},}}", text)
    line = first_line + (text.count("\n", 0, digits.start()) if digits else 0)
    return f"holds a whole number of more than {limit} digits in line {line}"


def _damaged(what: str) -> HistoryError:
    remedy = "the form that reportgen writes is needed. Build the report again from the log."
    return HistoryError(f"The history data is damaged: {what}; {remedy}")


def _pack_positions(epochs: np.ndarray) -> list[int] | dict[str, int]:
    """Evenly spaced epochs as first, last and step; others as they are, such as steps that stand still or go back."""
    steps = np.unique(np.diff(epochs))
    if len(steps) == 1 and steps[0] > 0:
        return {"first": int(epochs[0]), "last": int(epochs[-1]), "step": int(steps[0])}
    return [int(epoch) for epoch in epochs]


def _pack_value(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _part(holder: Any, name: str, kind: type[_T], place: str) -> _T:
    """A named part of stored data, or an error that says where it is missing or of another kind."""
    if not isinstance(holder, dict):
        raise _damaged(f"{place} is {quoted(holder)}, not an object")
    if name not in holder:
        raise _damaged(f"{place} lacks {quoted(name)}")
    part = holder[name]
    if not isinstance(part, kind) or isinstance(part, bool):
        raise _damaged(f"{place} has {quoted(part)} as {quoted(name)} where {_KINDS[kind]} belongs")
    return part


def _unpack_steps(packed: Any, axis: str, frame: pd.DataFrame) -> np.ndarray:
    """The step of each row, from one step per epoch."""
    epochs, of_row = np.unique(as_numbers(frame[axis]), return_inverse=True)
    steps = _unpack_positions({"steps": packed}, "steps", len(epochs), "it") if axis == "epoch" else []
    if len(steps) != len(epochs):
        raise _damaged(f"it has steps {quoted(packed)} for {len(epochs)} {axis}s")
    return np.array(steps, dtype=np.float64)[of_row]


def _unpack_positions(item: Mapping[str, Any], name: str, count: int, place: str) -> list[Any]:
    """So many epochs or steps as `_pack_positions` wrote them; empty where they are another number."""
    packed = item.get(name)
    if isinstance(packed, dict):
        edges = (_part(packed, edge, int, f"the {name[:-1]} range of {place}") for edge in ("first", "last", "step"))
        first, last, step = edges
        fits = step > 0 and (last - first) // step + 1 == count  # known before a claimed range takes memory
        return list(range(first, last + 1, step)) if fits else []
    rows = _part(item, name, list, place)
    if wrong := [row for row in rows if not isinstance(row, int | float)]:
        raise _damaged(f"{place} has {quoted(wrong[0])} among its {name} where a whole number belongs")
    return rows


def _unpack_series(item: Any, axis: str, place: str) -> pd.DataFrame:
    metric, split = _part(item, "metric", str, place), _part(item, "split", str, place)
    check_text(metric)
    if split not in SPLITS:
        raise _damaged(f'{place} has {quoted(split)} as "split" where train or validation belongs')
    values = [_unpack_value(value) for value in _part(item, "values", list, place)]
    if None in values:
        row = values.index(None)
        raise _damaged(f"{place} has {quoted(item['values'][row])} as value {row + 1} where a number belongs")
    if len(metric) * len(values) > _MAX_NAME_CHARACTERS:  # a frame repeats names with each value
        raise _damaged(f"{place} has a name of {len(metric):,} characters")
    rows = _unpack_positions(item, "epochs", len(values), place)
    if not values or len(rows) != len(values):
        raise _damaged(f"{place} has {len(values)} values of {quoted(metric)} for epochs {quoted(item['epochs'])}")
    return pd.DataFrame({axis: rows, "metric": metric, "split": split, "value": values})


def _unpack_value(value: Any) -> float | None:
    """A stored value as a number; None where it is none."""
    if isinstance(value, str):
        return _NON_FINITE.get(value)
    with contextlib.suppress(OverflowError):
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return None


def unpack_run(data: Mapping[str, Any]) -> RunFacts:
    """The facts of a run as `pack_run` gave them and JSON stored them.

    Raises:
        HistoryError: a part of them has another form; which values facts may have is checked with the history.
    """
    known: dict[str, Any] = {}
    for item in fields(RunFacts):
        if item.name not in data:
            continue
        value = data[item.name]
        if item.name == "layers":
            layers = _part(data, "layers", list, "the run")
            value = tuple(_record(Layer, layer, f"layer {number}") for number, layer in enumerate(layers, 1))
        elif item.name == "early_stopping":
            value = _record(EarlyStopping, value, "the early stopping")
        elif isinstance(value, list):
            value = tuple(tuple(entry) if isinstance(entry, list) else entry for entry in value)
        known[item.name] = value
    return RunFacts(**known)


def _record(kind: type[_T], data: Any, place: str) -> _T:
    """A small dataclass from its stored fields; which values they may have is checked with the run."""
    if not isinstance(data, dict):
        raise _damaged(f"{place} is {quoted(data)}, not an object")
    needed = {item.name: item.default is MISSING for item in fields(kind)}  # type: ignore[arg-type]
    if lacking := [name for name in needed if needed[name] and name not in data]:
        raise _damaged(f"{place} lacks {listed(lacking)}")
    if strange := [name for name in data if name not in needed]:
        raise _damaged(f"{place} holds {listed(strange)}, which is unknown")
    return kind(**data)


def pack_run(run: RunFacts) -> dict[str, Any]:
    """The facts that are known, by name; their parts are written to JSON by ``vars``."""
    facts = {item.name: (getattr(run, item.name), item.default) for item in fields(run)}
    return {name: value for name, (value, default) in facts.items() if value != default}
