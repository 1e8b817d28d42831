"""Reports as plain text: short for a terminal, whole for mail. In: a diagnosis and a gate, or a page. Out: lines."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from rich.console import Console
from rich.text import Text

from reportgen.gate import GateResult
from reportgen.gate.wording import OUTCOME_WORDS
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import translate_note
from reportgen.languages import Language
from reportgen.outputs.harmless import harmless
from reportgen.page import ReportPage
from reportgen.page.parts import AnswerRow, OutputRow, PageFinding
from reportgen.page.rows import answer_rows, comparison_text, finding_rows, output_rows
from reportgen.page.tables import Table
from reportgen.text import cells, printable
from reportgen.wording.diagnosis import Diagnosis

WIDTH: Final = 100  # columns, where no terminal has fewer
MAIL_WIDTH: Final = 76  # columns of a mail, which readers quote with marks before each line
OUTCOME_TONES: Final = {"passed": "good", "undecided": "warning", "failed": "critical"}
Paint = Callable[[str, str], str]


def unpainted(text: str, tone: str) -> str:
    """Text without colour."""
    del tone
    return text


def wrapped(text: str, indent: int = 0, first: str | None = None, width: int = WIDTH) -> str:
    """A paragraph, its lines indented, the first one by another text if one is given.

    Lines take at most so many columns; wide letters take two, and may be parted anywhere.
    """
    pad = " " * indent
    lines = Text(text).wrap(Console(width=width), max(10, width - indent))
    start = pad if first is None else first
    return "\n".join((pad if number else start) + line.plain.rstrip() for number, line in enumerate(lines))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def render_text(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    paint: Paint = unpainted,
    *,
    baseline: TrainingHistory | None = None,
    gate: GateResult | None = None,
    width: int = WIDTH,
) -> str:
    """Verdict, advice, the five answers, the findings, and what came of a gate; nothing is drawn for it.

    Args:
        history: The run.
        diagnosis: What was found.
        paint: Gives a piece of text the colour of a tone; the text says the same without.
        baseline: An earlier run to compare with.
        gate: What came of the gate; None for none.
        width: Columns that lines may take.
    """
    spoken, words, paragraph = diagnosis.language, diagnosis.verdict_words, partial(wrapped, width=width)
    say = spoken.say
    lines = [paint(words.title, "headline"), paragraph(words.text), ""]
    lines += [paragraph(sentence, 2, "- ") for sentence in words.advice]
    lines += ["", *_answers(answer_rows(diagnosis), paint, width, spoken)]
    if diagnosis.findings:
        lines += ["", paint(say("Findings"), "headline"), *_findings(finding_rows(diagnosis), paint, width)]
    if diagnosis.outputs:
        lines += ["", paint(say("Each output"), "headline"), *_outputs(output_rows(diagnosis), spoken, width)]
    if baseline is not None:
        lines += ["", paint(say("Compared with the baseline"), "headline")]
        lines.append(paragraph(comparison_text(diagnosis), 2))
    for note in history.run.notes:
        lines += ["", _note(printable(translate_note(note, spoken)), spoken, width)]
    if gate is not None and gate.checks:
        lines += ["", *gate_lines(gate, spoken, paint, width=width)]
    return harmless("\n".join(lines) + "\n")


def gate_lines(gate: GateResult, language: Language, paint: Paint = unpainted, *, width: int = WIDTH) -> list[str]:
    """What came of each rule, broken ones last, where a log ends."""
    lines = [paint(gate.say(language), "headline")]
    for outcome in ("passed", "undecided", "failed"):
        for check in gate.checks:
            if check.outcome == outcome:
                word = paint(language.say(OUTCOME_WORDS[outcome]).upper(), OUTCOME_TONES[outcome])
                lines += [f"{word}  {printable(check.rule, WIDTH)}", wrapped(check.text, 2, width=width)]
    return lines


def render_report(page: ReportPage, tables: Sequence[Table]) -> str:
    """A whole report in words and numbers.

    Args:
        page: What it says.
        tables: The numbers, in reading order.
    """
    spoken, say = page.language, page.language.say
    lines = [wrapped(page.title, width=MAIL_WIDTH), "", *verdict_lines(page)]
    lines += ["", *underlined(say("Five answers")), *_answers(page.answers, unpainted, MAIL_WIDTH, spoken)]
    if page.outputs:
        lines += ["", *underlined(say("Each output")), *_outputs(page.outputs, spoken, MAIL_WIDTH)]
    lines += ["", *underlined(say("Findings"))]
    lines += _findings(page.findings, unpainted, MAIL_WIDTH, spoken) or [say("Nothing stands out.")]
    for table in tables:
        lines += ["", *underlined(table.title), *_table(table)]
    lines += ["", *underlined(say("Charts in words"))]
    lines += [wrapped(chart.description, 2, "- ", MAIL_WIDTH) for chart in page.charts]
    lines += ["", *underlined(say("The run"))]
    lines += [wrapped(say("{name}: {text}", name=fact.name, text=fact.value), 2, "", MAIL_WIDTH) for fact in page.facts]
    for note in page.notes:
        lines += ["", _note(note, spoken, MAIL_WIDTH)]
    return "\n".join(lines) + "\n"


def verdict_lines(page: ReportPage) -> list[str]:
    """The verdict, the evidence for it, what to do and the few figures beside it, as lines."""
    say = page.language.say
    lines = underlined(page.headline)
    for text in filter(None, (page.detail, page.comparison_text, page.status)):
        lines += [wrapped(text, width=MAIL_WIDTH), ""]
    lines += underlined(say("What to do"))
    lines += [wrapped(sentence, 2, "- ", MAIL_WIDTH) for sentence in page.advice]
    return [*lines, "", *(say("{name}: {text}", name=fact.name, text=fact.value) for fact in page.highlights)]


def _table(table: Table) -> list[str]:
    """A table as lines: the first column to the left, the others to the right, as numbers stand."""
    rows = [table.headers, *table.rows]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(table.headers))]
    lines = []
    for row in rows:
        rest = (" " * (width - cells(text)) + text for text, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join([_padded(row[0], widths[0]), *rest]).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return [*lines, table.note] if table.note else lines


def underlined(text: str) -> list[str]:
    """A heading of a mail with a line under it."""
    lines = wrapped(text, width=MAIL_WIDTH).splitlines() or [""]
    return [*lines, "-" * max(map(cells, lines))]


def _answers(rows: Iterable[AnswerRow], paint: Paint, width: int, spoken: Language) -> list[str]:
    rows, lines = list(rows), []
    column = max(cells(row.question) for row in rows)
    for row in rows:
        sure = spoken.say("({text})", text=row.certainty) if row.certainty else ""
        lines.append(f"{_padded(row.question, column)}  {paint(row.answer, 'answer')}  {sure}".rstrip())
        lines.append(wrapped(row.text, column + 2, width=width))
    return lines


def _findings(rows: Iterable[PageFinding], paint: Paint, width: int, dated: Language | None = None) -> list[str]:
    """The findings, their epochs with them where a language to date them in is given."""
    lines = []
    for row in rows:
        text = dated.join(row.text, row.epochs) if dated else row.text
        lines.append(f"{paint(row.label.upper(), row.severity)}  {printable(row.title)}")
        lines.append(wrapped(printable(text), 2, width=width))
    return lines


def _outputs(rows: Iterable[OutputRow], spoken: Language, width: int) -> list[str]:
    return [
        wrapped(spoken.say("{name}: {text}", name=row.output, text=spoken.join(row.headline, row.text)), 2, "", width)
        for row in rows
    ]


def _note(note: str, spoken: Language, width: int) -> str:
    return wrapped(spoken.say("Note: {text}", text=note), 2, "", width)
