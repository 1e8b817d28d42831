"""The journal of a training as text: a line of facts, a line per epoch, a line that says how it ended.

Where batches are logged, too, a line holds many of them, and steps are the batches trained so far.

In: what the callback knows. Out: lines of JSON, and back. A value that is not finite stands as "NaN", "Infinity" or
"-Infinity", since JSON has no numbers for them. Loads nothing heavy, as it works beside the training.

    {"schema": "reportgen/journal/1", "id": "9f0c", "run": {"title": "First try", "epochs_planned": 50}}
    {"epoch": 1, "steps": [1, 2], "values": {"batch_loss": [0.71, 0.70]}}
    {"epoch": 1, "step": 2, "seconds": 0.31, "values": {"loss": 0.693, "val_loss": "NaN"}}
    {"end": {"status": "completed"}}
"""

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reportgen.metrics import BATCH_PREFIX

SCHEMA: Final = "reportgen/journal/1"
SUFFIX: Final = ".journal"
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_FLUSH_S: Final = 1.0  # what a kill may cost of the batches; our choice
_FLUSH_BATCHES: Final = 2_000  # in a line; our choice
_MANY_VALUES: Final = 3_000_000  # of batches; readers take 5,000,000 values of a journal
_MORE_VALUES: Final = 250_000  # after which of twice as many batches one is logged; our choice: it lasts for 2**8


def journal_path(report: Path) -> Path:
    """Where the journal of a report stands: beside it."""
    beside = report.with_suffix(SUFFIX)
    return beside if beside != report else report.with_name(report.name + SUFFIX)


def as_line(record: Mapping[str, Any]) -> str:
    """A record as one line of ASCII."""
    try:
        return _ENCODER.encode(record) + "\n"
    except (TypeError, ValueError):  # not finite, or a small record among the facts; to look first takes longer
        return _ENCODER.encode(_packed(record)) + "\n"


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


def records_before(path: Path, epoch: int) -> Iterator[dict[str, Any]]:
    """What a journal holds of the epochs before this one, one record after the other.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, encoding="utf-8", errors="replace") as stream:
        for record in filter(None, map(parse_line, stream)):
            of = record.get("epoch")
            if isinstance(record.get("values"), dict) and isinstance(of, int) and of < epoch:
                yield record


class Batches:
    """What was logged of batches since it was last written, and how many were trained.

    Args:
        every: Of how many batches one is logged; of a very long training later fewer, as readers take only so many.

    Attributes:
        step: Batches trained so far.
    """

    def __init__(self, every: int) -> None:
        self.step = 0
        self._every = every
        self._epoch = 0
        self._before = 0  # steps before this epoch
        self._n_values, self._limit = 0, _MANY_VALUES
        self._written_at = time.monotonic()
        self._names: list[str] = []
        self._columns: list[list[Any]] = []
        self._steps: list[int] = []

    def begin_epoch(self, epoch: int) -> None:
        """Batches are from now on those of this epoch."""
        self._epoch, self._before = epoch, self.step

    def is_due(self, batch: int) -> bool:
        """Counts a batch of the epoch, from 0, or the last of several; whether it is to be logged."""
        before, self.step = self.step, self._before + batch + 1
        return self.step // self._every > before // self._every

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether values can be kept beside those that wait."""
        return not self._steps or list(values) == self._names

    def add(self, values: Mapping[str, Any]) -> None:
        """Keeps values that fit, of the batch that was counted last."""
        if not self._steps:
            self._names, self._columns = list(values), [[] for _ in values]
        for column, value in zip(self._columns, values.values(), strict=True):
            column.append(value)
        self._steps.append(self.step)

    def is_time_to_write(self) -> bool:
        """Whether what waits has waited long enough, or is enough for a line."""
        return len(self._steps) >= _FLUSH_BATCHES or time.monotonic() - self._written_at >= _FLUSH_S

    def take(self) -> dict[str, Any] | None:
        """What waits, as one record; None where nothing does."""
        self._written_at = time.monotonic()
        if not self._steps:
            return None
        values = {BATCH_PREFIX + name: column for name, column in zip(self._names, self._columns, strict=True)}
        record = {"epoch": self._epoch, "steps": self._steps, "values": values}
        self._n_values += len(self._steps) * len(values)
        if self._n_values >= self._limit:
            self._every, self._limit = 2 * self._every, self._limit + _MORE_VALUES
        self._steps = []
        return record


def _packed(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {name: _packed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part) for part in value]
    return value if isinstance(value, str | int | float | None) else vars(value)  # small records among the facts
