"""What a diagnosis is made of: answers, findings, a verdict.

Plain frozen data. Numbers are in the metric's own unit unless the name says ``_ratio`` (a fraction of 1). None means
"not known" or "does not apply"; NaN never stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from reportgen.languages import ENGLISH, Axis, Language

SCHEMA: Final = "reportgen/diagnosis/1"

AnswerWord = Literal["yes", "no", "unsure", "not-assessed"]
Severity = Literal["good", "note", "warning", "critical"]
Question = Literal["learning", "overfitting", "converged", "more_training_helps", "diverged"]
VerdictCode = Literal["diverged", "not-learning", "overfitting", "still-improving", "healthy", "unclear"]
Number = float | int | str | None

QUESTIONS: Final[tuple[Question, ...]] = ("learning", "overfitting", "converged", "more_training_helps", "diverged")


@dataclass(frozen=True)
class Answer:
    """The answer to one of the five questions.

    Attributes:
        answer: ``unsure`` where the probability is between the thresholds, ``not-assessed`` where nothing can be said.
        probability: That the true answer is "yes", 0 to 1; None where not assessed.
        details: The question's own results: ``since_epoch``, ``epoch`` or ``expected_gain``.
        evidence: The numbers the answer stands on.
        reason: Why it was not assessed, as a code that the wording knows; None otherwise.
    """

    answer: AnswerWord
    probability: float | None = None
    details: Mapping[str, Number] = field(default_factory=dict)
    evidence: Mapping[str, Number] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing worth telling about a run.

    Attributes:
        code: What was found; the wording is chosen by it.
        severity: How much it matters.
        metric: Base name of the metric it is about; None for the run as a whole.
        epochs: First and last epoch concerned, 1-based, inclusive; None for the run as a whole.
        evidence: The numbers it stands on.
    """

    code: str
    severity: Severity
    metric: str | None = None
    epochs: tuple[int, int] | None = None
    evidence: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True)
class Sentences:
    """A finding or a verdict in words."""

    title: str
    text: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """How a curve would go on.

    Attributes:
        epochs_ahead: How many epochs are forecast.
        epochs: Shape (m,), float, from the last value's epoch on; the first point is where the band begins.
        low: Shape (m,), in the unit of the curve as it was given (lower is better). One run in ten ends below.
        mid: Shape (m,), half of the runs end below. It begins at the end of the smoothed curve.
        high: Shape (m,), nine runs in ten end below; of real logs about two in three end within both.
        expected_gain: How much the lowest value would fall further, as a fraction of the lowest so far: the median.
        gain_low: The gain that nine runs in ten reach, at least 0.
        gain_high: The gain that one run in ten reaches.
    """

    epochs_ahead: int
    epochs: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    mid: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    expected_gain: float
    gain_low: float
    gain_high: float


@dataclass(frozen=True)
class Diagnosis:
    """What is to be said of one run.

    Attributes:
        verdict: The one code that sums the run up.
        verdict_words: Headline, detail and advice.
        best_epoch: Epoch (1-based) with the best value of the monitor; None where no metric can be judged.
        monitor: The curve that was judged, named as Keras logs it; None where none could be.
        epochs: The last epoch of the run.
        answers: One per question.
        answer_words: The sentence under each.
        findings: Most severe first.
        finding_words: The findings in words, in the same order.
        language: What all words are in.
        forecast: How the monitor would go on, in its own unit; None where nothing can be said.
        outputs: A diagnosis of its own for each output of a model that has several, by the output's name; else empty.

    Example:
        >>> import reportgen
        >>> diagnosis = reportgen.diagnose({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})
        >>> diagnosis.monitor
        'val_loss'
    """

    verdict: VerdictCode
    verdict_words: Sentences
    best_epoch: int | None
    monitor: str | None
    epochs: int
    answers: Mapping[Question, Answer]
    answer_words: Mapping[Question, str]
    findings: tuple[Finding, ...]
    finding_words: tuple[Sentences, ...]
    language: Language = ENGLISH
    forecast: Forecast | None = None
    outputs: Mapping[str, "Diagnosis"] = field(default_factory=dict)

    @property
    def axis(self) -> Axis:
        """What the run is counted in: all epochs here are steps where it is ``step``."""
        return self.language.axis

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as plain data that `json.dumps` takes, in the published schema."""
        answers: dict[str, Any] = {}
        for question in QUESTIONS:
            given = self.answers[question]
            entry: dict[str, Any] = {"answer": given.answer, "probability": _rounded(given.probability)}
            entry |= {name: _rounded(value) for name, value in given.details.items()}
            entry["evidence"] = {name: _rounded(value) for name, value in given.evidence.items()}
            if given.reason is not None:
                entry["reason"] = given.reason
            answers[question] = entry
        findings = [
            {
                "code": finding.code,
                "severity": finding.severity,
                "metric": finding.metric,
                "epochs": list(finding.epochs) if finding.epochs else None,
                "evidence": {name: _rounded(value) for name, value in finding.evidence.items()},
                "title": words.title,
                "text": words.text,
            }
            for finding, words in zip(self.findings, self.finding_words, strict=True)
        ]
        document = {
            "schema": SCHEMA,
            "verdict": {
                "code": self.verdict,
                "headline": self.verdict_words.title,
                "detail": self.verdict_words.text,
                "advice": list(self.verdict_words.advice),
            },
            "axis": self.axis,
            "best_epoch": self.best_epoch,
            "monitor": self.monitor,
            "epochs": self.epochs,
            "answers": answers,
            "findings": findings,
        }
        if self.outputs:
            document["outputs"] = {name: output.to_dict() for name, output in self.outputs.items()}
        return document


def _rounded(value: Number) -> Number:
    """Six significant digits: what lies beyond is noise, and differs between machines."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
