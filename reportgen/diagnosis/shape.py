"""Measures the shape of a curve: how straight its fall is, where it spikes, how noisy it is."""

import numpy as np

from reportgen.diagnosis.curves import Curve, ratio
from reportgen.diagnosis.smoothing import noise_level


def reference(values: np.ndarray, reach: int) -> np.ndarray:
    """Running median over ``reach`` epochs to either side (fewer at the ends), which removes short changes.

    Args:
        values: Shape (n,), finite.
        reach: Epochs to either side; changes of at most that many epochs are removed.

    Returns:
        Shape (n,), finite.
    """
    width = 2 * reach + 1
    padded = np.full(len(values) + 2 * reach, np.nan)
    padded[reach : reach + len(values)] = values
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1))


def spike_positions(values: np.ndarray, height_ratio: float, noise_times: float, reach: int) -> np.ndarray:
    """Where a curve jumps above the values around it and comes back within ``reach`` epochs.

    Args:
        values: Shape (n,), finite, lower is better.
        height_ratio: Minimum height above the values around it, as a fraction of them.
        noise_times: Minimum height as a multiple of the curve's noise.
        reach: Maximum duration of a spike in epochs.

    Returns:
        Ascending positions. The ends are left out: the first epochs fall, and the last ones cannot have recovered yet.
    """
    around = reference(values, reach)
    above = values - around
    spread = float(np.quantile(np.abs(above), 0.75)) if len(above) else 0.0
    least = np.maximum(height_ratio * np.abs(around), noise_times * max(noise_level(values), spread))
    inner = np.arange(len(values))
    inside = (inner >= reach) & (inner < len(values) - reach)
    return np.flatnonzero(inside & (above > 0) & (above >= least))


def straightness(curve: Curve) -> float:
    """The fall per epoch in the second half as a fraction of that in the first: 1 is a straight line, 0 a plateau."""
    middle = len(curve.smooth) // 2
    early, late = curve.smooth[0] - curve.smooth[middle], curve.smooth[middle] - curve.smooth[-1]
    return ratio(float(late), float(early)) if early > 0 else 0.0


def regained(curve: Curve, share: float) -> float:
    """How much of its total fall the smoothed curve has lost again by its end, as a fraction; 0 if it never fell.

    Args:
        curve: The curve.
        share: Fraction of the run whose mean counts as its end.
    """
    tail = max(1, round(share * len(curve.smooth)))
    low, first = float(curve.smooth.min()), float(curve.smooth[0])
    return ratio(float(curve.smooth[-tail:].mean()) - low, first - low) if first > low else 0.0


def late_noise(curve: Curve) -> float:
    """Noise of the second half as a fraction of the curve's fall in it; infinite if it did not fall."""
    middle = len(curve.smooth) // 2
    fall = float(curve.smooth[middle] - curve.smooth[-1])
    return noise_level(curve.errors[middle:]) / fall if fall > 0 else float("inf")


def commonest(values: np.ndarray) -> tuple[float, float]:
    """The most frequent value, and the fraction of values equal to it.

    Args:
        values: Shape (n,), finite, n >= 1.
    """
    found, times = np.unique(values, return_counts=True)
    most = int(np.argmax(times))
    return float(found[most]), float(times[most] / len(values))


def one_class_loss(share: float) -> float:
    """Lowest cross-entropy of a constant prediction, if the most common class has this share of the rows.

    Returns:
        In nats: the entropy for two classes; with more classes it can only be higher.
    """
    parts = np.array([share, 1 - share])
    parts = parts[parts > 0]
    return float(-(parts * np.log(parts)).sum())


def line_slope(values: np.ndarray) -> float:
    """Change per epoch of a straight line fitted to the values; 0 for fewer than 3 values."""
    if len(values) < 3:
        return 0.0
    x = np.arange(len(values)) - (len(values) - 1) / 2
    return float(x @ (values - values.mean()) / (x @ x))
