"""ROC and precision-recall curves of classes and labels, with their areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.evaluation.bootstrap import FEW_DRAWS, RowDraws, generator, ranking_scores, rounded, rounded_all, scored
from reportgen.evaluation.scikit import scikit_metrics
from reportgen.history.evaluation import Score, ScoreCurve

MAX_CURVES: Final = 5  # of each kind; our choice: more look alike
MAX_DRAWN_CLASSES: Final = 100  # with more, areas get no interval, which would take a minute; our choice
MAX_POINTS: Final = 120  # of a curve; our choice: twice what its drawing shows
_WORK: Final = 2_000_000  # probabilities sorted; our choice: two seconds. Above it, random rows are used
_SHARES: Final = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Ranking:
    """How well probabilities rank the rows.

    Attributes:
        areas: Area under the ROC curve of each class; None if it has no rows, or all of them.
        averages: Average precision of each class; None likewise.
        scores: Their means over the classes, as ``roc_auc`` and ``average_precision``.
        curves: The curves of the classes with the lowest area.
        share: The share of the rows that this is computed from.
    """

    areas: tuple[float | None, ...]
    averages: tuple[float | None, ...]
    scores: tuple[Score, ...]
    curves: tuple[ScoreCurve, ...]
    share: float


def rank(labels: Sequence[str], positive: np.ndarray, probabilities: np.ndarray) -> Ranking:
    """Ranks the rows of each class against all others.

    Args:
        labels: The k classes to rank.
        positive: Shape (n, k), bool.
        probabilities: Shape (n, k).
    """
    n_rows, n_classes = positive.shape
    if n_rows > _WORK // n_classes:
        some = np.sort(generator().choice(n_rows, _WORK // n_classes, replace=False))
        positive, probabilities = positive[some], probabilities[some]
    curves: list[tuple[ScoreCurve, ScoreCurve] | None] = [
        _curves(label, positive[:, place], probabilities[:, place]) for place, label in enumerate(labels)
    ]
    known = [place for place, pair in enumerate(curves) if pair is not None]
    shown = sorted(known, key=lambda place: curves[place][0].area)[:MAX_CURVES]  # type: ignore[index]
    pairs = [curves[place] for place in sorted(shown)]
    return Ranking(
        tuple(None if pair is None else rounded(pair[0].area) for pair in curves),
        tuple(None if pair is None else rounded(pair[1].area) for pair in curves),
        _means(positive[:, known], probabilities[:, known], [curves[place] for place in known], n_rows),
        tuple(_thinned(pair[kind]) for kind in (0, 1) for pair in pairs if pair is not None),
        len(positive) / n_rows,
    )


def _curves(label: str, positive: np.ndarray, scores: np.ndarray) -> tuple[ScoreCurve, ScoreCurve] | None:
    """The ROC and the precision-recall curve of a class, from all rows; None if all rows are alike."""
    n_positive = int(positive.sum())
    if n_positive in (0, len(positive)):
        return None
    metrics = scikit_metrics()
    false_rate, true_rate, _ = metrics.roc_curve(positive, scores)
    precision, recall, _ = metrics.precision_recall_curve(positive, scores, drop_intermediate=True)
    area = float(metrics.auc(false_rate, true_rate))
    average = float(-np.sum(np.diff(recall) * precision[:-1]))  # as average_precision_score, which would sort again
    return (
        ScoreCurve("roc", label, rounded(area), tuple(false_rate), tuple(true_rate)),
        ScoreCurve("precision-recall", label, rounded(average), tuple(recall[::-1]), tuple(precision[::-1])),
    )


def _thinned(curve: ScoreCurve) -> ScoreCurve:
    """A curve with at most `MAX_POINTS` points, evenly spaced along it."""
    x, y = np.array(curve.x), np.array(curve.y)
    if len(x) > MAX_POINTS:
        length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        wanted = np.linspace(0, length[-1], MAX_POINTS)
        kept = np.unique(np.searchsorted(length, wanted).clip(max=len(x) - 1))
        x, y = x[kept], y[kept]
    return ScoreCurve(curve.kind, curve.label, curve.area, rounded_all(x), rounded_all(y))


def _means(
    positive: np.ndarray, probabilities: np.ndarray, pairs: Sequence[tuple[ScoreCurve, ScoreCurve] | None], n_rows: int
) -> tuple[Score, ...]:
    """The mean area and average precision, with intervals; empty without classes that have both kinds of rows."""
    found = [pair for pair in pairs if pair is not None]
    if not found:
        return ()
    n_classes = len(found)
    names = ("roc_auc", "average_precision")
    values = [float(np.mean([pair[place].area for pair in found])) for place in (0, 1)]
    if n_classes > MAX_DRAWN_CLASSES:
        return tuple(Score(name, rounded(value)) for name, value in zip(names, values, strict=True))
    draws = RowDraws.plan(len(positive), 2 * n_classes, FEW_DRAWS)
    some, hits = probabilities[draws.rows], positive[draws.rows]
    drawn = [ranking_scores(some[:, place], hits[:, place], draws) for place in range(n_classes)]
    with np.errstate(invalid="ignore"):
        per_draw = np.ma.masked_invalid(np.stack(drawn)).mean(axis=0).filled(np.nan)
    share = len(draws.rows) / n_rows
    return tuple(
        scored(
            name,
            values[place],
            per_draw[:, place],
            share=share,
            centred=True,  # few rows per class make both higher in every draw
            limits=_SHARES,
        )
        for place, name in enumerate(names)
    )
