"""Reads pandas data frames, tidy or wide."""

import math
from collections import Counter
from typing import Any, Final

import numpy as np
import pandas as pd

from reportgen.errors import SourceError
from reportgen.history.checks import COLUMNS, as_numbers
from reportgen.history.citing import cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_loss, parse_key
from reportgen.options import ReadOptions
from reportgen.sources.source_runs import Runs, unique_name
from reportgen.sources.table.columns import runs_from_columns
from reportgen.sources.table.label_names import run_word
from reportgen.sources.table.naming import EPOCH, STEP
from reportgen.text import printable

_LONGEST_NAME: Final = 200  # characters


def read_frame(
    source: pd.DataFrame, *, where: str = "DataFrame", options: ReadOptions | None = None
) -> TrainingHistory | Runs:
    """Reads a DataFrame, tidy (epoch or step, metric, split, value) or wide (one column per logged name).

    A column such as ``fold`` tells several runs apart. In a wide frame, an ``epoch`` column or an index named ``epoch``
    numbers the rows.

    In pandas, NaN means both "not logged" and "the training produced NaN". In a tidy frame NaN is a value. In a wide
    frame it is a value in epochs whose training loss is NaN or infinite; elsewhere it means "not logged".

    Raises:
        SourceError: it has no numeric column, or a cell is not a number.
        HistoryError: a tidy frame repeats an epoch or has an unknown split.
    """
    if set(COLUMNS) <= set(source.columns) and {EPOCH, STEP} & set(source.columns):
        return _read_tidy_runs(source)
    names = [str(name).strip() for name in source.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if not names:
        raise SourceError(f"{where}: it has no columns; a history needs at least one metric. Pass the logged values.")
    if not len(source):
        raise SourceError(
            f"{where}: it has columns {cited_names(names)} but no rows; a history needs at least one epoch."
        )
    logged: dict[str, list[Any]] = {}
    for position, name in enumerate(names):
        if name not in logged:
            logged[name] = source.iloc[:, position].tolist()
    losses = [logged[name] for name in logged if parse_key(name)[1] == "train" and is_loss(name)]
    diverged = [any(_is_broken(column[row]) for column in losses) for row in range(len(source))]
    columns = {
        name: [
            None if _is_missing(value) and not (broken and isinstance(value, float)) else value
            for value, broken in zip(column, diverged, strict=True)
        ]
        for name, column in logged.items()
    }
    if source.index.name == EPOCH and EPOCH not in columns:
        columns = {EPOCH: source.index.to_list(), **columns}
    run = RunFacts(notes=(Note.of("columns-twice", columns=short_names(twice)),)) if twice else None
    return runs_from_columns(columns, where=where, options=options, run=run)


def _read_tidy_runs(source: pd.DataFrame) -> TrainingHistory | Runs:
    """Reads a tidy frame. Its first column named like ``fold`` that has several values separates its runs."""
    words = {name: word for name in source.columns if name not in COLUMNS and (word := run_word(str(name)))}
    column = next((name for name in words if source[name].nunique() > 1), None)
    if column is None:
        return _read_tidy(source)
    groups = [(str(label), rows.drop(columns=column)) for label, rows in source.groupby(column, sort=False)]
    names: dict[str, None] = {}
    for label, _ in groups:
        shown = f"{words[column]} {label}" if label.isdecimal() else printable(label, _LONGEST_NAME)
        names[unique_name(shown, names)] = None
    return Runs(tuple(names), lambda index: _read_tidy(groups[index][1]))


def _read_tidy(source: pd.DataFrame) -> TrainingHistory:
    """Reads a tidy frame. A few values that are not numbers are left out, with a note."""
    value = source["value"]
    if not isinstance(value, pd.Series) or value.dtype.kind != "O":
        return TrainingHistory(source)
    missing = value.isna().to_numpy()
    odd = np.isnan(as_numbers(value)) & ~missing & ~np.array([_is_nan_text(cell) for cell in value])
    if not odd.any() or 2 * odd.sum() >= len(odd):
        return TrainingHistory(source)
    columns = short_names(dict.fromkeys(map(str, source["metric"][odd])))
    note = Note.of("odd-values", count=int(odd.sum()), columns=columns, row=int(odd.argmax()) + 1)
    return TrainingHistory(source[~odd], RunFacts(notes=(note,)))


def _is_nan_text(cell: object) -> bool:
    """Whether a cell is text that means NaN."""
    return isinstance(cell, str) and cell.strip().lower() in ("nan", "+nan", "-nan")


def _is_missing(value: object) -> bool:
    """Whether a cell is None, NA, NaT or NaN."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _is_broken(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
