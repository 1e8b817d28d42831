"""The lines of a run's journal: the facts of the run, one line per epoch, what users added, and how it ended.

A loop may log the values of an epoch in several parts; a line with ``more`` belongs to the epoch of the line before it.

If batches are also logged, one line holds many of them, and ``step`` counts the batches trained so far. JSON has no
numbers for NaN and infinities; they are written as "NaN", "Infinity" and "-Infinity". This module loads nothing heavy,
because it runs inside the training process.

    {"schema": "reportgen/journal/1", "id": "9f0c", "run": {"title": "First try", "epochs_planned": 50}}
    {"epoch": 1, "steps": [1, 2], "values": {"batch_loss": [0.71, 0.70]}}
    {"epoch": 1, "step": 2, "seconds": 0.31, "values": {"loss": 0.693, "val_loss": "NaN"}}
    {"epoch": 1, "step": 2, "seconds": 0.32, "values": {"val_f1": 0.41}, "more": true}
    {"add": {"kind": "note", "markdown": "..."}}
    {"end": {"status": "completed"}}
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeGuard

from reportgen.errors import SourceError
from reportgen.history.facts import MAX_EPOCH
from reportgen.history.json_values import NON_FINITE, pack_number
from reportgen.history.notes import is_text
from reportgen.regular_files import regular_file

SCHEMA: Final = "reportgen/journal/1"
_SUFFIX: Final = ".journal"
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_LONGEST_NAME: Final = 1_000  # characters; our choice: a history repeats each name with its values
_MAX_COLUMNS: Final = 10_000  # a history cannot have more, counting the components of vectors
_MAX_LINE: Final = 10_000_000  # bytes; our choice: four times a line of 100,000 values, the most that batches get
_MAX_BYTES: Final = 500_000_000  # that a training process reads; our choice: more than 5,000,000 values take
_MAX_LINES: Final = 2_000_000  # likewise; our choice: three weeks of batches, written every second
_COMPONENT: Final = re.compile(r"(.+)\[\d+\]", re.DOTALL)


def journal_path(report: Path) -> Path:
    """The path of a report's journal: in the same folder, with the suffix ``.journal``."""
    beside = report.with_suffix(_SUFFIX)
    return beside if beside != report else report.with_name(report.name + _SUFFIX)


def as_line(record: Mapping[str, Any]) -> str:
    """Converts a record to one line of ASCII."""
    try:
        return _ENCODER.encode(record) + "\n"
    except (TypeError, ValueError):  # a non-finite value, or a small class among the facts; checking is slower
        return _ENCODER.encode(_packed(record)) + "\n"


def parse_line(line: str) -> dict[str, Any] | None:
    """Parses a line; None if it is damaged, such as the last line of a killed writer."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def head_of(path: Path) -> dict[str, Any]:
    """The first record of a journal; empty if it is not a journal of this schema. OSError for a link or a pipe."""
    with open(path, "rb", opener=regular_file) as stream:
        head = parse_line(stream.readline(_MAX_LINE).decode(errors="replace")) or {}
    return head if head.get("schema") == SCHEMA else {}


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Reads the records of a journal one by one, without damaged lines. A line longer than any real one is damaged.

    Raises:
        OSError: it is a link or a pipe, or cannot be read.
        SourceError: it is larger than a training process can read in passing.
    """
    with open(path, "rb", opener=regular_file) as stream:
        if os.fstat(stream.fileno()).st_size > _MAX_BYTES:
            raise _too_large(path, f"{_MAX_BYTES:,} bytes")
        n_lines, is_rest = 0, False
        while piece := stream.readline(_MAX_LINE):
            is_start, is_rest = not is_rest, not piece.endswith(b"\n")
            n_lines += is_start
            if n_lines > _MAX_LINES:
                raise _too_large(path, f"{_MAX_LINES:,} lines")
            if is_start and not (is_rest and len(piece) == _MAX_LINE):
                record = parse_line(piece.decode(errors="replace"))
                if record is not None:
                    yield record


def _too_large(path: Path, limit: str) -> SourceError:
    return SourceError(
        f"{path}: this journal has more than {limit}, so it is too large to be continued during training. Make a "
        "report from it, or start a new one."
    )


def records_before(path: Path, epoch: int) -> Iterator[dict[str, Any]]:
    """Reads the records of a journal for epochs before this one, one by one. Raises the same as `read_records`."""
    return (record for record in read_records(path) if is_before(record, epoch))


def is_before(record: Mapping[str, Any], epoch: int) -> bool:
    """Whether a record has values of an epoch before this one."""
    number = record.get("epoch")
    return (
        is_count(number)
        and is_count(record.get("step", 0))
        and number < epoch
        and isinstance(record.get("values"), dict)
    )


def joined_rows(row: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The record of an epoch with a further part of it."""
    return {**row, **more, "values": {**row["values"], **more["values"]}}


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value can be the number of an epoch or a step."""
    return type(value) is int and 0 <= value < MAX_EPOCH


class SoundCells:
    """Decides which cells of a log a history can hold. It remembers the names and the length of their vectors."""

    def __init__(self) -> None:
        self._lengths: dict[str, int | None] = {}  # of vectors; None for numbers
        self._wholes: set[str] = set()  # names of vectors whose values were logged one by one: "f1" for "f1[0]"
        self._n_columns = 0

    def fault(self, name: object, value: object) -> str | None:
        """Why a cell must be left out, such as "it is not a number"; None if it is sound.

        Args:
            name: The name of the metric.
            value: A number, a list of numbers, or the text of a non-finite number.
        """
        length: int | None = None
        if isinstance(value, list):
            if not all(entry is None or is_number(entry) for entry in value):
                return "it has an entry that is not a number"
            length = len(value) if len(value) != 1 else None  # as histories store them
        elif not is_number(value):
            return "it is not a number"
        return self.fault_of_shape(name, length)

    def fault_of_shape(self, name: object, length: int | None = None) -> str | None:
        """As `fault`, for a value that is known to be a number, or a vector of numbers with this length."""
        if not isinstance(name, str) or not is_text(name):
            return "its name is not text"
        if name not in self._lengths:
            fault = self._fault_of_new(name, length)
            if fault is None:
                self._lengths[name] = length
                self._n_columns += 1 if length is None else length
            return fault
        before = self._lengths[name]
        return None if length == before else f"it has {_counted(length)} after {_counted(before)}"

    def _fault_of_new(self, name: str, length: int | None) -> str | None:
        if not name.strip():
            return "its name is empty"
        if len(name) > _LONGEST_NAME:
            return f"its name is longer than {_LONGEST_NAME:,} characters"
        if length == 0:
            return "it has no values"
        if self._n_columns + (length or 1) > _MAX_COLUMNS:
            return f"a history has at most {_MAX_COLUMNS:,} metrics, counting each value of a vector"
        part = _COMPONENT.fullmatch(name)
        if part is not None:
            if self._lengths.get(part[1]) is not None:
                return "its name means a value of a vector"
            self._wholes.add(part[1])
        return "another name means one of its values" if length is not None and name in self._wholes else None


def _counted(length: int | None) -> str:
    return "one value" if length is None else f"{length} values"


def is_number(value: object) -> bool:
    """Whether a value of a record is a number, finite or not."""
    if isinstance(value, str):
        return value in NON_FINITE
    if isinstance(value, float):
        return True
    try:
        return isinstance(value, int) and float(value) is not None
    except OverflowError:  # more than about 308 digits
        return False


def _packed(value: Any) -> Any:
    """A value in a form that JSON can hold."""
    if isinstance(value, float):
        return pack_number(value)
    if isinstance(value, Mapping):
        return {name: _packed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part) for part in value]
    return value if isinstance(value, str | int | float | None) else vars(value)  # small classes among the facts
