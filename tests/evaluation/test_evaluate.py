"""`reportgen.evaluate`: the scores are those of scikit-learn, and what is unclear is refused in one line."""

import json
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import reportgen
from reportgen.errors import EvaluationError, HistoryError
from reportgen.evaluation.bootstrap import RowDraws, ranking_scores
from reportgen.evaluation.calibration import calibrate
from reportgen.history.evaluation import Evaluation, pack_evaluation, unpack_evaluation

RANDOM = np.random.default_rng(7)


def of_classes(n_rows: int, n_classes: int, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """True classes, and probabilities that are calibrated at a sharpness of 1."""
    logits = RANDOM.normal(size=(n_rows, n_classes)) * 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = (RANDOM.random((n_rows, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(max=n_classes - 1)
    powers = np.exp(logits * sharpness)
    return true, powers / powers.sum(axis=1, keepdims=True)


def value(result: Evaluation, name: str) -> float:
    score = result.score(name)
    assert score is not None
    return score.value


BINARY = of_classes(300, 2)
THREE = of_classes(300, 3)
TARGET = RANDOM.normal(5, 2, 200)
PREDICTED = TARGET + RANDOM.normal(0.3, 1, 200)
MARKS = RANDOM.random((200, 4)) < 0.4
MARK_SHARES = np.clip(MARKS * 0.3 + RANDOM.random((200, 4)) * 0.7, 0, 1)
DRAWN = RANDOM.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order() -> None:
    """Each test draws the same numbers, whichever tests ran before it."""
    RANDOM.bit_generator.state = DRAWN


def test_scores_of_two_classes_are_those_of_scikit_learn() -> None:
    true, shares = BINARY
    result = reportgen.evaluate(true, shares[:, 1])
    chosen = (shares[:, 1] >= 0.5).astype(int)
    expected = {
        "accuracy": metrics.accuracy_score(true, chosen),
        "balanced_accuracy": metrics.balanced_accuracy_score(true, chosen),
        "f1": metrics.f1_score(true, chosen),
        "roc_auc": metrics.roc_auc_score(true, shares[:, 1]),
        "average_precision": metrics.average_precision_score(true, shares[:, 1]),
        "log_loss": metrics.log_loss(true, shares),
    }
    assert result.task == "binary"
    assert {score.name: score.value for score in result.scores} == pytest.approx(expected, rel=1e-5)
    assert result == reportgen.evaluate(true.reshape(-1, 1), shares[:, 1:].tolist())


def test_scores_of_three_classes_are_those_of_scikit_learn() -> None:
    true, shares = THREE
    result = reportgen.evaluate(true, shares, labels=["ash", "beech", "oak"])
    chosen = shares.argmax(axis=1)
    precision, recall, f1, rows = metrics.precision_recall_fscore_support(true, chosen)
    expected = {
        "accuracy": metrics.accuracy_score(true, chosen),
        "balanced_accuracy": metrics.balanced_accuracy_score(true, chosen),
        "f1": metrics.f1_score(true, chosen, average="macro"),
        "roc_auc": metrics.roc_auc_score(true, shares, multi_class="ovr"),
        "average_precision": metrics.average_precision_score(np.eye(3)[true], shares),
        "log_loss": metrics.log_loss(true, shares),
    }
    assert {score.name: score.value for score in result.scores} == pytest.approx(expected, rel=1e-5)
    assert [each.label for each in result.classes] == ["ash", "beech", "oak"]
    assert [each.precision for each in result.classes] == pytest.approx(list(precision), rel=1e-5)
    assert [each.recall for each in result.classes] == pytest.approx(list(recall), rel=1e-5)
    assert [each.f1 for each in result.classes] == pytest.approx(list(f1), rel=1e-5)
    assert [each.rows for each in result.classes] == list(rows)
    matrix = np.zeros((3, 3), int)
    for of_true, of_predicted, count in result.confusion:
        matrix[of_true, of_predicted] = count
    assert (matrix == metrics.confusion_matrix(true, chosen)).all()


def test_scores_of_several_labels_are_those_of_scikit_learn() -> None:
    result = reportgen.evaluate(MARKS.astype(int), MARK_SHARES)
    chosen = MARK_SHARES >= 0.5
    expected = {
        "f1_micro": metrics.f1_score(MARKS, chosen, average="micro"),
        "f1": metrics.f1_score(MARKS, chosen, average="macro"),
        "roc_auc": metrics.roc_auc_score(MARKS, MARK_SHARES),
        "average_precision": metrics.average_precision_score(MARKS, MARK_SHARES),
        "exact_match": metrics.accuracy_score(MARKS, chosen),
        "hamming_loss": metrics.hamming_loss(MARKS, chosen),
    }
    assert result.task == "multi-label"
    assert {score.name: score.value for score in result.scores} == pytest.approx(expected, rel=1e-5)


def test_scores_of_a_regression_are_those_of_scikit_learn() -> None:
    result = reportgen.evaluate(TARGET, PREDICTED)
    expected = {
        "mae": metrics.mean_absolute_error(TARGET, PREDICTED),
        "rmse": metrics.root_mean_squared_error(TARGET, PREDICTED),
        "r2": metrics.r2_score(TARGET, PREDICTED),
        "bias": float(np.mean(PREDICTED - TARGET)),
    }
    assert result.task == "regression"
    assert {score.name: score.value for score in result.scores} == pytest.approx(expected, rel=1e-5)
    assert result.residuals is not None
    assert sum(result.residuals.counts) + result.residuals.below + result.residuals.above == 200
    assert result.worst[0].row == np.abs(PREDICTED - TARGET).argmax()


def test_a_hand_computed_case() -> None:
    result = reportgen.evaluate(["cat", "cat", "cat", "dog"], ["cat", "dog", "cat", "cat"])
    assert value(result, "accuracy") == 0.5
    assert result.confusion == ((0, 0, 2), (0, 1, 1), (1, 0, 1))
    dog = result.classes[1]
    assert (dog.rows, dog.predicted, dog.precision, dog.recall, dog.f1) == (1, 1, 0.0, 0.0, 0.0)
    assert result.majority is not None
    assert (result.majority.label, result.majority.share, result.majority.gain.value) == ("cat", 0.75, -0.25)
    assert [(row.row, row.true, row.predicted) for row in result.worst] == [(1, "cat", "dog"), (3, "dog", "cat")]


@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "task"),
    [
        ([0, 1, 1], [0, 1, 0], {}, "binary"),
        ([0, 1, 1], [0.2, 0.7, 0.4], {}, "binary"),
        ([False, True, True], [0.2, 0.7, 0.4], {}, "binary"),
        ([0, 0], [0.2, 0.7], {}, "binary"),
        ([0, 1, 1], [-2.0, 1.5, 0.3], {"from_logits": True}, "binary"),
        ([0, 1, 1], [-2.0, 1.5, 0.3], {"task": "regression"}, "regression"),
        (["no", "yes"], ["no", "yes"], {}, "binary"),
        (["no", "yes"], [0.1, 0.8], {}, "binary"),
        ([-1, 1, 1], [1, 1, -1], {}, "binary"),
        ([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]], {}, "binary"),
        ([0, 1, 2], [0, 2, 2], {}, "multi-class"),
        ([0.0, 1.0, 2.0], [0.0, 2.0, 2.0], {}, "multi-class"),
        ([0, 1], [[0.9, 0.05, 0.05], [0.2, 0.8, 0.0]], {}, "multi-class"),
        ([0, 1], [[4.0, 0.5, -3.0], [0.2, 0.8, 0.0]], {"from_logits": True}, "multi-class"),
        ([[1, 0, 0], [0, 1, 0]], [0, 1], {}, "multi-class"),
        ([[1, 0, 0], [0, 1, 1]], [[0.9, 0.3, 0.1], [0.1, 0.8, 0.6]], {}, "multi-label"),
        ([[1, 0, 0], [0, 1, 1]], [[1, 0, 0], [1, 1, 1]], {}, "multi-label"),
        ([[1, 0], [0, 1]], [[0.9, 0.3], [0.1, 0.8]], {}, "multi-label"),
        ([1.5, 2.25], [1.25, 2.5], {}, "regression"),
        ([3, 4, 5], [3.25, 4.5, 4.75], {}, "regression"),
        (list(range(200)), list(range(1, 201)), {}, "regression"),
        (list(range(200)), list(range(200)), {"labels": [f"c{n}" for n in range(200)]}, "multi-class"),
        (pd.Series(["a", "b"]), pd.Series(["a", "a"]), {}, "binary"),
        (np.array([[0], [1]]), np.array([[0.25], [0.75]], "float32"), {}, "binary"),
    ],
)
def test_the_task_is_detected(y_true: Any, y_pred: Any, options: dict[str, Any], task: str) -> None:
    assert reportgen.evaluate(y_true, y_pred, **options).task == task


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (["low", "high"], ["low", "high"]),
        ({1: "high", 0: "low"}, ["high", "low"]),
        ([1, 0], ["1", "0"]),
        (np.array(["low", "high"]), ["low", "high"]),
    ],
)
def test_labels_name_ids_or_give_the_order_of_columns(labels: Any, named: list[str]) -> None:
    result = reportgen.evaluate([0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]], labels=labels)
    assert [each.label for each in result.classes] == named
    in_order = value(result, "accuracy")
    assert in_order == (1.0 if named[0] != "high" and named[0] != "1" else 0.0)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "said"),
    [
        ([0, 1], [0, 1, 1], {}, "y_true has 2 rows and y_pred has 3"),
        ([], [], {}, "no rows"),
        ([0, 1, float("nan")], [0, 1, 1], {}, "y_true has NaN in row 2"),
        ([0, 1, 1], [0.5, float("inf"), 0.5], {}, "y_pred has inf in row 1"),
        (["a", None], ["a", "b"], {}, "y_true has no value in row 1"),
        (np.array(["a", 1], dtype=object), ["a", "b"], {}, "both text and numbers"),
        ([[1, 2], [3]], [1, 2], {}, "its rows differ in length"),
        (np.zeros((2, 3, 4)), np.zeros((2, 3, 4)), {}, "has the shape (2, 3, 4)"),
        ({"a": [1]}, [1], {}, 'several outputs, "a"; one is needed. Pass one, such as y_true["a"] and'),
        ([np.ones((9, 1)), np.ones((9, 2))], [1], {}, "y_true is a list of arrays of the shapes (9, 1), (9, 2)"),
        ([np.ones(9), np.zeros(9)], np.ones(9), {}, "Of several outputs, pass one, such as y_true[0] and y_pred[0]"),
        ([0, 1], [np.ones((1, 2)), np.ones((1, 2))], {}, "join batches with numpy.concatenate"),
        ([[1.5, 2.0], [2.0, 3.0]], [[1.0, 2.0], [2.0, 3.0]], {}, "so there are several outputs"),
        ([0, 1], [-3.5, 2.0], {}, "values from -3.5 to 2, which are not probabilities"),
        ([0, 1], [[3.0, -1.0, 2.0], [0.0, 1.0, 0.5]], {}, "which are not probabilities"),
        ([0, 1], [[0.5, 0.9, 0.1], [0.2, 0.2, 0.6]], {}, "Row 0 of y_pred sums to 1.5"),
        ([0, 3], [[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]], {}, '"3" in row 1'),
        ([0.5, 1.5], [[0.5, 0.5], [0.5, 0.5]], {}, "not class ids, such as 0.5"),
        (["a", "wolf"], ["a", "b"], {"labels": ["a", "b"]}, '"wolf" in row 1, which is not one of the 2 classes'),
        (["a", "b"], [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]], {}, "2 classes and y_pred has the probabilities of 3"),
        (["a", "b"], [0, 1], {}, "One of y_true and y_pred has class names"),
        ([0, 1], [0, 1], {"labels": "ab"}, "a list of class names is needed"),
        ([0, 1], [0, 1], {"labels": ["a", "a"]}, 'labels has "a" twice'),
        ([0, 1], [[0.5, 0.5], [0.5, 0.5]], {"labels": ["a", "b", "c"]}, "labels has 3 names"),
        (["a", "a"], ["a", "a"], {}, 'only the class "a"'),
        ([0, 1], [0, 1], {"task": "ranking"}, 'task is "ranking"'),
        ([0, 1, 2], [0, 1, 2], {"task": "binary"}, "there are 3 classes"),
        (["a", "b"], ["a", "b"], {"task": "regression"}, "y_true has text; a regression needs one number"),
        ([[1, 0], [0, 1]], [1, 0], {"task": "multi-label"}, "several labels need one column per label"),
        ([1 + 2j, 1j], [1, 2], {}, "values of type complex128"),
        (["a", "b"], [["a", "b"], ["a", "b"]], {}, "several columns of text"),
        ([str(n) for n in range(1_001)], [str(n) for n in range(1_001)], {}, "1,001 classes; at most 1,000"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(y_true: Any, y_pred: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        reportgen.evaluate(y_true, y_pred, **options)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_same_predictions_give_the_same_numbers() -> None:
    assert reportgen.evaluate(*THREE) == reportgen.evaluate(*THREE)


def results() -> list[Evaluation]:
    return [
        reportgen.evaluate(BINARY[0], BINARY[1][:, 1]),
        reportgen.evaluate(*THREE),
        reportgen.evaluate(MARKS.astype(int), MARK_SHARES),
        reportgen.evaluate(TARGET, PREDICTED),
        reportgen.evaluate(["a", "b"], ["a", "b"]),
    ]


@pytest.mark.parametrize("result", results(), ids=lambda result: result.task)
def test_an_evaluation_is_read_back_from_json_unchanged(result: Evaluation) -> None:
    packed = json.loads(json.dumps(pack_evaluation(result), allow_nan=False))
    assert unpack_evaluation(packed) == result
    history = reportgen.load({"loss": [0.5, 0.4]})
    stored = type(history)(history.frame, type(history.run)(evaluation=result))
    assert type(history).from_json(stored.to_json()).run.evaluation == result


@pytest.mark.parametrize(
    "change",
    [
        {"task": "chess"},
        {"rows": -1},
        {"rows": True},
        {"scores": []},
        {"scores": [{"name": "accuracy"}]},
        {"scores": [{"name": "accuracy", "value": "high"}]},
        {"scores": [{"name": 3, "value": 0.5}]},
        {"confusion": [[0, 9, 1]]},
        {"confusion": [[0, 1]]},
        {"classes": []},
        {"curves": [{"kind": "roc", "label": "a", "area": 1, "x": [0, 1], "y": [0]}]},
        {"worst": 3},
        {"majority": []},
        {"calibration": {"error": 0.1}},
        {"residuals": {"true": [1], "predicted": [1], "edges": [0, 1], "counts": [1, 2]}},
    ],
)
def test_a_damaged_evaluation_is_refused(change: dict[str, Any]) -> None:
    packed = json.loads(json.dumps(pack_evaluation(reportgen.evaluate(*THREE))))
    with pytest.raises(HistoryError, match=r"^The stored evaluation is damaged: "):
        unpack_evaluation(packed | change)


@pytest.mark.parametrize("result", results(), ids=lambda result: result.task)
def test_intervals_contain_the_score(result: Evaluation) -> None:
    for score in result.scores:
        if score.low is not None and score.high is not None:
            assert score.low <= score.value <= score.high
    assert any(score.low is not None for score in result.scores)


def test_the_interval_of_an_accuracy_is_close_to_that_of_theory() -> None:
    true = np.repeat([0, 1], 500)
    chosen = true.copy()
    chosen[::10] = 1 - chosen[::10]  # 10 % are wrong
    score = reportgen.evaluate(true, chosen).score("accuracy")
    assert score is not None
    half = 1.96 * (0.9 * 0.1 / 1000) ** 0.5
    assert (score.low, score.high) == pytest.approx((0.9 - half, 0.9 + half), abs=0.004)


@pytest.mark.parametrize(
    ("right", "low", "high"), [(True, 0.025 ** (1 / 20), 1.0), (False, 0.0, 1 - 0.025 ** (1 / 20))]
)
def test_an_accuracy_of_all_or_nothing_has_the_exact_interval(right: bool, low: float, high: float) -> None:
    true = np.tile([0, 1], 10)
    score = reportgen.evaluate(true, true if right else 1 - true).score("accuracy")
    assert score is not None
    assert (score.low, score.high) == pytest.approx((low, high), rel=1e-5)


def test_drawn_ranking_scores_are_those_of_scikit_learn_with_weights() -> None:
    scores, positive = np.round(RANDOM.random(40), 1), RANDOM.random(40) < 0.4  # with ties
    draws = RowDraws(np.arange(40), 1.0, 5)
    drawn = ranking_scores(scores, positive, draws)
    for weights, (area, average) in zip(next(draws.weights()), drawn, strict=True):
        used = weights > 0
        kept = (positive[used], scores[used], weights[used])
        assert area == pytest.approx(metrics.roc_auc_score(kept[0], kept[1], sample_weight=kept[2]))
        assert average == pytest.approx(metrics.average_precision_score(kept[0], kept[1], sample_weight=kept[2]))


def test_intervals_of_many_rows_are_scaled_to_all_of_them() -> None:
    target = RANDOM.normal(size=200_000)
    predicted = target + RANDOM.normal(size=200_000)
    result = reportgen.evaluate(target, predicted)
    bias = result.score("bias")
    assert "intervals-scaled" in result.notes
    assert bias is not None
    assert bias.low is not None
    assert bias.high is not None
    assert bias.high - bias.low == pytest.approx(2 * 1.96 / 200_000**0.5, rel=0.15)


def test_the_calibration_error_of_a_hand_computed_case() -> None:
    shares = np.array([0.9] * 10 + [0.1] * 10)
    true = np.array([1] * 6 + [0] * 4 + [0] * 10)
    found = calibrate(true, np.column_stack([1 - shares, shares]))
    assert found.error == pytest.approx((0.3 + 0.1) / 2)
    assert found.rows == (10, 10)
    assert found.share == (0.0, 0.6)


def test_a_temperature_is_found_and_judged_on_other_rows() -> None:
    true, shares = of_classes(4_000, 4, sharpness=2.5)
    found = calibrate(true, shares)
    assert found.temperature == pytest.approx(2.5, rel=0.15)
    assert found.loss_after is not None
    assert found.loss_before is not None
    assert found.loss_after < found.loss_before
    assert found.error > found.by_chance
    calibrated = calibrate(*of_classes(4_000, 4))
    assert calibrated.error < 1.5 * calibrated.by_chance
    assert calibrated.temperature == pytest.approx(1, rel=0.15)


def test_a_class_that_is_never_predicted_has_no_precision() -> None:
    result = reportgen.evaluate([0, 1, 2, 2], [0, 1, 1, 0])
    assert (result.classes[2].precision, result.classes[2].recall, result.classes[2].predicted) == (None, 0.0, 0)


def test_curves_end_at_their_corners_and_are_thinned() -> None:
    true, shares = of_classes(5_000, 2)
    result = reportgen.evaluate(true, shares)
    roc, precision = result.curves
    assert (roc.kind, roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == ("roc", 0, 0, 1, 1)
    assert (precision.kind, precision.x[0], precision.x[-1]) == ("precision-recall", 0, 1)
    assert 50 < len(roc.x) <= 120
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(roc.area, abs=0.002)


def test_of_many_classes_the_curves_with_the_lowest_area_are_kept() -> None:
    result = reportgen.evaluate(*of_classes(400, 12))
    shown = {curve.label for curve in result.curves}
    areas = sorted(each.roc_auc or 0 for each in result.classes)
    assert len(shown) == 5
    assert sorted(curve.area for curve in result.curves if curve.kind == "roc") == areas[:5]


def test_the_areas_of_more_than_a_hundred_classes_have_no_interval() -> None:
    for n_classes, has_one in ((100, True), (101, False)):
        true = np.arange(2 * n_classes) % n_classes
        area = reportgen.evaluate(true, of_classes(len(true), n_classes)[1]).score("roc_auc")
        assert area is not None
        assert (area.low is not None) == has_one


def test_a_large_confusion_matrix_keeps_the_most_confused_pairs() -> None:
    n_classes = 200
    true = np.repeat(np.arange(n_classes), 100)
    predicted = RANDOM.integers(0, n_classes, len(true))
    predicted[::2] = true[::2]
    predicted[:30] = 7
    result = reportgen.evaluate(true, predicted, labels=[f"class {n}" for n in range(n_classes)])
    assert "confusion-cut" in result.notes
    assert len(result.confusion) <= 1_000 + n_classes
    assert (0, 7, int((predicted[:100] == 7).sum())) in result.confusion


def test_without_scikit_learn_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(reportgen.MissingExtraError, match=r"pip install 'keras-reportgen\[evaluation\]'$"):
        reportgen.evaluate([0, 1], [0, 1])
