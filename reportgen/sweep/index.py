"""The index of a sweep: which run stands on which page, in which group, and what is said of all of them.

In: the rows of a ledger, read one after the other and never all kept. Out: `IndexPage` objects, every number already
worded. Runs stand by verdict; within a verdict the best one first.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts.runs_chart import MAX_CURVES, Curve, chart_runs
from reportgen.languages import Axis, Language, grouped, marked
from reportgen.page import place_chart
from reportgen.page.contents import Fact, PageChart
from reportgen.page.statements import VERDICT_TONES
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.results import RunResult
from reportgen.text import printable
from reportgen.version import __version__

PAGE_ROWS: Final = 500
MAX_COLUMNS: Final = 6  # of settings
_NEAR: Final = 3  # pages before and after this one that are linked, besides the first and the last
_SPARK: Final = (100.0, 24.0, 2.0)  # width, height and rim of a sparkline, in its own units
_ERROR: Final = "error"
_GROUPS: Final = {  # in the order of the page
    "healthy": marked("Healthy"),
    "still-improving": marked("Still improving"),
    "overfitting": marked("Overfitting"),
    "unclear": marked("Unclear"),
    "not-learning": marked("Not learning"),
    "diverged": marked("Diverged"),
    _ERROR: marked("Without a report"),
}


@dataclass(frozen=True)
class Cell:
    """A cell of the table: its text, and the number to sort it by, empty where it is sorted as text."""

    text: str
    number: str = ""


@dataclass(frozen=True)
class RunLine:
    """A run in the table.

    Attributes:
        title: Its name.
        path: Where it lies; empty where the name is made of it.
        href: Its report; empty where there is none.
        headline: The verdict in a sentence.
        best: The best value.
        best_epoch: Where.
        last: Epochs in all.
        spark: The judged curve, as the d of an SVG path; empty for none.
        error: Why there is no report; empty where there is one.
        settings: One cell per column of settings.
    """

    title: str
    path: str
    href: str
    headline: str
    best: Cell
    best_epoch: Cell
    last: Cell
    spark: str
    error: str
    settings: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """Runs of one verdict on a page.

    Attributes:
        id: Unique on the page.
        title: The verdict.
        tone: As of a report.
        count: In all of the sweep, in words.
        lines: Those on this page.
    """

    id: str
    title: str
    tone: str
    count: str
    lines: tuple[RunLine, ...]


@dataclass(frozen=True)
class Link:
    """A link to a page, or to a group on one; without href it is this one. A gap comes before it, or none."""

    text: str
    href: str = ""
    gap: bool = False
    tone: str = ""
    count: str = ""


@dataclass(frozen=True)
class IndexPage:
    """Everything that the template of a page may see.

    Attributes:
        language: The language of all words.
        file: Its name.
        title: Heading.
        headline: What is to be said of all runs, in a sentence.
        notes: What else the reader should know, in sentences.
        best: The best run; None where none can be said.
        facts: On the best run.
        chart: Of all runs' curves; None where there is none, and on all but the first page.
        groups: Links to the first run of each verdict.
        pages: Links to the pages; empty where there is one only.
        best_at: Heading of the places of best values: epochs, or what else runs are counted in.
        length: Heading of the runs' lengths.
        columns: Names of the settings shown.
        shown: The groups of this page.
        part: Which part of all runs stands here; empty for all.
        version: Of reportgen.
    """

    language: Language
    file: str
    title: str
    headline: str
    notes: tuple[str, ...]
    best: RunLine | None
    facts: tuple[Fact, ...]
    chart: PageChart | None
    groups: tuple[Link, ...]
    pages: tuple[Link, ...]
    best_at: str
    length: str
    columns: tuple[str, ...]
    shown: tuple[Group, ...]
    part: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is kept of a run while pages are made."""

    path: str
    group: str
    monitor: str | None
    best: float | None
    lower_is_better: bool
    axis: Axis

    @property
    def size(self) -> float:
        """The smaller, the better; NaN never."""
        if self.best is None:
            return math.inf
        return self.best if self.lower_is_better else -self.best


def page_file(number: int) -> str:
    """The name of a page, counted from 1."""
    return "index.html" if number == 1 else f"page-{number}.html"


def index_pages(ledger: Ledger, paths: Sequence[str], language: Language) -> Iterator[IndexPage]:
    """The pages of an index, the first one last, so that it never leads to one that is not there.

    Args:
        ledger: With the rows.
        paths: The runs to be shown, of which the ledger may lack some.
        language: What is said of all runs together is said in.
    """
    entries, columns = _survey(ledger, paths)
    monitors = Counter(entry.monitor for entry in entries if entry.best is not None)
    judged_by = monitors.most_common(1)[0][0] if monitors else None
    order = list(_GROUPS)
    rank = {monitor: place for place, (monitor, _) in enumerate(monitors.most_common())}
    entries.sort(
        key=lambda entry: (order.index(entry.group), rank.get(entry.monitor, len(rank)), entry.size, entry.path)
    )
    rivals = [entry for entry in entries if entry.monitor == judged_by and entry.best is not None]
    rivals.sort(key=lambda entry: (entry.size, entry.path))
    best = ledger.get(rivals[0].path) if rivals else None
    counts = Counter(entry.group for entry in entries)
    axes = {entry.axis for entry in entries if entry.group != _ERROR} or {"epoch"}
    best_at, length = _axis_words(axes, language)
    is_mixed = len(axes) > 1
    n_pages = max(1, math.ceil(len(entries) / PAGE_ROWS))
    for number in range(n_pages, 0, -1):
        first = (number - 1) * PAGE_ROWS
        here = entries[first : first + PAGE_ROWS]
        is_first = number == 1
        yield IndexPage(
            language=language,
            file=page_file(number),
            title=language.say("Training runs"),
            headline=_headline(best, len(entries), language),
            notes=_notes(len(entries), len(rivals), len(paths), best, counts, language),
            best=None if best is None else _line(best, (), language, is_mixed),
            facts=() if best is None else _facts(best, columns),
            chart=_chart(ledger, best, rivals[1:], language) if is_first and best is not None else None,
            groups=_group_links(counts, number, language),
            pages=_page_links(number, n_pages),
            best_at=best_at,
            length=length,
            columns=tuple(printable(name, 40) for name in columns),
            shown=_groups(ledger, here, counts, columns, language, is_mixed),
            part=""
            if n_pages == 1
            else language.say(
                "Runs {first} to {last} of {all}.", first=first + 1, last=first + len(here), all=len(entries)
            ),
        )


def _survey(ledger: Ledger, paths: Sequence[str]) -> tuple[list[_Entry], tuple[str, ...]]:
    """What pages are planned from: an entry per run, and the settings in which runs differ."""
    entries: list[_Entry] = []
    seen: dict[str, tuple[str, int, bool]] = {}  # a setting's first value, how many runs have it, whether they differ
    n_judged = 0
    for row in ledger.results(paths):
        group = _ERROR if row.error or row.verdict not in _GROUPS else row.verdict
        entries.append(_Entry(row.path, group, row.monitor, row.best, row.lower_is_better, row.axis))
        n_judged += group != _ERROR
        for name, value in row.settings:
            first, count, differs = seen.get(name, (value, 0, False))
            seen[name] = (first, count + 1, differs or value != first)
    varied = [name for name, (_, count, differs) in seen.items() if differs or count < n_judged]
    varied.sort(key=lambda name: not seen[name][2])  # what only some have tells less than what differs
    return entries, tuple(varied[:MAX_COLUMNS])


def _axis_words(axes: Collection[Axis], language: Language) -> tuple[str, str]:
    """The headings of the columns that count epochs, or what the runs are counted in."""
    if len(axes) > 1:
        return language.say("Best epoch or step"), language.say("Epochs or steps")
    (axis,) = axes
    words = language.counting(axis)
    return words.say("Best epoch"), words.say("Epochs")


def _headline(best: RunResult | None, n_runs: int, language: Language) -> str:
    if best is None or best.best is None or best.monitor is None:
        return language.say_count("{n} run; it cannot be judged.", "{n} runs; none of them can be judged.", n_runs)
    return language.counting(best.axis).say_count(
        "{n} run: {key} {value} at epoch {epoch}.",
        "The best of {n} runs: {key} {value} at epoch {epoch}.",
        n_runs,
        key=printable(best.monitor, 60),
        value=formatting.number(best.best),
        epoch=best.best_epoch,
    )


def _notes(
    n_runs: int, n_rivals: int, n_found: int, best: RunResult | None, counts: Counter[str], language: Language
) -> tuple[str, ...]:
    say_count, notes = language.say_count, []
    others = n_runs - n_rivals - counts[_ERROR]
    if best is not None and others:
        key = printable(best.monitor or "", 60)
        notes.append(
            say_count(
                "{n} run is not judged by {key}, so it is not compared with the best.",
                "{n} runs are not judged by {key}, so they are not compared with the best.",
                others,
                key=key,
            )
        )
    if counts[_ERROR]:
        notes.append(
            say_count(
                "{n} run has no report; the last group says why.",
                "{n} runs have no report; the last group says why.",
                counts[_ERROR],
            )
        )
    if n_found > n_runs:
        notes.append(
            say_count(
                "{n} run is missing, as the sweep was stopped; the same command goes on with it.",
                "{n} runs are missing, as the sweep was stopped; the same command goes on with them.",
                n_found - n_runs,
            )
        )
    return tuple(notes)


def _facts(best: RunResult, columns: Sequence[str]) -> tuple[Fact, ...]:
    """What the best run was set up with, of the settings in which runs differ; of others where there are none."""
    settings = dict(best.settings)
    names = [name for name in columns if name in settings] or list(settings)
    return tuple(Fact(printable(name, 40), printable(_short(settings[name]), 60)) for name in names[:4])


def _chart(ledger: Ledger, best: RunResult, rivals: Sequence[_Entry], language: Language) -> PageChart | None:
    """The curves of the best run and of others, evenly chosen by rank."""
    if best.best_epoch is None or not best.epochs:
        return None
    alike = [entry for entry in rivals if entry.axis == best.axis]
    places = np.unique(np.linspace(0, max(0, len(alike) - 1), MAX_CURVES).round().astype(np.int64))
    rows = ledger.results([alike[place].path for place in places.tolist()] if alike else [])
    curves = [_curve(row) for row in rows if row.epochs]
    remark = ""
    if len(alike) > len(curves):
        remark = language.say(
            "Drawn are the best and {n} of {all} others, evenly chosen by best value.", n=len(curves), all=len(alike)
        )
    if n_others := len(rivals) - len(alike):
        if best.axis == "epoch":
            others = language.say_count(
                "{n} run is counted in steps, so it is not drawn.",
                "{n} runs are counted in steps, so they are not drawn.",
                n_others,
            )
        else:
            others = language.say_count(
                "{n} run is counted in epochs, so it is not drawn.",
                "{n} runs are counted in epochs, so they are not drawn.",
                n_others,
            )
        remark = language.join(remark, others)
    chart = chart_runs(best.monitor or "", curves, _curve(best), best.best_epoch, remark, language.counting(best.axis))
    return place_chart(chart)


def _curve(row: RunResult) -> Curve:
    return row.epochs, [math.nan if value is None else value for value in row.values]


def _group_links(counts: Counter[str], number: int, language: Language) -> tuple[Link, ...]:
    """Where each group begins."""
    links, at = [], 0
    for code, title in _GROUPS.items():
        if counts[code]:
            page = at // PAGE_ROWS + 1
            href = f"#{code}" if page == number else f"{page_file(page)}#{code}"
            links.append(Link(language.say(title), href, tone=_tone(code), count=grouped(counts[code])))
            at += counts[code]
    return tuple(links)


def _page_links(number: int, n_pages: int) -> tuple[Link, ...]:
    if n_pages == 1:
        return ()
    near = range(max(1, number - _NEAR), min(n_pages, number + _NEAR) + 1)
    shown = sorted({1, n_pages, *near})
    links, previous = [], 0
    for page in shown:
        links.append(Link(grouped(page), "" if page == number else page_file(page), gap=page > previous + 1))
        previous = page
    return tuple(links)


def _tone(code: str) -> str:
    return "critical" if code == _ERROR else VERDICT_TONES[code]  # type: ignore[index]  # the others are verdicts


def _groups(
    ledger: Ledger,
    entries: Sequence[_Entry],
    counts: Counter[str],
    columns: Sequence[str],
    language: Language,
    is_mixed: bool,
) -> tuple[Group, ...]:
    lines: dict[str, list[RunLine]] = {}
    for entry in entries:
        row = ledger.get(entry.path)
        if row is not None:
            lines.setdefault(entry.group, []).append(_line(row, columns, language, is_mixed))
    return tuple(
        Group(
            code,
            language.say(_GROUPS[code]),
            _tone(code),
            language.say_count("{n} run", "{n} runs", counts[code]),
            tuple(found),
        )
        for code, found in lines.items()
    )


def _line(row: RunResult, columns: Sequence[str], language: Language, is_mixed: bool) -> RunLine:
    """A row in words; it says what it is counted in where not all runs are counted in the same."""
    words = language.counting(row.axis)

    def counted(value: int | None) -> Cell:
        if value is None:
            return Cell("")
        return Cell(words.say("epoch {epoch}", epoch=value) if is_mixed else grouped(value), str(value))

    settings = dict(row.settings)
    title = printable(row.title, 120)
    path = printable(row.path, 200)
    best = Cell("")
    if row.best is not None and row.monitor is not None:
        key, value = printable(row.monitor, 30), formatting.number(row.best)
        best = Cell(language.say("{value} {key}", value=value, key=key), f"{row.best!r}")
    return RunLine(
        title=title,
        path="" if path.startswith(title) else path,
        href="" if row.error else row.report,
        headline=row.headline,
        best=best,
        best_epoch=counted(row.best_epoch),
        last=counted(row.last),
        spark=spark_path(row.epochs, row.values),
        error=printable(row.error, 400),
        settings=tuple(_setting(settings.get(name, "")) for name in columns),
    )


def _setting(value: str) -> Cell:
    """A setting as text; sorted as a number where it is one."""
    try:
        number = float(value)
    except ValueError:
        return Cell(printable(value, 60))
    return Cell(_short(value), repr(number) if math.isfinite(number) else "")


def _short(value: str) -> str:
    """A setting, rounded where it is a long decimal number."""
    try:
        number = float(value)
    except ValueError:
        return value
    return formatting.short(number) if math.isfinite(number) and len(value) > 8 and "." in value else value


def spark_path(epochs: Sequence[int], values: Sequence[float | None]) -> str:
    """A curve as the d of an SVG path that fills 100 x 24 units; broken where a value is no number."""
    finite = [value for value in values if value is not None]
    if len(finite) < 2:
        return ""
    width, height, rim = _SPARK
    low, high = min(finite), max(finite)
    first, last = epochs[0], epochs[-1]
    span, length = (high - low) or 1.0, (last - first) or 1
    parts, joined = [], False
    for epoch, value in zip(epochs, values, strict=True):
        if value is not None:
            x = rim + (width - 2 * rim) * (epoch - first) / length
            share = (value - low) / span if high > low and math.isfinite(span) else 0.5
            y = height - rim - (height - 2 * rim) * share
            parts.append(f"{'L' if joined else 'M'}{x:.0f},{y:.1f}")
        joined = value is not None
    return "".join(parts)
