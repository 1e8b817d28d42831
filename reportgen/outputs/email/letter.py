"""The contents of a mail as frozen data, with all text written out. Parts that do not fit are left out and counted."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reportgen.diagnosis.findings import Question, VerdictCode
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.page.contents import (
    Fact,
    NumberTable,
    PageAddition,
    PageChart,
    PageNote,
    PagePlot,
    PageTable,
    ReportPage,
)
from reportgen.page.words import TITLE_LIMIT
from reportgen.text import printable
from reportgen.wording.answers import certainty
from reportgen.wording.diagnosis import Diagnosis

MAX_CHARTS: Final = 1  # of one run, so that its answers are on the first screen; the others are in the attached report
MAX_PLOTS: Final = 2  # of test data, likewise
MAX_DIGEST_CHARTS: Final = 4  # runs of a digest with a chart
MAX_FIGURES: Final = 4  # of the user in a body
MAX_FIGURES_BYTES: Final = 2_000_000  # of these; our choice: with the attached report, the message stays small enough
_SHORT_ROWS: Final = 8  # of a table in the HTML; our choice: the text and the attached report have all
_PER_ROW: Final = 100  # characters of notes, figures and tables of the user that take the space of a row of numbers
_PER_CELL: Final = 150  # characters that the HTML of a cell takes besides its text
_ROWS_PER_RUN: Final = 10  # rows of the overview that take the space of one run in full
_BAD: Final[tuple[VerdictCode, ...]] = (
    "diverged",
    "frozen",
    "not-learning",
    "not-generalising",
    "unstable",
    "overfitting",
)
_BAD_TONES: Final = ("critical", "warning")  # also of a part of the run
_UNDECIDED: Final[tuple[VerdictCode, ...]] = ("not-generalising", "unstable", "large-gap", "unclear", "not-judged")
# Worst first, each with the question that decides it. "Unclear" needs more attention than "still improving".
_DECIDED_BY: Final[dict[VerdictCode, Question]] = {
    "diverged": "diverged",
    "frozen": "learning",
    "not-learning": "learning",
    "not-generalising": "overfitting",
    "unstable": "overfitting",
    "overfitting": "overfitting",
    "large-gap": "overfitting",
    "unclear": "overfitting",
    "not-judged": "overfitting",
    "still-improving": "more_training_helps",
    "finished": "overfitting",
}


@dataclass(frozen=True)
class MailedReport:
    """One report to be mailed."""

    page: ReportPage
    diagnosis: Diagnosis
    html: bytes  # the static report, attached byte for byte


@dataclass(frozen=True)
class OverviewRow:
    """One run in the overview of a digest.

    Attributes:
        title: Its title.
        verdict: Its verdict in a sentence.
        tone: Its colour, as in reports.
        certainty: How certain the verdict is, in words; empty if there is none.
        figures: Its key numbers.
        attached: The file name of its report.
    """

    title: str
    verdict: str
    tone: str
    certainty: str
    figures: tuple[Fact, ...]
    attached: str

    @property
    def first_and_last(self) -> tuple[Fact, ...]:
        """The judged value and its epoch, for the columns of a table."""
        return tuple(dict.fromkeys((*self.figures[:1], *self.figures[-1:])))


@dataclass(frozen=True)
class Section:
    """One run in full."""

    page: ReportPage  # its report, with as many findings and table rows as fit
    tested: tuple[Table, ...]  # scores and mistakes on test data
    tables: tuple[Table, ...]  # its numbers in the HTML
    full_tables: tuple[Table, ...]  # its numbers in the text, which also has the layers
    charts: tuple[PageChart, ...]
    plots: tuple[PagePlot, ...]  # of its test data
    remark: str  # where to find the rest; empty if nothing is left out


@dataclass(frozen=True)
class Letter:
    """What a mail says."""

    language: Language
    title: str
    headline: str  # the verdict, or how many runs have problems
    overview: tuple[OverviewRow, ...]  # the runs of a digest; empty for a single run
    sections: tuple[Section, ...]  # the run in full, or those runs of a digest that have problems, worst first
    remarks: tuple[str, ...]  # what is left out, where to find it, and what created the mail

    @property
    def subject(self) -> str:
        """The subject of the mail."""
        return self.language.say("{name}: {text}", name=self.title, text=self.headline)


def sort_by_gravity(reports: Sequence[MailedReport]) -> list[MailedReport]:
    """Sorts the runs of a digest: worst verdict first, then the most certain. Ties keep their order.

    Finished runs are sorted by their probability of overfitting.
    """
    order = list(_DECIDED_BY)

    def place(report: MailedReport) -> tuple[int, float]:
        verdict = report.diagnosis.verdict
        probability = report.diagnosis.answers[_DECIDED_BY[verdict]].probability or 0.0
        return order.index(verdict), probability if _DECIDED_BY[verdict] == "learning" else -probability

    return sorted(reports, key=place)


def write_letter(reports: Sequence[MailedReport], files: Sequence[str], rows: int, title: str | None = None) -> Letter:
    """Writes the text of a mail.

    Args:
        reports: At least one; worst first.
        files: File name of each attached report; empty if a report is not attached.
        rows: Maximum number of rows per table.
        title: Title of a digest (default: a general one).
    """
    if len(reports) == 1:
        return _write_report(reports[0].page, files[0], rows)
    return _write_digest(reports, files, rows, title)


def _write_report(page: ReportPage, file: str, rows: int) -> Letter:
    language = page.language
    remarks = [language.say("The complete report is attached as {file}; it opens in any browser.", file=file)]
    additions, left_out = _cut_additions(page.additions, rows, language)
    remarks += _word_left_out(page, rows)
    if left_out:
        remarks.append(
            language.say_count(
                "One more note, figure or table is in the attached report.",
                "{n} more notes, figures and tables are in the attached report.",
                left_out,
            )
        )
    layers = None if page.layers is None else _cut(page.layers, rows, language)
    tested = [table for part in page.evaluations for table in (part.scores, part.mistakes)]
    numbers = _plain_numbers(page.numbers, page.values.title)
    short = [_cut(table, min(rows, _SHORT_ROWS), language) for table in (page.comparison, numbers) if table]
    full = [_cut(table, rows, language) for table in (page.comparison, page.values) if table]
    section = Section(
        page=replace(
            page,
            findings=page.findings[:rows],
            outputs=page.outputs[:rows],
            additions=additions,
            notes=page.notes[:rows],
            layers=layers,
        ),
        tested=tuple(_cut(table, rows, language) for table in tested if table is not None),
        tables=tuple(short),
        full_tables=tuple(full),
        charts=page.charts[:MAX_CHARTS],
        plots=page.evaluation_plots[:MAX_PLOTS],
        remark="",
    )
    return Letter(language, page.title, page.headline, (), (section,), (*remarks, _made_by(page, language)))


def _plain_numbers(numbers: NumberTable, title: str) -> Table:
    """The numbers of each metric without the drawings of their curves."""
    rows = tuple((row.metric, *row.cells) for row in numbers.rows)
    return Table(numbers.headers, rows, tuple(range(1, len(numbers.headers))), title, numbers.note)


def _word_left_out(page: ReportPage, rows: int) -> list[str]:
    """How many charts, findings, outputs and notes are only in the attached report, in sentences."""
    say_count, remarks = page.language.say_count, []
    n_plots = len(page.evaluation_plots)
    if (more := len(page.charts) - MAX_CHARTS + max(0, n_plots - MAX_PLOTS)) > 0:
        remarks.append(
            say_count("One more chart is in the attached report.", "{n} more charts are in the attached report.", more)
        )
    if (more := len(page.findings) - rows) > 0:
        remarks.append(
            say_count(
                "One more finding is in the attached report.", "{n} more findings are in the attached report.", more
            )
        )
    if (more := len(page.outputs) - rows) > 0:
        remarks.append(
            say_count(
                "One more output is in the attached report.", "{n} more outputs are in the attached report.", more
            )
        )
    if (more := len(page.notes) - rows) > 0:
        remarks.append(
            say_count("One more note is in the attached report.", "{n} more notes are in the attached report.", more)
        )
    return remarks


def _write_digest(reports: Sequence[MailedReport], files: Sequence[str], rows: int, title: str | None) -> Letter:
    first = reports[0].page
    language = first.language.counting("epoch")
    say, sections = language.say, []
    in_full = [
        (report, file)
        for report, file in zip(reports, files, strict=True)
        if report.diagnosis.verdict in _BAD or report.page.tone in _BAD_TONES
    ]
    for place, (report, file) in enumerate(in_full[: max(1, rows // _ROWS_PER_RUN)]):
        remark = say("Its report is attached as {file}.", file=file) if file else say("Its report is not attached.")
        charts = report.page.charts[:1] if place < MAX_DIGEST_CHARTS else ()
        sections.append(Section(report.page, (), (), (), charts, (), remark))
    remarks = []
    if len(reports) > rows:
        remarks.append(say("{n} more runs are not listed; these are the worst.", n=len(reports) - rows))
    if "" in files:
        remarks.append(
            language.say_count(
                "One report is not attached because the message would be too large.",
                "{n} reports are not attached because the message would be too large.",
                list(files).count(""),
            )
        )
    bad = sum(report.diagnosis.verdict in _BAD for report in reports)
    headline = say("{bad} of {n} runs diverged, failed to learn, are unstable or overfit.", bad=bad, n=len(reports))
    if not bad:
        headline = say("None of the {n} runs diverged, failed to learn, is unstable or overfits.", n=len(reports))
    return Letter(
        language=language,
        title=printable((title or "").strip() or say("Training reports"), TITLE_LIMIT),
        headline=headline,
        overview=tuple(
            _overview_row(report, file, language) for report, file in zip(reports[:rows], files, strict=False)
        ),
        sections=tuple(sections),
        remarks=(*remarks, _made_by(first, language)),
    )


def _overview_row(report: MailedReport, file: str, language: Language) -> OverviewRow:
    page, say, sure = report.page, language.say, _certainty(report.diagnosis, language)
    certain = say("Certainty: {percent}", percent=sure) if sure else ""
    return OverviewRow(page.title, page.headline, page.tone, certain, page.highlights, file or say("Not attached"))


def _certainty(diagnosis: Diagnosis, language: Language) -> str:
    """How certain the verdict is; empty if there is no verdict or its question is undecided."""
    given = diagnosis.answers[_DECIDED_BY[diagnosis.verdict]]
    decided = diagnosis.verdict not in _UNDECIDED and given.answer in ("yes", "no")
    return certainty(given, language) if decided else ""


def _cut(table: Table, rows: int, language: Language) -> Table:
    """A table cut to a maximum number of rows, with a note if some are left out."""
    left, more = len(table.rows) - rows, ""
    if left > 0:
        more = language.say_count(
            "One more row is in the attached report.", "{n} more rows are in the attached report.", left
        )
    return replace(table, rows=table.rows[:rows], note=language.join(more, table.note))


def _cut_additions(
    additions: Sequence[PageAddition], rows: int, language: Language
) -> tuple[tuple[PageAddition, ...], int]:
    """The additions that fit, long ones cut, and how many do not fit."""
    kept: list[PageAddition] = []
    space, n_figures, size_bytes = rows * _PER_ROW, 0, 0
    for each in additions:
        if isinstance(each, PageNote):
            cost = len(each.text)
            if cost > space > _PER_ROW:
                more = language.say("The rest is in the attached report.")
                each = PageNote(f"{each.text[: space - len(more)]}… {more}", None)
                cost = space
        elif isinstance(each, PageTable):
            table = each.table
            costs = [sum(map(len, cells)) + _PER_CELL * len(cells) for cells in (table.headers, *table.rows[:rows])]
            cost = len(table.title) + len(table.note)
            n_rows = sum(cost + total <= space for total in itertools.accumulate(costs)) - 1
            if n_rows >= min(1, len(table.rows)):
                each = PageTable(_cut(table, n_rows, language))
            cost += sum(costs[: max(n_rows, 1) + 1])
        else:
            cost = len(each.title) + len(each.alt) + len(each.caption)
            n_figures, size_bytes = n_figures + 1, size_bytes + len(each.data)
            if n_figures > MAX_FIGURES or size_bytes > MAX_FIGURES_BYTES:
                continue
        if cost <= space:
            kept.append(each)
            space -= cost
    return tuple(kept), len(additions) - len(kept)


def _made_by(page: ReportPage, language: Language) -> str:
    return language.say("Made by reportgen {version}.", version=page.version)
