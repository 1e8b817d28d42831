"""The forecast: how the judged curve would continue with more training.

Its band comes from fitted quantiles (see `models.json`): one run in ten ended below it, one in ten above.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from reportgen.diagnosis.curves import spacing
from reportgen.diagnosis.findings import Forecast
from reportgen.diagnosis.smoothing import Array, local_linear, loss_unit, thin
from reportgen.diagnosis.trees import TreeModel

AHEAD: Final = 1.5  # length of the forecast, as a multiple of the run's length. Our choice.
FEWEST: Final = 6  # minimum number of values for a forecast. Our choice.
STEPS: Final = 25  # maximum number of points in the drawn band
NARROWEST: Final = 0.002  # log units added to each side of the band: no curve can be predicted to 0.2 %
QUANTILES: Final = ("low", "mid", "high")  # 10 %, 50 % and 90 %


def quantiles(features: Mapping[str, float], models: Mapping[str, TreeModel], what: str) -> tuple[float, float, float]:
    """The fitted quantiles 10 %, 50 % and 90 %, in order, in log units.

    Args:
        features: As `features.extract` names them; those of the judged curve begin with ``val_``.
        models: The stored models.
        what: ``change`` of the smoothed curve to its end, which is drawn and worded, or ``gain`` of the lowest value.
    """
    low, mid, high = (_ask(models[f"{what}_{name}"], features) for name in QUANTILES)
    # The stretch factor of each side was fitted, so that a tenth of the held-out runs ends beyond it.
    stretch_low, stretch_high = (models[f"{what}_{name}"].calibration[0] for name in ("low", "high"))
    below, above = max(0.0, mid - low) + NARROWEST, max(0.0, high - mid) + NARROWEST
    return mid - stretch_low * below, mid, mid + stretch_high * above


def _ask(model: TreeModel, features: Mapping[str, float]) -> float:
    return float(model.log_odds(np.array([[features[name] for name in model.features]]))[0])


def as_judged(features: Mapping[str, float], *, has_validation: bool) -> dict[str, float]:
    """Features for the forecast. Without validation, those of training are used instead."""
    if has_validation:
        return dict(features)
    moved = {f"val_{name.removeprefix('train_')}": v for name, v in features.items() if name.startswith("train_")}
    return {name: moved.get(name, v if name == "n_log" else math.nan) for name, v in features.items()}


def forecast(
    monitor: ArrayLike,
    features: Mapping[str, float],
    models: Mapping[str, TreeModel],
    *,
    beside: ArrayLike | None = None,
    epochs: ArrayLike | None = None,
) -> Forecast | None:
    """Forecasts the judged curve to `AHEAD` times the run's length.

    Args:
        monitor: The judged curve, shape (n,), lower is better, NaN = not measured.
        features: As `as_judged` returns them.
        models: The stored models.
        beside: The other curve that the features were computed from, shape (n,).
        epochs: Epoch of each value, shape (n,), increasing; None = 1, 2, ...

    Returns:
        None if fewer than `FEWEST` values are finite.
    """
    values = np.asarray(monitor, dtype=np.float64).ravel()
    good = np.isfinite(values)
    if int(good.sum()) < FEWEST:
        return None
    others = np.asarray([] if beside is None else beside, dtype=np.float64).ravel()
    unit, shift = loss_unit(np.concatenate([values[good], others[np.isfinite(others)]]))
    position = np.arange(1.0, values.size + 1)
    known = thin(values)
    t = np.linspace(1, values.size, known.size) if known.size < values.size else position
    usable = np.isfinite(known)
    smooth = local_linear(np.log((known[usable] + shift) / unit), t[usable])
    end, lowest = float(smooth[-1]), float(values[good].min())
    low, mid, high = quantiles(features, models, "change")
    ahead = max(1, round((AHEAD - 1) * values.size))
    steps = np.linspace(0, ahead, min(STEPS, ahead + 1))
    share = np.log1p(steps / values.size) / math.log1p(ahead / values.size)
    width = share ** models["change_mid"].calibration[0]
    counted = position if epochs is None else np.asarray(epochs, dtype=np.float64)
    apart = spacing(counted)

    def curve(outer: float) -> Array:
        log_value = np.clip(end + mid * share + (outer - mid) * width, -700.0, 700.0)
        with np.errstate(over="ignore"):
            return np.asarray(np.nan_to_num(np.exp(log_value) * unit - shift, posinf=np.finfo(np.float64).max))

    epochs_ahead = max(1, round(ahead * apart))
    scale = abs(lowest) if shift == 0.0 else max(abs(lowest), unit)
    lower, middle, upper = (curve(outer) for outer in (low, mid, high))
    gain, gain_low, gain_high = (gain_at_end(line, lowest, scale) for line in (middle, upper, lower))
    return Forecast(epochs_ahead, counted[-1] + steps * apart, lower, middle, upper, gain, gain_low, gain_high)


def gain_at_end(line: Array, lowest: float, scale: float) -> float:
    """How far a line of the forecast ends below the lowest value so far, as a fraction of ``scale``; at least 0."""
    return max(0.0, (lowest - float(line[-1])) / scale) if scale > 0 else 0.0
