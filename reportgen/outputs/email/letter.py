"""What a message says, before anyone sets it: frozen data, every sentence worded.

In: the pages and diagnoses of runs. Out: a `Letter`, cut to what a mail can hold; what was cut is said in it. Several
runs make a digest, worst first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reportgen.diagnosis.findings import Question, VerdictCode
from reportgen.languages import Language
from reportgen.page import TITLE_LIMIT, ReportPage
from reportgen.page.parts import PageChart
from reportgen.page.tables import Table, layer_table, value_tables
from reportgen.text import printable
from reportgen.wording.answers import certainty
from reportgen.wording.diagnosis import Diagnosis

MAX_CHARTS: Final = 4  # in a body; the others stand in the attached report
_ROWS_A_RUN: Final = 10  # so many rows of the overview are given up for each run that is told at length

_BAD: Final[tuple[VerdictCode, ...]] = ("diverged", "not-learning", "overfitting")
# Gravest first, each with the question that decides it. "Unclear" needs eyes more than "still improving" does.
_GRAVITY: Final[dict[VerdictCode, Question]] = {
    "diverged": "diverged",
    "not-learning": "learning",
    "overfitting": "overfitting",
    "unclear": "overfitting",
    "still-improving": "more_training_helps",
    "healthy": "overfitting",
}
_NO_TABLE: Final = Table("", (), ())


@dataclass(frozen=True)
class Run:
    """One run to be mailed.

    Attributes:
        page: What its report says.
        diagnosis: What was found.
        report: The static report as it is to arrive, byte for byte.
    """

    page: ReportPage
    diagnosis: Diagnosis
    report: bytes


@dataclass(frozen=True)
class OverviewRow:
    """One run of a digest in a line."""

    title: str
    verdict: str
    tone: str
    figures: tuple[str, ...]
    attached: str


@dataclass(frozen=True)
class Section:
    """One run at length.

    Attributes:
        page: Its report in words; of the findings as many as there is room for.
        tables: Its numbers, as far as there is room.
        layers: The model's layers, likewise; for the plain text only.
        charts: The ones that stand in the body.
        remark: What of it stands elsewhere; empty for nothing.
    """

    page: ReportPage
    tables: tuple[Table, ...]
    layers: Table
    charts: tuple[PageChart, ...]
    remark: str


@dataclass(frozen=True)
class Letter:
    """What a message says.

    Attributes:
        language: The language of all words.
        title: Of the run, or of the digest.
        headline: The verdict, or how many runs went wrong.
        overview: Each run of a digest in a line; empty where there is one run.
        sections: The run at length, or the worst of a digest.
        remarks: What stands elsewhere, and what made the message.
    """

    language: Language
    title: str
    headline: str
    overview: tuple[OverviewRow, ...]
    sections: tuple[Section, ...]
    remarks: tuple[str, ...]

    @property
    def subject(self) -> str:
        """What the message is about, in one line."""
        return self.language.say("{name}: {text}", name=self.title, text=self.headline)


def worst_first(runs: Sequence[Run]) -> list[Run]:
    """The runs in the order of a digest: by gravity of the verdict, then by how sure it is.

    Of healthy runs the one comes first that is likeliest to overfit; equals stay as they are.
    """
    order = list(_GRAVITY)

    def place(run: Run) -> tuple[int, float]:
        verdict = run.diagnosis.verdict
        likely = run.diagnosis.answers[_GRAVITY[verdict]].probability or 0.0
        return order.index(verdict), likely if verdict == "not-learning" else -likely

    return sorted(runs, key=place)


def write_letter(runs: Sequence[Run], files: Sequence[str], rows: int, title: str | None = None) -> Letter:
    """Words a message.

    Args:
        runs: At least one; worst first.
        files: The name of each run's attached report; empty for one that is left out.
        rows: How many a table may have.
        title: Of a digest; a general one where None.
    """
    if len(runs) == 1:
        return _write_report(runs[0], files[0], rows)
    return _write_digest(runs, files, rows, title)


def _write_report(run: Run, file: str, rows: int) -> Letter:
    page, spoken = run.page, run.page.language
    unseen_charts, unseen_findings = len(page.charts) - MAX_CHARTS, len(page.findings) - rows
    remarks = [spoken.say("The whole report is attached as {file}; it opens in any browser.", file=file)]
    if unseen_charts > 0:
        remarks.append(
            spoken.say_count(
                "One more chart stands in the attached report.",
                "{n} more charts stand in the attached report.",
                unseen_charts,
            )
        )
    if unseen_findings > 0:
        remarks.append(
            spoken.say_count(
                "One more finding stands in the attached report.",
                "{n} more findings stand in the attached report.",
                unseen_findings,
            )
        )
    section = Section(
        page=replace(page, findings=page.findings[:rows]),
        tables=tuple(_cut(table, rows, spoken) for table in value_tables(page)),
        layers=_cut(layer_table(page), rows, spoken),
        charts=page.charts[:MAX_CHARTS],
        remark="",
    )
    return Letter(spoken, page.title, page.headline, (), (section,), (*remarks, _made_by(page, spoken)))


def _write_digest(runs: Sequence[Run], files: Sequence[str], rows: int, title: str | None) -> Letter:
    first = runs[0].page
    spoken = first.language.counting("epoch")
    say, told = spoken.say, max(1, rows // _ROWS_A_RUN)
    sections = []
    for place, (run, file) in enumerate(zip(runs[:told], files, strict=False)):
        remark = say("Its report is attached as {file}.", file=file) if file else say("Its report is not attached.")
        charts = run.page.charts[:1] if place < MAX_CHARTS else ()
        sections.append(Section(run.page, (), _NO_TABLE, charts, remark))
    remarks = []
    if len(runs) > rows:
        remarks.append(say("{n} more runs have no room here; the worst are shown.", n=len(runs) - rows))
    if "" in files:
        remarks.append(
            spoken.say_count(
                "One report is not attached, so that the message stays small enough to arrive.",
                "{n} reports are not attached, so that the message stays small enough to arrive.",
                list(files).count(""),
            )
        )
    bad = sum(run.diagnosis.verdict in _BAD for run in runs)
    headline = say("{bad} of {n} runs diverged, did not learn or overfit.", bad=bad, n=len(runs))
    if not bad:
        headline = say("None of {n} runs diverged, failed to learn or overfits.", n=len(runs))
    return Letter(
        language=spoken,
        title=printable((title or "").strip() or say("Training reports"), TITLE_LIMIT),
        headline=headline,
        overview=tuple(_overview_row(run, file, spoken) for run, file in zip(runs[:rows], files, strict=False)),
        sections=tuple(sections),
        remarks=(*remarks, _made_by(first, spoken)),
    )


def _overview_row(run: Run, file: str, spoken: Language) -> OverviewRow:
    page, say, sure = run.page, spoken.say, _certainty(run.diagnosis, spoken)
    figures = [say("{name}: {text}", name=fact.name, text=fact.value) for fact in page.highlights]
    if sure:
        figures.insert(0, say("Certainty: {percent}", percent=sure))
    return OverviewRow(page.title, page.headline, page.tone, tuple(figures), file or say("Not attached"))


def _certainty(diagnosis: Diagnosis, spoken: Language) -> str:
    """How sure the verdict is; empty where none was reached or the question that decides it is open."""
    given = diagnosis.answers[_GRAVITY[diagnosis.verdict]]
    decided = diagnosis.verdict != "unclear" and given.answer in ("yes", "no")
    return certainty(given, spoken) if decided else ""


def _cut(table: Table, rows: int, spoken: Language) -> Table:
    """A table that is no longer than that, and says so."""
    unseen, note = len(table.rows) - rows, ""
    if unseen > 0:
        note = spoken.say_count(
            "One more row stands in the attached report.", "{n} more rows stand in the attached report.", unseen
        )
    return replace(table, rows=table.rows[:rows], note=note)


def _made_by(page: ReportPage, spoken: Language) -> str:
    return spoken.say("Made by reportgen {version}.", version=page.version)
