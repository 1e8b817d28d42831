"""Findings on test data: each rule just below and just above its threshold."""

import math
from dataclasses import replace

import histories
import pytest

import reportgen
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.evaluation import Calibration, ClassScores, Evaluation, Majority, Score
from reportgen.history.frame import TrainingHistory
from reportgen.page.statements import worst_tone

ACCURACIES = [0.5 + 0.03 * epoch for epoch in range(12)]  # ends at 0.83, its best
RUN = TrainingHistory.from_columns(
    range(1, 13),
    {
        "loss": [1 - 0.05 * epoch for epoch in range(12)],
        "val_loss": [1 - 0.045 * epoch for epoch in range(12)],
        "val_accuracy": ACCURACIES,
        "val_mae": [2 - 0.1 * epoch for epoch in range(12)],
    },
)
CLASSES = (ClassScores("cat", 60, 70, 0.8, 0.8, 0.8), ClassScores("dog", 40, 30, 0.8, 0.8, 0.8))
GOOD = Evaluation("binary", 100, (Score("accuracy", 0.82, 0.75, 0.89),), CLASSES)


def found(evaluation: Evaluation, code: str) -> Finding | None:
    history = RUN.with_run(replace(RUN.run, evaluation=evaluation))
    diagnosis = reportgen.diagnose(history)
    return next((finding for finding in diagnosis.findings if finding.code == code), None)


NOISE = 1.96 * 0.03 * 1.4826 / 2**0.5  # of the validation accuracy, which grows by 0.03 in each epoch


@pytest.mark.parametrize("half", [0.02, 0.08])
@pytest.mark.parametrize(
    ("side", "beyond", "severity"),
    [(-1, 0.001, "warning"), (-1, -0.001, None), (1, -0.001, None), (1, 0.001, "note")],
)
def test_test_data_differ_if_the_difference_is_beyond_both_intervals(
    half: float, side: int, beyond: float, severity: str | None
) -> None:
    value = ACCURACIES[-1] + side * (math.hypot(half, max(half, NOISE)) + beyond)
    score = Score("accuracy", value, value - half, value + half)
    finding = found(replace(GOOD, scores=(score,)), "test-differs")
    assert (finding.severity if finding else None) == severity


def test_a_lower_error_on_test_data_is_better_not_worse() -> None:
    for value, severity in ((0.2, "note"), (3.0, "warning")):
        scores = (Score("mae", value, value - 0.1, value + 0.1),)
        finding = found(Evaluation("regression", 100, scores), "test-differs")
        assert finding is not None
        assert (finding.severity, finding.metric) == (severity, "mae")
        assert finding.evidence.validation_value == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("name", "measured", "value", "severity"),
    [
        (None, 1.2, 1.2, "warning"),  # `evaluate` gave the same value, so the loss is the log loss
        (None, 0.2, 0.2, "note"),
        (None, 1.4, 1.2, None),  # the loss includes something else
        ("sparse_categorical_crossentropy", None, 1.2, "warning"),
        ("BCEWithLogitsLoss", None, 1.2, "warning"),
        ("sparse_categorical_crossentropy", None, 0.2, None),  # its validation values may include penalties
        ("focal", None, 1.2, None),
        (None, None, 1.2, None),
        (None, 0.6, 0.6, None),  # within both intervals
    ],
)
def test_a_log_loss_is_compared_with_a_loss_that_is_one(
    name: str | None, measured: float | None, value: float, severity: str | None
) -> None:
    scores = (Score("log_loss", value, 0.8 * value, 1.2 * value),)
    results = () if measured is None else (("loss", measured),)
    run = replace(RUN.run, evaluation=replace(GOOD, scores=scores), test_results=results, loss=name)
    diagnosis = reportgen.diagnose(RUN.with_run(run))
    assert [finding.severity for finding in diagnosis.findings if finding.code == "test-differs"] == [severity] * bool(
        severity
    )
    assert worst_tone(diagnosis) == ("warning" if severity == "warning" else "note")
    assert diagnosis.verdict_words.title.endswith(", but the test loss is worse.") == (severity == "warning")
    assert "On test data" not in diagnosis.verdict_words.text


def test_scores_without_a_validation_value_are_not_compared() -> None:
    assert found(replace(GOOD, scores=(Score("f1", 0.01, 0.0, 0.02),)), "test-differs") is None


@pytest.mark.parametrize(("rows", "predicted", "is_found"), [(4, 0, False), (5, 0, True), (5, 1, False)])
def test_a_class_is_never_predicted(rows: int, predicted: int, is_found: bool) -> None:
    classes = (CLASSES[0], ClassScores("dog", rows, predicted, None, 0.0, 0.0))
    finding = found(replace(GOOD, classes=classes), "class-never-predicted")
    assert (finding is not None) == is_found
    assert finding is None or finding.evidence.labels == "dog"


@pytest.mark.parametrize(
    ("rows", "gain", "is_found"),
    [
        (19, Score("gain", 0.0, -0.1, 0.1), False),
        (20, Score("gain", 0.0, -0.1, 0.1), True),
        (100, Score("gain", 0.05, 0.0, 0.1), True),
        (100, Score("gain", 0.05, 0.001, 0.1), False),
        (100, Score("gain", 0.0), True),
        (100, Score("gain", 0.4), False),
    ],
)
def test_the_accuracy_is_no_better_than_the_most_frequent_class(rows: int, gain: Score, is_found: bool) -> None:
    evaluation = replace(GOOD, rows=rows, majority=Majority("cat", 0.6, gain))
    assert (found(evaluation, "no-better-than-majority") is not None) == is_found


@pytest.mark.parametrize(
    ("error", "by_chance", "is_found"),
    [(0.049, 0.01, False), (0.05, 0.01, True), (0.06, 0.06, False), (0.06, 0.059, True)],
)
def test_probabilities_are_poorly_calibrated(error: float, by_chance: float, is_found: bool) -> None:
    calibration = Calibration(error, by_chance, (0.5,), (0.4,), (100,), 1.5, 0.6, 0.5)
    finding = found(replace(GOOD, calibration=calibration), "poor-calibration")
    assert (finding is not None) == is_found
    assert finding is None or finding.evidence.temperature == 1.5


def test_a_temperature_that_does_not_help_on_other_rows_is_not_advised() -> None:
    calibration = Calibration(0.1, 0.01, (0.5,), (0.4,), (100,), 1.5, 0.5, 0.51)
    finding = found(replace(GOOD, calibration=calibration), "poor-calibration")
    assert finding is not None
    assert finding.evidence.temperature is None


def test_runs_without_an_evaluation_have_no_such_checks() -> None:
    rules = {check.rule for check in reportgen.diagnose(histories.healthy()).checks}
    assert not {rule for rule in rules if rule.startswith("RG7")}
    with_one = RUN.with_run(replace(RUN.run, evaluation=GOOD))
    states = {check.rule: check.state for check in reportgen.diagnose(with_one).checks}
    assert states["RG702"] == "passed"
    assert states["RG704"] == "not-applicable"


def test_every_finding_is_worded_in_whole_sentences() -> None:
    bad = Evaluation(
        "binary",
        100,
        (Score("accuracy", 0.4, 0.35, 0.45),),
        (ClassScores("cat", 60, 100, 0.6, 1.0, 0.75), ClassScores("dog", 40, 0, None, 0.0, 0.0)),
        majority=Majority("cat", 0.6, Score("gain", -0.2, -0.3, -0.1)),
        calibration=Calibration(0.2, 0.03, (0.5,), (0.3,), (100,), 2.25, 0.9, 0.6),
    )
    diagnosis = reportgen.diagnose(RUN.with_run(replace(RUN.run, evaluation=bad)))
    texts = {
        finding.code: f"{words.title}. {words.text}"
        for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)
    }
    assert "On test data, the accuracy is 0.4 (95% interval 0.35 to 0.45)" in texts["test-differs"]
    assert ": 0.43 below the best validation value, that of epoch 12." in texts["test-differs"]
    assert texts["class-never-predicted"].startswith("Class dog is never predicted.")
    assert "always predicting cat would score 0.6." in texts["no-better-than-majority"]
    assert "Dividing the logits by 2.25 would lower the log loss from 0.900 to 0.600" in texts["poor-calibration"]
    assert DEFAULTS.calibration_error == 0.05
