"""Fits the forecast: quantiles of how the judged curve continues for half as many epochs again.

There are two targets, each with three quantiles: ``change`` (the last value compared with the smoothed end of the seen
curve) and ``gain`` (how far the lowest value falls). Held-out tables and repositories decide how far each side of the
band is stretched. The results are entries of ``models.json`` and cross-validated figures.
"""

import math
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from benchmarks.stored_models import as_stored
from benchmarks.training_rows import HORIZONS
from reportgen.diagnosis.forecast import AHEAD, NARROWEST, QUANTILES, as_judged
from reportgen.diagnosis.trees import DEPTH

Array = NDArray[np.float64]
Figures = dict[str, dict[str, float]]

SEED: Final = 7
FOLDS: Final = 4
TREES: Final = 80
SHARES: Final = dict(zip(QUANTILES, (0.1, 0.5, 0.9), strict=True))
TARGETS: Final = {"change": "later_change_150", "gain": "later_gain"}
LARGEST: Final = 2.0  # log units; beyond this a curve exploded or collapsed, and by how much does not matter
WEIGHTS: Final = {"oracle": 1.0, "extra": 1.0, "keras": 4.0}
STRETCH_WEIGHTS: Final = {"oracle": 1.0, "extra": 0.3, "keras": 5.0}  # real logs weigh as much as generated runs
CUT_WEIGHT: Final = 0.3  # factor for additional cuts of a run
TRAIN_WEIGHT: Final = 0.3  # factor for rows without validation
MOST_STRETCHED: Final = 4.0
WIDENING: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)  # exponents to try for the opening of the band
FEATURES: Final = tuple(
    """
    val_tail_gain10 val_tail_gain20 val_tail_gain33 val_octave1 val_octave2 val_octave3 val_recent val_slope30 val_t30
    val_law_gain val_gain3_sd val_ll_gain val_excess_ll val_excess_raw val_resid val_noise val_wander val_lag1
    val_fall_30 val_fall_last val_step_best val_smooth_best val_within2 n_log gap_end gap_growth gap_slope30 train_drop
    train_slope30 train_tail_gain20 train_octave1 rate_end rate_since_drop
    """.split()  # noqa: SIM905 (a long list of names is easier to read as text)
)


def booster(share: float) -> HistGradientBoostingRegressor:
    """Gradient boosting for one quantile."""
    return HistGradientBoostingRegressor(
        loss="quantile",
        quantile=share,
        max_iter=TREES,
        learning_rate=0.1,
        max_depth=DEPTH,
        min_samples_leaf=40,
        l2_regularization=1.0,
        max_features=0.4,
        max_bins=128,
        early_stopping=False,
        random_state=SEED,
    )


def judged_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose continuation is known, once with validation and once as if they had none.

    Returns:
        `FEATURES`; corpus, fold, full, cut; alone (without validation); later_*; weight.
    """
    known = rows[(rows["rests"] == True) | (rows["corpus"] == "keras")]  # noqa: E712  # NaN = not applicable
    names = sorted({*FEATURES} | {name.replace("val_", "train_", 1) for name in FEATURES if name.startswith("val_")})
    parts = []
    for curve in ("val", "train"):
        part = known[known[f"{curve}_later_gain"].notna()]
        columns = {name: part[name] for name in names if name in part}
        features = as_judged(columns, has_validation=curve == "val")
        frame = pd.DataFrame({name: features[name] for name in FEATURES}, index=part.index)
        for name in ("corpus", "fold", "full", "cut"):
            frame[name] = part[name]
        for name in part.columns[part.columns.str.startswith(f"{curve}_later_")]:
            frame[name.removeprefix(f"{curve}_")] = part[name]
        weight = part["corpus"].map(WEIGHTS) * np.where(part["full"], 1.0, CUT_WEIGHT)
        parts.append(frame.assign(alone=curve == "train", weight=weight * (TRAIN_WEIGHT if curve == "train" else 1.0)))
    return pd.concat(parts, ignore_index=True)


def weighted_quantile(values: Array, weight: Array, share: float) -> float:
    """The weighted quantile: the given share of the weight is below it."""
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order[min(int(np.searchsorted(reached, share)), len(values) - 1)]])


def stretches(low: Array, mid: Array, high: Array, true: Array, weight: Array) -> tuple[float, float]:
    """Factors that stretch both sides of the band so that a tenth of the weight is outside on each side."""
    below = np.clip((mid - true) / (np.maximum(mid - low, 0) + NARROWEST), 0, MOST_STRETCHED)
    above = np.clip((true - mid) / (np.maximum(high - mid, 0) + NARROWEST), 0, MOST_STRETCHED)
    return weighted_quantile(below, weight, 0.9), weighted_quantile(above, weight, 0.9)


def stretched(low: Array, mid: Array, high: Array, by: tuple[float, float]) -> tuple[Array, Array]:
    """Both edges of the band, computed as in `forecast.quantiles`."""
    return mid - by[0] * (np.maximum(mid - low, 0) + NARROWEST), mid + by[1] * (np.maximum(high - mid, 0) + NARROWEST)


def fit_quantiles(rows: pd.DataFrame, what: str) -> tuple[dict[str, dict[str, Any]], pd.DataFrame]:
    """Cross-validates and fits the three quantiles of a target.

    Returns:
        Entries of ``models.json``, and the scored rows with the out-of-fold band ("low", "mid", "high").
    """
    inputs, fold = rows[list(FEATURES)], rows["fold"].to_numpy()
    true = np.clip(rows[TARGETS[what]].to_numpy(np.float64), -LARGEST, LARGEST)
    weight = rows["weight"].to_numpy(np.float64)
    said = {name: np.full(len(rows), np.nan) for name in QUANTILES}
    for k in range(FOLDS):
        for name, share in SHARES.items():
            model = booster(share).fit(inputs[fold != k], true[fold != k], sample_weight=weight[fold != k])
            said[name][fold == k] = model.predict(inputs[fold == k])
    at = (rows["full"] & ~rows["alone"]).to_numpy()
    scored = rows[at].assign(true=true[at])
    importance = scored["corpus"].map(STRETCH_WEIGHTS).to_numpy(np.float64)
    low, mid, high = (said[name][at] for name in QUANTILES)
    band = np.full((2, len(scored)), np.nan)
    for k in range(FOLDS):
        held = fold[at] == k
        by = stretches(low[~held], mid[~held], high[~held], true[at][~held], importance[~held])
        band[:, held] = stretched(low[held], mid[held], high[held], by)
    by = stretches(low, mid, high, true[at], importance)
    factors = {"low": by[0], "mid": 1.0, "high": by[1]}
    models = {}
    for name, share in SHARES.items():
        final = booster(share).fit(inputs, true, sample_weight=weight)
        models[f"{what}_{name}"] = as_stored([final], inputs, (factors[name], 0.0), (0.0, 0.0), {})
    return models, scored.assign(low=band[0], mid=mid, high=band[1])


def share_of(part: float, cut: Array) -> Array:
    """Position of a multiple of the cut along the forecast, 0 to 1, computed as in `forecast.forecast`."""
    ahead = np.maximum(1, np.round((AHEAD - 1) * cut))
    return np.minimum(1, np.log1p((np.round(part * cut) - cut) / cut) / np.log1p(ahead / cut))


def covered(scored: pd.DataFrame, part: float, widening: float) -> Array:
    """Whether each curve is inside the band at a multiple of the cut."""
    true = np.clip(scored[f"later_change_{round(100 * part)}"].to_numpy(np.float64), -LARGEST, LARGEST)
    low, mid, high = (scored[name].to_numpy(np.float64) for name in QUANTILES)
    share = share_of(part, scored["cut"].to_numpy(np.float64))
    width = share**widening
    return np.asarray((true >= mid * share + (low - mid) * width) & (true <= mid * share + (high - mid) * width), float)


def choose_widening(scored: pd.DataFrame) -> float:
    """The exponent for which the band also contains 80 % of the runs before its end."""
    weight = scored["corpus"].map(STRETCH_WEIGHTS).to_numpy(np.float64)

    def off(widening: float) -> float:
        return sum(abs(np.average(covered(scored, part, widening), weights=weight) - 0.8) for part in HORIZONS[:-1])

    return min(WIDENING, key=off)


def pinball(true: Array, said: Array, share: float) -> float:
    """Mean pinball loss of a quantile."""
    return float(np.mean(np.maximum(share * (true - said), (share - 1) * (true - said))))


def fit_forecast(rows: pd.DataFrame) -> tuple[dict[str, dict[str, Any]], dict[str, Figures]]:
    """Cross-validates and fits all quantiles, and prints the coverage of the 80 % band.

    Args:
        rows: Rows from `training_rows`, with "fold".

    Returns:
        Entries of ``models.json``, and figures by target and kind of runs. The calibration's ``a`` is the stretch
        factor for low and high, and the exponent of the band's opening for ``change_mid``.
    """
    judged = judged_rows(rows)
    models: dict[str, dict[str, Any]] = {}
    figures: dict[str, Figures] = {}
    for what in TARGETS:
        fitted, scored = fit_quantiles(judged, what)
        if what == "change":
            widening = choose_widening(scored)
            fitted["change_mid"]["calibration"]["a"] = widening
        models |= fitted
        figures[what] = {}
        corpus = scored["corpus"].to_numpy()
        print(f"forecast of the {what}: 80 % band")
        for name, label in (("oracle", "dev tables"), ("extra", "extra tables"), ("keras", "keras cuts")):
            of = scored[corpus == name]
            if not len(of):
                continue
            true, low, mid, high = (of[column].to_numpy(np.float64) for column in ("true", *QUANTILES))
            found = {
                "n": float(len(of)),
                "covered": float(np.mean((true >= low) & (true <= high))),
                "below": float(np.mean(true < low)),
                "above": float(np.mean(true > high)),
                "median width": float(np.median(high - low)),
                "pinball of the median": pinball(true, mid, 0.5),
                "pinball of no change": pinball(true, np.zeros(len(of)), 0.5),
            }
            if what == "change":
                found |= {f"covered at {part:g}": float(np.mean(covered(of, part, widening))) for part in HORIZONS[:-1]}
            figures[what][label] = {key: round(value, 4) for key, value in found.items() if math.isfinite(value)}
            print(f"  {label:14}" + "  ".join(f"{k} {v:g}" for k, v in figures[what][label].items()), flush=True)
    return models, figures
