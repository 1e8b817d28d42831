"""Prepares and smooths loss curves, and computes their statistics."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

MAX_POINTS: Final = 400
"""Longer curves are averaged in equal blocks before any feature is computed."""

LOST_BESIDE: Final = 1e-200
"""Fraction of the largest loss below which the lowest loss counts as zero."""

NOISE_FLOOR: Final = 0.003
"""Smallest relative epoch-to-epoch noise assumed, so that t-values of perfectly smooth curves stay finite."""


def as_curve(values: ArrayLike | None, length: int) -> Array:
    """A float64 copy padded with NaN (or cut) to `length`; None becomes all NaN; infinities are kept."""
    out = np.full(length, np.nan)
    if values is not None:
        given = np.asarray(values, dtype=np.float64).ravel()[:length]
        out[: given.size] = given
    return out


def thin(curve: Array) -> Array:
    """Block means of a curve of more than `MAX_POINTS` values; NaN is ignored, a block without a value is NaN."""
    n = curve.size
    if n <= MAX_POINTS:
        return curve
    size = -(-n // MAX_POINTS)
    table = as_curve(curve, -(-n // size) * size).reshape(-1, size)
    good = np.isfinite(table)
    count = good.sum(1)
    total = np.where(good, table, 0.0).sum(1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def loss_unit(values: Array) -> tuple[float, float]:
    """Unit and shift for the logarithm of losses, log((loss + shift) / unit).

    Args:
        values: Shape (n,), finite, n >= 1.

    Returns:
        The lowest value and no shift. If it is negative or nearly zero: a quarter of the range between the 10% and
        90% quantiles, and the shift that raises the lowest value to it.
    """
    low, high = float(values.min()), float(values.max())
    if low > LOST_BESIDE * high:
        return low, 0.0
    q10, q90 = np.quantile(values, [0.1, 0.9])
    unit = max(0.25 * float(q90 - q10), 2.5e-4 * abs(low), LOST_BESIDE * (high - low)) or 1.0
    return unit, unit - low


def log_losses(train: Array, val: Array) -> tuple[Array, Array]:
    """Natural logarithm of both losses in units of the lowest; both are shifted if that is negative or nearly zero.

    Args:
        train: Shape (n,), NaN where missing.
        val: Shape (n,), NaN where missing.

    Returns:
        Two arrays of shape (n,). A difference of 0.1 means about 10 % of the (shifted) loss.
    """
    both = np.concatenate([train, val])
    both = both[np.isfinite(both)]
    if both.size == 0:
        return train, val
    unit, shift = loss_unit(both)
    return np.log((train + shift) / unit), np.log((val + shift) / unit)


def median3(y: Array) -> Array:
    """Centred running median of three along the last axis; at the two ends, the mean of two values."""
    out = y.copy()
    if y.shape[-1] < 3:
        return out
    a, b, c = y[..., :-2], y[..., 1:-1], y[..., 2:]
    out[..., 1:-1] = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    out[..., 0] = 0.5 * (y[..., 0] + y[..., 1])
    out[..., -1] = 0.5 * (y[..., -1] + y[..., -2])
    return out


def running_mean(y: Array, width: int, *, even: bool = False) -> Array:
    """Centred running mean over up to `width` points along the last axis.

    Args:
        y: Shape (..., n), no NaN.
        width: Points in the mean; even numbers are rounded up to odd.
        even: True uses equally many points on both sides near the ends, and two points at the very ends, which follows
            a slope. False uses all available points, which keeps the noise low.

    Returns:
        The shape of ``y``.
    """
    n = y.shape[-1]
    half = max(0, min(width, n) // 2)
    sums = np.zeros((*y.shape[:-1], n + 1))
    np.cumsum(y, axis=-1, out=sums[..., 1:])
    i = np.arange(n)
    reach = np.minimum(half, np.minimum(i, n - 1 - i)) if even else half
    lo, hi = np.maximum(i - reach, 0), np.minimum(i + reach + 1, n)
    if even and half:
        hi[0], lo[-1] = min(n, 2), max(0, n - 2)
    mean: Array = (sums[..., hi] - sums[..., lo]) / (hi - lo)
    return mean


def medians(values: Array) -> Array:
    """The medians along the last axis, as of `np.median`, which takes several times as long for small arrays.

    Args:
        values: Shape (..., n), n >= 1, no NaN.

    Returns:
        Shape (...).
    """
    half = values.shape[-1] // 2
    ordered = np.sort(values, axis=-1)
    middle: Array = ordered[..., half] if values.shape[-1] % 2 else 0.5 * (ordered[..., half - 1] + ordered[..., half])
    return middle


def median(values: Array) -> float:
    """The median of an array of shape (n,), n >= 1, without NaN."""
    return float(medians(values))


def noise_level(y: Array) -> float:
    """Standard deviation of the epoch-to-epoch noise: median absolute second difference, scaled for normal noise.

    Args:
        y: Log loss, shape (n,), no NaN.

    Returns:
        In log units (0.05 = 5 %); NaN under 4 points.
    """
    return float(noise_levels(y)) if y.size >= 4 else math.nan


def noise_levels(y: Array) -> Array:
    """`noise_level` of each curve, along the last axis, of 4 points or more."""
    return medians(np.abs(np.diff(y, 2))) * 1.4826 / math.sqrt(6.0)


BANDWIDTHS: Final = (1.0, 0.5, 0.25, 0.125, 0.0625)
"""Bandwidths tried by `local_linear`, in log time. Each is half the previous, so its weights are their fourth power."""


_ALONE: Final = 200_000  # multiplications of matrices up to which OpenBLAS uses one thread; others wait for each other


@dataclass(frozen=True)
class _Kernels:
    """What `local_linear` needs of the epochs of a curve, for each of k bandwidths, the largest first.

    Attributes:
        times: Log time about its mean, shape (n,).
        weights: Shape (k, n, n), the weights of all points for each point.
        moments: Zeroth to second moment of the weights about each point, three arrays of shape (k, n).
        det: Determinant of the normal equations, shape (k, n).
        distrust: One minus the leverage of each point, shape (k, n).
    """

    times: Array
    weights: Array
    moments: tuple[Array, Array, Array]
    det: Array
    distrust: Array


@lru_cache(maxsize=2)  # the curves of a run mostly have the same epochs, as do those of similar runs; up to 6 MB each
def _kernels(epochs: bytes) -> _Kernels:
    u = np.log(np.frombuffer(epochs, dtype=np.float64) + 1.0)
    u -= u.mean()
    spacing = float(u[-1] - u[-2])
    widths = [BANDWIDTHS[0], *(h for h in BANDWIDTHS[1:] if h >= 1.2 * spacing)]
    w = np.empty((len(widths), u.size, u.size))
    np.exp(-0.5 * (u[None, :] - u[:, None]) ** 2, out=w[0])
    for wider, narrower in pairwise(w):
        np.multiply(wider, wider, out=narrower)
        np.multiply(narrower, narrower, out=narrower)
    s0, m1, m2 = np.moveaxis(w @ np.column_stack([np.ones_like(u), u, u * u]), -1, 0)
    h = np.array(widths)[:, None]
    s1 = m1 - u * s0  # moments about each point, from those about the middle
    s2 = np.maximum(m2 - 2.0 * u * m1 + u * u * s0, 0.0) + 1e-6 * h * h * s0  # isolated points keep their value
    det = s0 * s2 - s1 * s1
    return _Kernels(u, w, (s0, s1, s2), det, 1.0 - np.minimum(s2 / det, 0.98))


def local_linear(y: Array, t: Array) -> Array:
    """`local_linears` of a single curve, without its slope; y of shape (n,)."""
    return local_linears(y[None], t)[0][0]


def local_linears(y: Array, t: Array) -> tuple[Array, Array]:
    """Local linear regression of log losses in log time, bandwidths chosen by leave-one-out error.

    In log time a learning curve bends about equally everywhere, so early epochs are smoothed less than late ones.

    Args:
        y: Log losses of m curves, shape (m, n), n >= 4, no NaN.
        t: Epoch, 1-based, increasing, shape (n,).

    Returns:
        The smoothed curves (m, n) and the slopes at their ends (m,), changes of log loss per unit of log time.
    """
    k = _kernels(np.ascontiguousarray(t, dtype=np.float64).tobytes())
    u, (s0, s1, s2) = k.times, k.moments
    level = y.mean(axis=1, keepdims=True)
    z = y - level
    columns, some = np.concatenate([z, u * z]).T, max(1, _ALONE // u.size**2)
    parts = [k.weights @ columns[:, first : first + some] for first in range(0, columns.shape[1], some)]
    wy, muy = np.moveaxis(np.concatenate(parts, axis=-1), -1, 0).reshape(2, len(y), -1, u.size)
    wdy = muy - u * wy
    fits = (s2 * wy - s1 * wdy) / k.det
    errors = np.abs(z[:, None] - fits) / k.distrust
    limits = 4.0 * medians(errors) + 1e-9
    chosen = np.argmin((np.minimum(errors, limits[..., None]) ** 2).mean(axis=-1), axis=-1)
    curve = np.arange(len(y))
    slopes = (s0[chosen, -1] * wdy[curve, chosen, -1] - s1[chosen, -1] * wy[curve, chosen, -1]) / k.det[chosen, -1]
    return fits[curve, chosen] + level, slopes


def window_slopes(y: Array, share: float) -> tuple[Array, Array]:
    """Straight-line changes over the last `share` of curves, at least 4 points of it.

    Args:
        y: Shape (m, n), no NaN.
        share: As a fraction of n.

    Returns:
        (changes over that window in y's unit, t-values of the slopes, clipped to +-30), each of shape (m,); NaN under 3
        points.
    """
    k = min(y.shape[1], max(4, round(share * y.shape[1])))
    if k < 3:
        unknown = np.full(len(y), math.nan)
        return unknown, unknown
    z = y[:, -k:]
    x = np.arange(k) - (k - 1) / 2.0
    sxx = float(x @ x)
    # Row by row: a sum of products rounds otherwise, and the fitted models have thresholds at errors of rounding.
    b = np.array([x @ row for row in z]) / sxx
    resid = z - z.mean(axis=1, keepdims=True) - b[:, None] * x
    sd = np.sqrt(np.maximum((resid * resid).sum(axis=1) / max(k - 2, 1), NOISE_FLOOR**2))
    return b * (k - 1), np.clip(b / (sd / math.sqrt(sxx)), -30, 30)


def power_law_gains(y: Array, t: Array, horizon: float) -> tuple[Array, Array]:
    """Forecasts by c + a * t**-b, fitted to the last three quarters of log losses for several b.

    Args:
        y: Log losses of m curves, shape (m, n), n >= 6, no NaN.
        t: Epoch, 1-based, increasing, shape (n,).
        horizon: Multiple of the last epoch to forecast to, e.g. 3.

    Returns:
        The forecast changes of the log losses, averaged over the exponents by likelihood (negative = will fall), and
        their standard deviations over the exponents, each of shape (m,).
    """
    k = max(6, int(0.75 * y.shape[1]))
    z, s = y[:, -k:], t[-k:]
    b = np.array([0.15, 0.4, 0.8, 1.4, 2.5])
    x = (s / float(t[-1])) ** -b[:, None]
    x = x - x.mean(axis=1, keepdims=True)
    a = (z[:, None, :] * x).sum(axis=-1) / (x * x).sum(axis=1)  # (m, exponents)
    resid = (z - z.mean(axis=1, keepdims=True))[:, None, :] - a[..., None] * x
    error = (resid * resid).sum(axis=-1) / k + NOISE_FLOOR**2
    weight = np.exp(-0.5 * min(k, 40) * np.log(error / error.min(axis=1, keepdims=True)))
    weight /= weight.sum(axis=1, keepdims=True)
    change = a * (horizon**-b - 1.0)
    mean = (weight * change).sum(axis=1)
    return mean, np.sqrt((weight * (change - mean[:, None]) ** 2).sum(axis=1))


def rank_correlations(a: Array, b: Array) -> Array:
    """Spearman's correlations along the last axis, ties broken by order; NaN under 4 points."""
    if a.shape[-1] < 4:
        return np.full(np.broadcast_shapes(a.shape, b.shape)[:-1], math.nan)
    ra, rb = (np.argsort(np.argsort(y, kind="stable")) - (y.shape[-1] - 1) / 2 for y in (a, b))
    found: Array = (ra * rb).sum(axis=-1) / np.sqrt((ra * ra).sum(axis=-1) * (rb * rb).sum(axis=-1))
    return found


def validation_size(val_acc: Array) -> float:
    """Smallest number of validation samples, 10 to 1200, for which every accuracy is a whole count.

    Returns:
        NaN if no number fits, or with fewer than 4 distinct accuracies.
    """
    a = np.unique(val_acc[np.isfinite(val_acc)])
    a = a[(a > 0) & (a < 1)]
    if a.size < 4:
        return math.nan
    a = a[:: max(1, a.size // 40)]
    sizes = np.arange(10, 1201)
    for part in (a[:3], a):  # a few rule out most sizes
        counts = part[None, :] * sizes[:, None]
        off = np.abs(counts - np.round(counts)).max(1, initial=0.0)
        sizes = sizes[off < 2e-4 + sizes * 1e-6]
    return float(sizes[0]) if sizes.size else math.nan
