"""A history as JSON text, written and read back bit for bit."""

import base64
import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from reportgen.errors import HistoryError
from reportgen.history.additions import pack_addition, unpack_addition
from reportgen.history.checks import AXES, SPLITS, as_numbers, check_text
from reportgen.history.citing import cited_name, cited_names, cited_schema
from reportgen.history.evaluation import Evaluation, pack_evaluation, unpack_evaluation
from reportgen.history.facts import EarlyStopping, Layer, RunFacts, check_run
from reportgen.history.json_values import NON_FINITE, json_fault, pack_number
from reportgen.history.notes import CUT, TEXT, Note
from reportgen.history.resource_use import pack_resources, unpack_resources
from reportgen.languages import Axis
from reportgen.text import cited, listed, quoted

SCHEMA: Final = "reportgen/history/2"
_READABLE: Final = ("reportgen/history/1", SCHEMA)
_OLD_CUT: Final = re.compile(
    r"This run was read from a report that holds (?P<kept>[\d,]{1,20}) of its (?P<all>[\d,]{1,20}) values; "
    r"what is said of it here rests on these\. The whole is in the log\."
)  # how schema 1 marked the history of a page that does not contain all values
_MAX_SERIES: Final = 25_000  # in stored data; our choice: more than any reader accepts, as each takes time to read
_MAX_NAME_CHARACTERS: Final = 100_000_000  # per stored series, whose name is repeated for each value; our choice
_FEWEST_PACKED: Final = (
    2_000  # values of a history in a page from which they are packed; our choice: fewer stay readable
)
_PACKED: Final = {"float32": "<f4", "float64": "<f8"}  # how packed values are stored
_KINDS: Final = {str: "text", int: "a whole number", list: "a list", dict: "an object"}  # what JSON holds, in words
_T = TypeVar("_T")


def pack_history(
    curves: Mapping[tuple[str, str], pd.Series], run: RunFacts, *, axis: Axis, steps: np.ndarray, short: bool = False
) -> str:
    """A history as JSON text that `unpack_history` reads back bit for bit.

    With ``short``, many values are written as base64, in half the space, where that is shorter.
    """
    short = short and sum(map(len, curves.values())) >= _FEWEST_PACKED
    series = [
        {
            "metric": metric,
            "split": split,
            "epochs": _pack_positions(curve.index.to_numpy()),
            "values": _pack_values(curve.to_numpy(), short=short),
        }
        for (metric, split), curve in curves.items()
    ]
    counted: dict[str, Any] = {} if axis == "epoch" else {"axis": axis}
    if len(steps):
        counted["steps"] = _pack_positions(steps)
    document = {"schema": SCHEMA, **counted, "run": pack_run(run), "series": series}
    return json.dumps(document, separators=(",", ":"), allow_nan=False, default=vars)


def unpack_history(text: str) -> tuple[pd.DataFrame, RunFacts]:
    """The frame and the facts that `pack_history` stored; `TrainingHistory` checks them.

    Raises:
        HistoryError: the text is not a history document.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"it {json_fault(text, error)}") from None
    if (schema := _part(document, "schema", str, "it")) not in _READABLE:
        raise HistoryError(
            f"The history data has schema {cited_schema(schema)}; {listed(list(_READABLE))} can be read. "
            "Read it with the version of reportgen that wrote it."
        )
    axis = document.get("axis", "epoch")
    if axis not in AXES:
        raise _damaged(f'its "axis" is {cited(axis)}, not epoch or step')
    stored = _part(document, "series", list, "it")
    if len(stored) > _MAX_SERIES:
        raise _damaged(f"it has {len(stored):,} series; reportgen writes at most {_MAX_SERIES:,}")
    series = [_unpack_series(item, axis, f"series {number}") for number, item in enumerate(stored, 1)]
    if not series:
        raise _damaged("it has no series")
    frame = pd.concat(series)
    if "steps" in document:
        frame.insert(1, "step", _unpack_steps(document["steps"], axis, frame))
    return frame, unpack_run(_part(document, "run", dict, "it"))


def _damaged(what: str) -> HistoryError:
    return HistoryError(f"The history data is damaged: {what}. Build the report again from the log.")


def _pack_positions(epochs: np.ndarray) -> list[int] | dict[str, int]:
    """Evenly spaced epochs as first, last and step; other epochs as a list."""
    steps = np.unique(np.diff(epochs))
    if len(steps) == 1 and steps[0] > 0:
        return {"first": int(epochs[0]), "last": int(epochs[-1]), "step": int(steps[0])}
    return [int(epoch) for epoch in epochs]


def _pack_values(values: np.ndarray, *, short: bool) -> list[float | str] | dict[str, str]:
    """Values as numbers; as the base64 of their bytes if that is wanted and shorter."""
    plain = [pack_number(value) for value in values.tolist()]
    if not short:
        return plain
    with np.errstate(over="ignore"):
        is_single = np.array_equal(values.astype(np.float32).astype(np.float64), values, equal_nan=True)
    kind = "float32" if is_single else "float64"
    packed = {kind: base64.b64encode(values.astype(_PACKED[kind]).tobytes()).decode()}
    return packed if len(json.dumps(packed)) < len(json.dumps(plain, separators=(",", ":"))) else plain


def _unpack_values(item: Mapping[str, Any], place: str) -> list[Any]:
    """Values that `_pack_values` wrote; what is not a number is None."""
    stored = item.get("values")
    if not isinstance(stored, dict):
        return [_unpack_value(value) for value in _part(item, "values", list, place)]
    kind, text = next(iter(stored.items()), ("", ""))
    with contextlib.suppress(KeyError, TypeError, ValueError):  # ValueError: no base64, or an incomplete number
        return list(map(float, np.frombuffer(base64.b64decode(text, validate=True), _PACKED[kind])))
    raise _damaged(f'{place} has {cited(stored)} as "values", not a list, or float32 or float64 in base64')


def _part(holder: Any, name: str, kind: type[_T], place: str) -> _T:
    """A named part of stored data. Raises HistoryError if it is missing or has the wrong type."""
    if not isinstance(holder, dict):
        raise _damaged(f"{place} is {cited(holder)}, not an object")
    if name not in holder:
        raise _damaged(f"{place} lacks {quoted(name)}")
    part = holder[name]
    if not isinstance(part, kind) or isinstance(part, bool):
        raise _damaged(f"{place} has {cited(part)} as {quoted(name)}, not {_KINDS[kind]}")
    return part


def _unpack_steps(packed: Any, axis: str, frame: pd.DataFrame) -> np.ndarray:
    """The step of each row, from one step per epoch."""
    epochs, of_row = np.unique(as_numbers(frame[axis]), return_inverse=True)
    steps = _unpack_positions({"steps": packed}, "steps", len(epochs), "it") if axis == "epoch" else []
    if len(steps) != len(epochs):
        raise _damaged(f"it has steps {cited(packed)} for {len(epochs)} {axis}s")
    return np.array(steps, dtype=np.float64)[of_row]


def _unpack_positions(item: Mapping[str, Any], name: str, count: int, place: str) -> list[Any]:
    """Epochs or steps that `_pack_positions` wrote; empty if their count differs."""
    packed = item.get(name)
    if isinstance(packed, dict):
        edges = (_part(packed, edge, int, f"the {name[:-1]} range of {place}") for edge in ("first", "last", "step"))
        first, last, step = edges
        fits = step > 0 and (last - first) // step + 1 == count  # checked before the range takes memory
        return list(range(first, last + 1, step)) if fits else []
    rows = _part(item, name, list, place)
    if wrong := [row for row in rows if not isinstance(row, int | float)]:
        raise _damaged(f"{place} has {cited(wrong[0])} among its {name}, not a whole number")
    return rows


def _unpack_series(item: Any, axis: str, place: str) -> pd.DataFrame:
    metric, split = _part(item, "metric", str, place), _part(item, "split", str, place)
    check_text(metric)
    if split not in SPLITS:
        raise _damaged(f'{place} has {cited(split)} as "split", not train or validation')
    values = _unpack_values(item, place)
    if None in values:
        row = values.index(None)
        raise _damaged(f"{place} has {cited(item['values'][row])} as value {row + 1}, not a number")
    if len(metric) * len(values) > _MAX_NAME_CHARACTERS:  # a frame repeats names with each value
        raise _damaged(f"{place} has a name of {len(metric):,} characters")
    rows = _unpack_positions(item, "epochs", len(values), place)
    if not values or len(rows) != len(values):
        raise _damaged(f"{place} has {len(values)} values of {cited_name(metric)} for epochs {cited(item['epochs'])}")
    try:
        return pd.DataFrame({axis: rows, "metric": metric, "split": split, "value": values})
    except OverflowError:  # pandas 2.2
        raise _damaged(f"{place} has {axis}s that are out of range") from None


def _unpack_value(value: Any) -> float | None:
    """A stored value as a number; None if it is not a number."""
    if isinstance(value, str):
        return NON_FINITE.get(value)
    with contextlib.suppress(OverflowError):
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return None


def unpack_run(data: Mapping[str, Any]) -> RunFacts:
    """The facts of a run that `pack_run` packed and JSON stored.

    Raises:
        HistoryError: a part has the wrong form. Values are validated later, with the history.
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
        elif item.name == "evaluation":
            value = unpack_evaluation(value)
        elif item.name == "output_evaluations":
            pairs = _part(data, "output_evaluations", list, "the run")
            value = tuple(_unpack_output(pair) for pair in pairs)
        elif item.name == "additions":
            value = tuple(map(unpack_addition, _part(data, "additions", list, "the run")))
        elif item.name == "resources":
            value = unpack_resources(value)
        elif item.name == "notes":
            notes = _part(data, "notes", list, "the run")
            value = tuple(_unpack_note(note, f"note {number}") for number, note in enumerate(notes, 1))
        elif isinstance(value, list):
            value = tuple(tuple(entry) if isinstance(entry, list) else entry for entry in value)
        known[item.name] = value
    return RunFacts(**known)


def sound_facts(stored: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Those stored facts of a run that are valid, still packed, and the names of the others."""
    sound, left_out = {}, []
    for name, value in stored.items():
        try:
            check_run(unpack_run({name: value}))
        except (HistoryError, TypeError):
            left_out.append(str(name))
        else:
            sound[name] = value
    return sound, left_out


def _unpack_output(stored: Any) -> tuple[Any, Evaluation]:
    """The stored evaluation of one output, with its name."""
    if not isinstance(stored, list) or len(stored) != 2:
        raise _damaged(f"an evaluation of an output is {cited(stored)}, not a name and an evaluation")
    return stored[0], unpack_evaluation(stored[1])


def _unpack_note(stored: Any, place: str) -> Note:
    """A stored note. Schema 1 stores sentences, which are shown unchanged."""
    if isinstance(stored, str):
        if cut := _OLD_CUT.fullmatch(stored):
            return Note.of(CUT, **{name: int("0" + count.replace(",", "")) for name, count in cut.groupdict().items()})
        return Note.of(TEXT, text=stored)
    values = _part(stored, "values", dict, place).items()
    plain = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in values)
    return Note(_part(stored, "code", str, place), plain)


def _record(kind: type[_T], data: Any, place: str) -> _T:
    """A small dataclass from its stored fields. Values are validated later, with the run."""
    if not isinstance(data, dict):
        raise _damaged(f"{place} is {cited(data)}, not an object")
    needed = {item.name: item.default is MISSING for item in fields(kind)}  # type: ignore[arg-type]
    if lacking := [name for name in needed if needed[name] and name not in data]:
        raise _damaged(f"{place} lacks {listed(lacking)}")
    if strange := [name for name in data if name not in needed]:
        raise _damaged(f"{place} has the unknown {cited_names(strange)}")
    return kind(**data)


def pack_run(run: RunFacts) -> dict[str, Any]:
    """The facts that are known, by name; JSON writers store layers and early stopping by ``vars``."""
    facts = {item.name: (getattr(run, item.name), item.default) for item in fields(run)}
    known = {name: value for name, (value, default) in facts.items() if value != default}
    if run.evaluation is not None:
        known["evaluation"] = pack_evaluation(run.evaluation)
    if run.output_evaluations:
        known["output_evaluations"] = [[name, pack_evaluation(each)] for name, each in run.output_evaluations]
    if run.additions:
        known["additions"] = list(map(pack_addition, run.additions))
    if run.resources is not None:
        known["resources"] = pack_resources(run.resources)
    if run.notes:
        known["notes"] = [{"code": note.code, "values": dict(note.values)} for note in run.notes]
    return known
