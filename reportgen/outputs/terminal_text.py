"""A report as plain text for the terminal."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from rich.cells import cell_len, chop_cells

from reportgen.gate import GateResult
from reportgen.gate.wording import OUTCOME_WORDS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.page.contents import AnswerRow, Fact, OutputRow, ReportWords
from reportgen.text import harmless, printable
from reportgen.wording.source import word_choice, word_source

WIDTH: Final = 100  # columns, unless the terminal is narrower
OUTCOME_TONES: Final = {"passed": "good", "undecided": "warning", "failed": "critical"}
Paint = Callable[[str, str], str]
_FULL_WIDTH_OPENING: Final = "（"
_OPENING: Final = "（［｛〈《「『【〔“"
_CLOSING: Final = "，。、；：？！）］｝〉》」』】〕”"
_WIDE: Final = r"\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff00-\uffef"  # Chinese and Japanese; Korean has spaces
# What stays on one line: a Chinese character or a word of other letters, with the punctuation that belongs to it.
_PIECES: Final = re.compile(f"[{_OPENING}]*(?:[^{_WIDE}“”]+|.)[{_CLOSING}]*", re.DOTALL)


def unpainted(text: str, tone: str) -> str:
    """Text without colour."""
    del tone
    return text


def wrapped(text: str, indent: int = 0, first: str | None = None, width: int = WIDTH) -> str:
    """Wraps a paragraph to a number of columns; wide letters take two. ``first`` replaces the first line's indent.

    Chinese is wrapped between any two characters, but no line begins with a comma or a closing bracket, or ends with an
    opening one.
    """
    space, lines, line = max(10, width - indent), [], ""
    for word in text.split(" "):
        between = " " if line else ""
        for piece in _PIECES.findall(word) or [""]:
            longer = line + between + piece
            between = ""
            if cell_len(longer) <= space:
                line = longer
            else:
                lines += [line] if line else []
                *full, line = chop_cells(piece, space)
                lines += full
    lines.append(line)
    pad = " " * indent
    start = pad if first is None else first
    return "\n".join((pad if number else start) + each.rstrip() for number, each in enumerate(lines))


def padded(text: str, width: int, right: bool = False) -> str:
    """Text padded with spaces, on the left if it is aligned to the right."""
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def render_text(
    words: ReportWords, paint: Paint = unpainted, *, gate: GateResult | None = None, width: int = WIDTH
) -> str:
    """Verdict, key numbers, advice, answers, findings and the result of a gate.

    ``paint`` adds the colours of tones; the text is complete without them. ``width`` counts columns.
    """
    language, paragraph = words.language, partial(wrapped, width=width)
    say = language.say
    mistake = words.evaluations[0].mistake if len(words.evaluations) == 1 else ""
    lines = [paint(paragraph(words.headline), "headline"), paragraph(language.join(words.detail, words.scope))]
    tested = language.join(words.test_results, mistake)
    lines += [paragraph(text) for text in (words.status, tested) if text]
    if words.highlights:
        lines += ["", *fact_lines(words.highlights, width)]
    lines += ["", paint(say("What to do"), "headline")]
    lines += [paragraph(sentence, 2, "- ") for sentence in words.advice]
    lines += ["", *answer_lines(words.answers, language, width, paint, said=words.detail)]
    if words.outputs:
        lines += ["", paint(words.outputs_title, "headline"), *output_lines(words.outputs, language, width)]
    if words.comparison_text:
        lines += ["", paint(say("Compared with the baseline"), "headline"), paragraph(words.comparison_text, 2)]
    if words.findings:
        lines += ["", paint(say("Findings"), "headline"), *finding_lines(words, width, paint)]
    for note in words.notes:
        lines += ["", note_line(note, language, width)]
    if gate is not None and gate.checks:
        lines += ["", *gate_lines(gate, language, paint, width=width)]
    return harmless("\n".join(lines) + "\n", colours=paint is not unpainted)


def gate_lines(gate: GateResult, language: Language, paint: Paint = unpainted, *, width: int = WIDTH) -> list[str]:
    """The result of each rule. Broken rules come last, at the end of the log."""
    lines = [paint(gate.say(language), "headline")]
    for outcome in ("passed", "undecided", "failed"):
        for check in gate.checks:
            if check.outcome == outcome:
                word = paint(language.say(OUTCOME_WORDS[outcome]).upper(), OUTCOME_TONES[outcome])
                lines += [f"{word}  {printable(check.rule, WIDTH)}", wrapped(check.text, 2, width=width)]
    return lines


def fact_lines(facts: Iterable[Fact], width: int) -> list[str]:
    """Names and values in two columns."""
    facts = list(facts)
    column = min(width // 2, max(cell_len(fact.name) for fact in facts))
    return [wrapped(fact.value, column + 2, f"{padded(fact.name, column)}  ", width) for fact in facts]


def answer_lines(
    rows: Iterable[AnswerRow], language: Language, width: int, paint: Paint = unpainted, *, said: str = ""
) -> list[str]:
    """The five answers, in two columns, with their reasons. ``said``: a sentence before them that is not repeated."""
    rows, lines = list(rows), []
    column = max(cell_len(row.question) for row in rows)
    for row in rows:
        certainty = language.say("({text})", text=row.certainty) if row.certainty else ""
        space = "" if certainty.startswith(_FULL_WIDTH_OPENING) else "  "  # wide brackets contain their space
        lines.append(f"{padded(row.question, column)}  {paint(row.answer, 'answer')}{space}{certainty}".rstrip())
        if row.text != said:
            lines.append(wrapped(row.text, column + 2, width=width))
    return lines


def finding_lines(words: ReportWords, width: int, paint: Paint = unpainted) -> list[str]:
    """The findings. Those that restate verdict and answers are only named."""
    lines = []
    for row in (row for row in words.findings if not row.restates):
        rule = f"  {row.where}" if row.where else ""
        label = row.label.upper()
        title = wrapped(f"{label}  {printable(row.title)}{rule}", cell_len(label) + 2, "", width)
        lines.append(paint(label, row.severity) + title.removeprefix(label))
        lines.append(wrapped(printable(row.text), 2, width=width))
    if words.restated:
        lines.append(wrapped(printable(words.restated), 2, "", width))
    return lines


def output_lines(rows: Iterable[OutputRow], language: Language, width: int) -> list[str]:
    """The verdict on each output."""
    say, join = language.say, language.join
    return [
        wrapped(say("{name}: {text}", name=row.output, text=join(row.headline, row.text)), 2, "", width) for row in rows
    ]


def source_lines(history: TrainingHistory, read_as: str | None, language: Language, width: int) -> list[str]:
    """What was read, in a line that is wrapped if it has to be."""
    return [harmless(wrapped(word_source(history, read_as, language), 2, "", width))]


def choice_lines(history: TrainingHistory, language: Language, width: int) -> list[str]:
    """Which other logs or runs the source has, and how to choose them."""
    return [harmless(wrapped(said, 2, "", width)) for said in word_choice(history, language)]


def note_line(note: str, language: Language, width: int) -> str:
    """A note on how the log was read."""
    return wrapped(language.say("Note: {text}", text=note), 2, "", width)
