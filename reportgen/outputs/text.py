"""A diagnosis as plain text for a terminal or a log. In: a history and its diagnosis. Out: lines of text."""

from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.text import Text

from reportgen.diagnosis.findings import QUESTIONS, Diagnosis
from reportgen.diagnosis.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.diagnosis.wording.findings import SEVERITY_WORDS
from reportgen.figures import cells
from reportgen.history import TrainingHistory
from reportgen.metrics import printable
from reportgen.notes import translate_note

WIDTH: Final = 100  # columns
Paint = Callable[[str, str], str]


def unpainted(text: str, tone: str) -> str:
    """Text without colour."""
    del tone
    return text


def _wrapped(text: str, indent: int = 0, first: str | None = None) -> str:
    """A text in lines of at most `WIDTH` columns; wide letters take two, and may be parted anywhere."""
    pad = " " * indent
    lines = Text(text).wrap(Console(width=WIDTH), WIDTH - indent)
    start = pad if first is None else first
    return "\n".join((pad if number else start) + line.plain.rstrip() for number, line in enumerate(lines))


def render_text(history: TrainingHistory, diagnosis: Diagnosis, paint: Paint = unpainted) -> str:
    """Verdict, advice, the five answers and the findings.

    Args:
        history: The run.
        diagnosis: What was found.
        paint: Gives a piece of text the colour of a tone; the text says the same without.
    """
    say, words = diagnosis.language.say, diagnosis.verdict_words
    lines = [paint(words.title, "headline"), _wrapped(words.text), ""]
    lines += [_wrapped(sentence, 2, "- ") for sentence in words.advice]
    lines += [""]
    asked = {question: say(QUESTION_WORDS[question]) for question in QUESTIONS}
    width = max(map(cells, asked.values()))
    for question in QUESTIONS:
        given = diagnosis.answers[question]
        sure = say("({text})", text=certainty(given, diagnosis.language)) if given.probability is not None else ""
        answer = paint(word_short(question, given, diagnosis.language), "answer")
        lines.append(f"{asked[question]}{' ' * (width - cells(asked[question]))}  {answer}  {sure}".rstrip())
        lines.append(_wrapped(diagnosis.answer_words[question], width + 2))
    if diagnosis.findings:
        lines += ["", paint(say("Findings"), "headline")]
        for finding, said in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
            lines.append(
                f"{paint(say(SEVERITY_WORDS[finding.severity]).upper(), finding.severity)}  {printable(said.title)}"
            )
            lines.append(_wrapped(printable(said.text), 2))
    if diagnosis.outputs:
        lines += ["", paint(say("Each output"), "headline")]
        for name, output in diagnosis.outputs.items():
            said = output.verdict_words
            text = diagnosis.language.join(said.title, said.text)
            lines.append(_wrapped(say("{name}: {text}", name=printable(name, 60), text=text), 2, ""))
    for note in history.run.notes:
        lines += ["", _wrapped(say("Note: {text}", text=printable(translate_note(note, diagnosis.language))), 2, "")]
    return "\n".join(lines) + "\n"
