"""What a page of the index shows: data for its template, with every number already formatted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

from reportgen import formatting
from reportgen.languages import Language, grouped
from reportgen.page.contents import Fact, PageChart
from reportgen.sweep.results import RunResult
from reportgen.text import printable
from reportgen.version import __version__

_SPARK: Final = (100.0, 24.0, 2.0)  # width, height and margin of a sparkline, in its own units


@dataclass(frozen=True)
class IndexCell:
    """A cell of the table: its text, and the number to sort by; without a number, it is sorted by its text."""

    text: str
    number: str = ""


@dataclass(frozen=True)
class IndexRow:
    """A run in the table."""

    title: str
    path: str  # its path; empty if the title is derived from it
    href: str  # link to its report; empty without one
    headline: str
    best: IndexCell
    best_epoch: IndexCell  # the epoch of that value
    last: IndexCell  # its number of epochs
    spark: str  # the judged curve as an SVG path; empty without one
    error: str  # why it has no report; empty if it has one
    settings: tuple[IndexCell, ...]  # one cell per column of settings, time per epoch and memory


@dataclass(frozen=True)
class IndexGroup:
    """The runs of one verdict."""

    id: str  # code of the verdict, unique on the page
    title: str
    tone: str  # its colour, as in reports
    count: str  # number of its runs on all pages, as text
    href: str  # link to its first run
    rows: tuple[IndexRow, ...]  # its runs on this page


@dataclass(frozen=True)
class PageLink:
    """A link to a page; ``href`` is empty for the current page. ``gap``: pages before it are left out."""

    text: str
    href: str
    gap: bool


@dataclass(frozen=True)
class IndexPage:
    """Everything the template of a page may use."""

    language: Language
    file: str  # name of the page's file
    title: str
    headline: str  # a sentence about the best run
    notes: tuple[str, ...]  # sentences about runs that are missing, not compared or without a report
    best: IndexRow | None  # the best run, if any
    facts: tuple[Fact, ...]  # settings of the best run
    chart: PageChart | None  # the curves of all runs, on the first page only
    groups: tuple[IndexGroup, ...]  # all verdicts of the sweep
    pages: tuple[PageLink, ...]  # links to the pages; empty if there is only one
    best_at: str  # header of the column of best epochs or steps
    length: str  # header of the column of epochs or steps
    columns: tuple[str, ...]  # names of the settings shown, and headers of the time per epoch and the memory
    part: str  # which runs this page shows; empty if it shows all
    version: str = __version__


def word_run(
    result: RunResult,
    columns: Sequence[str],
    language: Language,
    is_mixed: bool,
    with_costs: tuple[bool, bool] = (False, False),
) -> IndexRow:
    """A result as text, with the settings that have columns, then the time per epoch and the memory if they have.

    If runs are counted differently (``is_mixed``), each cell says "epoch" or "step".
    """
    words = language.counting(result.axis)

    def counted(value: int | None) -> IndexCell:
        if value is None:
            return IndexCell("")
        return IndexCell(words.say("epoch {epoch}", epoch=value) if is_mixed else grouped(value), str(value))

    settings = dict(result.settings)
    title = printable(result.title, 120)
    path = printable(result.path, 200)
    best = IndexCell("")
    if result.best is not None and result.monitor is not None:
        key, value = printable(result.monitor, 30), formatting.number(result.best)
        best = IndexCell(language.say("{value} {key}", value=value, key=key), f"{result.best!r}")
    costs = (
        IndexCell("")
        if result.epoch_s is None
        else IndexCell(formatting.duration(result.epoch_s, language), repr(result.epoch_s)),
        IndexCell("")
        if result.memory_bytes is None
        else IndexCell(formatting.memory_size(result.memory_bytes), str(result.memory_bytes)),
    )
    return IndexRow(
        title=title,
        path="" if path.startswith(title) else path,
        href="" if result.error else result.report,
        headline=printable(result.headline, 200),
        best=best,
        best_epoch=counted(result.best_epoch),
        last=counted(result.last),
        spark=spark_path(result.epochs, result.values),
        error=printable(result.error, 400),
        settings=(*(_word_setting(settings.get(name, "")) for name in columns), *compress(costs, with_costs)),
    )


def word_facts(result: RunResult, columns: Sequence[str]) -> tuple[Fact, ...]:
    """Settings of a run: those in which runs differ, or any settings if it has none of those."""
    settings = dict(result.settings)
    names = [name for name in columns if name in settings] or list(settings)
    return tuple(Fact(printable(name, 40), _word_setting(settings[name]).text) for name in names[:4])


def _word_setting(value: str) -> IndexCell:
    """A setting as text; numbers are sorted numerically, and long decimals are rounded."""
    text = printable(value, 60)
    try:
        number = float(value)
    except ValueError:
        return IndexCell(text)
    if not math.isfinite(number):
        return IndexCell(text)
    return IndexCell(formatting.short(number) if len(value) > 8 and "." in value else text, repr(number))


def spark_path(epochs: Sequence[int], values: Sequence[float | None]) -> str:
    """A curve as an SVG path that fills 100 x 24 units, with gaps for missing values."""
    finite = [value for value in values if value is not None]
    if len(finite) < 2:
        return ""
    width, height, margin = _SPARK
    low, high = min(finite), max(finite)
    first, last = epochs[0], epochs[-1]
    span, length = (high - low) or 1.0, (last - first) or 1
    parts, joined = [], False
    for epoch, value in zip(epochs, values, strict=True):
        if value is not None:
            x = margin + (width - 2 * margin) * (epoch - first) / length
            share = (value - low) / span if high > low and math.isfinite(span) else 0.5
            y = height - margin - (height - 2 * margin) * share
            parts.append(f"{'L' if joined else 'M'}{x:.0f},{y:.1f}")
        joined = value is not None
    return "".join(parts)
