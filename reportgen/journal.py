"""The lines of a run's journal: the facts of the run, one line per epoch, and how it ended.

If batches are also logged, one line holds many of them, and ``step`` counts the batches trained so far. JSON has no
numbers for NaN and infinities; they are written as "NaN", "Infinity" and "-Infinity". This module loads nothing heavy,
because it runs inside the training process.

    {"schema": "reportgen/journal/1", "id": "9f0c", "run": {"title": "First try", "epochs_planned": 50}}
    {"epoch": 1, "steps": [1, 2], "values": {"batch_loss": [0.71, 0.70]}}
    {"epoch": 1, "step": 2, "seconds": 0.31, "values": {"loss": 0.693, "val_loss": "NaN"}}
    {"end": {"status": "completed"}}
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reportgen.history.json_values import pack_number

SCHEMA: Final = "reportgen/journal/1"
_SUFFIX: Final = ".journal"
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


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
    """The first record of a journal; empty if the file is not a journal of this schema."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        head = parse_line(stream.readline(1_000_000)) or {}
    return head if head.get("schema") == SCHEMA else {}


def records_before(path: Path, epoch: int) -> Iterator[dict[str, Any]]:
    """Reads the records of a journal for epochs before this one, one by one."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        for record in filter(None, map(parse_line, stream)):
            number = record.get("epoch")
            if isinstance(record.get("values"), dict) and isinstance(number, int) and number < epoch:
                yield record


def _packed(value: Any) -> Any:
    """A value in a form that JSON can hold."""
    if isinstance(value, float):
        return pack_number(value)
    if isinstance(value, Mapping):
        return {name: _packed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part) for part in value]
    return value if isinstance(value, str | int | float | None) else vars(value)  # small classes among the facts
