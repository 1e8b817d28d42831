"""Scores of models that predict a number per row."""

from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.evaluation.bootstrap import RowDraws, generator, rounded, rounded_all, scored
from reportgen.evaluation.scikit import scikit_metrics
from reportgen.evaluation.tasks import Predicted
from reportgen.history.evaluation import INTERVALS_SCALED, Evaluation, Residuals, Score, WorstRow

MAX_SHOWN: Final = 300  # rows drawn as points; our choice: more would hide each other
MAX_WORST_ROWS: Final = 20  # our choice
BINS_OF_RESIDUALS: Final = 30  # our choice
_SHOWN_TAILS: Final = (0.001, 0.999)  # quantiles beyond which residuals are only counted, if they are far away
_FAR: Final = 3.0  # times the range between these quantiles


def evaluate_numbers(given: Predicted) -> Evaluation:
    """Scores of a regression."""
    true, predicted = given.true, given.predicted
    residuals = predicted - true
    worst = np.argsort(-np.abs(residuals), kind="stable")[:MAX_WORST_ROWS]
    scores = _scores(true, predicted, residuals)
    notes = list(given.notes)
    if RowDraws.plan(len(true)).share < 1:
        notes.append(INTERVALS_SCALED)
    return Evaluation(
        task="regression",
        rows=len(true),
        scores=scores,
        residuals=_residuals(true, predicted, residuals, worst),
        worst=tuple(
            WorstRow(
                row,
                formatting.short(true[row]),
                formatting.short(predicted[row]),
                rounded(abs(float(residuals[row]))),
            )
            for row in worst.tolist()
        ),
        notes=tuple(notes),
    )


def _scores(true: np.ndarray, predicted: np.ndarray, residuals: np.ndarray) -> tuple[Score, ...]:
    metrics = scikit_metrics()
    draws = RowDraws.plan(len(true))
    centre = float(true.mean())
    some, target = residuals[draws.rows], true[draws.rows] - centre
    columns = np.column_stack([np.abs(some), some**2, some, target, target**2])

    def compute(weights: np.ndarray) -> np.ndarray:
        absolute, square, bias, mean, power = (weights @ columns / len(columns)).T
        spread = power - mean**2
        with np.errstate(invalid="ignore", divide="ignore"):
            explained = np.where(spread > 0, 1 - square / spread, np.nan)
        return np.column_stack([absolute, np.sqrt(square), explained, bias])

    drawn = draws.scores(compute)
    values = {
        "mae": float(metrics.mean_absolute_error(true, predicted)),
        "rmse": float(metrics.mean_squared_error(true, predicted)) ** 0.5,
    }
    if np.ptp(true) > 0:
        values["r2"] = float(metrics.r2_score(true, predicted))
    values["bias"] = float(residuals.mean())
    places = {"mae": 0, "rmse": 1, "r2": 2, "bias": 3}
    limits = {"mae": (0.0, np.inf), "rmse": (0.0, np.inf), "r2": (-np.inf, 1.0)}
    return tuple(
        scored(name, value, drawn[:, places[name]], share=draws.share, limits=limits.get(name, (-np.inf, np.inf)))
        for name, value in values.items()
    )


def _residuals(true: np.ndarray, predicted: np.ndarray, residuals: np.ndarray, worst: np.ndarray) -> Residuals:
    """Random rows and the worst ones as points, and the distribution of all residuals."""
    shown = np.arange(len(true))
    if len(true) > MAX_SHOWN:
        chosen = generator().choice(len(true), MAX_SHOWN - len(worst), replace=False)
        shown = np.union1d(chosen, worst)
    low, high = float(residuals.min()), float(residuals.max())
    near = np.quantile(residuals, _SHOWN_TAILS)
    reach = _FAR * float(near[1] - near[0])
    if reach > 0:
        low, high = max(low, float(near[0]) - reach), min(high, float(near[1]) + reach)
    if high <= low:
        low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    counts, edges = np.histogram(residuals, BINS_OF_RESIDUALS, (low, high))
    return Residuals(
        rounded_all(true[shown]),
        rounded_all(predicted[shown]),
        rounded_all(edges),
        tuple(counts.tolist()),
        int((residuals < low).sum()),
        int((residuals > high).sum()),
    )
