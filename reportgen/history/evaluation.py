"""The scores of a model on data that it was not trained on, as plain data that a report stores.

`reportgen.evaluation` computes them. All numbers are finite and rounded to six significant digits; None means that a
number is unknown or undefined, such as the precision of a class that is never predicted.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from reportgen.errors import HistoryError
from reportgen.history.notes import is_text
from reportgen.text import cited

Task = Literal["binary", "multi-class", "multi-label", "regression"]
CurveKind = Literal["roc", "precision-recall"]

CONFUSION_CUT: Final = "confusion-cut"  # only the largest numbers of confused rows are stored
FROM_LOGITS: Final = "from-logits"  # the predictions were logits
INTERVALS_SCALED: Final = "intervals-scaled"  # computed from a random part of the rows and scaled to all of them
RANKED_PART: Final = "ranked-part"  # ROC and precision-recall are computed from a random part of the rows
LABELS_SORTED: Final = "labels-sorted"  # the columns of probabilities were taken as the sorted classes
_MAX_ITEMS: Final = 20_000  # of one list in stored data; our choice: several times what reportgen writes
_MAX_COUNT: Final = 2**53


@dataclass(frozen=True)
class Score:
    """One score with its 95% interval.

    Attributes:
        name: ``accuracy``, ``roc_auc``, ``mae`` and so on; docs/evaluation.md lists them.
        value: In its own unit.
        low: Lower end of the interval; None if there is no interval.
        high: Upper end.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class against all others, or of one label.

    Attributes:
        label: Its name.
        rows: How many rows have it.
        predicted: For how many rows it is predicted.
    """

    label: str
    rows: int
    predicted: int
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    roc_auc: float | None = None
    average_precision: float | None = None


@dataclass(frozen=True)
class Majority:
    """The most frequent class, which could always be answered without a model.

    Attributes:
        label: The class.
        share: Its share of the rows, which is the accuracy of that answer.
        gain: How much more accurate the model is, with the interval of this difference on the same rows.
    """

    label: str
    share: float
    gain: Score


@dataclass(frozen=True)
class ScoreCurve:
    """A receiver operating characteristic or a precision-recall curve, thinned.

    Attributes:
        kind: ``roc`` has the false positive rate in ``x`` and the true positive rate in ``y``; ``precision-recall``
            has recall and precision.
        label: The class or label that counts as positive.
        area: The area under the ROC curve, or the average precision, of all rows.
    """

    kind: CurveKind
    label: str
    area: float
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """Predicted probabilities and how often they were right, in bins of equal width without empty ones.

    Attributes:
        error: The expected calibration error.
        by_chance: What 95% of perfectly calibrated models would stay below on as many rows.
        confidence: Mean predicted probability of each bin.
        share: Share of the rows in it that were right; of positive rows for two classes.
        rows: How many rows are in it.
        temperature: What to divide the logits by; None if it was not fitted.
        loss_before: Log loss on rows that a temperature was not fitted on, without it.
        loss_after: The same with it.
    """

    error: float
    by_chance: float
    confidence: tuple[float, ...]
    share: tuple[float, ...]
    rows: tuple[int, ...]
    temperature: float | None = None
    loss_before: float | None = None
    loss_after: float | None = None


@dataclass(frozen=True)
class Residuals:
    """Rows of a regression as points, and the distribution of all residuals, which are predicted minus true values.

    Attributes:
        true: True values of some rows, chosen at random, and of the worst ones.
        predicted: Their predicted values.
        edges: Edges of the bins of residuals, one more than ``counts``.
        counts: Rows in each bin.
        below: Rows with a residual below the first edge.
        above: Rows with a residual above the last edge.
    """

    true: tuple[float, ...]
    predicted: tuple[float, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0


@dataclass(frozen=True)
class WorstRow:
    """One of the worst rows.

    Attributes:
        row: Its index, from 0.
        true: The true class, labels or value.
        predicted: The predicted one.
        size: The log loss of the row, or its absolute error; None if neither is known.
    """

    row: int
    true: str
    predicted: str
    size: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """The scores of a model on data that it was not trained on. `reportgen.evaluate` makes them.

    Attributes:
        task: ``binary``, ``multi-class``, ``multi-label`` or ``regression``.
        rows: How many rows were evaluated.
        scores: The overall scores, the most informative one first.
        classes: One entry per class or label; for two classes, the second one counts as positive.
        confusion: (true class, predicted class, rows) by position in ``classes``; pairs without rows are left out.
        majority: The most frequent class; None for several labels and regression.
        curves: ROC and precision-recall curves of the classes with the lowest area.
        calibration: None without probabilities.
        residuals: None except for regression.
        worst: The worst rows first.
        notes: Codes of what readers should know about the numbers.

    Example:
        >>> import reportgen
        >>> reportgen.evaluate(["cat", "dog", "dog"], ["cat", "dog", "cat"]).task
        'binary'
    """

    task: Task
    rows: int
    scores: tuple[Score, ...]
    classes: tuple[ClassScores, ...] = ()
    confusion: tuple[tuple[int, int, int], ...] = ()
    majority: Majority | None = None
    curves: tuple[ScoreCurve, ...] = ()
    calibration: Calibration | None = None
    residuals: Residuals | None = None
    worst: tuple[WorstRow, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line: the task, the rows and the first scores."""
        shown = ", ".join(f"{score.name} {score.value:.4g}" for score in self.scores[:3])
        return f"<Evaluation: {self.task}, {self.rows:,} rows, {shown}>"

    def score(self, name: str) -> Score | None:
        """The score of this name; None without one."""
        return next((score for score in self.scores if score.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as plain data for `json.dumps`; what is unknown is left out."""
        return pack_evaluation(self)


def pack_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation in the form that JSON holds."""
    return _packed(evaluation)


def unpack_evaluation(data: object) -> Evaluation:
    """The evaluation that `pack_evaluation` packed.

    Raises:
        HistoryError: a part is missing or has the wrong form.
    """
    try:
        return _record_of(Evaluation)(data)
    except (TypeError, ValueError, OverflowError) as error:
        raise HistoryError(
            f"The stored evaluation is damaged: {error}. Build the report again from the predictions."
        ) from None


def is_evaluation(value: object) -> bool:
    """Whether a value is an evaluation that can be stored and read back unchanged."""
    try:
        return isinstance(value, Evaluation) and unpack_evaluation(_packed(value)) == value
    except (HistoryError, TypeError, AttributeError, RecursionError):
        return False


def _packed(value: Any) -> Any:
    """Records as objects without empty parts, tuples as lists."""
    if isinstance(value, tuple):
        return [_packed(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _packed(part) for name, part in vars(value).items() if part is not None and part != ()}
    return value


_Reader = Callable[[Any], Any]


def _text(value: Any) -> str:
    if not is_text(value):
        raise ValueError(f"it has {cited(value)} where a text is needed")
    return str(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MAX_COUNT:
        raise ValueError(f"it has {cited(value)} where a whole number is needed")
    return value


def _real(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"it has {cited(value)} where a number is needed")
    return float(value)


def _one_of(*words: str) -> _Reader:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"it has {cited(value)}, not one of {', '.join(words)}")
        return str(value)

    return read


def _list_of(reader: _Reader) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > _MAX_ITEMS:
            raise ValueError(f"it has {cited(value)} where a list is needed")
        return tuple(map(reader, value))

    return read


def _cell(value: Any) -> tuple[int, int, int]:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(f"it has {cited(value)} where three whole numbers are needed")
    true, predicted, rows = map(_count, value)
    return true, predicted, rows


def _record_of(kind: type) -> _Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"it has {cited(value)} where an object is needed")
        readers = _READERS[kind]
        made = kind(**{item.name: readers[item.name](value[item.name]) for item in fields(kind) if item.name in value})
        _check(made)
        return made

    return read


def _check(made: Any) -> None:
    """Raises a ValueError for lists that do not fit each other."""
    lists: tuple[tuple[Any, ...], ...] = ()
    if isinstance(made, ScoreCurve):
        lists = (made.x, made.y)
    elif isinstance(made, Calibration):
        lists = (made.confidence, made.share, made.rows)
    elif isinstance(made, Residuals):
        lists = (made.true, made.predicted)
        if len(made.edges) != len(made.counts) + 1:
            raise ValueError("its bins of residuals do not fit their edges")
    elif isinstance(made, Evaluation):
        n_classes = len(made.classes)
        if any(max(true, predicted) >= n_classes for true, predicted, _ in made.confusion):
            raise ValueError("its confused classes are not among its classes")
        if not made.scores or (made.task == "regression") == bool(made.classes):
            raise ValueError("its scores or classes do not fit its task")
    if len(set(map(len, lists))) > 1:
        raise ValueError("its lists have different lengths")


_READERS: Final[Mapping[type, Mapping[str, _Reader]]] = {
    Score: {"name": _text, "value": _real, "low": _real, "high": _real},
    ClassScores: {
        "label": _text,
        **dict.fromkeys(("rows", "predicted"), _count),
        **dict.fromkeys(("precision", "recall", "f1", "roc_auc", "average_precision"), _real),
    },
    Majority: {"label": _text, "share": _real, "gain": _record_of(Score)},
    ScoreCurve: {
        "kind": _one_of(*get_args(CurveKind)),
        "label": _text,
        "area": _real,
        "x": _list_of(_real),
        "y": _list_of(_real),
    },
    Calibration: {
        **dict.fromkeys(("error", "by_chance", "temperature", "loss_before", "loss_after"), _real),
        **dict.fromkeys(("confidence", "share"), _list_of(_real)),
        "rows": _list_of(_count),
    },
    Residuals: {
        **dict.fromkeys(("true", "predicted", "edges"), _list_of(_real)),
        "counts": _list_of(_count),
        **dict.fromkeys(("below", "above"), _count),
    },
    WorstRow: {"row": _count, "true": _text, "predicted": _text, "size": _real},
    Evaluation: {
        "task": _one_of(*get_args(Task)),
        "rows": _count,
        "scores": _list_of(_record_of(Score)),
        "classes": _list_of(_record_of(ClassScores)),
        "confusion": _list_of(_cell),
        "majority": _record_of(Majority),
        "curves": _list_of(_record_of(ScoreCurve)),
        "calibration": _record_of(Calibration),
        "residuals": _record_of(Residuals),
        "worst": _list_of(_record_of(WorstRow)),
        "notes": _list_of(_text),
    },
}
