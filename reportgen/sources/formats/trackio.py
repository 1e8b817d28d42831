"""Reads a database of Trackio: the runs of one project, with a JSON object of metrics for each call of ``log``.

Trackio numbers these calls; a counter of the program among the metrics is preferred, as for Weights & Biases.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.sqlite import MAGIC, open_database
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.limits import check_values
from reportgen.text import printable

_PROGRAM: Final = "Trackio"
_TABLES: Final = frozenset({"metrics", "configs"})
_MARKS: Final = (b"metrics TEXT NOT NULL", b"run_name TEXT NOT NULL")  # in the definition of the table
_STEP: Final = "_step"
_WORDS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_MAX_RUNS: Final = 10_000
_MAX_NAME: Final = 200  # characters
_MAX_PARAMS: Final = 50
_MAX_DEPTH: Final = 8  # of objects in objects


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None or not sample.head.startswith(MAGIC):
        return Fit.NO
    return Fit.CERTAIN if all(mark in sample.head for mark in _MARKS) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> Runs:
    where = opened.where
    logs: dict[tuple[str, str], Logged] = {}
    with open_database(opened, _TABLES, _PROGRAM) as database:
        for number, (key, step, stored) in enumerate(_rows(database), 1):
            check_values(number, where)
            log = logs.get(key)
            if log is None:
                if len(logs) >= _MAX_RUNS:
                    raise SourceError(f"{where}: it has more than {_MAX_RUNS:,} runs. Delete the old ones.")
                log = logs[key] = Logged(where)
            row = dict(_numbers(_parsed(stored)))
            if row and isinstance(step, int):
                log.add_row({_STEP: step, **row})
        configs = {name: _parsed(stored) for name, stored in _configs(database)}
    kept = {key: log for key, log in logs.items() if log.n_rows}
    if not kept:
        raise SourceError(f"{where}: the Trackio database has no metrics. Log a loss with trackio.log.")
    keys = list(kept)
    names = _unique([name for _, name in keys])
    read: dict[int, TrainingHistory] = {}

    def history_of(index: int) -> TrainingHistory:
        if index not in read:
            run, name = keys[index]
            params = tuple(_params(configs.get(run) or configs.get(name) or {}))
            facts = RunFacts(title=printable(name, _MAX_NAME) or None, params=params)
            read[index] = history_from_log(kept[keys[index]], options=options, run=facts)
        return read[index]

    return Runs(names, history_of)


def _unique(names: list[str]) -> tuple[str, ...]:
    """The names, with a number after those that occurred before."""
    met: dict[str, None] = {}
    for name in names:
        number, unique = 1, name
        while unique in met:
            number += 1
            unique = f"{name} ({number})"
        met[unique] = None
    return tuple(met)


def _rows(database: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], Any, Any]]:
    """The run, the step and the stored metrics of each call, in the order of logging."""
    try:
        rows = database.execute("SELECT run_id, run_name, step, metrics FROM metrics ORDER BY id")
    except sqlite3.OperationalError:  # versions before 0.16 have no ids
        rows = database.execute("SELECT run_name, run_name, step, metrics FROM metrics ORDER BY id")
    for run, name, step, stored in rows:
        yield (str(run), str(name)), step, stored


def _configs(database: sqlite3.Connection) -> Iterator[tuple[str, Any]]:
    try:
        rows = database.execute("SELECT run_id, config FROM configs")
    except sqlite3.OperationalError:
        try:
            rows = database.execute("SELECT run_name, config FROM configs")
        except sqlite3.OperationalError:  # the first versions did not store them
            return
    for run, stored in rows:
        yield str(run), stored


def _parsed(stored: Any) -> Mapping[str, Any]:
    """A stored object; empty if it is damaged."""
    try:
        found = json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _numbers(metrics: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """The numbers of an object, with the names of objects in it joined by points. Media are left out."""
    if "_type" in metrics or depth > _MAX_DEPTH:
        return
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{before}{name}.", depth + 1)
        elif isinstance(value, str) and value in _WORDS:
            yield before + name, _WORDS[value]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            try:
                yield before + name, float(value)
            except OverflowError:
                continue


def _params(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The plain values of a configuration as text. Names with ``_`` are Trackio's own."""
    plain = {name: value for name, value in config.items() if isinstance(value, str | int | float)}
    for name, value in [(name, value) for name, value in plain.items() if not name.startswith("_")][:_MAX_PARAMS]:
        if shown := printable(name, _MAX_NAME):
            yield shown, printable(str(value), _MAX_NAME)


FORMAT: Final = Format("trackio", "Trackio database", _recognise, _read)
