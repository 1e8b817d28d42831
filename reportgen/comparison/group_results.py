"""What a comparison says about each group: its values, epochs, time, test scores and odd runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.mean_curves import Band, Center, GroupCurve, draw_curve
from reportgen.comparison.measures import Measure, measured
from reportgen.comparison.statistics import Spread, odd_values, spread_of
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.score_names import final_scores
from reportgen.metrics import Split


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
        average_best_epoch: The epoch in which the group's mean curve is best; None without a curve.
        reached: How many of its runs reach the target, which is the mean value of the worst group.
        epochs_to_target: The median epoch in which they first do; None if less than half of the runs reach it.
        duration_s: Mean seconds per run; None if unknown.
        scores: Scores after training that all its runs have, by name.
        odd: The names of runs whose values are far from the others.
    """

    name: str
    runs: tuple[str, ...]
    values: tuple[float, ...]
    epochs: tuple[int, ...]
    without_value: tuple[str, ...]
    spread: Spread | None
    best_epoch: float | None = None
    average_best_epoch: int | None = None
    reached: int | None = None
    epochs_to_target: float | None = None
    duration_s: float | None = None
    scores: tuple[tuple[str, Spread], ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class OddRun:
    """A run whose value is far from the others of its group.

    Attributes:
        name: Its name.
        value: Its value.
        verdict: The verdict on it.
        usual: The most frequent verdict on the others.
    """

    name: str
    value: float
    verdict: VerdictCode
    usual: VerdictCode


def describe_group(name: str, runs: Sequence[LoadedRun], measure: Measure) -> GroupResult:
    """Describes a group, without what depends on other groups.

    Args:
        name: Its name.
        runs: At least one.
        measure: What groups are compared by.
    """
    values_of = [(run, measured(run.history, measure)) for run in runs]
    found = [(run, value) for run, value in values_of if value is not None]
    values = np.array([value.value for _, value in found])
    epochs = tuple(value.epoch for _, value in found if value.epoch is not None)
    curve = None if measure.on == "test" else group_curve(name, [run for run, _ in found], measure.metric, measure.on)
    durations = [sum(run.history.run.durations_s) for run in runs if run.history.run.durations_s]
    return GroupResult(
        name=name,
        runs=tuple(run.name for run, _ in found),
        values=tuple(values.tolist()),
        epochs=epochs,
        without_value=tuple(run.name for run, value in values_of if value is None),
        spread=spread_of(values) if len(values) else None,
        best_epoch=float(np.median(epochs)) if epochs else None,
        average_best_epoch=None if curve is None else curve.best_epoch(measure.direction),
        duration_s=float(np.mean(durations)) if len(durations) == len(runs) else None,
        scores=_scores(runs),
        odd=tuple(found[place][0].name for place in odd_values(values)),
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
            series: pd.Series = run.history.series(measure.metric, measure.on)
            good = series.index[measure.sign * (series.to_numpy() - target) <= 0]
            found += [int(good[0])] if len(good) else []
    return found


def _scores(runs: Sequence[LoadedRun]) -> tuple[tuple[str, Spread], ...]:
    every = [final_scores(run.history) for run in runs]
    shared = [name for name in every[0] if all(name in each for each in every)]
    return tuple((name, spread_of(np.array([each[name] for each in every]))) for name in shared)


def mean_order(group: GroupResult, measure: Measure) -> float:
    """A key that sorts groups, the best mean first."""
    return np.inf if group.spread is None else measure.sign * group.spread.mean
