"""Test results and predictions given to a recorder: before, during and after its training."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reportgen
from reportgen.live.torch_module import has_logits

TRUE, PREDICTED = [0, 1, 1, 0], [0.25, 0.75, 0.125, 0.5]


class Tensor:
    """As one of PyTorch on a graph: NumPy cannot read it before it is detached."""

    dtype = "torch.float32"

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self) -> "Tensor":
        return self

    def cpu(self) -> Any:
        return np.asarray(self.values)


def test_test_results_are_in_the_report_whether_given_during_the_training_or_after_it(tmp_path: Path) -> None:
    with reportgen.Recorder(tmp_path / "r.html", verbose=0) as run:
        for loss in (3.0, 2.0, 1.0):
            run.log(loss=loss, val_loss=loss + 1)
        run.log_test({"test/accuracy": np.float32(0.5)}, test_loss=0.75, odd=float("nan"))
        found = run.evaluate(TRUE, Tensor(PREDICTED), labels=["healthy", "ill"])
    history = reportgen.load(tmp_path / "r.html")
    assert history.run.evaluation == found == reportgen.evaluate(TRUE, PREDICTED, labels=["healthy", "ill"])
    assert history.run.test_results == (("accuracy", 0.5), ("loss", 0.75))
    assert set(history.keys) == {"loss", "val_loss"}
    run.log_test(loss=0.25)
    later = run.evaluate(reportgen.evaluate([1.5, 2.5], [1.0, 2.0]))
    history = reportgen.load(tmp_path / "r.html")
    assert (history.run.evaluation, dict(history.run.test_results)["loss"]) == (later, 0.25)
    assert run.report is not None
    assert run.report.history == history
    assert history.run.status == "completed"


@pytest.mark.parametrize(
    ("epochs", "y_pred", "said"),
    [
        (0, PREDICTED, "reportgen: predictions are evaluated before the training, and are left out. "),
        (1, PREDICTED[1:], "reportgen could not evaluate the predictions: y_true has 4 rows and y_pred has 3"),
        (1, None, "reportgen could not evaluate the predictions: y_pred "),
    ],
)
def test_predictions_that_cannot_be_evaluated_are_one_warning(epochs: int, y_pred: Any, said: str) -> None:
    run = reportgen.Recorder("/dev/null", verbose=0)
    for _ in range(epochs):
        run.log(loss=1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert run.evaluate(TRUE, y_pred) is None
        assert run.evaluate(TRUE, y_pred) is None
    assert len(caught) == 1
    assert str(caught[0].message).startswith(said)
    run.finish()


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ([0, 2, 1], [[1.5, -2.0, 0.1]] * 3, True),
        ([0, 2, 1], [[-0.5, -1.5, -3.0]] * 3, True),  # logarithms of probabilities, whose softmax they are
        ([0, 2, 1], [[0.25, 0.25, 0.25]] * 3, True),
        ([0, 2, 1], [[0.5, 0.25, 0.25]] * 3, False),
        ([0.0, 1.0], [-1.5, 2.5], True),
        ([0, 1], [0.25, 0.75], False),
        ([[0.0, 1.0]], [[-1.5, 2.5]], True),
        ([[0.0, 1.0]], [[0.5, 0.75]], False),
        ([0.5, 1.5], [-1.0, 2.0], False),
        ([0, 7], [1.25, 6.5], False),
        ([0, 1], [1, 0], False),
        ([0.0, 1.0], [float("nan"), 2.0], False),
        ([], [], False),
    ],
)
def test_outputs_for_classes_that_cannot_be_probabilities_are_logits(true: Any, predicted: Any, expected: bool) -> None:
    assert has_logits(np.array(true), np.array(predicted)) is expected
