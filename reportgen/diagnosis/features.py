"""Computes the named features of a run's curves for the fitted models.

No feature depends on the loss's unit: it is a logarithm of a ratio, a share of the run's length, or a t-value. All
windows grow with the run. A feature that cannot be computed is NaN.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from reportgen.diagnosis.smoothing import (
    NOISE_FLOOR,
    Array,
    as_curve,
    local_linears,
    log_losses,
    median,
    median3,
    medians,
    noise_levels,
    power_law_gains,
    rank_correlations,
    running_mean,
    thin,
    validation_size,
    window_slopes,
)

CURVE_FEATURES: dict[str, str] = {
    "noise": "epoch-to-epoch noise of the log loss",
    "resid": "spread of the log loss about its smoothed curve",
    "rough": "sum of all changes over the range (1 = falls steadily)",
    "spikes": "share of epochs over 4 spreads above the smoothed curve",
    "excess_raw": "last value above the lowest",
    "excess_med": "median of the last three above the lowest running median of three",
    "excess_s10": "end above minimum after a running mean over 10 % of the run",
    "excess_ll": "end above minimum of the smoothed curve",
    "return20": "lowest value of the last 20 % above the lowest of all",
    "above5": "share of the last 30 % over 5 % above the lowest value",
    "above10": "share of the last 30 % over 10 % above the lowest value",
    "slope30": "straight-line change over the last 30 %",
    "t30": "t-value of that line's slope",
    "t50": "t-value of the slope over the last 50 %",
    "rho": "rank correlation with time",
    "rho50": "rank correlation with time over the second half",
    "bend": "slope per log time at the end minus in the first half: positive = flattening or rising",
    "fall": "fall from the first (median of three) to the lowest",
    "fall_raw": "fall from the first to the lowest, unsmoothed",
    "fall_30": "how much the lowest (median of three) fell during the last 30 %",
    "fall_last": "how much the last epoch lowered the best",
    "step_best": "how much the last 10 % (at least one epoch) lowered the best",
    "last_step": "change over the last epoch",
    "best_gap": "second lowest above the lowest value",
    "within1": "first epoch within 1 % of the lowest, as a share of the run",
    "within2": "first epoch within 2 % of the lowest, as a share of the run",
    "within5": "first epoch within 5 % of the lowest, as a share of the run",
    "tail_gain10": "expected further change if the changes of windows of 10 % keep shrinking by the same factor",
    "tail_gain20": "the same for windows of 20 %",
    "tail_gain33": "the same for windows of 33 %",
    "ll_gain": "forecast to three times the length along the last slope in log time, from the smoothed minimum",
    "gain3_sd": "disagreement of power laws about three times the length",
    "law_gain": "forecast to three times the length by power laws, from the smoothed minimum",
    "law_z": "the same in spreads about the smoothed curve",
    "octave1": "change of the smoothed curve from half the length to the end",
    "octave2": "the same from a quarter to half the length",
    "octave3": "the same from an eighth to a quarter of the length",
    "recent": "change of the smoothed curve over the last fifth",
    "smooth_best": "epoch of the smoothed curve's minimum, as a share of the run",
    "excess_z": "end above minimum of the smoothed curve, in spreads about it",
    "excess_hl": "median of the last tenth (at least three epochs) above the lowest such median of the run",
    "excess_luck": "last value above the lowest, less what noise alone explains",
    "fall_z": "how much the lowest (median of three) fell during the last 30 %, in spreads",
    "lag1": "correlation of neighbouring epochs' changes: -0.5 = pure noise, above = real movement",
    "wander": "spread about a straight line of the last half, over the noise between neighbours",
}
"""Computed for each loss and prefixed `val_` or `train_`. All in log units (0.1 = 10 %) unless a share or a t-value."""

PAIR_FEATURES: dict[str, str] = {
    "gap_end": "log of validation over training loss, median of the last 10 %",
    "gap_growth": "how much that gap grew since the smoothed validation minimum",
    "gap_slope30": "straight-line change of the gap over the last 30 %",
    "train_drop": "fall of the smoothed training loss since the smoothed validation minimum",
    "train_drop_med": "the same with medians of three",
    "rho_tv": "rank correlation of training and validation loss",
    "rho_tv50": "the same over the second half",
    "change_tv": "correlation of the changes from epoch to epoch of training and validation loss",
    "train_left": "how much the training loss still fell over the last fifth, smoothed",
}

ACCURACY_FEATURES: dict[str, str] = {
    "acc_train_end": "training accuracy at the end",
    "acc_val_end": "validation accuracy at the end",
    "acc_gap": "training minus validation accuracy at the end, over sqrt(p (1 - p))",
    "acc_train_slope30": "straight-line change of training accuracy over the last 30 %, same unit",
    "acc_val_slope30": "the same for validation accuracy",
    "acc_val_within": "first epoch with nearly the best validation accuracy, as a share of the run",
    "log_n_val": "log of the smallest validation-set size that explains every validation accuracy",
    "acc_val_drop": "validation accuracy at the end below its best, smoothed, over sqrt(p (1 - p))",
    "acc_val_noise": "epoch-to-epoch noise of validation accuracy, same unit",
}

RATE_FEATURES: dict[str, str] = {
    "rate_end": "log of the last learning rate over the highest",
    "rate_recent": "log of the last learning rate over that at 80 % of the run",
    "rate_since_drop": "epochs since the learning rate last fell by over a fifth in one epoch, as a share of the run",
    "rate_val_since_drop": "lowest validation loss since that fall, relative to the lowest before it",
}
RATE_DROP = math.log(0.8)  # log ratio of two consecutive learning rates; a larger fall counts as a step


Inputs = tuple[Array, Array, Array, Array, Array]  # training and validation loss, both accuracies, learning rate


def extract(
    train_loss: ArrayLike | None,
    val_loss: ArrayLike | None,
    train_acc: ArrayLike | None = None,
    val_acc: ArrayLike | None = None,
    rate: ArrayLike | None = None,
) -> dict[str, float]:
    """All features of one run.

    Args:
        train_loss: Shape (n,), lower is better, any unit. NaN = not measured; infinities are ignored.
        val_loss: Same for validation.
        train_acc: Shape (n,), share in 0..1, or None.
        val_acc: Same for validation.
        rate: Learning rate, shape (n,), or None. Values of 0 or less are ignored.

    Returns:
        The same names for every run: those of CURVE_FEATURES, PAIR_FEATURES, ACCURACY_FEATURES and RATE_FEATURES, and
        `n_log`, the log of the number of epochs.

    Raises:
        ValueError: neither loss is given.
    """
    lengths = [np.size(v) for v in (train_loss, val_loss) if v is not None]
    if not lengths:
        raise ValueError("extract() got neither a training nor a validation loss; pass at least one of them.")
    given = [as_curve(v, max(lengths)) for v in (train_loss, val_loss, train_acc, val_acc, rate)]
    return extract_all([(given[0], given[1], given[2], given[3], given[4])])[0]


def extract_all(runs: Sequence[Inputs]) -> list[dict[str, float]]:
    """The features of several runs, as of `extract`.

    Curves with the same epochs are computed at once, as most of the time is spent on calls of NumPy.

    Args:
        runs: Arrays of shape (n,), all NaN where a run has no such curve; n may differ between runs.
    """
    found: list[dict[str, float]] = []
    curves, pairs, accuracies = _Batches(), _Batches(), _Batches()
    for number, (*losses_and_shares, rate) in enumerate(runs):
        n = rate.size
        raw = [np.where(np.isfinite(curve), curve, np.nan) for curve in losses_and_shares]
        train, val, train_share, val_share = (thin(curve) for curve in raw)
        t = np.linspace(1, n, train.size) if train.size < n else np.arange(1.0, n + 1)
        log_train, log_val = log_losses(train, val)
        has_train, has_val = np.isfinite(log_train), np.isfinite(log_val)
        both = has_train & has_val
        found.append({"n_log": math.log(max(n, 1)), **rate_features(rate, raw[1])})
        for prefix, curve, known in (("val_", log_val, has_val), ("train_", log_train, has_train)):
            curves.add(t[known], number, prefix, curve[known])
        pairs.add(t[both], number, "", log_train[both], log_val[both])
        v, a = val_share[np.isfinite(val_share)], train_share[np.isfinite(train_share)]
        accuracies.add(np.array([v.size, a.size], dtype=np.float64), number, "", a, v)
    for t, stacked, places in curves:
        _fill(found, places, curve_features(stacked[0], t))
    for _, (train, val), places in pairs:
        _fill(found, places, pair_features(train, val))
    for _, (train_share, val_share), places in accuracies:
        _fill(found, places, accuracy_features(train_share, val_share))
    return found


class _Batches:
    """Arrays of several runs, stacked where their keys are the same."""

    def __init__(self) -> None:
        self._of_key: dict[bytes, tuple[Array, list[tuple[Array, ...]], list[tuple[int, str]]]] = {}

    def add(self, key: Array, run: int, prefix: str, *arrays: Array) -> None:
        """Adds arrays of a run, whose features get a prefix. The key decides about their shapes."""
        _, stack, places = self._of_key.setdefault(key.tobytes(), (key, [], []))
        stack.append(arrays)
        places.append((run, prefix))

    def __iter__(self) -> Iterator[tuple[Array, list[Array], list[tuple[int, str]]]]:
        """Yields key, stacked arrays of shape (m, n), and run and prefix of each row."""
        for key, stack, places in self._of_key.values():
            yield key, [np.stack(part) for part in zip(*stack, strict=True)], places


def _fill(found: list[dict[str, float]], places: list[tuple[int, str]], features: Mapping[str, Array]) -> None:
    for name, values in features.items():
        for (run, prefix), value in zip(places, values.tolist(), strict=True):
            found[run][prefix + name] = value


def _unknown(names: Iterable[str], m: int) -> dict[str, Array]:
    """NaN for all curves."""
    return dict.fromkeys(names, np.full(m, math.nan))


def geometric_rest(y: Array, share: float) -> Array:
    """Expected further change if each window's change shrinks by the same factor as between the last two windows.

    Returns:
        In y's unit, shape (m,) for y of shape (m, n); negative = will fall; clipped to +-2; NaN for fewer than three
        windows.
    """
    n = y.shape[1]
    k = max(1, round(share * n))
    if n < 3 * k:
        return np.full(len(y), math.nan)
    a, b, c = (y[:, n - (i + 1) * k : n - i * k].mean(axis=1) for i in (2, 1, 0))
    before, last = b - a, c - b
    moved = np.abs(before) > 1e-9
    factor = np.clip(np.where(moved, last / np.where(moved, before, 1.0), 0.0), 0.0, 0.9)
    return np.clip(last * factor / (1.0 - factor), -2.0, 2.0)


def curve_features(y: Array, t: Array) -> dict[str, Array]:
    """CURVE_FEATURES of log-loss curves with the same epochs.

    Args:
        y: Log losses, shape (m, n), no NaN; n may be 0.
        t: Epoch, 1-based, increasing, shape (n,).

    Returns:
        By name, shape (m,).
    """
    m, n = y.shape
    f = _unknown(CURVE_FEATURES, m)
    if n < 2:
        return f
    run = np.minimum.accumulate(y, axis=1)
    low, end = run[:, -1], y[:, -1]
    tail20, tail30 = y[:, -max(1, round(0.2 * n)) :], y[:, -max(1, round(0.3 * n)) :]
    f["last_step"] = end - y[:, -2]
    f["fall_raw"] = y[:, 0] - low
    f["excess_raw"] = end - low
    f["fall_last"] = run[:, -2] - low
    f["step_best"] = run[:, max(0, n - 1 - max(1, n // 10))] - low
    f["best_gap"] = np.partition(y, 1, axis=1)[:, 1] - low
    f["return20"] = tail20.min(axis=1) - low
    f["above5"] = (tail30 > low[:, None] + 0.05).mean(axis=1)
    f["above10"] = (tail30 > low[:, None] + 0.0953).mean(axis=1)
    for percent in (1, 2, 5):
        f[f"within{percent}"] = (1 + np.argmax(run <= low[:, None] + percent / 100.0, axis=1)) / n
    if n < 3:
        return f
    m3 = median3(y)
    lowest = m3.min(axis=1)
    f["noise"] = noise_levels(y) if n >= 4 else f["noise"]
    f["excess_med"] = medians(y[:, -3:]) - lowest
    s10 = running_mean(m3, max(3, round(0.10 * n) | 1))
    f["excess_s10"] = s10[:, -1] - s10.min(axis=1)
    f["slope30"], f["t30"] = window_slopes(y, 0.3)
    _, f["t50"] = window_slopes(y, 0.5)
    f["fall"] = m3[:, 0] - lowest
    cut = max(0, n - 1 - max(1, round(0.3 * n)))
    f["fall_30"] = m3[:, : cut + 1].min(axis=1) - lowest
    f["rho"] = rank_correlations(y, t)
    f["rho50"] = rank_correlations(y[:, n // 2 :], t[n // 2 :])
    steps = np.diff(y, axis=1)
    f["rough"] = np.abs(steps).sum(axis=1) / np.maximum(np.maximum(np.abs(end - y[:, 0]), np.ptp(y, axis=1)), 1e-9)
    for share in (10, 20, 33):
        f[f"tail_gain{share}"] = geometric_rest(y, share / 100.0)
    if n < 4:
        return f
    smooth, slope = local_linears(y, t)
    f["excess_ll"] = smooth[:, -1] - smooth.min(axis=1)
    rest = y - smooth
    f["resid"] = medians(np.abs(rest)) * 1.4826
    spread = np.maximum(f["resid"], NOISE_FLOOR)
    f["excess_z"] = np.minimum(f["excess_ll"] / spread, 100.0)
    f["fall_z"] = np.minimum(f["fall_30"] / spread, 100.0)
    f["excess_luck"] = f["excess_raw"] - f["resid"] * math.sqrt(2.0 * math.log(n))
    f["smooth_best"] = (1 + np.argmin(smooth, axis=1)) / n
    block = max(3, round(0.1 * n))
    middles = medians(np.lib.stride_tricks.sliding_window_view(y, block, axis=1)) if n > block else y[:, -1:]
    f["excess_hl"] = middles[:, -1] - middles.min(axis=1)
    places = t[-1] / np.array([1.0, 2.0, 4.0, 8.0, 1.25])
    octaves = np.array([np.interp(places, t, curve) for curve in smooth]).T
    for i in (1, 2, 3):
        if t[-1] / 2**i >= t[0]:
            f[f"octave{i}"] = octaves[i - 1] - octaves[i]
    f["recent"] = octaves[0] - octaves[4]
    half = y[:, n // 2 :]
    if half.shape[1] >= 4:
        lines = np.linspace(*_ends_of_lines(half), half.shape[1], axis=1)
        f["wander"] = np.std(half - lines, axis=1) / np.maximum(f["noise"], NOISE_FLOOR)
    late_steps = steps[:, steps.shape[1] // 2 :] if steps.shape[1] >= 8 else steps
    f["lag1"] = _correlations(late_steps[:, :-1], late_steps[:, 1:])
    f["spikes"] = (rest > 4 * spread[:, None]).mean(axis=1)
    f["ll_gain"] = slope * math.log(3.0) + f["excess_ll"]
    u = np.log(t + 1.0)
    mid = min(max(int(np.searchsorted(u, 0.5 * (u[0] + u[-1]))), 1), n - 2)
    late = min(max(int(np.searchsorted(u, u[-1] - 0.25 * (u[-1] - u[0]))), 1), n - 2)
    f["bend"] = (smooth[:, -1] - smooth[:, late]) / (u[-1] - u[late]) - (smooth[:, mid] - smooth[:, 0]) / (
        u[mid] - u[0]
    )
    if n >= 6:
        law, f["gain3_sd"] = power_law_gains(y, t, 3.0)
        f["law_gain"] = law + f["excess_ll"]
        f["law_z"] = np.clip(f["law_gain"] / spread, -100.0, 100.0)
    return f


def _ends_of_lines(y: Array) -> tuple[Array, Array]:
    """First and last values of the straight lines through curves of shape (m, n), n >= 3."""
    change, _ = window_slopes(y, 1.0)
    middle = y.mean(axis=1)
    return middle - 0.5 * change, middle + 0.5 * change


def _correlations(a: Array, b: Array) -> Array:
    """Pearson's correlations of curves of shape (m, n); NaN for fewer than 4 points, or if either is constant."""
    if a.shape[1] < 4:
        return np.full(len(a), math.nan)
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.where(size > 0, (a * b).sum(axis=1) / np.where(size > 0, size, 1.0), math.nan)


def pair_features(x: Array, y: Array) -> dict[str, Array]:
    """PAIR_FEATURES of log training losses x and log validation losses y of the same epochs, shape (m, n), no NaN."""
    m, n = x.shape
    f = _unknown(PAIR_FEATURES, m)
    if n == 0:
        return f
    gap = y - x
    if n < 3:
        f["gap_end"] = gap[:, -1]
        return f
    width, row = max(3, round(0.1 * n) | 1), np.arange(m)
    my, mx = median3(y), median3(x)
    sy, sx = running_mean(my, width), running_mean(mx, width)
    best = np.argmin(sy, axis=1)
    f["gap_end"] = medians(gap[:, -max(2, round(0.1 * n)) :])
    f["gap_growth"] = f["gap_end"] - (sy[row, best] - sx[row, best])
    f["gap_slope30"], _ = window_slopes(gap, 0.3)
    f["train_drop"] = sx[row, best] - sx[:, -1]
    f["train_drop_med"] = mx[row, np.argmin(my, axis=1)] - medians(x[:, -3:])
    f["rho_tv"] = rank_correlations(x, y)
    f["rho_tv50"] = rank_correlations(x[:, n // 2 :], y[:, n // 2 :])
    f["change_tv"] = _correlations(np.diff(x, axis=1), np.diff(y, axis=1))
    f["train_left"] = sx[:, -1] - sx[:, max(0, n - 1 - max(1, round(0.2 * n)))]
    return f


def accuracy_features(a: Array, v: Array) -> dict[str, Array]:
    """ACCURACY_FEATURES of training accuracies (m, k) and validation accuracies (m, n), no NaN; k and n may be 0.

    NaN for a run without a validation accuracy in 0..1, and where a training accuracy in 0..1 is needed.
    """
    m, n = v.shape
    f = _unknown(ACCURACY_FEATURES, m)
    if n == 0:
        return f
    usable = np.where((v.min(axis=1) >= 0) & (v.max(axis=1) <= 1), 1.0, math.nan)
    known = np.full(m, math.nan)
    if a.shape[1] > 0:
        known = np.where((a.min(axis=1) >= 0) & (a.max(axis=1) <= 1), usable, math.nan)
    if n < 3:
        f["acc_val_end"] = v[:, -1] * usable
        if a.shape[1] > 0:
            f["acc_train_end"] = a[:, -1] * known
        return f
    s = running_mean(v, max(3, round(0.1 * n) | 1))
    p = np.clip(s.max(axis=1), 0.02, 0.98)
    unit = np.sqrt(p * (1 - p)) * usable
    f["acc_val_end"] = s[:, -1] * usable
    f["acc_val_slope30"] = window_slopes(v, 0.3)[0] / unit
    near = v >= (v.max(axis=1) - 0.02 * unit)[:, None]
    f["acc_val_within"] = (1 + np.argmax(near, axis=1)) / n * usable
    f["log_n_val"] = np.log([validation_size(each) for each in v]) * usable
    f["acc_val_drop"] = (s.max(axis=1) - s[:, -1]) / unit
    f["acc_val_noise"] = noise_levels(v) / unit if n >= 4 else f["acc_val_noise"]
    if a.shape[1] >= 3:
        sa = running_mean(a, max(3, round(0.1 * a.shape[1]) | 1))
        f["acc_train_end"] = sa[:, -1] * known
        f["acc_train_slope30"] = window_slopes(a, 0.3)[0] / unit * known
        f["acc_gap"] = (sa[:, -1] - s[:, -1]) / unit * known
    return f


def rate_features(rate: Array, val: Array) -> dict[str, float]:
    """RATE_FEATURES of arrays of shape (n,); all NaN if no rate is known, the last two if no step lowered it."""
    f = dict.fromkeys(RATE_FEATURES, math.nan)
    known = np.flatnonzero(np.isfinite(rate) & (rate > 0))
    if not known.size:
        return f
    n, log_rate = rate.size, np.log(rate[known])
    f["rate_end"] = float(log_rate[-1] - log_rate.max())
    f["rate_recent"] = float(log_rate[-1] - log_rate[max(0, int(np.searchsorted(known, 0.8 * n)) - 1)])
    drops = np.flatnonzero(np.diff(log_rate) < RATE_DROP)
    if not drops.size:
        return f
    at = int(known[drops[-1] + 1])
    f["rate_since_drop"] = (n - at) / n
    log_val, _ = log_losses(val, val)
    before, after = (part[np.isfinite(part)] for part in (log_val[:at], log_val[at:]))
    if before.size and after.size:
        f["rate_val_since_drop"] = float(after.min() - before.min())
    return f


def epoch_candidates(train: Array, val: Array, val_acc: Array | None = None) -> dict[str, Array]:
    """Features of each epoch as a candidate for the best one, relative to the run's lowest values.

    Args:
        train: Training loss, shape (n,), finite.
        val: Validation loss, shape (n,), finite, n >= 1.
        val_acc: Validation accuracy, shape (n,), or None.

    Returns:
        By name, shape (n,), NaN where unknown.
    """
    x, y = log_losses(train, val)
    n = y.size
    t = np.arange(1.0, n + 1)
    (smooth_y, smooth_x), (slope, _) = local_linears(np.stack([y, x]), t) if n >= 4 else ((y, x), (0.0, 0.0))
    m = median3(y)
    mean3, mean10 = running_mean(y, 3), running_mean(m, max(3, round(0.1 * n) | 1))
    rest_y, rest_x = y - smooth_y, x - smooth_x
    sd_y = max(1.4826 * median(np.abs(rest_y)), 0.001)
    sd_x = max(1.4826 * median(np.abs(rest_x)), 0.001)
    c: dict[str, Array] = {
        "raw": y - y.min(),
        "smooth": smooth_y - smooth_y.min(),
        "mean3": mean3 - mean3.min(),
        "median3": m - m.min(),
        "mean10": mean10 - mean10.min(),
        "dip_z": np.clip(rest_y / sd_y, -20, 20),
        "next_train_dip_z": np.clip(np.append(rest_x[1:], np.nan) / sd_x, -20, 20),
        "position": t / n,
        "from_smooth_best": (t - 1 - int(np.argmin(smooth_y))) / n,
        "gap": y - x,
        "train_above_min": x - x.min(),
        "acc_below_best": np.full(n, np.nan),
    }
    if val_acc is not None and np.isfinite(val_acc).all() and val_acc.min() >= 0 and val_acc.max() <= 1:
        p = float(np.clip(val_acc.max(), 0.02, 0.98))
        c["acc_below_best"] = (val_acc.max() - val_acc) / math.sqrt(p * (1 - p))
    constants = {"noise": sd_y, "train_noise": sd_x, "slope_end": slope, "end_excess": y[-1] - y.min()}
    return c | {name: np.full(n, value) for name, value in (constants | {"n_log": math.log(n)}).items()}
