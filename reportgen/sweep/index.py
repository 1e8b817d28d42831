"""The index of a sweep: groups runs by verdict, sorts them by best value and divides them into pages.

Results are read from the ledger page by page, so only a few hundred bytes per run are kept in memory.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, Final

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.group_chart import MOST_LINES, look_of
from reportgen.comparison.grouping import Groups
from reportgen.comparison.page_contents import LineLook
from reportgen.languages import Axis, Language, grouped, marked
from reportgen.metrics import parse_key
from reportgen.page.statements import VERDICT_TONES
from reportgen.sweep.comparison_pages import MAX_PAGES, MadePage, PagesMade, page_name
from reportgen.sweep.index_chart import draw_runs, group_places
from reportgen.sweep.index_groups import (
    MAX_GROUPED,
    TASK_SETTINGS,
    Task,
    TaskGroups,
    find_task_groups,
    find_tasks,
    tabulate_groups,
)
from reportgen.sweep.index_page import (
    IndexCell,
    IndexComparison,
    IndexGroup,
    IndexPage,
    IndexRow,
    IndexTask,
    PageLink,
    word_facts,
    word_run,
    word_setting,
)
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.places import INDEX
from reportgen.sweep.results import RunResult
from reportgen.text import natural_order, printable

PAGE_ROWS: Final = 500
MAX_SCORES: Final = 2  # on test data that have columns, and one if settings need the others; our choice
MAX_COLUMNS: Final = 4  # of settings, scores, time and memory; our choice: what fits beside the others on 1280 pixels
_MAX_TASKS: Final = 20  # listed
_MAIN_SHARE: Final = 0.75  # of the judged runs, from which the index is about one task; our choice
_MAX_ALIKE: Final = 6  # settings that are the same in all runs
_NEAR: Final = 3  # pages linked before and after the current one, besides the first and the last
_NEAR_NOISE: Final = 2.0  # deviations of a curve from epoch to epoch that may be noise, as for best epochs
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
    **dict.fromkeys(("epochs", "values"), ()),
}


def page_file(number: int) -> str:
    """The file name of a page, numbered from 1."""
    return INDEX if number == 1 else f"page-{number}.html"


@dataclass(frozen=True)
class Survey:
    """What the results of all runs say together.

    Attributes:
        runs: All results, reduced to what sorting and grouping need.
        varied: The names of the settings in which they differ.
        alike: Those that are the same in all of them, as text.
        scores: The names of the scores on test data that have columns: of the judged metric, then of most runs.
        task_of: The task of each run that can be compared, by path.
        groups: The groups of each task that has any.
    """

    runs: tuple[RunResult, ...]
    varied: tuple[str, ...]
    alike: tuple[str, ...]
    scores: tuple[str, ...]
    task_of: Mapping[str, Task]
    groups: tuple[TaskGroups, ...]


def index_pages(
    ledger: Ledger,
    paths: Sequence[str],
    language: Language,
    survey: Survey | None = None,
    made: PagesMade | None = None,
    folder: str = "",
) -> Iterator[IndexPage]:
    """The pages of an index, the first one last, so that it never links to a page that does not exist yet.

    Some of the paths may have no result in the ledger.

    Args:
        ledger: The results.
        paths: The runs.
        language: The language of all texts.
        survey: What the results say together (default: they are read).
        made: The comparisons of groups (default: none).
        folder: The name of the folder that the runs are in, for the title.
    """
    survey = survey or take_survey(ledger, paths)
    runs, varied, scores, task_of = list(survey.runs), survey.varied, survey.scores, survey.task_of
    said = language.say("The same in all runs: {settings}.", settings=", ".join(survey.alike)) if survey.alike else ""
    with_costs = (any(run.epoch_s is not None for run in runs), any(run.memory_bytes is not None for run in runs))
    costs = tuple(compress((language.say("Time per epoch (median)"), language.say("Memory (peak)")), with_costs))
    group_of = _groups_by_path(survey.groups)
    if group_of:  # which say the settings that the user groups by
        chosen_by = {name for each in survey.groups if each.grouping.basis == "setting" for name in each.grouping.by}
        varied = tuple(name for name in varied if name not in chosen_by)
    free = MAX_COLUMNS - len(costs) - bool(group_of)
    scores = scores[: max(1, free - len(varied))]
    columns = varied[: free - len(scores)]
    score_headers = (language.say("Test {name}", name=printable(name, 40)) for name in scores)
    group_header = (language.say("Group"),) if group_of else ()
    headers = (*group_header, *(printable(name, 40) for name in columns), *score_headers, *costs)
    tasks = Counter(task_of.values())
    order = list(_GROUPS)
    rank = {task: place for place, (task, _) in enumerate(tasks.most_common())}
    place_of = {run.path: rank[task_of[run.path]] if run.path in task_of else len(rank) for run in runs}
    runs.sort(key=lambda run: (order.index(run.verdict), place_of[run.path], run.cost, natural_order(run.path)))
    rivals: list[list[RunResult]] = [[] for _ in rank]  # of each task, the best first
    for run in sorted(runs, key=lambda run: (run.cost, natural_order(run.path))):
        if run.path in task_of:
            rivals[place_of[run.path]].append(run)
    is_main = bool(rivals) and len(rivals[0]) >= _MAIN_SHARE * len(task_of)
    best = ledger.get(rivals[0][0].path) if is_main else None
    of_best = next((each for each in survey.groups if best is not None and each.task == task_of[best.path]), None)
    colours = {path: look_of(place)[0] for path, place in group_places(of_best).items()}
    said_best = _headline(best, len(rivals[0]) if best else len(runs), len(tasks), language)
    verdict = "" if of_best is None else (made or {}).get(page_name(of_best.task), MadePage("")).headline
    near = [] if best is None else [run for run in rivals[0][1:] if _is_near(run, best)]
    monitors = {monitor for monitor, _, _ in tasks}
    shows_key = len(monitors) > 1
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
            row = word_run(result, columns, language, is_mixed, with_costs, scores=scores, shows_key=shows_key)
            row = replace(row, colour=colours.get(run.path, theme.BASELINE if colours else ""))
            if group_of:
                row = replace(row, settings=(IndexCell(group_of.get(run.path, "")), *row.settings))
            rows.setdefault(run.verdict, []).append(row)
        part = language.say("Runs {first} to {last} of {all}.", first=first + 1, last=first + len(here), all=len(runs))
        yield IndexPage(
            language=language,
            file=page_file(number),
            title=language.say("Training runs in {folder}", folder=folder) if folder else language.say("Training runs"),
            headline=printable(verdict, 400) or said_best,
            said_best=said_best if verdict else "",
            notes=(
                *_near_notes(best, len(near), language),
                *_notes(len(runs), len(task_of), len(paths), len(tasks), counts, language),
            ),
            best=None if best is None else word_run(best, (), language, is_mixed),
            facts=() if best is None else word_facts(best, columns),
            tasks=_word_tasks(ledger, rivals, task_of, language, is_mixed=is_mixed) if number == 1 else (),
            more_tasks=_word_more_tasks(len(rivals), language) if number == 1 else "",
            comparisons=_word_comparisons(survey.groups, made or {}, language) if number == 1 else (),
            more_comparisons=_word_more_comparisons(len(survey.groups), len(runs), language) if number == 1 else "",
            alike=said,
            key="" if shows_key or not monitors else printable(min(monitors), 60),
            chart=draw_runs(ledger, rivals[0], of_best, language) if number == 1 and best is not None else None,
            groups=_groups(rows, counts, number, language),
            pages=_page_links(number, n_pages),
            best_at=best_at,
            length=length,
            columns=headers,
            part="" if n_pages == 1 else part,
        )


def take_survey(ledger: Ledger, paths: Sequence[str], chosen: Groups | None = None) -> Survey:
    """Reads all results once.

    Args:
        ledger: The results.
        paths: The runs.
        chosen: The groups that the user chose (default: they are found).

    Raises:
        DiagnosisError: what the user chose fits no run.
    """
    needs_title = isinstance(chosen, Mapping)  # which patterns may match
    dropped = {name: empty for name, empty in _UNSORTED.items() if name != "title" or not needs_title}
    runs: list[RunResult] = []
    seen: dict[str, tuple[str, int, bool]] = {}  # per setting: first value, number of runs, whether they differ
    shared: dict[Any, Any] = {}  # one object for equal settings
    n_judged = 0
    scored: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for result in ledger.results(paths):
        group = _ERROR if result.error or result.verdict not in _GROUPS else result.verdict
        pairs = (
            pair for pair in result.settings if len(paths) <= MAX_GROUPED or pair[0] in TASK_SETTINGS
        )  # groups need all
        kept = tuple(shared.setdefault(pair, pair) for pair in pairs)
        runs.append(replace(result, verdict=group, settings=shared.setdefault(kept, kept), **dropped))
        n_judged += group != _ERROR
        scored.update(name for name, _ in result.scores)
        judged.update([parse_key(result.monitor)[0]] if result.monitor is not None else [])
        for name, value in result.settings:
            first, count, differs = seen.get(name, (value, 0, False))
            seen[name] = (first, count + 1, differs or value != first)
    varied = [name for name, (_, count, differs) in seen.items() if differs or count < n_judged]
    varied.sort(key=lambda name: not seen[name][2])  # settings that not all runs have come last
    same = [name for name in seen if name not in varied] if n_judged > 1 else []
    ranked = sorted(scored, key=lambda name: (-judged[name], -scored[name]))  # then in the order of the runs
    tasks = find_tasks(runs)
    return Survey(
        runs=tuple(runs),
        varied=tuple(varied),
        alike=tuple(f"{printable(name, 40)} {word_setting(seen[name][0]).text}" for name in same[:_MAX_ALIKE]),
        scores=tuple(ranked[:MAX_SCORES]),
        task_of=tasks,
        groups=find_task_groups(runs, tasks, chosen),
    )


def _groups_by_path(found: Sequence[TaskGroups]) -> dict[str, str]:
    """The group of each run, if the user chose it, or if names tell it rather than settings, which have columns.

    A run has no group that was found if it would be alone in it.
    """
    return {
        run.path: printable(name, 60)
        for each in found
        if each.grouping.basis in ("names", "given", "setting")
        for name, runs in each.members.items()
        for run in runs
        if len(runs) > 1 or each.grouping.basis != "names"
    }


def _word_comparisons(found: Sequence[TaskGroups], made: PagesMade, language: Language) -> tuple[IndexComparison, ...]:
    """The groups of each task, with the page that compares them."""
    say, comparisons = language.say, []
    for number, each in enumerate(found[:MAX_PAGES]):
        file = page_name(each.task)
        page = made.get(file, MadePage(""))
        table = tabulate_groups(each, language)
        title = (
            say("Groups")
            if len(found) == 1
            else say("Groups: {task}", task=printable(", ".join(filter(None, each.task)), 80))
        )
        note = (
            language.join(table.note, say("The comparison was not made: {reason}", reason=page.error))
            if page.error
            else table.note
        )
        comparisons.append(
            IndexComparison(
                id=f"groups-{number + 1}",
                table=replace(table, title=title, note=note),
                looks=_looks(each),
                headline=printable(page.headline, 400),
                href=file if page.headline else "",
            )
        )
    return tuple(comparisons)


def _looks(found: TaskGroups) -> tuple[LineLook | None, ...]:
    """The lines of the groups, as the charts draw them."""
    if not 1 < len(found.groups) <= MOST_LINES:
        return ()
    looks = map(look_of, range(len(found.groups)))
    return tuple(LineLook(colour, " ".join(map(str, dash))) for colour, dash in looks)


def _is_near(run: RunResult, best: RunResult) -> bool:
    """Whether the noise of the best run's curve may explain that it is better than another one."""
    return best.noise is not None and run.cost - best.cost <= _NEAR_NOISE * best.noise


def _near_notes(best: RunResult | None, n_near: int, language: Language) -> tuple[str, ...]:
    if best is None or best.noise is None or not n_near:
        return ()
    return (
        language.say_count(
            "{n} other run is as good within the noise of this curve (± {noise}).",
            "{n} other runs are as good within the noise of this curve (± {noise}).",
            n_near,
            noise=formatting.number(_NEAR_NOISE * best.noise, 2),
        ),
    )


def _word_more_comparisons(n_tasks: int, n_runs: int, language: Language) -> str:
    if n_runs > MAX_GROUPED:
        return language.say("Groups are searched for only in sweeps of up to {n} runs.", n=grouped(MAX_GROUPED))
    more = n_tasks - MAX_PAGES
    if more <= 0:
        return ""
    return language.say_count(
        "The groups of {n} more task are not compared.", "The groups of {n} more tasks are not compared.", more
    )


def _word_tasks(
    ledger: Ledger,
    rivals: Sequence[Sequence[RunResult]],
    task_of: Mapping[str, Task],
    language: Language,
    *,
    is_mixed: bool,
) -> tuple[IndexTask, ...]:
    """The best run of each task, the task with most runs first; empty for a single task."""
    found: list[IndexTask] = []
    for runs in rivals[:_MAX_TASKS] if len(rivals) > 1 else ():
        monitor, loss, rows = task_of[runs[0].path]
        best = word_run(ledger.get(runs[0].path) or runs[0], (), language, is_mixed, shows_key=False)
        parts = (printable(monitor, 60), printable(loss, 60), printable(rows, 20))
        found.append(IndexTask(best, *parts, grouped(len(runs))))
    return tuple(found)


def _word_more_tasks(n_tasks: int, language: Language) -> str:
    more = n_tasks - _MAX_TASKS
    return (
        language.say_count("{n} more task is not listed.", "{n} more tasks are not listed.", more) if more > 0 else ""
    )


def _axis_words(axes: Collection[Axis], language: Language) -> tuple[str, str]:
    """The headers of the columns for the best epoch and the number of epochs, or steps."""
    if len(axes) > 1:
        return language.say("Best epoch or step"), language.say("Epochs or steps")
    (axis,) = axes
    words = language.counting(axis)
    return words.say("Best epoch"), words.say("Epochs")


def _headline(best: RunResult | None, n_runs: int, n_tasks: int, language: Language) -> str:
    if best is None and n_tasks > 1:
        return language.say("{n} runs of {tasks} tasks", n=grouped(n_runs), tasks=grouped(n_tasks))
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
    n_runs: int, n_judged: int, n_found: int, n_tasks: int, counts: Counter[str], language: Language
) -> tuple[str, ...]:
    say_count, notes = language.say_count, []
    others = n_runs - n_judged - counts[_ERROR]
    if n_tasks > 1:
        notes.append(
            language.say(
                "Only runs of the same task are compared: those judged by the same metric, with the same loss "
                "function and number of validation rows, as far as known."
            )
        )
    if others and n_judged:
        notes.append(
            say_count(
                "{n} run has no judged value, so it is not compared.",
                "{n} runs have no judged value, so they are not compared.",
                others,
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
