"""The index of a sweep: groups runs by verdict, sorts them by best value and divides them into pages.

Results are read from the ledger page by page, so only a few hundred bytes per run are kept in memory.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, Final

import numpy as np

from reportgen import formatting
from reportgen.charts.runs_chart import MAX_CURVES, Points, chart_runs
from reportgen.languages import Axis, Language, grouped, marked
from reportgen.page.build import place_chart
from reportgen.page.contents import PageChart
from reportgen.page.statements import VERDICT_TONES
from reportgen.sweep.index_page import IndexGroup, IndexPage, IndexRow, PageLink, word_facts, word_run
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import INDEX
from reportgen.sweep.results import RunResult
from reportgen.text import printable

PAGE_ROWS: Final = 500
MAX_COLUMNS: Final = 6  # of settings
_NEAR: Final = 3  # pages linked before and after the current one, besides the first and the last
_ERROR: Final = "error"
_GROUPS: Final = {  # in the order of the page
    "finished": marked("Finished"),
    "still-improving": marked("Still improving"),
    "large-gap": marked("Large gap to training"),
    "overfitting": marked("Overfitting"),
    "unclear": marked("Unclear"),
    "not-judged": marked("Not judged"),
    "unstable": marked("Unstable"),
    "not-generalising": marked("Not generalising"),
    "not-learning": marked("Not learning"),
    "frozen": marked("Frozen"),
    "diverged": marked("Diverged"),
    _ERROR: marked("Without a report"),
}
# Values of a result that sorting does not need; dropping them saves memory for every run.
_UNSORTED: Final[dict[str, Any]] = {
    **dict.fromkeys(("title", "report", "key", "headline", "error"), ""),
    **dict.fromkeys(("epochs", "values", "settings"), ()),
}


def page_file(number: int) -> str:
    """The file name of a page, numbered from 1."""
    return INDEX if number == 1 else f"page-{number}.html"


def index_pages(ledger: Ledger, paths: Sequence[str], language: Language) -> Iterator[IndexPage]:
    """The pages of an index, the first one last, so that it never links to a page that does not exist yet.

    Some of the paths may have no result in the ledger.
    """
    runs, columns = _survey(ledger, paths)
    with_costs = (any(run.epoch_s is not None for run in runs), any(run.memory_bytes is not None for run in runs))
    costs = compress((language.say("Time per epoch (median)"), language.say("Memory (peak)")), with_costs)
    headers = (*(printable(name, 40) for name in columns), *costs)
    monitors = Counter(run.monitor for run in runs if run.best is not None)
    judged_by = monitors.most_common(1)[0][0] if monitors else None
    order = list(_GROUPS)
    rank = {monitor: place for place, (monitor, _) in enumerate(monitors.most_common())}
    runs.sort(key=lambda run: (order.index(run.verdict), rank.get(run.monitor, len(rank)), run.cost, run.path))
    rivals = [run for run in runs if run.monitor == judged_by and run.best is not None]
    rivals.sort(key=lambda run: (run.cost, run.path))
    best = ledger.get(rivals[0].path) if rivals else None
    counts = Counter(run.verdict for run in runs)
    axes = {run.axis for run in runs if run.verdict != _ERROR} or {"epoch"}
    best_at, length = _axis_words(axes, language)
    is_mixed = len(axes) > 1
    n_pages = max(1, math.ceil(len(runs) / PAGE_ROWS))
    for number in range(n_pages, 0, -1):
        first = (number - 1) * PAGE_ROWS
        here = runs[first : first + PAGE_ROWS]
        rows: dict[str, list[IndexRow]] = {}
        for run in here:
            result = ledger.get(run.path) or run  # without details if somebody changed the file since
            rows.setdefault(run.verdict, []).append(word_run(result, columns, language, is_mixed, with_costs))
        part = language.say("Runs {first} to {last} of {all}.", first=first + 1, last=first + len(here), all=len(runs))
        yield IndexPage(
            language=language,
            file=page_file(number),
            title=language.say("Training runs"),
            headline=_headline(best, len(runs), language),
            notes=_notes(len(runs), len(rivals), len(paths), best, counts, language),
            best=None if best is None else word_run(best, (), language, is_mixed),
            facts=() if best is None else word_facts(best, columns),
            chart=_chart(ledger, best, rivals[1:], language) if number == 1 and best is not None else None,
            groups=_groups(rows, counts, number, language),
            pages=_page_links(number, n_pages),
            best_at=best_at,
            length=length,
            columns=headers,
            part="" if n_pages == 1 else part,
        )


def _survey(ledger: Ledger, paths: Sequence[str]) -> tuple[list[RunResult], tuple[str, ...]]:
    """All results, reduced to what sorting needs, and the names of the settings in which they differ."""
    runs: list[RunResult] = []
    seen: dict[str, tuple[str, int, bool]] = {}  # per setting: first value, number of runs, whether they differ
    n_judged = 0
    for result in ledger.results(paths):
        group = _ERROR if result.error or result.verdict not in _GROUPS else result.verdict
        runs.append(replace(result, verdict=group, **_UNSORTED))
        n_judged += group != _ERROR
        for name, value in result.settings:
            first, count, differs = seen.get(name, (value, 0, False))
            seen[name] = (first, count + 1, differs or value != first)
    varied = [name for name, (_, count, differs) in seen.items() if differs or count < n_judged]
    varied.sort(key=lambda name: not seen[name][2])  # settings that not all runs have come last
    return runs, tuple(varied[:MAX_COLUMNS])


def _axis_words(axes: Collection[Axis], language: Language) -> tuple[str, str]:
    """The headers of the columns for the best epoch and the number of epochs, or steps."""
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
        notes.append(
            say_count(
                "{n} run is not judged by {key}, so it is not compared with the best.",
                "{n} runs are not judged by {key}, so they are not compared with the best.",
                others,
                key=printable(best.monitor or "", 60),
            )
        )
    if counts[_ERROR]:
        notes.append(
            say_count(
                "{n} run has no report; see the last group.",
                "{n} runs have no report; see the last group.",
                counts[_ERROR],
            )
        )
    if n_found > n_runs:
        notes.append(
            say_count(
                "{n} run is missing, because the sweep was stopped. Repeat the command to resume it.",
                "{n} runs are missing, because the sweep was stopped. Repeat the command to resume it.",
                n_found - n_runs,
            )
        )
    return tuple(notes)


def _chart(ledger: Ledger, best: RunResult, rivals: Sequence[RunResult], language: Language) -> PageChart | None:
    """The curves of the best run and of others, chosen evenly by rank."""
    if best.best_epoch is None or not best.epochs:
        return None
    alike = [run for run in rivals if run.axis == best.axis]
    places = np.unique(np.linspace(0, max(0, len(alike) - 1), MAX_CURVES).round().astype(np.int64))
    results = ledger.results([alike[place].path for place in places.tolist()] if alike else [])
    curves = [_curve(result) for result in results if result.epochs]
    remark = ""
    if len(alike) > len(curves):
        remark = language.say(
            "The chart shows the best run and {n} of {all} others, chosen evenly by best value.",
            n=len(curves),
            all=len(alike),
        )
    if n_others := len(rivals) - len(alike):
        if best.axis == "epoch":
            others = language.say_count(
                "{n} run is counted in steps and not shown.", "{n} runs are counted in steps and not shown.", n_others
            )
        else:
            others = language.say_count(
                "{n} run is counted in epochs and not shown.", "{n} runs are counted in epochs and not shown.", n_others
            )
        remark = language.join(remark, others)
    chart = chart_runs(best.monitor or "", curves, _curve(best), best.best_epoch, remark, language.counting(best.axis))
    return place_chart(chart)


def _curve(result: RunResult) -> Points:
    return result.epochs, [math.nan if value is None else value for value in result.values]


def _groups(
    rows: dict[str, list[IndexRow]], counts: Counter[str], number: int, language: Language
) -> tuple[IndexGroup, ...]:
    """All groups of the sweep, with their rows on this page."""
    groups, at = [], 0
    for code, title in _GROUPS.items():
        if counts[code]:
            page = at // PAGE_ROWS + 1
            href = f"#{code}" if page == number else f"{page_file(page)}#{code}"
            tone = "critical" if code == _ERROR else VERDICT_TONES[code]  # type: ignore[index]  # a verdict
            count = language.say_count("{n} run", "{n} runs", counts[code])
            groups.append(IndexGroup(code, language.say(title), tone, count, href, tuple(rows.get(code, ()))))
            at += counts[code]
    return tuple(groups)


def _page_links(number: int, n_pages: int) -> tuple[PageLink, ...]:
    if n_pages == 1:
        return ()
    near = range(max(1, number - _NEAR), min(n_pages, number + _NEAR) + 1)
    links, previous = [], 0
    for page in sorted({1, n_pages, *near}):
        links.append(PageLink(grouped(page), "" if page == number else page_file(page), gap=page > previous + 1))
        previous = page
    return tuple(links)
