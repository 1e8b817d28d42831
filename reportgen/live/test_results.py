"""What callbacks and recorders take of data that the model was not trained on: metrics, and predictions to evaluate."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reportgen.history.facts import RunFacts

if TYPE_CHECKING:
    from reportgen.history.evaluation import Evaluation, Task


class TakesTestResults:
    """What callbacks and recorders have in common: test metrics and predictions go to the report of their session."""

    _session: Any

    def evaluate(
        self,
        y_true: Any,
        y_pred: Any = None,
        *,
        labels: Sequence[Any] | Mapping[Any, str] | None = None,
        task: "Task | None" = None,
        from_logits: bool = False,
    ) -> "Evaluation | None":
        """Adds the evaluation of predictions on test data to the report, during the training or after it.

        Args:
            y_true: True values as for `reportgen.evaluate`, also as tensors; or an `Evaluation` that it has returned.
            y_pred: Predictions for the same rows.
            labels: Names of the classes.
            task: What is predicted (default: detected).
            from_logits: Whether ``y_pred`` has logits instead of probabilities.

        Returns:
            The evaluation; None if it is not possible, which is a warning, or in a process that writes no report.
        """
        session = self._session
        with session.guard.guarding("evaluate the predictions"):
            if not session.is_recorded("predictions are evaluated"):
                return None
            found = y_true
            if type(y_true).__name__ != "Evaluation":
                from reportgen.evaluation import evaluate  # loads pandas

                found = evaluate(y_true, y_pred, labels=labels, task=task, from_logits=from_logits)
            session.add_tested(RunFacts(evaluation=found))
            return found
        return None

    def log_test(self, values: Mapping[str, Any] | None = None, /, **metrics: Any) -> None:
        """Logs metrics of test data, during the training or after it. They are shown alongside the curves, not in them.

        Args:
            values: Values by name, for names that cannot be keyword arguments; added to ``metrics``.
            metrics: Values by name. ``test_loss`` is the same as ``loss``.
        """
        session = self._session
        with session.guard.guarding("log test results"):
            if session.is_recorded("test results are logged"):
                results = session.logs.read_results(metrics if values is None else values)
                session.add_tested(RunFacts(test_results=(*results, *session.logs.read_results(metrics))))
