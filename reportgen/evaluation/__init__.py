"""Scores of a model on data that it was not trained on, from its true and predicted values."""

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.evaluation.classification import evaluate_classes, evaluate_labels
from reportgen.evaluation.regression import evaluate_numbers
from reportgen.evaluation.tasks import read_predictions
from reportgen.history.evaluation import Evaluation, Task


def evaluate(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Sequence[Any] | Mapping[Any, str] | None = None,
    task: Task | None = None,
    from_logits: bool = False,
) -> Evaluation:
    """Evaluates predictions on data that the model was not trained on.

    The task is detected from the data: classes (ids, names or one-hot rows, with predicted classes or probabilities),
    several labels per row (one column of 0 and 1 per label), or a regression. docs/evaluation.md has the rules.

    Args:
        y_true: The true values, one per row; one column per class or label is possible too.
        y_pred: Predicted classes, probabilities or numbers for the same rows.
        labels: Names of the classes in the order of their ids or of the columns of probabilities, or names by class.
        task: ``binary``, ``multi-class``, ``multi-label`` or ``regression`` (default: detected).
        from_logits: Whether ``y_pred`` has logits instead of probabilities.

    Returns:
        Scores with 95% intervals, scores per class, curves, calibration and the worst rows. The same input always
        gives the same numbers.

    Raises:
        EvaluationError: the values do not fit each other, or it is unclear what they are.
        MissingExtraError: scikit-learn is not installed.

    Example:
        >>> import reportgen
        >>> result = reportgen.evaluate([0, 1, 1, 0], [0.1, 0.8, 0.4, 0.2], labels=["healthy", "ill"])
        >>> result.score("accuracy").value
        0.75
    """
    given = read_predictions(y_true, y_pred, labels, task, from_logits)
    if given.task == "regression":
        return evaluate_numbers(given)
    return evaluate_labels(given) if given.task == "multi-label" else evaluate_classes(given)
