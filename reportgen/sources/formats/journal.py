"""Reads the journals that callbacks and recorders write during training, bit for bit.

Damaged lines, and cells that a history cannot hold, are left out with a note; everything else is kept.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from reportgen.errors import HistoryError, SourceError
from reportgen.history.additions import MAX_ADDITIONS
from reportgen.history.citing import cited_schema
from reportgen.history.facts import RunFacts, check_run
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.history.stored import sound_facts, unpack_run
from reportgen.journal import SCHEMA, SoundCells, is_count, is_number, joined_rows, parse_line
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import check_size
from reportgen.sources.opening.long_text import LongText, is_damaged
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.text import quoted

_HEAD: Final = re.compile(r'\{\s*"schema"\s*:\s*"reportgen/journal/')
_RECORD: Final = re.compile(r'^\{"epoch":\d+,.*"values":\{', re.MULTILINE)
_SUFFIX: Final = ".journal"
_MOST: Final = {  # entries of facts that come in parts
    "notes": 100,  # our choice: many times what a run has; each is a sentence of the report
    "additions": MAX_ADDITIONS,
}
_MAX_RESUMED: Final = 10_000  # our choice: a chart marks only a few of them


def _recognise(sample: Sample) -> Fit:
    if _HEAD.match(sample.text):
        return Fit.CERTAIN
    headless = sample.name.endswith(_SUFFIX) and _RECORD.search(sample.text)  # its first line is damaged
    return Fit.CERTAIN if headless else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    del options
    return history_of_journal(opened.data(), opened.where)


def history_of_journal(data: bytes | bytearray, where: str) -> TrainingHistory:
    """The history of a journal, which may be incomplete or damaged.

    Raises:
        SourceError: the journal has neither an epoch nor a batch that can be read, or has another schema.
    """
    text = LongText(data, where)
    lines = _Lines(text, where)
    history = history_of_records(lines, where)
    notes = [Note("last-line")] if lines.is_cut else []
    if lines.damaged:
        notes.append(Note.of("damaged-lines", count=len(lines.damaged), lines=short_names(map(str, lines.damaged))))
    run = history.run
    return history.with_run(replace(run, notes=(*run.notes, *notes))) if notes else history


class _Lines:
    """The records of a journal's lines. Iterating finds the damaged lines.

    Attributes:
        damaged: The numbers of the lines, from 1, that were left out.
        is_cut: Whether the last line is incomplete.
    """

    def __init__(self, text: LongText, where: str) -> None:
        self.damaged: list[int] = []
        self.is_cut = False
        self._text, self._where = text, where

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        ended = self._text.ends_line()
        for number, (text, is_last) in enumerate(_with_last(self._text.lines(damaged=True)), 1):
            line = text.strip("\0 \t\r")
            check_size(line, self._where)
            record = None if is_damaged(line) else parse_line(line)
            if number == 1 and (record is None or "schema" not in record):
                yield {"schema": SCHEMA, "run": {}}  # a damaged head costs only the facts of the run
            if not line:
                continue
            if record is not None and _is_record(record):
                yield record
            elif record is None and is_last and not ended and number > 1:
                self.is_cut = True
            else:
                self.damaged.append(number)


def _with_last(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yields each line and whether it is the last one."""
    before: str | None = None
    for line in lines:
        if before is not None:
            yield before, False
        before = line
    if before is not None:
        yield before, True


def _is_record(record: Mapping[str, Any]) -> bool:
    """Whether a record says something about a run, of which single cells may still be damaged."""
    if "schema" in record or isinstance(record.get("end"), Mapping) or isinstance(record.get("add"), Mapping):
        return True
    if not isinstance(record.get("values"), Mapping):
        return False
    if "steps" in record:
        return isinstance(record["steps"], list) and all(map(is_count, record["steps"]))
    return is_count(record.get("epoch")) and ("step" not in record or is_count(record["step"]))


def history_of_records(records: Iterable[Mapping[str, Any]], where: str) -> TrainingHistory:
    """The history from a journal's records (facts, epochs, batches, end); "interrupted" if the end is missing.

    Raises:
        SourceError: there is neither an epoch nor a batch, or the records have another schema.
    """
    remaining = iter(records)
    head = next(remaining, {})
    if head.get("schema") != SCHEMA:
        found = cited_schema(head.get("schema"))
        raise SourceError(
            f"{where}: it begins with schema {found}, not with {quoted(SCHEMA)} and the facts of "
            "a run. Read it with the version of reportgen that wrote it."
        )
    facts: dict[str, Any] = {"status": "interrupted"}
    left_out: dict[str, None] = {}  # in order, without duplicates
    _add_facts(facts, head.get("run"), left_out)
    cells = SoundCells()
    rows, batches = _JournalEpochs(where, cells, left_out), _JournalBatches(where, cells, left_out)
    for record in _whole(remaining):
        if "end" in record:
            _add_facts(facts, record["end"], left_out)
        elif "add" in record:
            _add_facts(facts, {"additions": [record["add"]]}, left_out)
        elif "steps" in record:
            batches.add(record)
        elif "values" in record:
            rows.add(record)
    run = unpack_run(facts)
    if left_out:
        run = replace(run, notes=(*run.notes, Note.of("odd-cells", names=short_names(left_out))))
    try:
        if all(step is not None for step in rows.steps) and (rows.steps or batches.steps):
            return _in_steps(rows, batches, run)
        seconds = np.array(rows.seconds, dtype=np.float64)
        return history_from_log(rows.log, known={}, epochs=rows.epochs, run=run, durations_s=seconds)
    except HistoryError as error:
        raise SourceError.of(where, error) from None


def _whole(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The records, with the parts of an epoch joined."""
    waiting: Mapping[str, Any] | None = None
    for record in records:
        if "add" in record:  # perhaps between the parts of an epoch
            yield record
            continue
        is_row = "values" in record and "steps" not in record
        if waiting is not None and is_row and record.get("more") and record["epoch"] == waiting["epoch"]:
            waiting = joined_rows(waiting, record)
            continue
        if waiting is not None:
            yield waiting
        waiting = record if is_row else None
        if not is_row:
            yield record
    if waiting is not None:
        yield waiting


def _add_facts(facts: dict[str, Any], found: Any, left_out: dict[str, None]) -> None:
    """Adds those stored facts that are valid, one by one. Notes and additions are added to those that are known."""
    if not isinstance(found, Mapping):
        left_out["run"] = None
        return
    sound, faulty = sound_facts(found)
    left_out.update(dict.fromkeys(faulty))
    for name, value in sound.items():
        if name in _MOST:
            entries = facts.setdefault(name, [])
            new = [
                entry for entry in value if name != "additions" or entry not in entries
            ]  # a resumed program adds again
            entries += new[: _MOST[name] - len(entries)]
        else:
            facts[name] = value[:_MAX_RESUMED] if name == "resumed_at" else value


class _JournalEpochs:
    """The epochs of a journal. Names of cells that are left out are added to ``left_out``."""

    def __init__(self, where: str, cells: SoundCells, left_out: dict[str, None]) -> None:
        self.log = Logged(where)
        self.epochs: list[int] = []
        self.steps: list[int | None] = []
        self.seconds: list[float] = []
        self._cells, self._left_out = cells, left_out

    def add(self, record: Mapping[str, Any]) -> None:
        sound = {}
        for key, value in record["values"].items():
            name = key.strip()
            if value is None:
                continue
            if self._cells.fault(name, value) is None:
                sound[name] = value
            else:
                self._left_out[name] = None
        self.log.add_row(sound)
        self.epochs.append(record["epoch"])
        self.steps.append(record.get("step"))
        spent = record.get("seconds")
        self.seconds.append(spent if isinstance(spent, int | float) and is_number(spent) else math.nan)


class _JournalBatches:
    """Packs the batches of a journal, record by record. Names of cells left out are added to ``left_out``."""

    def __init__(self, where: str, cells: SoundCells, left_out: dict[str, None]) -> None:
        self.log = Logged(where)
        self.steps: list[np.ndarray] = []
        self._cells, self._left_out = cells, left_out

    def add(self, record: Mapping[str, Any]) -> None:
        steps, sound = record["steps"], {}
        for key, column in record["values"].items():
            name = key.strip()
            if not isinstance(column, list) or len(column) != len(steps):
                self._left_out[name] = None
            elif kept := self._sound(name, column):
                sound[name] = kept
        if sound:
            self.log.add_rows(sound)
            self.steps.append(np.array(steps, dtype=np.int64))

    def _sound(self, name: str, column: list[Any]) -> Sequence[Any]:
        """The cells of a column, with None for those that are left out; empty if none is kept."""
        if set(map(type, column)) <= {float} and self._cells.fault_of_shape(name) is None:
            return column
        kept = []
        for value in column:
            fault = None if value is None else self._cells.fault(name, value)
            if fault is not None:
                self._left_out[name] = None
            kept.append(value if fault is None else None)
        return kept if any(value is not None for value in kept) else ()


def _in_steps(rows: _JournalEpochs, batches: _JournalBatches, run: RunFacts) -> TrainingHistory:
    """The history counted in steps: the values of batches, and those of each epoch at its last step."""
    check_run(run)  # before using its numbers
    log, epochs, ends = rows.log, np.array(rows.epochs), np.array(rows.steps, dtype=np.int64)
    columns, _ = batches.log.columns({name: name for name in batches.log.names})
    batches.log.forget()
    for name, column in columns.items():
        log.add_column(name, Column(column.rows + len(ends), column.values))

    order = np.argsort(epochs, kind="stable")
    sorted_epochs = epochs[order]

    def last_step(epoch: int) -> int:
        """The last step of an epoch, or of the nearest earlier one."""
        place = int(np.searchsorted(sorted_epochs, epoch, side="right"))
        return int(ends[order[place - 1]]) if place else 0

    per_epoch, stopping = run.steps_per_epoch, run.early_stopping
    if stopping is not None:
        restored = stopping.restored_epoch and last_step(stopping.restored_epoch)
        stopping = replace(stopping, restored_epoch=restored)
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
