"""The mean or median curve of a group with a band, in which runs that stop early do not bend the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reportgen.comparison.measures import is_usable, score_limits
from reportgen.comparison.statistics import spread_of
from reportgen.metrics import Direction, Split

MOST_POINTS: Final = 400  # of a curve; our choice: more than a chart has pixels for
_FEWEST_LEFT: Final = 0.5  # share of the runs up to which the line is continued; our choice
_FEWEST_SPREAD: Final = 0.9  # share of the runs up to which the band is; without the worst run it would be narrower

Array = NDArray[np.float64]
Points = tuple[NDArray[np.int64], Array]  # epochs, and their values
Center = Literal["mean", "median"]
Band = Literal["deviation", "interval", "quartiles"]


@dataclass(frozen=True)
class BestOnAverage:
    """Where the mean or median curve of a group is best.

    Attributes:
        epoch: The epoch (1-based).
        value: The value of the curve.
        center: ``mean`` or ``median``.
        is_end: Whether it is the last epoch of all runs, so that more epochs may be better.
    """

    epoch: int
    value: float
    center: Center
    is_end: bool


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

    def best(self, direction: Direction) -> BestOnAverage | None:
        """Where the center is best; None if the direction is unknown."""
        if direction == "unknown" or not len(self.center):
            return None
        place = int(np.argmin(self.center) if direction == "lower" else np.argmax(self.center))
        epoch = int(self.epochs[place])
        is_end = epoch == self.last_epoch == self.complete_until
        return BestOnAverage(epoch, float(self.center[place]), self.center_kind, is_end)


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
    logged = [(series.index.to_numpy(), series.to_numpy(dtype=np.float64)) for series in runs]
    kept = [(epochs, values, is_usable(values)) for epochs, values in logged]
    broken = not all(finite.all() for _, _, finite in kept)
    curves = [(epochs[finite], values[finite]) for epochs, values, finite in kept if finite.any()] if broken else logged
    if not curves:
        return None
    first, values = curves[0]
    if len(curves) == 1 and len(first) <= MOST_POINTS:
        return _single_curve(group, metric, split, first, values, center or "mean", band)
    kind: Center = center or ("median" if broken and len(curves) > 1 else "mean")
    shown: Band = band or ("quartiles" if kind == "median" else "deviation")
    epochs, thinned = _common_epochs(curves)
    table = _on(epochs, curves)
    counts = np.count_nonzero(~np.isnan(table), axis=0)
    usable = counts >= max(1, len(curves) * _FEWEST_LEFT)
    epochs, table, counts = epochs[usable], table[:, usable], counts[usable]
    line = _center(table, kind)
    spread = counts >= max(2, len(curves) * _FEWEST_SPREAD)
    low, high = (np.where(spread, edge, line) for edge in _band(table, line, shown))
    limits = score_limits(metric, table[~np.isnan(table)])
    if limits is not None:  # a mean and a deviation may exceed what is possible
        line, low, high = (np.clip(edge, *limits) for edge in (line, low, high))
    ends = [own[-1] for own, _ in curves]
    return GroupCurve(
        group=group,
        metric=metric,
        split=split,
        epochs=epochs,
        center=line,
        low=low,
        high=high,
        counts=counts,
        complete_until=int(min(ends)),
        band_until=int(epochs[spread].max(initial=0)),
        last_epoch=int(max(ends)),
        center_kind=kind,
        band_kind=shown,
        thinned=thinned,
    )


def _single_curve(
    group: str, metric: str, split: Split, epochs: NDArray[np.int64], values: Array, center: Center, band: Band | None
) -> GroupCurve:
    """The curve of a single run, which has no band."""
    last = int(epochs[-1])
    return GroupCurve(
        group=group,
        metric=metric,
        split=split,
        epochs=epochs,
        center=values,
        low=values,
        high=values,
        counts=np.ones(len(epochs), dtype=np.int64),
        complete_until=last,
        band_until=0,
        last_epoch=last,
        center_kind=center,
        band_kind=band or ("quartiles" if center == "median" else "deviation"),
        thinned=False,
    )


def _common_epochs(curves: Sequence[Points]) -> tuple[NDArray[np.int64], bool]:
    """All epochs of the runs, thinned evenly if there are too many; each run's last one stays."""
    epochs = curves[0][0]
    if not all(np.array_equal(epochs, own) for own, _ in curves):
        epochs = np.unique(np.concatenate([own for own, _ in curves]))
    if len(epochs) <= MOST_POINTS:
        return epochs, False
    even = epochs[np.linspace(0, len(epochs) - 1, MOST_POINTS).round().astype(np.int64)]
    return np.unique(np.append(even, min(own[-1] for own, _ in curves))), True


def _on(epochs: NDArray[np.int64], curves: Sequence[Points]) -> Array:
    """The values of each run on common epochs: straight lines between its own, NaN before its first and after its last.

    Returns:
        Shape (n_runs, n_epochs).
    """
    return np.vstack(
        [
            values if np.array_equal(epochs, own) else np.interp(epochs, own, values, left=np.nan, right=np.nan)
            for own, values in curves
        ]
    )


def _center(table: Array, kind: Center) -> Array:
    """The line through a table of shape (n_runs, n_epochs), by levels where no run begins or ends, else by changes."""
    there = ~np.isnan(table)
    if there.all():
        return np.asarray(table.mean(axis=0) if kind == "mean" else np.median(table, axis=0))
    middle = np.nanmean if kind == "mean" else np.nanmedian
    line = np.asarray(middle(table, axis=0), dtype=np.float64)
    full = int(
        np.argmax(np.count_nonzero(there, axis=0))
    )  # the first epoch that most runs have; levels are right there
    changed = (there != there[:, full : full + 1]).any(axis=0)
    for steps in (range(full + 1, table.shape[1]), range(full - 1, -1, -1)):
        before = full
        for place in steps:
            if changed[place]:
                both = there[:, place] & there[:, before]
                if both.any():
                    line[place] = line[before] + float(middle(table[both, place] - table[both, before]))
            before = place
    return line


def _band(table: Array, line: Array, kind: Band) -> tuple[Array, Array]:
    """The edges of the band around a line; those of epochs with a single run are on it."""
    there = ~np.isnan(table)
    counts = np.count_nonzero(there, axis=0)
    several = counts > 1
    below, above = np.zeros(len(line)), np.zeros(len(line))
    if kind == "interval":
        for place in np.flatnonzero(several):
            spread = spread_of(table[there[:, place], place])
            below[place], above[place] = (edge - spread.mean for edge in (spread.low or 0.0, spread.high or 0.0))
    elif kind == "quartiles":
        ordered = np.sort(table[:, several], axis=0)  # NaN comes last
        lower, middle, upper = (_quantile(ordered, counts[several], share) for share in (0.25, 0.5, 0.75))
        below[several], above[several] = lower - middle, upper - middle
    else:
        values = np.ascontiguousarray(np.where(there, table, 0.0)[:, several].T)
        number = counts[several]
        away = np.where(there[:, several].T, values - (values.sum(axis=1) / number)[:, None], 0.0)
        above[several] = np.sqrt((away * away).sum(axis=1) / (number - 1))
        below = -above
    return line + below, line + above


def _quantile(ordered: Array, counts: NDArray[np.int64], share: float) -> Array:
    """The quantiles of the columns of a table, of which each has so many values, in ascending order."""
    at = share * (counts - 1)
    first, columns = np.floor(at).astype(np.int64), np.arange(len(counts))
    low, high = ordered[first, columns], ordered[np.minimum(first + 1, counts - 1), columns]
    part = at - first
    return np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
