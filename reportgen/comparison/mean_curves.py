"""The mean or median curve of a group with a band, in which runs that stop early do not bend the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reportgen.comparison.statistics import spread_of
from reportgen.metrics import Direction, Split

MOST_POINTS: Final = 400  # of a curve; our choice: more than a chart has pixels for
_FEWEST_LEFT: Final = 0.5  # share of the runs up to which the line is continued; our choice
_FEWEST_SPREAD: Final = 0.9  # share of the runs up to which the band is; without the worst run it would be narrower

Array = NDArray[np.float64]
Center = Literal["mean", "median"]
Band = Literal["deviation", "interval", "quartiles"]


@dataclass(frozen=True)
class GroupCurve:
    """The course of a metric in a group.

    While all runs go on, ``center`` is their mean or median. After the first run has ended it continues with the mean
    or median *change* of the runs that go on, so that a good or bad run that ends does not bend it. It ends when fewer
    than half of the runs go on. The band ends earlier: when fewer than nine in ten go on.

    Attributes:
        group: The name of the group.
        metric: Base name.
        split: ``train`` or ``validation``.
        epochs: Int64, shape (n,), 1-based, ascending; steps for runs that count steps.
        center: Shape (n,), in the metric's own unit.
        low: Lower edge of the band, shape (n,); equal to ``center`` where there is no band.
        high: Upper edge.
        counts: How many runs each value is from, shape (n,).
        complete_until: The last epoch that all runs have reached with finite values.
        band_until: The last epoch of the band; 0 without one.
        last_epoch: The last epoch of the longest run.
        center_kind: ``mean`` or ``median``.
        band_kind: ``deviation``: one standard deviation to each side; ``interval``: the 95% interval of the mean;
            ``quartiles``: the middle half of the runs.
        thinned: Whether epochs were left out.
    """

    group: str
    metric: str
    split: Split
    epochs: NDArray[np.int64]
    center: Array
    low: Array
    high: Array
    counts: NDArray[np.int64]
    complete_until: int
    band_until: int
    last_epoch: int
    center_kind: Center
    band_kind: Band
    thinned: bool

    def best_epoch(self, direction: Direction) -> int | None:
        """The epoch in which the center is best; None if the direction is unknown."""
        if direction == "unknown" or not len(self.center):
            return None
        return int(self.epochs[np.argmin(self.center) if direction == "lower" else np.argmax(self.center)])


def draw_curve(
    group: str,
    metric: str,
    split: Split,
    runs: Sequence[pd.Series],
    *,
    center: Center | None = None,
    band: Band | None = None,
) -> GroupCurve | None:
    """The curve of a group.

    Args:
        group: Its name.
        metric: Base name.
        split: ``train`` or ``validation``.
        runs: The curve of each run that has one, as `TrainingHistory.series` returns them.
        center: Mean or median (default: the median if a run has values that are not finite, otherwise the mean).
        band: What the band shows (default: standard deviation, or quartiles around a median).

    Returns:
        None if no run has a finite value.
    """
    finite = [series[np.isfinite(series.to_numpy())] for series in runs]
    broken = any(len(kept) < len(series) for kept, series in zip(finite, runs, strict=True))
    finite = [series for series in finite if len(series)]
    if not finite:
        return None
    kind: Center = center or ("median" if broken and len(finite) > 1 else "mean")
    shown: Band = band or ("quartiles" if kind == "median" else "deviation")
    epochs, thinned = _common_epochs(finite)
    table = _on(epochs, finite)
    counts = np.count_nonzero(~np.isnan(table), axis=0)
    usable = counts >= max(1, len(finite) * _FEWEST_LEFT)
    epochs, table, counts = epochs[usable], table[:, usable], counts[usable]
    line = _center(table, kind)
    spread = counts >= max(2, len(finite) * _FEWEST_SPREAD)
    low, high = (np.where(spread, edge, line) for edge in _band(table, line, shown))
    return GroupCurve(
        group=group,
        metric=metric,
        split=split,
        epochs=epochs,
        center=line,
        low=low,
        high=high,
        counts=counts,
        complete_until=int(min(series.index[-1] for series in finite)),
        band_until=int(epochs[spread].max(initial=0)),
        last_epoch=int(max(series.index[-1] for series in finite)),
        center_kind=kind,
        band_kind=shown,
        thinned=thinned,
    )


def _common_epochs(runs: Sequence[pd.Series]) -> tuple[NDArray[np.int64], bool]:
    """All epochs of the runs, thinned evenly if there are too many; each run's last one stays."""
    epochs = np.unique(np.concatenate([series.index.to_numpy() for series in runs]))
    if len(epochs) <= MOST_POINTS:
        return epochs, False
    even = epochs[np.linspace(0, len(epochs) - 1, MOST_POINTS).round().astype(np.int64)]
    first_end = min(series.index[-1] for series in runs)
    return np.unique(np.append(even, first_end)), True


def _on(epochs: NDArray[np.int64], runs: Sequence[pd.Series]) -> Array:
    """The values of each run on common epochs: straight lines between its own, NaN before its first and after its last.

    Returns:
        Shape (n_runs, n_epochs).
    """
    return np.vstack(
        [
            np.interp(epochs, series.index.to_numpy(), series.to_numpy(dtype=np.float64), left=np.nan, right=np.nan)
            for series in runs
        ]
    )


def _center(table: Array, kind: Center) -> Array:
    """The line through a table of shape (n_runs, n_epochs), by levels where no run begins or ends, else by changes."""
    middle = np.nanmean if kind == "mean" else np.nanmedian
    line = np.asarray(middle(table, axis=0), dtype=np.float64)
    there = ~np.isnan(table)
    full = int(
        np.argmax(np.count_nonzero(there, axis=0))
    )  # the first epoch that most runs have; levels are right there
    for steps in (range(full + 1, table.shape[1]), range(full - 1, -1, -1)):
        before = full
        for place in steps:
            both = there[:, place] & there[:, before]
            if both.any() and not np.array_equal(there[:, place], there[:, full]):
                line[place] = line[before] + float(middle(table[both, place] - table[both, before]))
            before = place
    return line


def _band(table: Array, line: Array, kind: Band) -> tuple[Array, Array]:
    """The edges of the band around a line."""
    low, high = line.copy(), line.copy()
    for place in range(table.shape[1]):
        values = table[~np.isnan(table[:, place]), place]
        if len(values) < 2:
            continue
        if kind == "quartiles":
            lower, upper = np.quantile(values, [0.25, 0.75]) - np.median(values)
        elif kind == "deviation":
            upper = float(values.std(ddof=1))
            lower = -upper
        else:
            spread = spread_of(values)
            lower, upper = (edge - spread.mean for edge in (spread.low or 0.0, spread.high or 0.0))
        low[place], high[place] = line[place] + lower, line[place] + upper
    return low, high
