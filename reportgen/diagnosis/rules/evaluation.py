"""Findings on the evaluation: what the model does with data that it was not trained on."""

import math
from typing import Final

import numpy as np

from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.score_names import is_log_loss, metric_of
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.history.evaluation import Evaluation, Score
from reportgen.metrics import join_key

_FAMILY: Final = "RG7"  # of the codes of the rules here
_MAX_NAMED: Final = 8
_TO_DEVIATION: Final = 1.4826 / 2**0.5  # of the median difference of neighbouring values with normal noise
_HALF_95: Final = 1.96


def evaluation_warnings(run: Judgement) -> tuple[Finding, ...]:
    """What is wrong with the model by its evaluation, which verdicts on curves do not say."""
    return tuple(each for each in run.findings if each.rule.startswith(_FAMILY) and each.severity != "note")


def rule_test_differs(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A score on test data and the validation value of the same metric are further apart than chance explains."""
    each = run.reading.history.run.evaluations
    return [found for name, evaluation in each for found in _test_differs(run, limits, name, evaluation)]


def _test_differs(run: Judgement, limits: Thresholds, output: str, evaluation: Evaluation) -> list[Finding]:
    """The first score that differs."""
    history = run.reading.history
    for score in evaluation.scores:
        metric = metric_of(history, score.name, output)
        best = None if metric is None else best_logged(history, join_key(metric, "validation"))
        if metric is None or best is None or score.low is None or score.high is None:
            continue
        values = history.series(metric, "validation").to_numpy(dtype=np.float64)
        last = float(values[-1])
        low, high = min(best[0], last), max(best[0], last)  # the weights may be those of either epoch
        is_above, lower_is_better = score.value > high, history.direction(metric) == "lower"
        nearest = high if is_above else low
        half = score.value - score.low if is_above else score.high - score.value  # on the side of validation
        reach = _reach(values, score, nearest, limits, grows=lower_is_better)
        if low <= score.value <= high or abs(score.value - nearest) <= math.hypot(half, reach):
            continue
        worse = is_above == lower_is_better
        if not worse and score.name == "log_loss" and metric == "loss" and is_log_loss(history) is None:
            continue  # penalties may explain it
        evidence = Evidence(
            score=score.name,
            value=score.value,
            low=score.low,
            high=score.high,
            validation_value=best[0],
            validation_reach=reach,
            best_epoch=best[1],
            rows=evaluation.rows,
        )
        return [Finding("test-differs", "warning" if worse else "note", metric, None, evidence)]
    return []


def _reach(values: np.ndarray, score: Score, nearest: float, limits: Thresholds, *, grows: bool) -> float:
    """Half the width of an interval for a validation value: as on test data, or more if the curve is noisier.

    Args:
        values: The validation values.
        score: The score on test data.
        nearest: The validation value.
        limits: The numbers to judge by.
        grows: Whether the metric is an error, whose spread grows with its value.
    """
    low, high = score.low or 0.0, score.high or 0.0
    half = max((high - low) / 2, score.value - low if score.value > nearest else high - score.value)
    if grows and score.value > 0 and nearest > 0:
        half *= nearest / score.value
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    noise = _TO_DEVIATION * float(np.median(steps)) if len(steps) >= limits.min_epochs else 0.0
    return max(half, _HALF_95 * noise)


def rule_class_never_predicted(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A class with enough rows is predicted for none of all rows."""
    findings = []
    for output, evaluation in run.reading.history.run.evaluations:
        classes = evaluation.classes
        never = [each for each in classes if not each.predicted and each.rows >= limits.never_predicted_rows]
        if never:
            evidence = Evidence(
                output=output or None,
                times=len(never),
                rows=sum(each.rows for each in never),
                labels=", ".join(each.label for each in never[:_MAX_NAMED]),
            )
            findings.append(Finding("class-never-predicted", "warning", None, None, evidence))
    return findings


def rule_no_better_than_majority(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The accuracy is not above that of always answering the most frequent class, beyond chance."""
    findings = []
    for output, evaluation in run.reading.history.run.evaluations:
        majority, accuracy = evaluation.majority, evaluation.score("accuracy")
        if majority is None or accuracy is None or evaluation.rows < limits.majority_rows:
            continue
        low = majority.gain.value if majority.gain.low is None else majority.gain.low
        if low <= 0:
            evidence = Evidence(
                output=output or None,
                value=accuracy.value,
                majority_share=majority.share,
                labels=majority.label,
                rows=evaluation.rows,
            )
            findings.append(Finding("no-better-than-majority", "warning", None, None, evidence))
    return findings


def rule_poor_calibration(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Predicted probabilities are further from the truth than those of calibrated models."""
    findings = []
    for output, evaluation in run.reading.history.run.evaluations:
        found = evaluation.calibration
        if found is None or found.error < limits.calibration_error or found.error <= found.by_chance:
            continue
        helps = found.loss_before is not None and found.loss_after is not None and found.loss_after < found.loss_before
        evidence = Evidence(
            output=output or None,
            calibration_error=found.error,
            by_chance=found.by_chance,
            rows=evaluation.rows,
            temperature=found.temperature if helps else None,
            loss_before=found.loss_before if helps else None,
            loss_after=found.loss_after if helps else None,
        )
        findings.append(Finding("poor-calibration", "note", None, None, evidence))
    return findings
