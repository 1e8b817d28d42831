"""Divides the rows of a log into runs: by their labels, by headings, and where the numbering begins again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen.metrics import is_loss, parse_key
from reportgen.sources.restarts import find_restarts, has_parts
from reportgen.sources.table.cells import Column
from reportgen.sources.table.row_labels import RowRuns

_MOST: Final = 0.5  # of the rows that the fullest column has; our choice: a column with more can tell runs apart


@dataclass(frozen=True)
class LoggedRows:
    """The rows of a log, or of one of its runs.

    Attributes:
        n_rows: Number of rows.
        columns: The metrics by key.
        epochs: Shape (n_rows,), the logged epoch of each row, NaN if absent. None if no row has one.
        steps: The same for steps.
        durations_s: Shape (n_rows,), seconds per row; None if unknown.
        first_row: Where the rows begin in the log, from 0; for messages.
        counted_on: Rows at which the numbering begins again although the run continues.
        seams: Those of them at which a training run that had stopped was continued.
    """

    n_rows: int
    columns: dict[str, Column]
    epochs: np.ndarray | None = None
    steps: np.ndarray | None = None
    durations_s: np.ndarray | None = None
    first_row: int = 0
    counted_on: tuple[int, ...] = ()
    seams: tuple[int, ...] = ()

    def between(self, start: int, stop: int) -> "LoggedRows":
        """Some of the rows."""
        columns = {}
        for key, column in self.columns.items():
            first, last = np.searchsorted(column.rows, (start, stop))
            columns[key] = Column(column.rows[first:last] - start, column.values[first:last])
        steps = None if self.steps is None or np.isnan(self.steps[start:stop]).all() else self.steps[start:stop]
        return replace(
            self,
            n_rows=stop - start,
            columns=columns,
            epochs=None if self.epochs is None else self.epochs[start:stop],
            steps=steps,
            durations_s=None if self.durations_s is None else self.durations_s[start:stop],
            first_row=self.first_row + start,
            counted_on=tuple(row - start for row in self.counted_on if start < row < stop),
            seams=tuple(row - start for row in self.seams if start < row < stop),
        )

    def in_order(self, order: np.ndarray) -> "LoggedRows":
        """The rows in another order."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        columns = {}
        for key, column in self.columns.items():
            rows = place[column.rows]
            sorting = np.argsort(rows, kind="stable")
            columns[key] = Column(rows[sorting], column.values[sorting])
        return replace(
            self,
            columns=columns,
            epochs=None if self.epochs is None else self.epochs[order],
            steps=None if self.steps is None else self.steps[order],
            durations_s=None if self.durations_s is None else self.durations_s[order],
        )

    def have_values(self, start: int, stop: int) -> bool:
        """Whether any of the rows has a value."""
        return any(bool(np.diff(np.searchsorted(column.rows, (start, stop)))[0]) for column in self.columns.values())


@dataclass(frozen=True)
class RunRows:
    """Where the rows of a run begin and end, what it is called, or an empty text, and what its label is, or -1."""

    start: int
    stop: int
    name: str
    label: int = -1


def divide(
    rows: LoggedRows,
    *,
    labels: RowRuns | None,
    headings: Mapping[int, str],
    planned: np.ndarray | None,
    word: str,
) -> tuple[LoggedRows, list[RunRows]]:
    """Divides rows into runs.

    Args:
        rows: All rows.
        labels: The run of each row, if the log says it.
        headings: The rows at which the log announces a run, with its name, which may be empty.
        planned: Shape (n_rows,), the planned epochs of each row; NaN if unknown. None: all are unknown.
        word: What a run without a name is called, with its number: ``training 2``.

    Returns:
        The rows, sorted by run if they have labels, and at least one run, in the order of their first rows.
    """
    parts = [RunRows(0, rows.n_rows, "")]
    order = np.arange(rows.n_rows)
    if labels is not None and len(labels.names) > 1:
        order = np.argsort(labels.codes, kind="stable")
        rows = rows.in_order(order)
        bounds = np.searchsorted(labels.codes[order], np.arange(len(labels.names) + 1))
        parts = [
            RunRows(int(bounds[code]), int(bounds[code + 1]), name, code) for code, name in enumerate(labels.names)
        ]
        headings, planned = {}, None
    found: list[RunRows] = []
    counted_on: list[int] = []
    seams: list[int] = []
    for part in parts:
        if not rows.have_values(part.start, part.stop):
            continue
        starts, again, stopped = _restarts(rows.between(part.start, part.stop), headings, planned)
        counted_on += [part.start + row for row in again]
        seams += [part.start + row for row in stopped]
        bounds_of = [part.start, *(part.start + row for row in starts), part.stop]
        runs = [
            RunRows(start, stop, headings.get(start - part.start, ""), part.label)
            for start, stop in pairwise(bounds_of)
            if rows.have_values(start, stop)
        ]
        announced, since = "", 0
        for run in runs:
            announced, since = (run.name, 1) if run.name else (announced, since + 1)
            own = f"{word} {since}" if len(runs) > 1 and since > bool(announced) else ""
            found.append(replace(run, name=", ".join(filter(None, (part.name, announced, own)))))
    found.sort(key=lambda run: int(order[run.start]))  # as they follow each other in the log
    return replace(rows, counted_on=tuple(counted_on), seams=tuple(seams)), found


def _restarts(
    rows: LoggedRows, headings: Mapping[int, str], planned: np.ndarray | None
) -> tuple[list[int], list[int], list[int]]:
    """The rows at which runs begin, at which the numbering is counted on, and those of them that are seams."""
    epochs = None if rows.epochs is None or np.isnan(rows.epochs).all() else rows.epochs
    numbers = epochs if epochs is not None else rows.steps
    numbers = np.arange(rows.n_rows, dtype=np.float64) if numbers is None else numbers
    column = _telling(rows.columns)
    met = numbers[column.rows]
    is_first = np.append(True, met[1:] != met[:-1])
    if (rows.steps is None or epochs is None) and not (epochs is not None and has_parts(met)):
        is_first[:] = True  # a number that is repeated was logged again
    headed = np.array(sorted(row for row in headings if 0 < row < rows.n_rows), dtype=np.int64)
    announced = np.searchsorted(column.rows, headed)
    is_first[announced[announced < len(met)]] = True
    groups = np.cumsum(is_first) - 1
    with np.errstate(invalid="ignore", over="ignore"):
        losses = np.bincount(groups, weights=column.values) / np.bincount(groups)
    first = np.flatnonzero(is_first)
    found = find_restarts(
        met[first],
        losses,
        groups[announced[announced < len(met)]].tolist(),
        None if planned is None else planned[column.rows[first]],
    )

    def row_of(group: int) -> int:
        """The first row of the group, or the row before it at which the numbering goes back."""
        last, row = int(column.rows[first[group] - 1]), int(column.rows[first[group]])
        back = np.flatnonzero(numbers[last + 1 : row + 1] < numbers[last:row])
        place = int(np.searchsorted(headed, row, side="right"))
        if place and headed[place - 1] > last:
            return int(headed[place - 1])
        return last + 1 + int(back[0]) if len(back) else row

    runs, continued = list(map(row_of, found.runs)), list(map(row_of, found.continued))
    seams = set(found.seams)
    return runs, continued, [row for row, group in zip(continued, found.continued, strict=True) if group in seams]


def _telling(columns: Mapping[str, Column]) -> Column:
    """The column whose values tell where a run begins: the training loss, or else another one with many values."""
    most = max(len(column.rows) for column in columns.values())

    def rank(key: str) -> tuple[bool, bool, bool, bool]:
        metric, split = parse_key(key)
        return (len(columns[key].rows) < _MOST * most, key != "loss", not is_loss(metric), split != "train")

    return columns[min(columns, key=rank)]
