"""Prepares a curve for judging: smoothing, noise, best point, slope, plateau.

Curves are *errors*: lower is better, see `as_error`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reportgen.diagnosis.smoothing import median, median3, noise_level, running_mean
from reportgen.metrics import Direction

_NEGLIGIBLE: Final = 1e-9  # of a curve's range: if the lowest error is below this, it counts as zero
_EARLY: Final = 0.15  # of a run: its typical early value is the median of these, without the first. Our choice.
_FLAT: Final = 0.01  # of the lowest value: smaller differences do not count as progress. Our choice.
SHORTEST_FOR_NOISE: Final = 5  # points; with fewer, a bend in the curve could be mistaken for noise


@dataclass(frozen=True)
class Curve:
    """One curve, prepared for judging.

    Attributes:
        epochs: Shape (n,), int64, ascending, 1-based.
        errors: Shape (n,), finite, lower is better, in the metric's own unit (a score in [0, 1] as 1 - score).
        smooth: Shape (n,), ``errors`` without spikes and noise.
        noise: Standard deviation of the noise between neighbouring epochs, in the metric's unit; 0 below 5 points.
        scale: What "a fraction of the value" refers to: the lowest smoothed error, or the curve's range if that error
            is negative, zero or tiny compared with the range. Always positive.
    """

    epochs: np.ndarray
    errors: np.ndarray
    smooth: np.ndarray
    noise: float
    scale: float

    @property
    def best(self) -> int:
        """Position of the lowest smoothed error."""
        return int(np.argmin(self.smooth))

    def position(self, epoch: int) -> int:
        """Position of the last logged epoch up to and including ``epoch``."""
        return max(0, int(np.searchsorted(self.epochs, epoch, side="right")) - 1)


def as_error(values: np.ndarray, direction: Direction) -> np.ndarray:
    """Converts a metric so that lower is better: scores in [0, 1] become 1 - score, others are negated."""
    if direction == "lower":
        return values
    return 1 - values if is_bounded(values) else -values


def is_bounded(values: np.ndarray) -> bool:
    """Whether all finite values lie in [0, 1], like those of an accuracy; NaN and infinities are ignored."""
    finite = values[np.isfinite(values)]
    return bool(len(finite)) and bool(finite.min() >= 0 and finite.max() <= 1)


def ratio(part: float, whole: float, limit: float = 1e9) -> float:
    """A part as a fraction of the whole's size, clipped to the limit so that it stays finite; 0 of anything is 0."""
    if part == 0:
        return 0.0
    return math.copysign(limit, part) if abs(part) >= limit * abs(whole) else part / abs(whole)


def smoothed(values: np.ndarray, window: int) -> np.ndarray:
    """Running median of 3, which removes single spikes, then a centred running mean that follows slopes to the ends.

    Args:
        values: Shape (n,), finite.
        window: Number of epochs in the mean; rounded to an odd number.

    Returns:
        Shape (n,), finite.
    """
    if len(values) < 3 or window < 2:
        return values.copy()
    despiked = median3(values)
    despiked[0], despiked[-1] = values[0], values[-1]
    return running_mean(despiked, window, even=True)


def read_curve(series: pd.Series, direction: Direction, window_ratio: float, off_scale: float) -> Curve | None:
    """Prepares one logged curve, without its non-finite and off-scale values.

    Args:
        series: Values with epochs as index.
        direction: Which way is better.
        window_ratio: Smoothing window as a fraction of the curve's length.
        off_scale: Absolute value from which values are out of range.

    Returns:
        None if no usable value was logged.
    """
    values = series.to_numpy(dtype=np.float64)
    usable = np.abs(values) < off_scale  # false for NaN
    if not usable.any():
        return None
    errors = as_error(values[usable], direction)
    smooth = smoothed(errors, 1 + 2 * round(window_ratio * len(errors) / 2))
    lowest, span = float(smooth.min()), float(np.ptp(smooth))
    scale = lowest if lowest > _NEGLIGIBLE * span else span or 1.0
    noise = noise_level(errors) if len(errors) >= SHORTEST_FOR_NOISE else 0.0
    return Curve(series.index.to_numpy()[usable], errors, smooth, noise, scale)


def relative_slope(curve: Curve, share: float) -> float:
    """Change per epoch over the last part of the curve, as a fraction of `Curve.scale`; negative means improvement.

    Args:
        curve: The curve.
        share: Fraction of the epochs to use, counted from the end; at least 3 points are used.

    Returns:
        0 for curves of fewer than 3 points.
    """
    n = len(curve.epochs)
    if n < 3:
        return 0.0
    size = min(n, max(3, round(share * n)))
    x, y = curve.epochs[-size:].astype(np.float64), curve.smooth[-size:]
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / (x * x).sum() / curve.scale)


def plateau_start(curve: Curve, tolerance: float) -> int | None:
    """First epoch from which the smoothed error is about as low as it ever gets.

    The fall is measured from a typical early value, not from the first one: a single bad first epoch would make all
    others look alike.

    Args:
        curve: The curve.
        tolerance: As a fraction of that fall; differences within half the noise also count as none.

    Returns:
        An epoch, or None if the curve never fell.
    """
    low = float(curve.smooth.min())
    if float(curve.smooth[0]) - low <= _NEGLIGIBLE * float(np.abs(curve.smooth).max()):
        return None
    early = curve.errors[1 : max(3, round(_EARLY * len(curve.errors)))]
    typical = min(float(curve.smooth[0]), median(early)) if len(early) else float(curve.smooth[0])
    near = max(tolerance * max(0.0, typical - low), curve.noise / 2, _FLAT * curve.scale)
    return int(curve.epochs[int(np.argmax(curve.smooth <= low + near))])


def spacing(epochs: np.ndarray) -> float:
    """Mean distance between the positions of a run: 1 for epochs or a single position.

    Args:
        epochs: Shape (n,), increasing.
    """
    return float(epochs[-1] - epochs[0]) / (len(epochs) - 1) if len(epochs) > 1 else 1.0
