"""Two runs beside each other: is one better, or is the difference within the noise of the curves?

In: two histories. Out: a `Comparison`. No words.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reportgen.diagnosis.curves import Curve
from reportgen.diagnosis.evaluations import by_evaluation
from reportgen.diagnosis.questions import Reading, read_run
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import Direction, is_schedule, join_key, parse_key


@dataclass(frozen=True)
class Comparison:
    """How a run stands to an earlier one, by the curve that both are judged by.

    Attributes:
        outcome: ``same`` where the best values differ by less than the noise of both curves explains.
        key: The curve, named as Keras logs it.
        value: Best logged value of this run, in the metric's own unit.
        baseline: Best logged value of the other.
        difference: Between the two, positive, in the metric's own unit.
        noise: Standard deviation of the difference by the noise of both curves.
        reached_epoch: First epoch (1-based) of this run that is as good as the other's best; None where none is.
        gap: How much worse validation was than training at the best value, in the metric's own unit; None without both.
        baseline_gap: The same of the other.
    """

    outcome: Literal["better", "worse", "same"]
    key: str
    value: float
    baseline: float
    difference: float
    noise: float
    reached_epoch: int | None
    gap: float | None
    baseline_gap: float | None


def compare(
    history: TrainingHistory, baseline: TrainingHistory, thresholds: Thresholds = DEFAULTS
) -> Comparison | None:
    """Compares the best values of the judged curve.

    Args:
        history: The run.
        baseline: An earlier run.
        thresholds: The numbers to judge by.

    Returns:
        None where the other run lacks the curve that this one is judged by.
    """
    mine, theirs = read_run(by_evaluation(history), thresholds), read_run(by_evaluation(baseline), thresholds)
    if mine.metric is None or (mine.metric, mine.monitor_split) != (theirs.metric, theirs.monitor_split):
        return None
    here, there = mine.monitor, theirs.monitor
    if here is None or there is None:
        return None
    change = float(here.errors.min() - there.errors.min())
    noise = math.hypot(here.noise, there.noise)
    reached = np.flatnonzero(here.errors <= there.errors.min())
    real = abs(change) > thresholds.real_difference * noise and change != 0
    return Comparison(
        outcome=("better" if change < 0 else "worse") if real else "same",
        key=join_key(mine.metric, mine.monitor_split),
        value=_best_value(mine, here),
        baseline=_best_value(theirs, there),
        difference=abs(change),
        noise=noise,
        reached_epoch=int(here.epochs[reached[0]]) if len(reached) else None,
        gap=_gap(mine),
        baseline_gap=_gap(theirs),
    )


def best_logged(history: TrainingHistory, key: str, direction: Direction | None = None) -> tuple[float, int] | None:
    """Best finite value of a curve, as logged, and its epoch.

    Args:
        history: The run.
        key: The curve, named as Keras logs it.
        direction: Which way is better; by default what the run knows.

    Returns:
        None where there is no such curve or value, where the direction is unknown, and for settings such as the
        learning rate.
    """
    metric, split = parse_key(key)
    way = direction or history.direction(metric)
    if way == "unknown" or is_schedule(metric) or not history.has(metric, split):
        return None
    series = history.series(metric, split)
    finite = series[np.isfinite(series.to_numpy())]
    if finite.empty:
        return None
    epoch = finite.idxmin() if way == "lower" else finite.idxmax()
    return float(finite.loc[epoch]), int(epoch)


def _best_value(reading: Reading, curve: Curve) -> float:
    epoch = int(curve.epochs[int(np.argmin(curve.errors))])
    return float(reading.history.series(reading.metric or "", reading.monitor_split).loc[epoch])


def _gap(reading: Reading) -> float | None:
    train, validation = reading.train, reading.validation
    if train is None or validation is None:
        return None
    best = int(np.argmin(validation.errors))
    return float(validation.errors[best] - train.errors[train.position(int(validation.epochs[best]))])
