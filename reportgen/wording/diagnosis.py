"""A diagnosis: a judged run with its sentences and its published JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reportgen.diagnosis.evidence import Evidence, Number
from reportgen.diagnosis.findings import QUESTIONS, Advice, Answer, Finding, Question
from reportgen.diagnosis.judgement import Judgement
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, certainty, word_short

SCHEMA: Final = "reportgen/diagnosis/1"
_ENDED: Final = (("last_epoch", ("planned_epochs",)), ("patience", ("restored_epoch", "best_epoch")))
# Numbers that are null if unknown, by question or finding: the number they come with, and their names.
_NULLS: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "converged": (("lost_ratio", ("plateau_epoch",)),),
    "still-improving": (("recent_progress", ("expected_gain",)),),
    "underfitting": (("fall_ratio", ("train_accuracy",)),),
    "noisy-validation": (("noise", ("validation_rows",)),),
    "interrupted": _ENDED,
    "stopped-early": _ENDED,
}


@dataclass(frozen=True)
class Sentences:
    """A finding or a verdict in words."""

    title: str
    text: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class Diagnosis(Judgement):
    """What reportgen found about one run, in numbers and in words. ``print`` shows the headline and the five answers.

    Attributes:
        verdict: The code that sums up the run.
        verdict_words: The headline, detail and advice.
        best_epoch: The epoch (1-based) with the best weights; None if no metric can be judged.
        monitor: The judged curve, named as Keras logs it; None if no metric can be judged.
        epochs: The last epoch of the run.
        answers: One per question.
        answer_words: The sentence for each answer.
        findings: Most severe first.
        ignores: Names of findings that the caller ignores, whether the run has them or not.
        ignored: The findings of the run that are left out for that reason.
        checks: The outcome of each rule.
        advice: What to do, the most important first; ``verdict_words.advice`` has the words.
        finding_words: The findings in words, in the same order.
        language: The language of all sentences.
        forecast: How the monitor would continue, in its own unit; None if unknown.
        comparison: The comparison with the baseline; None without one, or if it is judged by another curve.
        asked: The outcome of the rules of other packages.
        outputs: The diagnosis of each output of a model with several outputs, by output name; otherwise empty.
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

    def __repr__(self) -> str:
        """One line: the verdict and what it is about."""
        judged = (
            "" if self.monitor is None else f" by {printable(self.monitor, 40)}, best {self.axis} {self.best_epoch}"
        )
        return f"<Diagnosis: {self.verdict}{judged}, {self.epochs} {self.axis}s>"

    def __str__(self) -> str:
        """The headline and the five answers, one per line."""
        say, lines = self.language.say, [self.verdict_words.title]
        for question in self.answers:
            sure = certainty(self.shown_answer(question), self.language)
            answer = f"{say(QUESTION_WORDS[question])} {self.short_answer(question)}"
            lines.append(self.language.join(answer, say("({text})", text=sure) if sure else ""))
        return "\n".join(lines)

    def shown_answer(self, question: Question) -> Answer:
        """The answer for a reader: that of an output that overfits, if the model as a whole does not."""
        name = self.overfitting_output if question == "overfitting" else None
        return self.answers[question] if name is None else self.outputs[name].answers[question]

    def short_answer(self, question: Question) -> str:
        """`shown_answer` in a word or two, with the output that it is about."""
        answer = word_short(question, self.shown_answer(question), self.language)
        name = self.overfitting_output if question == "overfitting" else None
        if name is None:
            return answer
        return self.language.say("Output {output}: {headline}", output=printable(name, 60), headline=answer)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as plain data for `json.dumps`, following the published schema."""
        words = self.verdict_words
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "verdict": {
                "code": self.verdict,
                "headline": words.title,
                "detail": words.text,
                "advice": list(words.advice),
                "actions": [_advice_document(item) for item in self.advice],
            },
            "axis": self.axis,
            "best_epoch": self.best_epoch,
            "monitor": self.monitor,
            "epochs": self.epochs,
            "answers": {question: _answer_document(question, self.answers[question]) for question in QUESTIONS},
            "findings": [
                _finding_document(finding, words)
                for finding, words in zip(self.findings, self.finding_words, strict=True)
            ],
        }
        document["checks"] = [
            {name: value for name, value in vars(check).items() if value is not None} for check in self.checks
        ]
        if self.outputs:
            document["outputs"] = {name: output.to_dict() for name, output in self.outputs.items()}
        return document


def _advice_document(advice: Advice) -> dict[str, Number]:
    return {name: _rounded(value) for name, value in vars(advice).items() if value is not None}


def _answer_document(question: Question, given: Answer) -> dict[str, Any]:
    document: dict[str, Any] = {"answer": given.answer, "probability": _rounded(given.probability)}
    if question == "more_training_helps":
        document["expected_gain"] = _rounded(given.expected_gain)
    elif question != "learning":
        document["since_epoch" if question == "overfitting" else "epoch"] = given.epoch
    document["evidence"] = _evidence_document(question, given.evidence)
    if given.reason is not None:
        document["reason"] = given.reason
    return document


def _finding_document(finding: Finding, words: Sentences) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "metric": finding.metric,
        "epochs": list(finding.epochs) if finding.epochs else None,
        "evidence": _evidence_document(finding.code, finding.evidence)
        if finding.words is None
        else {name: _rounded(value) for name, value in finding.words.numbers},
        "title": words.title,
        "text": words.text,
    }


def _evidence_document(code: str, evidence: Evidence) -> dict[str, Number]:
    """The evidence by name. Unknown numbers are absent, or null where the schema has always had them."""
    document = {name: _rounded(value) for name, value in evidence.known().items()}
    for beside, names in _NULLS.get(code, ()):
        if beside in document:
            document = dict.fromkeys(names) | document
    return document


def _rounded(value: Number) -> Number:
    """Rounds to six significant digits: further digits are noise and differ between machines."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
