"""Decides from true and predicted values what a model predicts, and brings them into one checked form.

Input that could mean two things is refused, with what to pass instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
import pandas as pd

from reportgen.errors import EvaluationError
from reportgen.history.evaluation import FROM_LOGITS, LABELS_SORTED, Task
from reportgen.text import cited, listed, printable, quoted

MAX_TESTED: Final = 1_000_000  # rows of a data set that are predicted; our choice: it may never end
MAX_CLASSES: Final = 1_000  # our choice: ImageNet's; more do not fit a page
MAX_IDS: Final = 100  # whole numbers with more distinct values are quantities, unless labels or task say otherwise
_MAX_LABEL: Final = 60  # characters of a class name
_SUM_TOLERANCE: Final = 0.02  # of the probabilities of a row, which may have been rounded or computed in float16
_THRESHOLD: Final = 0.5  # of a probability, from which a class or label is predicted
_IN_CLASSES: Final = ("binary", "multi-class")


@dataclass(frozen=True, eq=False)
class Predicted:
    """Checked predictions.

    Attributes:
        task: What is predicted.
        labels: Names of the classes or labels; empty for regression.
        true: Shape (n,): positions in ``labels``, or values of a regression; shape (n, k), bool, for several labels.
        predicted: The same for the predictions.
        probabilities: Shape (n, k), 0 to 1, one column per class or label; None if they are unknown.
        notes: Codes of what was done to the input.
    """

    task: Task
    labels: tuple[str, ...]
    true: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray | None
    notes: tuple[str, ...] = ()


def read_predictions(y_true: Any, y_pred: Any, labels: Any, task: str | None, from_logits: bool) -> Predicted:
    """Checks predictions and decides on their task.

    Raises:
        EvaluationError: they do not fit each other, or it is unclear what they are.
    """
    if task is not None and task not in get_args(Task):
        raise EvaluationError(f"task is {quoted(task)}; one of {listed(list(get_args(Task)))} is needed. Choose one.")
    true, predicted = _checked("y_true", y_true), _checked("y_pred", y_pred)
    if len(true) != len(predicted):
        raise EvaluationError(
            f"y_true has {len(true):,} rows and y_pred has {len(predicted):,}; each row needs both. Pass the "
            "predictions for exactly the rows of y_true, in the same order."
        )
    if not len(true):
        raise EvaluationError("y_true and y_pred have no rows; at least one is needed. Pass the rows of the test data.")
    chosen = task or _detected(true, predicted, labels, from_logits)
    if chosen == "regression":
        return _regression(true, predicted)
    if chosen == "multi-label":
        return _several_labels(true, predicted, labels, from_logits)
    found = _classes(true, predicted, labels, from_logits)
    if task is not None and found.task != task:
        raise EvaluationError(
            f'task is {quoted(task)}, but there are {len(found.labels)} classes. Pass task="{found.task}", or leave it '
            "out."
        )
    return found


def _checked(name: str, value: Any) -> np.ndarray:
    """An input as an array of numbers, truth values or text with one or two dimensions, without missing values."""
    if isinstance(value, Mapping):
        raise EvaluationError(
            f"{name} has several outputs, {listed([str(key) for key in value])}; one is needed. Pass one, such as "
            f"{_picked(next(iter(value), 0))}."
        )
    if outputs := _outputs_of(value):
        raise EvaluationError(
            f"{name} is a list of arrays of the shapes {outputs}; one array with one row per row of data is needed. Of "
            f"several outputs, pass one, such as {_picked(0)}; join batches with numpy.concatenate."
        )
    try:
        array = np.asarray(_off_device(value))
    except (TypeError, ValueError):
        raise EvaluationError(
            f"{name} is not an array: its rows differ in length. Pass one value, or one list of equal length, per row."
        ) from None
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    while array.ndim > 1 and array.shape[-1] == 1:  # as Keras returns one output
        array = array[..., 0]
    if array.ndim not in (1, 2):
        raise EvaluationError(
            f"{name} has the shape {array.shape}; one value or one row of values per row of data is needed. Pass one "
            "output of the model, flattened if it has several positions per row."
        )
    if array.dtype.kind == "O":
        array = _plain_objects(name, array)
    if array.dtype.kind not in "biufUS":
        raise EvaluationError(f"{name} has values of type {array.dtype}; numbers or text are needed. Convert them.")
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        row = int(np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))[0])
        wrong = array[row] if array.ndim == 1 else array[row][~finite[row]][0]
        raise EvaluationError(
            f"{name} has {str(wrong).replace('nan', 'NaN')} in row {row}; finite numbers are needed. Remove such rows, "
            "or find out why the model predicts them."
        )
    if array.dtype.kind in "UO" and array.ndim > 1:
        raise EvaluationError(f"{name} has several columns of text; one is needed. Pass one class name per row.")
    return array


def _picked(key: Any) -> str:
    shown = quoted(key, 40) if isinstance(key, str) else printable(str(key), 40)
    return f"y_true[{shown}] and y_pred[{shown}]"


def _outputs_of(value: Any) -> str:
    """The shapes of a list that has one array per output or batch; empty for one array, or for a list of rows."""
    if not isinstance(value, list | tuple) or not value:
        return ""
    shapes = [getattr(part, "shape", None) for part in value[:MAX_IDS]]
    if None in shapes:
        return ""
    sizes = [tuple(map(int, shape)) for shape in shapes if shape is not None]
    longest = max((size[0] for size in sizes if size), default=0)
    if any(len(size) > 1 for size in sizes) or (all(map(len, sizes)) and longest > len(value)):
        return ", ".join(map(str, sizes[:4])) + (", ..." if len(value) > 4 else "")
    return ""


def _off_device(value: Any) -> Any:
    """A tensor of PyTorch in a form that NumPy can read, or a list of such tensors; other values as they are."""
    if isinstance(value, list | tuple) and value and hasattr(value[0], "detach"):
        return [_off_device(part) for part in value]
    if not hasattr(value, "detach"):
        return value
    tensor = value.detach().cpu()
    return tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor


def _plain_objects(name: str, array: np.ndarray) -> np.ndarray:
    """Objects as text or numbers."""
    missing = pd.isna(array)
    if missing.any():
        row = int(np.argwhere(missing)[0][0])
        raise EvaluationError(f"{name} has no value in row {row}; every row needs one. Remove rows without a value.")
    kinds = {isinstance(value, str) for value in array.flat}
    if kinds == {True}:
        return array.astype(str)
    if kinds == {True, False}:
        raise EvaluationError(f"{name} has both text and numbers; one of them is needed. Write classes in one way.")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise EvaluationError(f"{name} has values that are neither numbers nor text. Pass numbers or text.") from None


def _is_whole(array: np.ndarray) -> bool:
    return array.dtype.kind in "biu" or (array.dtype.kind == "f" and bool((array == np.floor(array)).all()))


def _is_share(array: np.ndarray) -> bool:
    """Whether all values are from 0 to 1."""
    return array.dtype.kind in "biuf" and bool(array.min() >= 0 and array.max() <= 1)


def _is_zero_or_one(array: np.ndarray) -> bool:
    return _is_share(array) and _is_whole(array)


def _sums_to_one(array: np.ndarray) -> bool:
    sums = array.sum(axis=1, dtype=np.float64)
    return bool((np.abs(sums - 1) <= _SUM_TOLERANCE).all())


def _detected(true: np.ndarray, predicted: np.ndarray, labels: Any, from_logits: bool) -> Task:
    """The task; ``multi-class`` for two classes as well."""
    if true.ndim == 2:
        if not _is_zero_or_one(true):
            raise EvaluationError(
                f"y_true has {true.shape[1]} columns of values, so there are several outputs; one is needed. Evaluate "
                "each column on its own."
            )
        if predicted.ndim == 2 and not from_logits and _is_share(predicted) and not _sums_to_one(predicted):
            return "multi-label"
        return "multi-class" if _sums_to_one(true) else "multi-label"
    if true.dtype.kind in "bU" or predicted.dtype.kind in "bU" or labels is not None:
        return "multi-class"
    if predicted.ndim == 2:
        if _is_whole(true):
            return "multi-class"
        raise EvaluationError(
            f"y_pred has {predicted.shape[1]} columns, but y_true has values that are not class ids, such as "
            f"{true[true != np.floor(true)][0]:g}. Pass class ids with probabilities, or one predicted value per row."
        )
    if not _is_whole(true):
        return "regression"
    if _is_zero_or_one(true) and (_is_share(predicted) or from_logits):
        return "multi-class"
    if _is_whole(predicted):
        return "multi-class" if len(np.unique(true)) <= MAX_IDS else "regression"
    if _is_zero_or_one(true):
        raise EvaluationError(
            f"y_true has the classes 0 and 1, but y_pred has values from {predicted.min():.4g} to "
            f"{predicted.max():.4g}, which are not probabilities. If they are logits, pass from_logits=True; for a "
            'regression, pass task="regression".'
        )
    return "regression"


def _regression(true: np.ndarray, predicted: np.ndarray) -> Predicted:
    for name, array in (("y_true", true), ("y_pred", predicted)):
        if array.ndim > 1 or array.dtype.kind not in "biuf":
            what = "text" if array.ndim == 1 else f"{array.shape[1]} columns"
            raise EvaluationError(f"{name} has {what}; a regression needs one number per row. Pass one column of them.")
    return Predicted("regression", (), true.astype(np.float64), predicted.astype(np.float64), None)


def _several_labels(true: np.ndarray, predicted: np.ndarray, labels: Any, from_logits: bool) -> Predicted:
    if true.ndim != 2 or true.shape != predicted.shape:
        raise EvaluationError(
            f"y_true has the shape {true.shape} and y_pred has {predicted.shape}; several labels need one column per "
            "label in both. Pass arrays of the same shape."
        )
    if not _is_zero_or_one(true):
        raise EvaluationError("y_true has other values than 0 and 1; several labels need these. Convert them.")
    names, _ = _named(labels, true.shape[1])
    notes: tuple[str, ...] = ()
    if from_logits:
        predicted, notes = _sigmoid(predicted), (FROM_LOGITS,)
    if not _is_share(predicted):
        raise _not_probabilities(predicted, "a sigmoid")
    chosen = predicted >= _THRESHOLD
    known = None if _is_whole(predicted) else predicted
    return Predicted("multi-label", names, true.astype(bool), chosen, known, notes)


def _classes(true: np.ndarray, predicted: np.ndarray, labels: Any, from_logits: bool) -> Predicted:
    """Predictions of one class per row."""
    notes: list[str] = []
    n_columns = true.shape[1] if true.ndim == 2 else None
    if true.ndim == 2:
        if not (_is_zero_or_one(true) and _sums_to_one(true)):
            raise EvaluationError(
                "y_true has several columns, but its rows do not each have one 1; one class per row is needed. For "
                'several labels per row, pass task="multi-label".'
            )
        true = true.argmax(axis=1)
        if predicted.ndim == 1 and predicted.dtype.kind == "f" and not _is_whole(predicted):
            raise EvaluationError("y_true has one column per class, but y_pred has only one. Pass one for each class.")
    probabilities = None
    if predicted.ndim == 2:
        if from_logits:
            probabilities = _softmax(predicted)
        elif not _is_share(predicted):
            raise _not_probabilities(predicted, "a softmax")
        elif not _sums_to_one(predicted):
            sums = predicted.sum(axis=1, dtype=np.float64)
            row = int(np.abs(sums - 1).argmax())
            raise EvaluationError(
                f"Row {row} of y_pred sums to {sums[row]:.4g}; the probabilities of all classes sum to 1. Pass the "
                'output of a softmax, or task="multi-label" with one column per label in y_true.'
            )
        else:
            probabilities = predicted
    elif predicted.dtype.kind == "f" and (from_logits or not _is_whole(predicted)):
        positive = _sigmoid(predicted) if from_logits else predicted
        if not _is_share(positive):
            raise _not_probabilities(positive, "a sigmoid")
        probabilities = np.column_stack([1 - positive, positive])
    if from_logits and probabilities is not None:
        notes.append(FROM_LOGITS)
    if probabilities is not None and n_columns not in (None, probabilities.shape[1]):
        raise EvaluationError(
            f"y_true has {n_columns} columns and y_pred has {probabilities.shape[1]}; each class needs one in both. "
            "Pass the columns of all classes."
        )
    n_columns = n_columns if probabilities is None else probabilities.shape[1]
    values, names = _class_values(true, predicted, n_columns, labels, notes)
    if len(names) > MAX_CLASSES:
        raise EvaluationError(
            f"There are {len(names):,} classes; at most {MAX_CLASSES:,} can be shown. Group rare ones, or pass "
            'task="regression" if they are quantities.'
        )
    if len(names) < 2:
        raise EvaluationError(
            f"y_true and y_pred contain only the class {cited(names[0], 40)}; two are needed. Pass labels= with all "
            "classes."
        )
    positions = _positions("y_true", true, values, names)
    if probabilities is None:
        chosen = _positions("y_pred", predicted, values, names)
    else:
        chosen = probabilities.argmax(axis=1) if len(names) > 2 else (probabilities[:, 1] >= _THRESHOLD).astype(int)
    task: Task = "binary" if len(names) == 2 else "multi-class"
    return Predicted(task, names, positions, chosen, probabilities, tuple(notes))


def _class_values(
    true: np.ndarray, predicted: np.ndarray, n_columns: int | None, labels: Any, notes: list[str]
) -> tuple[list[Any], tuple[str, ...]]:
    """The values of the classes in the arrays, and their names."""
    found = pd.unique(true)
    if labels is not None:
        names, values = _named(labels, n_columns)
        if true.dtype.kind != "U" and not isinstance(labels, Mapping):
            numbers = [value for value in values if isinstance(value, int | float | np.number)]
            if len(numbers) < len(values) or not set(found.tolist()) <= set(numbers):
                values = list(range(len(names)))  # the names of class ids
        return values, names
    if n_columns is None:
        both = [true, predicted]
        if {array.dtype.kind == "U" for array in both} == {True, False}:
            raise EvaluationError(
                "One of y_true and y_pred has class names and the other has numbers. Pass labels= with the names in "
                "the order of the numbers."
            )
        values = sorted(set().union(*(pd.unique(array).tolist() for array in both)))
        if set(values) in ({0}, {1}):
            values = [0, 1]
    elif true.dtype.kind == "U" or (predicted.ndim == 1 and not set(found.tolist()) <= {0, 1}):
        values = sorted(found.tolist())
        if len(values) != n_columns:
            raise EvaluationError(
                f"y_true has {len(values)} classes and y_pred has the probabilities of {n_columns}. Pass labels= with "
                "the classes in the order of the columns."
            )
        notes.append(LABELS_SORTED)
    else:
        values = list(range(n_columns))
    return values, tuple(_class_name(value) for value in values)


def _named(labels: Any, needed: int | None) -> tuple[tuple[str, ...], list[Any]]:
    """Names and values of classes, as given; numbered if they are not given and their number is known."""
    if labels is None:
        labels = range(needed or 0)
    if isinstance(labels, str) or not isinstance(labels, Mapping | Sequence | np.ndarray | pd.Series | pd.Index):
        raise EvaluationError(
            f"labels is {quoted(labels)}; a list of class names is needed, or a dict of names by class id. Pass one."
        )
    values = list(labels) if isinstance(labels, Mapping | range) else np.asarray(labels).tolist()
    named = list(labels.values()) if isinstance(labels, Mapping) else values
    names = tuple(_class_name(name) for name in named)
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise EvaluationError(f"labels has {cited(twice, 40)} twice; each class needs its own name. Correct the list.")
    if needed is not None and len(names) != needed:
        raise EvaluationError(
            f"labels has {len(names)} names, but there are {needed} columns. Pass one name per column, in their order."
        )
    return names, values


def _class_name(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return printable(str(value), _MAX_LABEL)


def _positions(name: str, array: np.ndarray, values: list[Any], names: tuple[str, ...]) -> np.ndarray:
    """The position of each row's class. Text may be the name of a class even if the others are ids."""
    codes, distinct = pd.factorize(array)
    known = {value: place for place, value in enumerate(values)}
    if array.dtype.kind == "U":
        known = {str(value): place for value, place in known.items()} | {
            label: place for place, label in enumerate(names)
        }
    places = np.array([known.get(value, -1) for value in distinct.tolist()], dtype=np.int64)[codes]
    unknown = np.flatnonzero(places < 0)
    if len(unknown):
        row = int(unknown[0])
        raise EvaluationError(
            f"{name} has the class {cited(_class_name(array[row].item()), 40)} in row {row}, which is not one of the "
            f"{len(names)} classes {listed([label[:20] for label in names], 4)}. Correct it, or pass labels= with all "
            "classes."
        )
    return np.asarray(places)


def _not_probabilities(predicted: np.ndarray, function: str) -> EvaluationError:
    if predicted.dtype.kind not in "biuf":
        return EvaluationError("y_pred has text, but numbers are needed. Pass probabilities.")
    return EvaluationError(
        f"y_pred has values from {predicted.min():.4g} to {predicted.max():.4g}, which are not probabilities. If they "
        f"are logits, pass from_logits=True, or apply {function} first."
    )


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -700, 700))))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True).astype(np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
