"""The answers, findings and outputs of a diagnosis as rows of text."""

from collections.abc import Mapping
from typing import Final

from reportgen.diagnosis.findings import QUESTIONS, Severity, VerdictCode
from reportgen.page.contents import AnswerRow, FindingRow, OutputRow
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import SEVERITY_WORDS

_TONES: Final = {
    ("learning", "yes"): "good",
    ("learning", "no"): "critical",
    ("overfitting", "yes"): "warning",
    ("overfitting", "no"): "good",
    ("converged", "yes"): "good",
    ("diverged", "yes"): "critical",
    ("diverged", "no"): "good",
    ("more_training_helps", "yes"): "note",
}
VERDICT_TONES: Final[Mapping[VerdictCode, Severity]] = {
    "diverged": "critical",
    "not-learning": "critical",
    "overfitting": "warning",
    "overfitting-possible": "note",
    "got-worse": "note",
    "still-improving": "note",
    "healthy": "good",
    "unclear": "note",
    "not-judged": "note",
}


def answer_rows(diagnosis: Diagnosis) -> tuple[AnswerRow, ...]:
    """The five questions and their answers."""
    language, answers = diagnosis.language, diagnosis.answers
    return tuple(
        AnswerRow(
            question=language.say(QUESTION_WORDS[question]),
            answer=word_short(question, answers[question], language),
            certainty=certainty(answers[question], language),
            text=diagnosis.answer_words[question],
            tone=_TONES.get((question, answers[question].answer), "plain"),
        )
        for question in QUESTIONS
    )


def output_rows(diagnosis: Diagnosis) -> tuple[OutputRow, ...]:
    """The verdict on each output."""
    return tuple(
        OutputRow(printable(name, 60), part.verdict_words.title, part.verdict_words.text, VERDICT_TONES[part.verdict])
        for name, part in diagnosis.outputs.items()
    )


def finding_rows(diagnosis: Diagnosis) -> tuple[FindingRow, ...]:
    """The findings with their epochs."""
    say, rows = diagnosis.language.say, []
    for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
        first, last = finding.epochs or (None, None)
        epochs = "" if first == last else say("Epochs {first} to {last}.", first=first, last=last)
        severity = say(SEVERITY_WORDS[finding.severity])
        rows.append(FindingRow(finding.severity, severity, words.title, words.text, epochs))
    return tuple(rows)
