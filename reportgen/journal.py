"""The journal of a training as text: a line of facts, a line per epoch, a line that says how it ended.

In: what the callback knows. Out: lines of JSON, and back. A value that is not finite stands as "NaN", "Infinity" or
"-Infinity", since JSON has no numbers for them. Loads nothing heavy, as it works beside the training.

    {"schema": "reportgen/journal/1", "id": "9f0c", "run": {"title": "First try", "epochs_planned": 50}}
    {"epoch": 1, "seconds": 0.31, "values": {"loss": 0.693, "val_loss": "NaN"}}
    {"end": {"status": "completed"}}
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = "reportgen/journal/1"
SUFFIX: Final = ".journal"


def journal_path(report: Path) -> Path:
    """Where the journal of a report stands: beside it."""
    beside = report.with_suffix(SUFFIX)
    return beside if beside != report else report.with_name(report.name + SUFFIX)


def as_line(record: Mapping[str, Any]) -> str:
    """A record as one line of ASCII."""
    return json.dumps(_packed(record), separators=(",", ":"), allow_nan=False) + "\n"


def parse_line(line: str) -> dict[str, Any] | None:
    """The record of a line; None where it is none, as where the writer was killed."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def head_of(path: Path) -> dict[str, Any]:
    """The first record of a journal; empty where there is none of ours.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, encoding="utf-8", errors="replace") as stream:
        head = parse_line(stream.readline(1_000_000)) or {}
    return head if head.get("schema") == SCHEMA else {}


def _packed(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {name: _packed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part) for part in value]
    return value if isinstance(value, str | int | float | None) else vars(value)  # small records among the facts
