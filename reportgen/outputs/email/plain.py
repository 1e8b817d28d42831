"""The plain text of a mail: what its HTML says, in the same order, then tables and charts in words."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from rich.cells import cell_len

from reportgen.formatting import Table
from reportgen.outputs.email.letter import Letter, Section
from reportgen.outputs.gfm import sparkline
from reportgen.outputs.terminal_text import (
    answer_lines,
    fact_lines,
    finding_lines,
    note_line,
    output_lines,
    padded,
    wrapped,
)
from reportgen.page.contents import PageAddition, PageChart, PageNote, PageTable, ReportPage
from reportgen.text import harmless

WIDTH: Final = 76  # columns; leaves space for the quote marks that mail programs add in replies
_LONGEST_CURVE: Final = 50  # characters
_wrapped: Final = partial(wrapped, width=WIDTH)


def render_plain(letter: Letter) -> str:
    """The message as plain text: one complete report, or all runs of a digest."""
    if letter.overview:
        lines = _digest_lines(letter)
    else:
        (section,) = letter.sections
        lines = _report_lines(section)
    return harmless("\n".join(lines) + "\n" + "".join(f"\n{_wrapped(remark)}\n" for remark in letter.remarks))


def _report_lines(section: Section) -> list[str]:
    page, language, say = section.page, section.page.language, section.page.language.say
    lines = [_wrapped(page.title), "", *_verdict_lines(page)]
    answers = answer_lines(page.answers, language, WIDTH, said=page.detail)
    lines += ["", *_underlined(say("Five answers")), *answers]
    for text in filter(None, (page.test_results, page.comparison_text)):
        lines += ["", _wrapped(text)]
    if page.outputs:
        lines += ["", *_underlined(page.outputs_title), *output_lines(page.outputs, language, WIDTH)]
    findings = finding_lines(page, WIDTH) or [say("No findings.")]
    lines += ["", *_underlined(say("Findings")), *findings]
    for table in (*section.tested, *section.full_tables, page.layers):
        if table is not None:
            lines += ["", *_underlined(table.title), *_table_lines(table)]
    if page.additions:
        lines += ["", *_underlined(say("Notes and figures")), *_addition_lines(page.additions)]
    lines += ["", *_underlined(say("Chart descriptions"))]
    descriptions = [chart.description for chart in page.charts] + [plot.description for plot in section.plots]
    lines += [_wrapped(description, 2, "- ") for description in descriptions]
    lines += ["", *_underlined(say("Run details"))]
    lines += fact_lines(page.facts, WIDTH) if page.facts else []
    for note in page.notes:
        lines += ["", note_line(note, language, WIDTH)]
    return lines


def _addition_lines(additions: Sequence[PageAddition]) -> list[str]:
    """Notes as they were written, tables, and what figures show."""
    lines: list[str] = []
    for each in additions:
        lines += [""] if lines else []
        if isinstance(each, PageNote):
            lines += [line if cell_len(line) <= WIDTH else _wrapped(line) for line in each.text.split("\n")]
        elif isinstance(each, PageTable):
            lines += [_wrapped(each.table.title)] if each.table.title else []
            lines += _table_lines(each.table)
        else:
            shown = dict.fromkeys(filter(None, (each.title, each.alt, each.caption)))
            lines += [_wrapped(text, 2, None if number else "- ") for number, text in enumerate(shown)]
    return lines


def _digest_lines(letter: Letter) -> list[str]:
    say = letter.language.say
    lines = [_wrapped(letter.title), "", *_underlined(letter.headline), ""]
    for place, row in enumerate(letter.overview, start=1):
        lines.append(_wrapped(say("{name}: {text}", name=row.title, text=row.verdict), 4, f"{place}. "))
        attached = say("{name}: {text}", name=say("Attached as"), text=row.attached)
        figures = [say("{name}: {text}", name=fact.name, text=fact.value) for fact in row.figures]
        lines += [_wrapped(text, 4) for text in (row.certainty, *figures, attached) if text]
    for section in letter.sections:
        lines += ["", _wrapped(section.page.title), *_verdict_lines(section.page), _wrapped(section.remark)]
    return lines


def _verdict_lines(page: ReportPage) -> list[str]:
    """The verdict, its evidence, the first chart, the key numbers, and what to do."""
    language, say = page.language, page.language.say
    lines = [*_underlined(page.headline), _wrapped(language.join(page.detail, page.scope, page.status))]
    for chart in page.charts[:1]:
        lines += ["", _wrapped(chart.message or chart.title), *_curve_lines(chart)]
    if page.highlights:
        lines += ["", *fact_lines(page.highlights, WIDTH)]
    return [*lines, "", *_underlined(say("What to do")), *(_wrapped(text, 2, "- ") for text in page.advice)]


def _curve_lines(chart: PageChart) -> list[str]:
    """The curves of a chart in block characters, each over its own range."""
    curves = [line for line in chart.plan.lines if len(line.values) > 1]
    column = max((cell_len(line.full_name) for line in curves), default=0)
    width = max(10, min(_LONGEST_CURVE, WIDTH - column - 4))
    return [f"  {padded(line.full_name, column)}  {sparkline(line.values, width)}" for line in curves]


def _underlined(text: str) -> list[str]:
    """A heading, underlined."""
    lines = _wrapped(text).splitlines() or [""]
    return [*lines, "-" * max(map(cell_len, lines))]


def _table_lines(table: Table) -> list[str]:
    """A table as lines, with numbers aligned to the right."""
    rows = [table.headers, *table.rows]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(padded(row[n], width, right=n in table.numbers) for n, width in enumerate(widths)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return [*lines, table.note] if table.note else lines
