"""A diagnosis as plain text for a terminal or a log. In: a history and its diagnosis. Out: lines of text."""

import textwrap
from collections.abc import Callable
from typing import Final

from reportgen.diagnosis.findings import QUESTIONS, Diagnosis
from reportgen.diagnosis.wording.answers import ANSWER_WORDS, QUESTION_WORDS, answer_when, certainty
from reportgen.history import TrainingHistory
from reportgen.metrics import printable

WIDTH: Final = 100
Paint = Callable[[str, str], str]


def unpainted(text: str, tone: str) -> str:
    """Text without colour."""
    del tone
    return text


def _wrapped(text: str, indent: int = 0, first: str | None = None) -> str:
    pad = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=pad if first is None else first, subsequent_indent=pad)


def render_text(history: TrainingHistory, diagnosis: Diagnosis, paint: Paint = unpainted) -> str:
    """Verdict, advice, the five answers and the findings.

    Args:
        history: The run.
        diagnosis: What was found.
        paint: Gives a piece of text the colour of a tone; the text says the same without.
    """
    words = diagnosis.verdict_words
    lines = [paint(words.title, "headline"), _wrapped(words.text), ""]
    lines += [_wrapped(sentence, 2, "- ") for sentence in words.advice]
    lines += [""]
    width = max(len(text) for text in QUESTION_WORDS.values())
    for question in QUESTIONS:
        given = diagnosis.answers[question]
        sure = f"  ({certainty(given)})" if given.probability is not None else ""
        answer = ANSWER_WORDS[given.answer] + answer_when(question, given)
        lines.append(f"{QUESTION_WORDS[question]:<{width}}  {paint(answer, 'answer')}{sure}")
        lines.append(_wrapped(diagnosis.answer_words[question], width + 2))
    if diagnosis.findings:
        lines += ["", paint("Findings", "headline")]
        for finding, said in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
            lines.append(f"{paint(finding.severity.upper(), finding.severity)}  {printable(said.title)}")
            lines.append(_wrapped(printable(said.text), 2))
    if diagnosis.outputs:
        lines += ["", paint("Outputs", "headline")]
        for name, output in diagnosis.outputs.items():
            said = output.verdict_words
            lines.append(_wrapped(f"{printable(name, 60)}: {said.title} {said.text}", 2, ""))
    for note in history.run.notes:
        lines += ["", _wrapped(f"Note: {printable(note)}", 2, "")]
    return "\n".join(lines) + "\n"
