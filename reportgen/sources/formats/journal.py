"""Reads the journals that the callback writes during training, bit for bit; an incomplete last line is ignored."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from reportgen.errors import HistoryError, SourceError
from reportgen.history.citing import cited_schema
from reportgen.history.facts import MAX_EPOCH, RunFacts, check_run
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.history.stored import unpack_run
from reportgen.journal import SCHEMA, parse_line
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import parse_lines
from reportgen.sources.opening.opened import Opened, Sample, decode
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.text import quoted

_HEAD: Final = re.compile(r'\{\s*"schema"\s*:\s*"reportgen/journal/')


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if _HEAD.match(sample.text) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    del options
    return history_of_journal(opened.data(), opened.where)


def history_of_journal(data: bytes | bytearray, where: str) -> TrainingHistory:
    """The history of a journal, which may be incomplete.

    Raises:
        SourceError: a line is damaged, or the journal has neither an epoch nor a batch.
    """
    if data.endswith(b"\0\0"):  # after a power cut; a single zero byte may end UTF-16
        data = data.rstrip(b"\0")
    text = decode(data, where)
    whole, newline, last = text.rpartition("\n")
    cut = bool(newline and last.strip()) and parse_line(last) is None
    history = history_of_records(parse_lines(whole if cut else text, where), where)
    run = history.run
    return history.with_run(replace(run, notes=(*run.notes, Note("last-line")))) if cut else history


def history_of_records(records: Iterable[Mapping[str, Any]], where: str) -> TrainingHistory:
    """The history from a journal's records (facts, epochs, batches, end); "interrupted" if the end is missing.

    Raises:
        SourceError: a record is damaged, or there is neither an epoch nor a batch.
    """
    remaining = iter(records)
    head = next(remaining, {})
    if head.get("schema") != SCHEMA or not isinstance(head.get("run"), Mapping):
        found = cited_schema(head.get("schema"))
        raise SourceError(
            f"{where}: it begins with schema {found}, not with {quoted(SCHEMA)} and the facts of "
            "a run. Read it with the version of reportgen that wrote it."
        )
    facts: dict[str, Any] = {"status": "interrupted", **head["run"]}
    rows, batches = _JournalEpochs(where), _JournalBatches(where)
    for number, record in enumerate(remaining, 2):
        if isinstance(record.get("end"), Mapping):
            facts |= record["end"]
        elif not (batches if "steps" in record else rows).has_taken(record):
            raise SourceError(
                f"{where}: line {number} is not a record of an epoch, of batches or of the end of the run. Remove the "
                "line."
            )
    try:
        run = unpack_run(facts)
        if all(step is not None for step in rows.steps) and (rows.steps or batches.steps):
            return _in_steps(rows, batches, run)
        seconds = np.array(rows.seconds, dtype=np.float64)
        return history_from_log(rows.log, known={}, epochs=rows.epochs, run=run, durations_s=seconds)
    except HistoryError as error:
        raise SourceError.of(where, error) from None


class _JournalEpochs:
    """The epochs of a journal."""

    def __init__(self, where: str) -> None:
        self.log = Logged(where)
        self.epochs: list[int] = []
        self.steps: list[int | None] = []
        self.seconds: list[float] = []

    def has_taken(self, record: Mapping[str, Any]) -> bool:
        values, epoch, step, spent = (record.get(name) for name in ("values", "epoch", "step", "seconds"))
        if not isinstance(values, Mapping) or not _is_whole(epoch) or not (step is None or _is_whole(step)):
            return False
        self.log.add_row(values)
        self.epochs.append(record["epoch"])
        self.steps.append(step)
        self.seconds.append(spent if isinstance(spent, int | float) else math.nan)
        return True


class _JournalBatches:
    """Packs the batches of a journal, record by record."""

    def __init__(self, where: str) -> None:
        self.log = Logged(where)
        self.steps: list[np.ndarray] = []

    def has_taken(self, record: Mapping[str, Any]) -> bool:
        values, steps = record.get("values"), record["steps"]
        if not isinstance(values, Mapping) or not isinstance(steps, list) or not all(map(_is_whole, steps)):
            return False
        if not all(isinstance(column, list) and len(column) == len(steps) for column in values.values()):
            return False
        if values:
            self.log.add_rows(values)
            self.steps.append(np.array(steps, dtype=np.int64))
        return True


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < MAX_EPOCH


def _in_steps(rows: _JournalEpochs, batches: _JournalBatches, run: RunFacts) -> TrainingHistory:
    """The history counted in steps: the values of batches, and those of each epoch at its last step."""
    check_run(run)  # before using its numbers
    log, epochs, ends = rows.log, np.array(rows.epochs), np.array(rows.steps, dtype=np.int64)
    columns, _ = batches.log.columns({name: name for name in batches.log.names})
    batches.log.forget()
    for name, column in columns.items():
        log.add_column(name, Column(column.rows + len(ends), column.values))

    def last_step(epoch: int) -> int:
        """The last step of an epoch, or of the nearest earlier one."""
        known = ends[epochs <= epoch]
        return int(known[-1]) if len(known) else 0

    per_epoch, stopping = run.steps_per_epoch, run.early_stopping
    if stopping is not None:
        restored = stopping.restored_epoch and last_step(stopping.restored_epoch)
        stopping = replace(stopping, patience=stopping.patience * (per_epoch or 1), restored_epoch=restored)
    run = replace(
        run,
        epochs_planned=per_epoch and run.epochs_planned and run.epochs_planned * per_epoch,
        early_stopping=stopping,
        resumed_at=tuple(last_step(epoch - 1) + 1 for epoch in run.resumed_at),
        notes=(*run.notes, Note("batches")) if columns else run.notes,
    )
    steps = np.concatenate([ends, *batches.steps])
    log.n_rows = len(steps)  # the last ones may have no values
    return history_from_log(log, known={}, steps=steps, run=run)


FORMAT: Final = Format("journal", "journal of reportgen", _recognise, _read, takes=frozenset())
