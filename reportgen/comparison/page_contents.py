"""The page of a comparison as frozen data, with all text written out: everything its template may use."""

from dataclasses import dataclass

from reportgen.comparison.value_strips import ValueStrips
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.page.contents import Fact, PageChart, PagePlot
from reportgen.version import __version__


@dataclass(frozen=True)
class LineLook:
    """How a group's line is drawn; ``dash`` is empty for a solid one."""

    colour: str
    dash: str


@dataclass(frozen=True)
class ComparedRun:
    """A run in the table of runs; ``href`` is empty without a report."""

    name: str
    href: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class RunTable:
    """The table of runs: headers with that of the names, positions of numbers among them, and whether it is folded."""

    rows: tuple[ComparedRun, ...]
    headers: tuple[str, ...]
    numbers: tuple[int, ...]
    title: str
    summary: str
    is_folded: bool
    note: str


@dataclass(frozen=True)
class ContentsLink:
    """A link of the contents bar to the heading of a section."""

    id: str
    name: str


@dataclass(frozen=True)
class ComparisonPage:
    """Everything the template of a comparison may use.

    Attributes:
        identity: How many runs and groups there are, and what they are compared by.
        about: How the groups were found, and how well the runs of a single group agree.
        charts: The compared metric first.
        every: The values of all lines.
        curves_json: The curves of all lines, for the script.
        charts_note: Which metrics have no chart; empty if all have one.
        multiples: One chart per group if there are many groups.
        groups: The table of groups; row n is drawn as ``looks[n]``, None if its line has no colour of its own.
        group_links: Links to the reports of groups that are single runs; empty for others.
        values: The values of all runs on one axis; None for a single run.
        differences: The differences of pairs of runs on one axis; None if runs are not compared in pairs.
        pairs: The pairs of groups; None for fewer than two pairs.
        plots: Settings against the values of runs, those that matter most first.
        plots_first: Whether they come right after the groups, because these are too many for one chart.
        runs: The table of runs; None if that of groups has each of them.
        notes: What readers should know about the numbers.
        index: Link to the index of the sweep that the page is from; empty for others.
        most_open: Rows or charts up to which a phone shows all.
        first_open: How many a phone shows of more, until its reader wants all.
    """

    language: Language
    title: str
    identity: tuple[str, ...]
    tone: str
    tone_word: str
    headline: str
    detail: str
    advice: tuple[str, ...]
    about: tuple[str, ...]
    highlights: tuple[Fact, ...]
    charts: tuple[PageChart, ...]
    charts_note: str
    every: Table
    curves_json: str
    multiples: tuple[PageChart, ...]
    multiples_title: str
    multiples_note: str
    groups: Table | None
    looks: tuple[LineLook | None, ...]
    group_links: tuple[str, ...]
    groups_notes: tuple[str, ...]
    values: ValueStrips | None
    differences: ValueStrips | None
    pairs: Table | None
    pairs_summary: str
    plots: tuple[PagePlot, ...]
    plots_first: bool
    runs: RunTable | None
    notes: tuple[str, ...]
    contents: tuple[ContentsLink, ...]
    index: str = ""
    most_open: int = 8
    first_open: int = 5
    version: str = __version__

    @property
    def has_contents(self) -> bool:
        """Whether the page has a contents bar."""
        return len(self.contents) > 3
