"""Compares a run with a baseline: is one better, or is the difference within the noise of the curves?"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from reportgen.diagnosis.curves import SHORTEST_FOR_NOISE, Curve
from reportgen.diagnosis.reading import Reading
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.metrics import join_key

NO_NOISE: Final = 1e-12  # of the largest value: errors of floating-point arithmetic
UnknownNoise = Literal["few-values", "smooth"]


@dataclass(frozen=True)
class BaselineComparison:
    """A run compared with a baseline, using the curve that both are judged by.

    Attributes:
        outcome: ``same`` if the noise of both curves explains the difference between the best values; ``unsure`` if
            they differ and it is unknown how large the noise is.
        key: The curve, named as Keras logs it.
        value: Best logged value of the run, in the metric's own unit.
        baseline: Best logged value of the baseline.
        difference: Absolute difference of the two, in the metric's own unit.
        noise: Standard deviation of the difference due to the noise of both curves.
        unknown_noise: Why a curve does not show how large its noise is: it has too few values, or is perfectly smooth;
            None if both do.
        reached_epoch: First epoch (1-based) in which the run is as good as the baseline's best; None if it never is.
        gap: How much worse validation was than training at the best value, in the metric's own unit; None without both.
        baseline_gap: The same for the baseline.
    """

    outcome: Literal["better", "worse", "same", "unsure"]
    key: str
    value: float
    baseline: float
    difference: float
    noise: float
    unknown_noise: UnknownNoise | None
    reached_epoch: int | None
    gap: float | None
    baseline_gap: float | None


def compare_baseline(mine: Reading, theirs: Reading, thresholds: Thresholds) -> BaselineComparison | None:
    """Compares the best values of the judged curve.

    Args:
        mine: The run.
        theirs: The baseline.
        thresholds: The numbers to judge by.

    Returns:
        None if the baseline is judged by another curve.
    """
    if mine.metric is None or mine.monitor_key != theirs.monitor_key:
        return None
    here, there = mine.monitor, theirs.monitor
    if here is None or there is None:
        return None
    change = float(here.errors.min() - there.errors.min())
    noise = math.hypot(here.noise, there.noise)
    reached = np.flatnonzero(here.errors <= there.errors.min())
    unknown = _unknown_noise(here) or _unknown_noise(there)
    outcome: Literal["better", "worse", "same", "unsure"] = "better" if change < 0 else "worse"
    if change == 0 or (unknown is None and abs(change) <= thresholds.real_difference * noise):
        outcome = "same"
    elif unknown is not None:
        outcome = "unsure"
    return BaselineComparison(
        outcome=outcome,
        key=join_key(mine.metric, mine.monitor_split),
        value=_best_value(mine, here),
        baseline=_best_value(theirs, there),
        difference=abs(change),
        noise=noise,
        unknown_noise=unknown,
        reached_epoch=int(here.epochs[reached[0]]) if len(reached) else None,
        gap=_gap(mine),
        baseline_gap=_gap(theirs),
    )


def _unknown_noise(curve: Curve) -> UnknownNoise | None:
    """Why a curve does not show how large its noise is; None if it does."""
    if len(curve.errors) < SHORTEST_FOR_NOISE:
        return "few-values"
    return None if curve.noise > NO_NOISE * float(np.abs(curve.errors).max()) else "smooth"


def _best_value(reading: Reading, curve: Curve) -> float:
    return reading.value(reading.monitor_split, int(curve.epochs[int(np.argmin(curve.errors))]))


def _gap(reading: Reading) -> float | None:
    train, validation = reading.train, reading.validation
    if train is None or validation is None:
        return None
    best = int(np.argmin(validation.errors))
    return float(validation.errors[best] - train.errors[train.position(int(validation.epochs[best]))])
