"""Scores after training, and which metric of the run is the same quantity as a score of its evaluation."""

from collections.abc import Mapping
from typing import Final

from reportgen.history.frame import TrainingHistory

_ACCURACIES: Final = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")
_CROSS_ENTROPIES: Final = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
_ENTROPIES: Final = ("crossentropy", "bce", "bcewithlogits", "nll")  # how names of losses end that are a log loss
_SAME: Final = 0.02  # of the log loss: rounding, and a mean over batches. Our choice.
# Only names that mean the same number in all tools: a loss may include penalties (see `is_log_loss`), and an F1 may be
# any mean.
_METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    "accuracy": _ACCURACIES,
    "roc_auc": ("auc", "roc_auc"),
    "mae": ("mae", "mean_absolute_error"),
    "rmse": ("rmse", "root_mean_squared_error"),
    "r2": ("r2", "r2_score"),
    "log_loss": ("log_loss", "logloss", "mlogloss", *_CROSS_ENTROPIES),
}


def metric_of(history: TrainingHistory, score: str, output: str = "") -> str | None:
    """The base name of a metric with validation values that measures what a score does; None without one.

    Args:
        history: The run.
        score: Name of the score.
        output: Name of the output that was evaluated, of a model with several; Keras puts it before names of metrics.
    """
    names = tuple(_of_output(name, output) for name in _METRICS.get(score, ()))
    if score == "log_loss" and not output and is_log_loss(history) is not False:
        names = (*names, "loss")
    return next((name for name in names if history.has(name, "validation")), None)


def is_log_loss(history: TrainingHistory) -> bool | None:
    """Whether the loss of a run is the log loss of its evaluation, without penalties or smoothed labels.

    Returns:
        None if the loss is a cross-entropy by name, and its value on test data is unknown: penalties and smoothing may
        make it higher.
    """
    evaluation = history.run.evaluation
    score = None if evaluation is None else evaluation.score("log_loss")
    measured = dict(history.run.test_results).get("loss")
    if score is None:
        return False
    if measured is not None:
        return abs(measured - score.value) <= _SAME * abs(score.value)
    name = "".join(letter for letter in (history.run.loss or "").lower() if letter.isalpha())
    return None if name.removesuffix("loss").endswith(_ENTROPIES) else False


def final_scores(history: TrainingHistory) -> dict[str, float]:
    """The scores after training by name; those of an evaluation have the name of the metric that is the same.

    Scores of one output of several have its name in front.
    """
    evaluated = {
        metric_of(history, score.name, output) or _of_output(score.name, output): score.value
        for output, evaluation in history.run.evaluations
        for score in evaluation.scores
    }
    return dict(history.run.test_results) | evaluated


def _of_output(name: str, output: str) -> str:
    return f"{output}_{name}" if output else name
