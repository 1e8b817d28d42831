"""The history embedded in a page: complete up to a limit; above it, reduced to the points shown in its charts.

A note in a reduced history says so, even after it is loaded again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from reportgen.charts.chart import Chart
from reportgen.charts.thinning import MAX_POINTS, joined, kept, positions_of
from reportgen.formatting import Table
from reportgen.history.additions import PICTURE_ID, AddedFigure, Addition
from reportgen.history.checks import SPLITS
from reportgen.history.facts import MAX_PAGE_VALUES
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CUT, Note
from reportgen.page.run_details import find_cut

_FEWEST: Final = 20  # minimum number of points per curve, however many curves the run has
_MOST_RESUMPTIONS: Final = 1000


def embedded_history(history: TrainingHistory, charts: Sequence[Chart], values: Table | None = None) -> TrainingHistory:
    """The history to embed in a page with these charts and this table of their values.

    Returns:
        The same history if it has up to `MAX_PAGE_VALUES` values. Otherwise each curve at the epochs of its charts and
        tables, without the time per epoch, whose sum would no longer be the training time.
    """
    if len(history.frame) <= MAX_PAGE_VALUES or find_cut(history):
        return history
    shown = _epochs_shown(history, charts, values)
    limit = max(_FEWEST, MAX_PAGE_VALUES // len(history.keys))
    rows, first = [], 0  # the frame stores one curve after another
    for metric in history.metric_names:
        sides = {split: history.series(metric, split) for split in SPLITS if history.has(metric, split)}
        if metric in shown:
            wanted = _fitting(list(sides.values()), joined(shown[metric]), limit)
        else:
            every = joined([series.index.to_numpy() for series in sides.values()])
            wanted = _fitting(list(sides.values()), every, min(limit, MAX_POINTS))
        for series in sides.values():
            rows.append(first + positions_of(wanted, series.index.to_numpy()))
            first += len(series)
    run, frame = history.run, history.frame.iloc[np.concatenate(rows)]
    note = Note.of(CUT, kept=len(frame), all=len(history.frame))
    resumed_at = run.resumed_at[:_MOST_RESUMPTIONS]
    return TrainingHistory(frame, replace(run, durations_s=(), resumed_at=resumed_at, notes=(*run.notes, note)))


def with_references(history: TrainingHistory) -> TrainingHistory:
    """The history whose figures refer to the pictures in the page, which would otherwise have them twice."""
    additions: list[Addition] = []
    n_figures = 0
    for addition in history.run.additions:
        if isinstance(addition, AddedFigure):
            n_figures += 1
            additions.append(replace(addition, data=f"#{PICTURE_ID}{n_figures}"))
        else:
            additions.append(addition)
    return history.with_run(replace(history.run, additions=tuple(additions))) if n_figures else history


def _epochs_shown(
    history: TrainingHistory, charts: Sequence[Chart], values: Table | None
) -> dict[str, list[np.ndarray]]:
    """For each metric, the epochs that its charts and their tables show.

    All curves of a chart share their epochs, so that no curve appears to lack a value that was logged.
    """
    metric_at = {
        history.position(metric, split): metric
        for metric in history.metric_names
        for split in SPLITS
        if history.has(metric, split)
    }
    found: dict[str, list[np.ndarray]] = {}
    for chart in charts:
        own = [line for line in chart.plan.lines if line.curves]
        tables = [chart.table] if values is None else [values]
        rows = np.unique([int(row[0]) for table in tables for row in table.rows])
        for metric in {metric_at[position] for line in own for position in line.curves}:
            found.setdefault(metric, []).extend([rows, *(line.epochs for line in own)])
    return found


def _fitting(sides: Sequence[pd.Series], wanted: np.ndarray, limit: int) -> np.ndarray:
    """The wanted epochs of a metric's curves, at most ``limit`` of them."""
    if len(wanted) <= limit:
        return wanted
    chosen = []
    for series in sides:
        held = series.iloc[positions_of(wanted, series.index.to_numpy())]
        epochs = held.index.to_numpy()
        if len(held):
            chosen.append(epochs[kept(epochs, held.to_numpy(), limit // len(sides))])
    return np.unique(np.concatenate(chosen))
