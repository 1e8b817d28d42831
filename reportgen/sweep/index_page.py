"""What a page of the index shows: data for its template, with every number already formatted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

from reportgen import formatting
from reportgen.comparison.page_contents import LineLook
from reportgen.formatting import Table
from reportgen.languages import Language, grouped
from reportgen.page.contents import Fact, PageChart
from reportgen.sweep.results import RunResult
from reportgen.text import printable
from reportgen.version import __version__

_SPARK: Final = (132.0, 28.0, 4.0)  # width, height and margin of a sparkline, in its own units


@dataclass(frozen=True)
class IndexSpark:
    """The judged curve of a run in 132 x 28 units.

    Attributes:
        path: The curve as an SVG path.
        best: The place of its best value; None if that is not drawn.
        end: The place of its last value.
        is_broken: Whether values cease there, as they become NaN or infinite.
    """

    path: str
    best: tuple[str, str] | None
    end: tuple[str, str]
    is_broken: bool


@dataclass(frozen=True)
class IndexCell:
    """A cell of the table.

    Attributes:
        text: Its text.
        number: The number to sort by; without one, it is sorted by its text.
        key: The metric of a value, if runs are judged by different ones.
    """

    text: str
    number: str = ""
    key: str = ""


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
    spark: IndexSpark | None  # the judged curve
    error: str  # why it has no report; empty if it has one
    settings: tuple[IndexCell, ...]  # one cell per column of settings, scores, time per epoch and memory
    colour: str = ""  # of its group in the chart; empty without one


@dataclass(frozen=True)
class IndexTask:
    """Runs whose values can be compared with each other, and the best of them."""

    best: IndexRow
    monitor: str
    loss: str  # empty unless it differs between tasks
    rows: str  # of validation data; empty unless they differ
    count: str  # number of its runs


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
class IndexComparison:
    """The groups of repeated runs of a task."""

    id: str  # unique on the page
    table: Table
    looks: tuple[LineLook | None, ...]  # how the chart draws the group of each row; empty without colours
    headline: str  # which group is best; empty without a page
    href: str  # link to the page that compares them; empty without one


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
    headline: str  # which group is best, or a sentence about the best run
    said_best: str  # the sentence about the best run if the headline is about groups
    notes: tuple[str, ...]  # sentences about runs that are missing, not compared or without a report
    best: IndexRow | None  # the best run, if most runs can be compared
    facts: tuple[Fact, ...]  # settings of the best run in which runs differ
    tasks: tuple[IndexTask, ...]  # the tasks with their best runs, on the first page, if there are several
    more_tasks: str  # how many are not listed; empty if all are
    comparisons: tuple[IndexComparison, ...]  # groups of repeated runs of each task, on the first page
    more_comparisons: str  # how many tasks are left out; empty if none is
    alike: str  # settings that are the same in all runs; empty without any
    key: str  # the judged metric; empty if runs are judged by different ones
    chart: PageChart | None  # the curves of all runs, on the first page only
    groups: tuple[IndexGroup, ...]  # all verdicts of the sweep
    pages: tuple[PageLink, ...]  # links to the pages; empty if there is only one
    best_at: str  # header of the column of best epochs or steps
    length: str  # header of the column of epochs or steps
    columns: tuple[str, ...]  # names of the settings shown, and headers of scores, the time per epoch and the memory
    part: str  # which runs this page shows; empty if it shows all
    version: str = __version__


def word_run(
    result: RunResult,
    columns: Sequence[str],
    language: Language,
    is_mixed: bool,
    with_costs: tuple[bool, bool] = (False, False),
    *,
    scores: Sequence[str] = (),
    shows_key: bool = True,
) -> IndexRow:
    """A result as text: settings and scores on test data that have columns, then the time per epoch and the memory.

    If runs are counted differently (``is_mixed``), each cell says "epoch" or "step". With ``shows_key``, the best value
    names its metric.
    """
    words = language.counting(result.axis)

    def counted(value: int | None) -> IndexCell:
        if value is None:
            return IndexCell("")
        return IndexCell(words.say("epoch {epoch}", epoch=value) if is_mixed else grouped(value), str(value))

    settings, tested = dict(result.settings), dict(result.scores)
    title = printable(result.title, 120)
    path = printable(result.path, 200)
    best = IndexCell("")
    if result.best is not None and result.monitor is not None:
        key = printable(result.monitor, 30) if shows_key else ""
        best = IndexCell(formatting.number(result.best), f"{result.best!r}", key)
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
        spark=draw_spark(result.epochs, result.values, result.best_epoch, result.last),
        error=printable(result.error, 400),
        settings=(
            *(word_setting(settings.get(name, "")) for name in columns),
            *(_word_score(tested.get(name)) for name in scores),
            *compress(costs, with_costs),
        ),
    )


def _word_score(value: float | None) -> IndexCell:
    return IndexCell("") if value is None else IndexCell(formatting.number(value), repr(value))


def word_facts(result: RunResult, columns: Sequence[str]) -> tuple[Fact, ...]:
    """The settings of a run in which runs differ."""
    settings = dict(result.settings)
    names = [name for name in columns if name in settings]
    return tuple(Fact(printable(name, 40), word_setting(settings[name]).text) for name in names[:4])


def word_setting(value: str) -> IndexCell:
    """A setting as text; numbers are sorted numerically, and long decimals are rounded."""
    text = printable(value, 60)
    try:
        number = float(value)
    except ValueError:
        return IndexCell(text)
    if not math.isfinite(number):
        return IndexCell(text)
    return IndexCell(formatting.short(number) if len(value) > 8 and "." in value else text, repr(number))


def draw_spark(
    epochs: Sequence[int], values: Sequence[float | None], best_epoch: int | None, last: int | None
) -> IndexSpark | None:
    """A curve that fills its box, with gaps for missing values; None with fewer than two values.

    Args:
        epochs: Ascending.
        values: The value at each epoch; None for NaN and infinities.
        best_epoch: The epoch of its best value.
        last: The last epoch of the run, up to which it reaches even if values cease before.
    """
    finite = [value for value in values if value is not None]
    if len(finite) < 2:
        return None
    width, height, margin = _SPARK
    low, high = min(finite), max(finite)
    first, end = epochs[0], max(epochs[-1], last or 0)
    span, length = (high - low) or 1.0, (end - first) or 1
    parts, joined, points = [], False, {}
    for epoch, value in zip(epochs, values, strict=True):
        if value is not None:
            x = margin + (width - 2 * margin) * (epoch - first) / length
            share = (value - low) / span if high > low and math.isfinite(span) else 0.5
            y = height - margin - (height - 2 * margin) * share
            points[epoch] = (f"{x:.0f}", f"{y:.1f}")
            parts.append(f"{'L' if joined else 'M'}{x:.0f},{y:.1f}")
        joined = value is not None
    latest = max(points)
    best = None if best_epoch is None else points.get(best_epoch)
    return IndexSpark("".join(parts), best, points[latest], is_broken=latest < epochs[-1])
