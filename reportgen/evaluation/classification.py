"""Scores of models that choose one class per row, or any number of labels."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reportgen.evaluation.bootstrap import RowDraws, drawn_cells, rounded, scored
from reportgen.evaluation.calibration import calibrate, row_losses
from reportgen.evaluation.ranking import Ranking, rank
from reportgen.evaluation.scikit import scikit_metrics
from reportgen.evaluation.tasks import Predicted
from reportgen.history.evaluation import (
    CONFUSION_CUT,
    INTERVALS_SCALED,
    RANKED_PART,
    ClassScores,
    Evaluation,
    Majority,
    Score,
    WorstRow,
)

MAX_WORST: Final = 20  # rows; our choice
MAX_CELLS: Final = 5_000  # of a stored confusion matrix; our choice: more than 100 classes fill
_CONFUSED: Final = 1_000  # pairs that are kept of a larger one
_SHARES: Final = (0.0, 1.0)
_POSITIVE: Final = (0.0, np.inf)


def evaluate_classes(given: Predicted) -> Evaluation:
    """Scores of a model that chooses one of two or more classes."""
    n_classes, metrics = len(given.labels), scikit_metrics()
    matrix = metrics.confusion_matrix(given.true, given.predicted, labels=np.arange(n_classes))
    ranking = _ranking_of_classes(given)
    calibration = None if given.probabilities is None else calibrate(given.true, given.probabilities)
    majority = int(matrix.sum(axis=1).argmax())
    drawn = _drawn_scores(matrix, majority)
    scores = _matrix_scores(given, drawn)
    notes = list(given.notes)
    if given.probabilities is not None:
        losses = row_losses(given.true, given.probabilities)
        scores += [*ranking.scores, _mean_score("log_loss", losses)] if ranking else []
        if len(losses) > len(RowDraws.plan(len(losses)).rows):
            notes.append(INTERVALS_SCALED)
    else:
        losses = None
    if ranking and ranking.share < 1:
        notes.append(RANKED_PART)
    confusion, was_cut = _confusion(matrix)
    if was_cut:
        notes.append(CONFUSION_CUT)
    return Evaluation(
        task=given.task,
        rows=len(given.true),
        scores=tuple(scores),
        classes=_class_rows(given, matrix, ranking),
        confusion=confusion,
        majority=_majority(given, matrix, majority, drawn["gain"]),
        curves=ranking.curves if ranking else (),
        calibration=calibration,
        worst=_worst_classes(given, losses),
        notes=tuple(notes),
    )


def _ranking_of_classes(given: Predicted) -> Ranking | None:
    if given.probabilities is None:
        return None
    if given.task == "binary":
        return rank(given.labels[1:], (given.true == 1)[:, None], given.probabilities[:, 1:])
    return rank(given.labels, given.true[:, None] == np.arange(len(given.labels)), given.probabilities)


def _drawn_scores(matrix: np.ndarray, majority: int) -> dict[str, np.ndarray]:
    """Scores of the confusion matrix when all rows are drawn again, each of shape (draws,)."""
    true, predicted = np.nonzero(matrix)
    counts = matrix[true, predicted]
    right, n_rows = true == predicted, int(counts.sum())
    by_true = np.flatnonzero(np.diff(true, prepend=-1))
    order = np.argsort(predicted, kind="stable")
    by_predicted = np.flatnonzero(np.diff(predicted[order], prepend=-1))
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("accuracy", "balanced_accuracy", "f1", "gain")}
    n_classes = len(matrix)
    for drawn in drawn_cells(counts):
        hits, rows, chosen = (np.zeros((len(drawn), n_classes)) for _ in range(3))
        hits[:, true[right]] = drawn[:, right]
        rows[:, true[by_true]] = np.add.reduceat(drawn, by_true, axis=1)
        chosen[:, predicted[order][by_predicted]] = np.add.reduceat(drawn[:, order], by_predicted, axis=1)
        accuracy = hits.sum(axis=1) / n_rows
        found["accuracy"].append(accuracy)
        found["gain"].append(accuracy - rows[:, majority] / n_rows)
        found["balanced_accuracy"].append(_mean_of_known(hits, rows))
        both = rows + chosen
        per_class = _mean_of_known(2 * hits, both) if n_classes > 2 else _mean_of_known(2 * hits[:, 1:], both[:, 1:])
        found["f1"].append(per_class)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _mean_of_known(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The mean of ratios per row of an array, without those that are 0 / 0; NaN without any."""
    known = below > 0
    ratios = np.divide(above, below, out=np.zeros_like(above), where=known)
    counts = known.sum(axis=1)
    sums = ratios.sum(axis=1)
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)


def _matrix_scores(given: Predicted, drawn: dict[str, np.ndarray]) -> list[Score]:
    metrics, pair = scikit_metrics(), (given.true, given.predicted)
    accuracy = float(metrics.accuracy_score(*pair))
    recalls = metrics.recall_score(*pair, labels=np.unique(given.true), average=None, zero_division=0)
    average = "binary" if given.task == "binary" else "macro"
    f1 = float(metrics.f1_score(*pair, average=average, zero_division=0))
    return [
        _exact_if_all(scored("accuracy", accuracy, drawn["accuracy"], limits=_SHARES), len(given.true)),
        scored("balanced_accuracy", float(recalls.mean()), drawn["balanced_accuracy"], limits=_SHARES),
        scored("f1", f1, drawn["f1"], centred=True, limits=_SHARES),
    ]


def _exact_if_all(score: Score, n_rows: int) -> Score:
    """If all rows are right or all are wrong, every draw is the same; then the exact binomial interval is known."""
    if score.value not in _SHARES:
        return score
    reach = rounded(0.025 ** (1 / n_rows))
    low, high = (reach, 1.0) if score.value == 1 else (0.0, rounded(1 - reach))
    return Score(score.name, score.value, low, high)


def _mean_score(name: str, values: np.ndarray, limits: tuple[float, float] = _POSITIVE) -> Score:
    """The mean of a value per row, with its interval."""
    draws = RowDraws.plan(len(values))
    picked = values[draws.rows].astype(np.float64)
    drawn = draws.scores(lambda weights: weights @ picked / len(picked))
    return scored(name, float(values.mean(dtype=np.float64)), drawn, share=draws.share, limits=limits)


def _class_rows(given: Predicted, matrix: np.ndarray, ranking: Ranking | None) -> tuple[ClassScores, ...]:
    hits, rows, chosen = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    areas, averages = (ranking.areas, ranking.averages) if ranking else ((), ())
    if given.task == "binary" and ranking:
        areas, averages = (None, *areas), (None, *averages)
    return _scores_per_class(given.labels, hits, rows, chosen, areas, averages)


def _scores_per_class(
    labels: Sequence[str],
    hits: np.ndarray,
    rows: np.ndarray,
    chosen: np.ndarray,
    areas: Sequence[float | None],
    averages: Sequence[float | None],
) -> tuple[ClassScores, ...]:
    """Precision, recall and F1 as scikit-learn defines them, but None instead of a warning where they are 0 / 0."""

    def ratio(above: int, below: int) -> float | None:
        return rounded(above / below) if below else None

    return tuple(
        ClassScores(
            label,
            int(rows[place]),
            int(chosen[place]),
            ratio(hits[place], chosen[place]),
            ratio(hits[place], rows[place]),
            ratio(2 * hits[place], rows[place] + chosen[place]),
            areas[place] if areas else None,
            averages[place] if averages else None,
        )
        for place, label in enumerate(labels)
    )


def _majority(given: Predicted, matrix: np.ndarray, majority: int, drawn: np.ndarray) -> Majority:
    n_rows = len(given.true)
    share = float(matrix[majority].sum() / n_rows)
    accuracy = float(np.trace(matrix) / n_rows)
    return Majority(given.labels[majority], rounded(share), scored("gain", accuracy - share, drawn))


def _confusion(matrix: np.ndarray) -> tuple[tuple[tuple[int, int, int], ...], bool]:
    """The pairs of classes with rows, and whether pairs with few rows are left out because there are too many."""
    true, predicted = np.nonzero(matrix)
    counts = matrix[true, predicted]
    was_cut = len(counts) > MAX_CELLS
    if was_cut:
        wrong = np.flatnonzero(true != predicted)
        most = wrong[np.argsort(-counts[wrong], kind="stable")[:_CONFUSED]]
        kept = np.sort(np.concatenate([np.flatnonzero(true == predicted), most]))
        true, predicted, counts = true[kept], predicted[kept], counts[kept]
    return tuple(zip(true.tolist(), predicted.tolist(), counts.tolist(), strict=True)), was_cut


def _worst_classes(given: Predicted, losses: np.ndarray | None) -> tuple[WorstRow, ...]:
    """The rows with the highest loss; without probabilities, the first wrong ones."""
    wrong = np.flatnonzero(given.true != given.predicted)
    ordered = wrong if losses is None else wrong[np.argsort(-losses[wrong], kind="stable")]
    worst = ordered[:MAX_WORST]
    return tuple(
        WorstRow(
            row,
            given.labels[given.true[row]],
            given.labels[given.predicted[row]],
            None if losses is None else rounded(float(losses[row])),
        )
        for row in worst.tolist()
    )


def evaluate_labels(given: Predicted) -> Evaluation:
    """Scores of a model that gives each row any number of labels."""
    metrics, true, predicted = scikit_metrics(), given.true, given.predicted
    hits, rows, chosen = (true & predicted).sum(axis=0), true.sum(axis=0), predicted.sum(axis=0)
    ranking = None if given.probabilities is None else rank(given.labels, true, given.probabilities)
    n_wrong = (true != predicted).sum(axis=1)
    draws = RowDraws.plan(len(true), 3 * len(given.labels))
    parts = np.hstack([part[draws.rows] for part in (true & predicted, true, predicted)]).astype(np.float64)

    def draw_f1(weights: np.ndarray) -> np.ndarray:
        found, of_true, of_predicted = np.split(weights @ parts, 3, axis=1)
        both = of_true + of_predicted
        total = both.sum(axis=1)
        micro = np.divide(2 * found.sum(axis=1), total, out=np.zeros(len(total)), where=total > 0)
        return np.column_stack([micro, _mean_of_known(2 * found, both)])

    drawn = draws.scores(draw_f1)
    micro = float(metrics.f1_score(true, predicted, average="micro", zero_division=0))
    per_label = _scores_per_class(
        given.labels, hits, rows, chosen, ranking.areas if ranking else (), ranking.averages if ranking else ()
    )
    known = [each.f1 for each in per_label if each.f1 is not None]
    scores = [
        scored("f1_micro", micro, drawn[:, 0], share=draws.share, limits=_SHARES),
        scored(
            "f1", float(np.mean(known)) if known else 0.0, drawn[:, 1], share=draws.share, centred=True, limits=_SHARES
        ),
        *(ranking.scores if ranking else ()),
        _exact_if_all(_mean_score("exact_match", n_wrong == 0, _SHARES), len(true)),
        _mean_score("hamming_loss", n_wrong / true.shape[1], _SHARES),
    ]
    notes = list(given.notes)
    if draws.share < 1:
        notes.append(INTERVALS_SCALED)
    if ranking and ranking.share < 1:
        notes.append(RANKED_PART)
    return Evaluation(
        task=given.task,
        rows=len(true),
        scores=tuple(scores),
        classes=per_label,
        curves=ranking.curves if ranking else (),
        worst=_worst_labels(given, n_wrong),
        notes=tuple(notes),
    )


def _worst_labels(given: Predicted, n_wrong: np.ndarray) -> tuple[WorstRow, ...]:
    """The rows with the most wrong labels."""
    worst = np.argsort(-n_wrong, kind="stable")[:MAX_WORST]

    def named(chosen: np.ndarray) -> str:
        return ", ".join(given.labels[place] for place in np.flatnonzero(chosen)[:MAX_WORST])

    return tuple(
        WorstRow(row, named(given.true[row]), named(given.predicted[row]), float(n_wrong[row]))
        for row in worst.tolist()
        if n_wrong[row]
    )
