"""Scores after training, and which metric of the run is the same quantity as a score of its evaluation."""

from collections.abc import Mapping
from typing import Final

from reportgen.history.frame import TrainingHistory

_ACCURACIES: Final = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")
# Only names that mean the same number in all tools: a loss may include penalties, and an F1 may be any mean.
_METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    "accuracy": _ACCURACIES,
    "roc_auc": ("auc", "roc_auc"),
    "mae": ("mae", "mean_absolute_error"),
    "rmse": ("rmse", "root_mean_squared_error"),
    "r2": ("r2", "r2_score"),
}


def metric_of(history: TrainingHistory, score: str) -> str | None:
    """The base name of a metric with validation values that measures what a score does; None without one."""
    return next((name for name in _METRICS.get(score, ()) if history.has(name, "validation")), None)


def final_scores(history: TrainingHistory) -> dict[str, float]:
    """The scores after training by name; those of an evaluation have the name of the metric that is the same."""
    evaluation = history.run.evaluation
    scores = () if evaluation is None else evaluation.scores
    return dict(history.run.test_results) | {metric_of(history, each.name) or each.name: each.value for each in scores}
