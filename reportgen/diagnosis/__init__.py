"""Diagnosis: from a history to a verdict, five answers and findings.

In: a `TrainingHistory`. Out: a `Diagnosis`. This room draws nothing and reads no files.
"""

from collections.abc import Mapping

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import Curve
from reportgen.diagnosis.findings import Answer, Diagnosis, Question, VerdictCode
from reportgen.diagnosis.questions import answer_all, best_epoch, read_run
from reportgen.diagnosis.rules import Case, find_all
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds
from reportgen.diagnosis.wording import Subject, word_finding, word_verdict
from reportgen.history import TrainingHistory


def choose_verdict(answers: Mapping[Question, Answer], thresholds: Thresholds = DEFAULTS) -> VerdictCode:
    """The one code that sums the answers up: the gravest first.

    A run that more likely overfits than not, or lost much of what it had gained, is not called healthy, whatever its
    plateau was.
    """
    if answers["diverged"].answer == "yes":
        return "diverged"
    if answers["learning"].answer == "no":
        return "not-learning"
    if answers["overfitting"].answer == "yes":
        return "overfitting"
    if answers["more_training_helps"].answer == "yes":
        return "still-improving"
    if (answers["overfitting"].probability or 0.0) >= 0.5:
        return "unclear"
    lost = answers["converged"].evidence.get("lost_ratio")
    if isinstance(lost, float) and lost >= thresholds.lost_ratio:
        return "unclear"
    unspoilt = answers["overfitting"].answer == "no" or answers["overfitting"].reason == "no-validation"
    settled = unspoilt and answers["learning"].answer == "yes"
    if answers["converged"].answer == "yes" or (settled and answers["more_training_helps"].answer in ("unsure", "no")):
        return "healthy"
    return "unclear"


def patience_for(curve: Curve | None, best: int | None) -> int:
    """The smallest patience with which early stopping would have reached the best epoch and not stopped before.

    Args:
        curve: The judged curve.
        best: The best epoch, 1-based.

    Returns:
        Epochs; one more than the longest wait for an improvement up to the best epoch, and at least 3.
    """
    if curve is None or best is None:
        return 3
    until = curve.errors[: curve.position(best) + 1]
    improved = np.flatnonzero(np.concatenate([[True], until[1:] < np.minimum.accumulate(until)[:-1]]))
    longest = int(np.diff(np.append(improved, len(until) - 1)).max(initial=0))
    return max(3, longest + 1)


def diagnose_history(history: TrainingHistory, thresholds: Thresholds = DEFAULTS) -> Diagnosis:
    """Judges one run.

    Args:
        history: The run.
        thresholds: The numbers to judge by.

    Returns:
        The diagnosis. Questions that the data cannot answer are "not-assessed", with the reason.
    """
    reading = read_run(history, thresholds)
    answers = answer_all(reading, thresholds)
    verdict = choose_verdict(answers, thresholds)
    findings = find_all(Case(reading, answers, thresholds))
    best = best_epoch(reading)
    subject = Subject(
        metric=reading.metric,
        monitor=None if reading.metric is None else metrics.join_key(reading.metric, reading.monitor_split),
        best_epoch=best,
        last_epoch=int(history.epochs[-1]),
        patience=patience_for(reading.monitor, best),
    )
    return Diagnosis(
        verdict=verdict,
        verdict_words=word_verdict(verdict, answers, subject),
        best_epoch=best,
        monitor=subject.monitor if reading.monitor is not None else None,
        epochs=subject.last_epoch,
        answers=answers,
        findings=findings,
        finding_words=tuple(word_finding(finding, subject) for finding in findings),
    )
