"""A diagnosis: a judged run with its sentences, and its published JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reportgen.diagnosis.findings import QUESTIONS, Number, Question
from reportgen.diagnosis.judgement import Judgement
from reportgen.languages import Language

SCHEMA: Final = "reportgen/diagnosis/1"


@dataclass(frozen=True)
class Sentences:
    """A finding or a verdict in words."""

    title: str
    text: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diagnosis(Judgement):
    """What reportgen found out about one run, in numbers and in words.

    Attributes:
        verdict: The code that sums up the run.
        verdict_words: Headline, detail and advice.
        best_epoch: The epoch (1-based) with the best weights; None if no metric can be judged.
        monitor: The judged curve, named as Keras logs it; None if no metric can be judged.
        epochs: The last epoch of the run.
        answers: One per question.
        answer_words: The sentence for each answer.
        findings: Most severe first.
        finding_words: The findings in words, in the same order.
        language: The language of all words.
        forecast: How the monitor would continue, in its own unit; None if that is unknown.
        comparison: The comparison with the baseline; None without one, or if it is judged by another curve.
        outputs: The diagnosis of each output of a model that has several, by the output's name; else empty.
        reading: The run and its judged curves.

    Example:
        >>> import reportgen
        >>> diagnosis = reportgen.diagnose({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})
        >>> diagnosis.monitor
        'val_loss'
    """

    verdict_words: Sentences
    answer_words: Mapping[Question, str]
    finding_words: tuple[Sentences, ...]
    language: Language
    outputs: Mapping[str, "Diagnosis"] = field(default_factory=dict)

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
