"""Reads the training curve of fitted estimators of scikit-learn, XGBoost, LightGBM and CatBoost."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts, Status
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.objects.boosters import is_evals_result, read_evals_result
from reportgen.sources.table.columns import history_from_columns
from reportgen.text import cited

_BASELINE: Final = 1  # number of scores that HistGradientBoosting stores before its first iteration


def is_estimator(source: object) -> bool:
    """Whether an object is an estimator, fitted or not."""
    return callable(getattr(source, "fit", None)) and callable(getattr(source, "get_params", None))


def _tool_of(source: Any) -> str:
    """The package of a booster, such as ``xgboost``."""
    package = type(source).__module__.partition(".")[0]
    return package if package in ("xgboost", "lightgbm", "catboost") else "boosting"


def read_estimator(source: Any, *, options: ReadOptions | None = None) -> TrainingHistory:
    """Reads the training curve of a fitted MLP, HistGradientBoosting model, or booster with evaluation sets.

    Raises:
        SourceError: it is not fitted, or has no training curve.
    """
    where = type(source).__name__
    rounds = getattr(source, "evals_result_", None)
    if rounds is None and callable(getattr(source, "evals_result", None)):
        try:
            rounds = source.evals_result()
        except Exception:  # XGBoost raises its own errors; the message below says what is needed
            rounds = None
    if rounds is not None and is_evals_result(rounds):
        return read_evals_result(rounds, options=options, where=where, tool=_tool_of(source))
    columns: Mapping[str, Any] = {}
    if getattr(source, "loss_curve_", None):
        columns = _of_network(source)
    elif len(_scores(source, "train_score_")) > _BASELINE and hasattr(source, "validation_score_"):
        columns = _of_boosting(source)
    if not columns:
        raise SourceError(
            f"{where}: it has no training curve; a fitted MLP, a HistGradientBoosting with early stopping, or a "
            "booster with evaluation sets has one. Fit it that way, or pass its log."
        )
    iterations, planned = getattr(source, "n_iter_", None), getattr(source, "max_iter", None)
    status: Status = "unknown"
    if isinstance(planned, int | np.integer) and planned > 0 and isinstance(iterations, int | np.integer):
        status = "completed" if iterations >= planned else "stopped-early"
    run = RunFacts(
        epochs_planned=int(planned) if status != "unknown" and planned is not None else None,
        status=status,
        model_name=where,
        tool="sklearn",
        notes=(Note("iterations"),),
    )
    return history_from_columns(columns, where=where, options=options, run=run, known={})


def _of_network(source: Any) -> dict[str, Any]:
    """The loss of a multi-layer perceptron, and its score on held-out rows."""
    columns = {"loss": list(source.loss_curve_)}
    held_out = getattr(source, "validation_scores_", None)
    if held_out:
        columns["val_accuracy" if hasattr(source, "classes_") else "val_r2"] = list(held_out)
    return columns


def _of_boosting(source: Any) -> dict[str, Any]:
    """The scores of histogram boosting after each iteration; its loss is stored negated."""
    scoring = getattr(source, "scoring", "loss")
    name, sign = ("loss", -1.0) if scoring == "loss" else (scoring if isinstance(scoring, str) else "score", 1.0)
    columns = {name: (sign * _scores(source, "train_score_"))[_BASELINE:].tolist()}
    held_out = _scores(source, "validation_score_")
    if len(held_out) > _BASELINE:
        columns[f"val_{name}"] = (sign * held_out)[_BASELINE:].tolist()
    return columns


def _scores(source: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(getattr(source, name, ()), dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise SourceError(
            f"{type(source).__name__}: {name} is {cited(getattr(source, name))}, not numbers. Fit it again."
        ) from None
