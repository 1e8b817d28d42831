"""Journals that the callback writes during a training: read back bit for bit, without a last line that breaks off."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from reportgen import notes
from reportgen.errors import HistoryError, SourceError, quoted
from reportgen.history import TrainingHistory, unpack_run
from reportgen.journal import SCHEMA, parse_line
from reportgen.sources.cells import Logged
from reportgen.sources.columns import history_from_log
from reportgen.sources.format import Fit, Format, Options, Sample
from reportgen.sources.json_text import parse_lines
from reportgen.sources.opening import Opened, decode

_HEAD: Final = re.compile(r'\{\s*"schema"\s*:\s*"reportgen/journal/')


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if _HEAD.match(sample.text) else Fit.NO


def _read(opened: Opened, options: Options) -> TrainingHistory:
    del options
    where = opened.where
    data = opened.data()
    if data.endswith(b"\0\0"):  # what a power cut leaves; a single zero byte may end UTF-16
        data = data.rstrip(b"\0")
    text = decode(data, where)
    whole, newline, last = text.rpartition("\n")
    cut = bool(newline and last.strip()) and parse_line(last) is None
    history = history_of_records(parse_lines(whole if cut else text, where), where)
    run = history.run
    return history.with_run(replace(run, notes=(*run.notes, notes.LAST_LINE))) if cut else history


def history_of_records(records: Iterable[Mapping[str, Any]], where: str) -> TrainingHistory:
    """The history that a journal's records tell; interrupted where none says how it ended.

    Args:
        records: Facts, epochs, and how it ended.
        where: The source's name, for messages.

    Raises:
        SourceError: a record is damaged, or there is no epoch.
    """
    remaining = iter(records)
    head = next(remaining, {})
    if head.get("schema") != SCHEMA or not isinstance(head.get("run"), Mapping):
        raise SourceError(
            f"{where}: it begins with schema {quoted(head.get('schema'))}; {quoted(SCHEMA)} and the facts of a run are "
            "needed. Read it with the version of reportgen that wrote it."
        )
    facts: dict[str, Any] = {"status": "interrupted", **head["run"]}
    log = Logged(where)
    epochs, seconds = [], []
    for number, record in enumerate(remaining, 2):
        if isinstance(record.get("end"), Mapping):
            facts |= record["end"]
            continue
        values, epoch = record.get("values"), record.get("epoch")
        if not isinstance(values, Mapping) or isinstance(epoch, bool) or not isinstance(epoch, int):
            raise SourceError(
                f"{where}: line {number} has neither an epoch with its values nor the end of the run; a journal as "
                "reportgen writes it is needed. Remove the line."
            )
        log.add_row(values)
        epochs.append(epoch)
        spent = record.get("seconds")
        seconds.append(spent if isinstance(spent, int | float) else math.nan)
    try:
        return history_from_log(
            log, known={}, epochs=epochs, run=unpack_run(facts), durations_s=np.array(seconds, dtype=np.float64)
        )
    except HistoryError as error:
        raise SourceError(f"{where}: {error}") from None


FORMAT: Final = Format("journal", "journal of reportgen", _recognise, _read, takes=frozenset())
