"""A diagnosis as plain text for a terminal or a log. In: a history, its diagnosis, a gate's result. Out: lines."""

from collections.abc import Callable
from functools import partial
from typing import Final

from rich.console import Console
from rich.text import Text

from reportgen.diagnosis.findings import QUESTIONS, Diagnosis
from reportgen.diagnosis.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.diagnosis.wording.findings import SEVERITY_WORDS
from reportgen.figures import cells
from reportgen.gate import GateResult
from reportgen.gate.wording import OUTCOME_WORDS
from reportgen.history import TrainingHistory
from reportgen.languages import Language
from reportgen.metrics import printable
from reportgen.notes import translate_note
from reportgen.outputs.harmless import harmless
from reportgen.page.rows import comparison_text

WIDTH: Final = 100  # columns, where no terminal has fewer
OUTCOME_TONES: Final = {"passed": "good", "undecided": "warning", "failed": "critical"}
Paint = Callable[[str, str], str]


def unpainted(text: str, tone: str) -> str:
    """Text without colour."""
    del tone
    return text


def _wrapped(text: str, indent: int = 0, first: str | None = None, *, width: int = WIDTH) -> str:
    """A text in lines of at most so many columns; wide letters take two, and may be parted anywhere."""
    pad = " " * indent
    lines = Text(text).wrap(Console(width=width), max(10, width - indent))
    start = pad if first is None else first
    return "\n".join((pad if number else start) + line.plain.rstrip() for number, line in enumerate(lines))


def render_text(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    paint: Paint = unpainted,
    *,
    baseline: TrainingHistory | None = None,
    gate: GateResult | None = None,
    width: int = WIDTH,
) -> str:
    """Verdict, advice, the five answers, the findings, and what came of a gate.

    Args:
        history: The run.
        diagnosis: What was found.
        paint: Gives a piece of text the colour of a tone; the text says the same without.
        baseline: An earlier run to compare with.
        gate: What came of the gate; None for none.
        width: Columns that lines may take.
    """
    say, words, wrapped = diagnosis.language.say, diagnosis.verdict_words, partial(_wrapped, width=width)
    lines = [paint(words.title, "headline"), wrapped(words.text), ""]
    lines += [wrapped(sentence, 2, "- ") for sentence in words.advice]
    lines += [""]
    asked = {question: say(QUESTION_WORDS[question]) for question in QUESTIONS}
    column = max(map(cells, asked.values())) + 2
    for question in QUESTIONS:
        given = diagnosis.answers[question]
        sure = say("({text})", text=certainty(given, diagnosis.language)) if given.probability is not None else ""
        answer = paint(word_short(question, given, diagnosis.language), "answer")
        lines.append(f"{asked[question]}{' ' * (column - cells(asked[question]))}{answer}  {sure}".rstrip())
        lines.append(wrapped(diagnosis.answer_words[question], column))
    if diagnosis.findings:
        lines += ["", paint(say("Findings"), "headline")]
        for finding, said in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
            lines.append(
                f"{paint(say(SEVERITY_WORDS[finding.severity]).upper(), finding.severity)}  {printable(said.title)}"
            )
            lines.append(wrapped(printable(said.text), 2))
    if diagnosis.outputs:
        lines += ["", paint(say("Each output"), "headline")]
        for name, output in diagnosis.outputs.items():
            said = output.verdict_words
            text = diagnosis.language.join(said.title, said.text)
            lines.append(wrapped(say("{name}: {text}", name=printable(name, 60), text=text), 2, ""))
    if baseline is not None:
        lines += ["", paint(say("Compared with the baseline"), "headline")]
        lines.append(wrapped(comparison_text(history, baseline, diagnosis.language), 2))
    for note in history.run.notes:
        lines += ["", wrapped(say("Note: {text}", text=printable(translate_note(note, diagnosis.language))), 2, "")]
    if gate is not None and gate.checks:
        lines += ["", *gate_lines(gate, diagnosis.language, paint, width=width)]
    return harmless("\n".join(lines) + "\n")


def gate_lines(gate: GateResult, language: Language, paint: Paint = unpainted, *, width: int = WIDTH) -> list[str]:
    """What came of each rule, broken ones last, where a log ends."""
    lines = [paint(gate.say(language), "headline")]
    for outcome in ("passed", "undecided", "failed"):
        for check in gate.checks:
            if check.outcome == outcome:
                word = paint(language.say(OUTCOME_WORDS[outcome]).upper(), OUTCOME_TONES[outcome])
                lines += [f"{word}  {printable(check.rule, WIDTH)}", _wrapped(check.text, 2, width=width)]
    return lines
