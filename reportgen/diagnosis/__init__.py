"""Diagnosis: from a history to a verdict, five answers and findings.

In: a `TrainingHistory`. Out: a `Diagnosis`. This room draws nothing and reads no files.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import spacing
from reportgen.diagnosis.early_stopping import advise_early_stop
from reportgen.diagnosis.evaluations import by_evaluation, of_epochs
from reportgen.diagnosis.findings import Answer, Diagnosis, Question, VerdictCode
from reportgen.diagnosis.outputs import split_outputs
from reportgen.diagnosis.questions import answer_all, read_run
from reportgen.diagnosis.rules import find_all
from reportgen.diagnosis.rules.case import Case
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds
from reportgen.history.frame import TrainingHistory
from reportgen.languages import ENGLISH, Language
from reportgen.wording.answers import word_answer
from reportgen.wording.findings import word_finding
from reportgen.wording.subject import Subject
from reportgen.wording.verdict import word_outputs, word_verdict


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


def rate_at(history: TrainingHistory, epoch: int | None) -> float | None:
    """The learning rate of an epoch; None where it was not logged, or not as a positive number."""
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is None or epoch is None or not history.has(name, "train"):
        return None
    rate = history.series(name, "train").get(epoch)
    return float(rate) if rate is not None and 0 < rate < np.inf else None


def half_as_long(history: TrainingHistory) -> int:
    """Half the run's length, at least 1."""
    return max(1, int(len(history.epochs) * spacing(history.epochs)) // 2)


def diagnose_history(
    history: TrainingHistory, thresholds: Thresholds = DEFAULTS, language: Language = ENGLISH
) -> Diagnosis:
    """Judges one run, and each output of a model that has several.

    Args:
        history: The run.
        thresholds: The numbers to judge by.
        language: What it is worded in.

    Returns:
        The diagnosis. Questions that the data cannot answer are "not-assessed", with the reason.
    """
    judged, language = by_evaluation(of_epochs(history)), language.counting(history.axis)
    outputs = {name: _judge(part, thresholds, language) for name, part in split_outputs(judged).items()}
    whole = _judge(judged, thresholds, language)
    return replace(whole, outputs=outputs, verdict_words=word_outputs(whole, outputs))


def _judge(history: TrainingHistory, thresholds: Thresholds, language: Language) -> Diagnosis:
    reading = read_run(history, thresholds)
    answers = answer_all(reading, thresholds)
    verdict = choose_verdict(answers, thresholds)
    findings = find_all(Case(reading, answers, thresholds))
    best = reading.best_epoch
    broken = answers["diverged"].details.get("epoch") if verdict == "diverged" else None
    subject = Subject(
        metric=reading.metric,
        monitor=None if reading.metric is None else metrics.join_key(reading.metric, reading.monitor_split),
        best_epoch=best,
        last_epoch=int(history.epochs[-1]),
        stop=None if reading.monitor is None or best is None else advise_early_stop(reading.monitor, best),
        early_stopping=history.run.early_stopping,
        rate=rate_at(history, broken if isinstance(broken, int) else best),
        codes=frozenset(finding.code for finding in findings),
        epochs_ahead=reading.forecast.epochs_ahead if reading.forecast else half_as_long(history),
        scores=frozenset(name for name in history.metric_names if history.direction(name) == "higher"),
        language=language,
    )
    return Diagnosis(
        verdict=verdict,
        verdict_words=word_verdict(verdict, answers, subject),
        best_epoch=best,
        monitor=subject.monitor if reading.monitor is not None else None,
        epochs=subject.last_epoch,
        answers=answers,
        answer_words={question: word_answer(question, given, subject) for question, given in answers.items()},
        findings=findings,
        finding_words=tuple(word_finding(finding, subject) for finding in findings),
        language=language,
        forecast=None if answers["diverged"].answer == "yes" else reading.forecast_as_logged,
    )
