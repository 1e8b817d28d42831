"""Predicts test data with a PyTorch module. PyTorch is not imported: the program has done that."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np

from reportgen.errors import EvaluationError
from reportgen.text import listed

_TARGETS: Final = ("labels", "label", "targets", "target", "y", "y_true")  # in a batch that is a dictionary
_PREDICTIONS: Final = ("logits", "preds", "predictions", "probabilities", "probs", "y_pred", "y_hat")


def predict_batches(
    module: Any, loader: Iterable[Any], predict: Callable[[Any, Any, int], Any], to_device: Callable[[Any], Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets and predictions of test data.

    Args:
        module: The module, which is in evaluation mode meanwhile.
        loader: Batches of inputs and targets: pairs, or dictionaries with "labels", "target" or "y".
        predict: Called with a batch, the inputs in it, and its number from 0; returns the predictions.
        to_device: Brings a batch to the module's device.

    Raises:
        EvaluationError: a batch or what is predicted for it has another form.
    """
    from reportgen.evaluation.tasks import MAX_TESTED  # loads pandas

    torch: Any = sys.modules["torch"]
    true: list[np.ndarray] = []
    predicted: list[np.ndarray] = []
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    n_rows = 0
    try:
        with torch.no_grad():
            for number, batch in enumerate(loader):
                inputs, targets = _parts(batch)
                moved = to_device(batch)
                found = _predictions(predict(moved, _parts(moved)[0] if inputs is not None else moved, number))
                true.append(_array(targets))
                predicted.append(_array(found))
                n_rows += len(true[-1])
                if n_rows >= MAX_TESTED:
                    break
    finally:
        for part, mode in modes:
            part.training = mode
    if not true:
        raise EvaluationError("the test data has no batches; at least one is needed. Pass another loader.")
    return np.concatenate(true), np.concatenate(predicted)


def _parts(batch: Any) -> tuple[Any, Any]:
    """Inputs and targets of a batch."""
    if isinstance(batch, Mapping):
        for name in _TARGETS:
            if name in batch:
                rest = {key: value for key, value in batch.items() if key != name}
                return next(iter(rest.values())) if len(rest) == 1 else rest, batch[name]
        raise EvaluationError(
            f"a batch of the test data has {listed([str(name) for name in batch], 6)}; one of "
            f"{listed(list(_TARGETS))} is needed. Rename the targets."
        )
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    raise EvaluationError(
        f"a batch of the test data is {type(batch).__name__}; a pair of inputs and targets is needed. Pass a loader of "
        "pairs, or call evaluate(y_true, y_pred) after training."
    )


def _predictions(found: Any) -> Any:
    """The tensor of predictions in what a model returns."""
    if isinstance(found, Mapping):
        for name in _PREDICTIONS:
            if name in found:
                return found[name]
    if hasattr(found, "detach"):
        return found
    raise EvaluationError(
        f"the model returns {type(found).__name__}; one tensor per batch is needed. Call evaluate(y_true, y_pred) "
        "after training."
    )


def _array(tensor: Any) -> np.ndarray:
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
        tensor = tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor
    return np.atleast_1d(np.asarray(tensor))


def has_logits(true: np.ndarray, predicted: np.ndarray) -> bool:
    """Whether predictions of a PyTorch model are logits, as its losses for classes take them.

    They are if the true values are class ids, or 0 and 1, and the predictions cannot be probabilities.
    """
    if (
        predicted.dtype.kind != "f"
        or true.dtype.kind not in "biuf"
        or not true.size
        or not np.isfinite(predicted).all()
    ):
        return False
    is_share = bool(predicted.min() >= 0 and predicted.max() <= 1)
    is_binary = bool(np.isin(true, (0, 1)).all())
    columns = predicted.shape[1] if predicted.ndim == 2 else 1
    if columns > 1 and true.ndim == 1:
        sums = bool(np.allclose(predicted.sum(axis=1, dtype=np.float64), 1, atol=0.02))
        return true.dtype.kind != "f" and not (is_share and sums)
    return is_binary and not is_share
