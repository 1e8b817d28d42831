"""What a comparison says about each group: its values, epochs, time, test scores and outliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.mean_curves import Band, BestOnAverage, Center, GroupCurve, draw_curve
from reportgen.comparison.measures import Measure, MeasuredValue, is_usable, measured, score_limits
from reportgen.comparison.statistics import Spread, outlying_values, spread_of
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.score_names import final_scores
from reportgen.metrics import Split

_MOST_OTHERS: Final = 2  # other metrics of a group
_MOST_LOOKED_AT: Final = 6
_FAR_IN_DEVIATIONS: Final = 0.5  # between the means of last and best values; our choice
_FAR_SHARE: Final = 0.05  # the same for single runs


@dataclass(frozen=True)
class GroupResult:
    """A group of runs.

    Attributes:
        name: Its name.
        runs: The names of its runs that have a value, in their order.
        values: Their values, finite, in the metric's own unit.
        epochs: The epoch that each value is from (1-based); empty for scores after training.
        without_value: The names of its runs without a finite value, which are not part of the numbers.
        spread: Mean, median, deviation and interval of the values; None if no run has one.
        best_epoch: The median of ``epochs``; None without them.
        average_best: Where the group's mean curve is best; None without a curve.
        reached: How many of its runs reach the target that all groups have in common.
        epochs_to_target: The median epoch in which they first do; None if less than half of the runs reach it.
        finals: The values in the last epochs of its runs, where they are finite and have not exploded; empty for scores
            after training.
        final: Their mean and so on; None without any.
        last_epochs: The last epoch of each of ``runs``.
        others: Other metrics on the same data in the epochs of ``values``, which all runs have, by their names in logs.
        duration_s: Mean seconds per run; None if unknown.
        scores: Scores after training that all its runs have, by name.
        outliers: The names of runs whose values are far from the others.
    """

    name: str
    runs: tuple[str, ...]
    values: tuple[float, ...]
    epochs: tuple[int, ...]
    without_value: tuple[str, ...]
    spread: Spread | None
    best_epoch: float | None = None
    average_best: BestOnAverage | None = None
    reached: int | None = None
    epochs_to_target: float | None = None
    finals: tuple[float, ...] = ()
    final: Spread | None = None
    last_epochs: tuple[int, ...] = ()
    others: tuple[tuple[str, Spread], ...] = ()
    duration_s: float | None = None
    scores: tuple[tuple[str, Spread], ...] = ()
    outliers: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """The last epoch of any of its runs; 0 without one."""
        return max(self.last_epochs, default=0)


@dataclass(frozen=True)
class Outlier:
    """A run whose value is far from the others of its group.

    Attributes:
        name: Its name.
        value: Its value.
        is_worse: Whether it is worse than the mean of the others.
        verdict: The verdict on it.
        verdict_of_others: The most frequent verdict on the others.
        last_epoch: Its last epoch.
        last_epochs_of_others: The least and the greatest last epoch of the others; None without others.
    """

    name: str
    value: float
    is_worse: bool
    verdict: VerdictCode
    verdict_of_others: VerdictCode
    last_epoch: int
    last_epochs_of_others: tuple[int, int] | None


def describe_group(
    name: str, runs: Sequence[LoadedRun], measure: Measure, groups: int = 1, exploded: frozenset[str] = frozenset()
) -> GroupResult:
    """Describes a group, without what depends on other groups.

    Args:
        name: Its name.
        runs: At least one.
        measure: What groups are compared by.
        groups: How many groups there are.
        exploded: The names of runs that exploded and did not come back, the last values of which mean nothing.
    """
    values_of = [(run, measured(run.history, measure)) for run in runs]
    found = [(run, value) for run, value in values_of if value is not None]
    values = np.array([value.value for _, value in found])
    epochs = tuple(value.epoch for _, value in found if value.epoch is not None)
    center: Center | None = "median" if any(run.name in exploded for run in runs) else None
    curve = (
        None
        if measure.on == "test"
        else group_curve(name, [run for run, _ in found], measure.metric, measure.on, center)
    )
    finals = _final_values([run for run, _ in found if run.name not in exploded], measure)
    durations = [sum(run.history.run.durations_s) for run in runs if run.history.run.durations_s]
    return GroupResult(
        name=name,
        runs=tuple(run.name for run, _ in found),
        values=tuple(values.tolist()),
        epochs=epochs,
        without_value=tuple(run.name for run, value in values_of if value is None),
        spread=spread_of(values, score_limits(measure.metric, values)) if len(values) else None,
        best_epoch=float(np.median(epochs)) if epochs else None,
        average_best=None if curve is None else curve.best(measure.direction),
        finals=tuple(finals.tolist()),
        final=spread_of(finals, score_limits(measure.metric, finals)) if len(finals) else None,
        last_epochs=tuple(int(run.history.epochs[-1]) for run, _ in found),
        others=_other_metrics(found, measure),
        duration_s=float(np.mean(durations)) if len(durations) == len(runs) else None,
        scores=_scores(runs),
        outliers=tuple(found[place][0].name for place in outlying_values(values, groups)),
    )


def group_curve(
    group: str,
    runs: Sequence[LoadedRun],
    metric: str,
    split: Split,
    center: Center | None = None,
    band: Band | None = None,
) -> GroupCurve | None:
    """The mean or median curve of the runs that have this curve; see `draw_curve`."""
    curves = [run.history.series(metric, split) for run in runs if run.history.has(metric, split)]
    return draw_curve(group, metric, split, curves, center=center, band=band) if curves else None


def epochs_to(runs: Sequence[LoadedRun], measure: Measure, target: float) -> list[int]:
    """The first epoch in which a run is as good as the target, for each run that is."""
    if measure.on == "test":
        return []
    found = []
    for run in runs:
        if run.history.has(measure.metric, measure.on):
            series = run.history.series(measure.metric, measure.on)
            good = np.flatnonzero(measure.sign * (series.to_numpy() - target) <= 0)
            found += [int(series.index[good[0]])] if len(good) else []
    return found


def finals_differ(groups: Sequence[GroupResult]) -> bool:
    """Whether the values in the last epochs say something else than the best ones: half a deviation, or 5%."""
    for group in groups:
        if group.spread is None or group.final is None:
            continue
        scale = _FAR_IN_DEVIATIONS * (group.spread.deviation or 0.0) or _FAR_SHARE * abs(group.spread.mean)
        if abs(group.final.mean - group.spread.mean) > scale:
            return True
    return False


def _final_values(runs: Sequence[LoadedRun], measure: Measure) -> np.ndarray:
    """The values of the compared curve in the last epochs of the runs, without those that are not finite."""
    if measure.on == "test":
        return np.zeros(0)
    last = np.array([run.history.series(measure.metric, measure.on).to_numpy()[-1] for run in runs])
    return np.asarray(last[is_usable(last)])


def _other_metrics(
    found: Sequence[tuple[LoadedRun, MeasuredValue]], measure: Measure
) -> tuple[tuple[str, Spread], ...]:
    """Other metrics of all runs in the epochs that they are compared by; those that show another side come first."""
    if measure.on == "test" or not found:
        return ()
    first = found[0][0].history
    names = [name for name in first.results if name != measure.metric and first.direction(name) != "unknown"]
    names.sort(key=lambda name: first.direction(name) == measure.direction)
    kept = []
    for name in names[:_MOST_LOOKED_AT]:
        values = [
            _value_in(run.history.series(name, measure.on), value.epoch)
            for run, value in found
            if run.history.has(name, measure.on)
        ]
        if len(values) == len(found) and is_usable(np.array(values)).all():
            kept.append((metrics.join_key(name, measure.on), spread_of(np.array(values, dtype=np.float64))))
    return tuple(kept[:_MOST_OTHERS])


def _value_in(series: pd.Series, epoch: int | None) -> float:
    """The value of a curve in an epoch; NaN without one."""
    epochs = series.index.to_numpy()
    place = int(np.searchsorted(epochs, epoch or 0))
    return float(series.to_numpy()[place]) if place < len(epochs) and epochs[place] == epoch else np.nan


def _scores(runs: Sequence[LoadedRun]) -> tuple[tuple[str, Spread], ...]:
    every = [final_scores(run.history) for run in runs]
    shared = [name for name in every[0] if all(name in each and is_usable(np.float64(each[name])) for each in every)]
    return tuple((name, spread_of(np.array([each[name] for each in every]))) for name in shared)


def mean_order(group: GroupResult, measure: Measure) -> float:
    """A key that sorts groups, the best mean first."""
    return np.inf if group.spread is None else measure.sign * group.spread.mean
