"""Which runs of a sweep can be compared: those of one task, and repeated runs with the same settings."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.comparison.group_results import GroupResult, mean_order
from reportgen.comparison.grouping import Grouping, Groups, RunGroup, choose_groups, find_groups
from reportgen.comparison.measures import Measure, score_limits
from reportgen.comparison.result_tables import groups_table
from reportgen.comparison.sentences import word_best_values, word_grouping, word_left_out
from reportgen.comparison.short_names import without_shared_folders
from reportgen.comparison.statistics import Spread, spread_of
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.verdict import GRAVITY
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.sources.source_runs import unique_name
from reportgen.sweep.results import RunResult
from reportgen.text import printable

LOSS: Final = "loss"  # the setting with the loss function
ROWS: Final = "validation_rows"  # the setting with the size of the validation data
DATA: Final = ("dataset", "data_set", "dataset_name", "data")  # settings with the name of the data set
TASK_SETTINGS: Final = (LOSS, ROWS, *DATA)
MAX_GROUPED: Final = 100_000  # runs; our choice: seconds, and a hundred megabytes
_MAX_GROUPS: Final = 40  # rows of the table
_LONGEST: Final = 80  # characters of a name, as in a comparison
Task = tuple[
    str, str, str
]  # judged metric, loss function, data set or its validation rows; empty if unknown or the same


def find_tasks(runs: Sequence[RunResult]) -> dict[str, Task]:
    """The task of each run with a best value, by path: values of different tasks cannot be compared.

    Runs of a task are judged by the same metric, on as many rows, and losses are computed by the same function.
    """
    judged = [run for run in runs if run.best is not None and run.monitor is not None]
    known: dict[tuple[str, str], set[str]] = {}
    for run in judged:
        for name, value in run.settings:
            known.setdefault((run.monitor or "", name), set()).add(value)

    def part(run: RunResult, name: str) -> str:
        monitor = run.monitor or ""
        if name == LOSS and not metrics.parse_key(monitor)[0].endswith("loss"):
            return ""
        differs = len(known.get((monitor, name), ())) > 1
        return dict(run.settings).get(name, "") if differs else ""

    shared: dict[Task, Task] = {}  # one tuple per task rather than per run, as there may be a million runs

    def data(run: RunResult) -> str:
        return next(filter(None, (part(run, name) for name in (*DATA, ROWS))), "")

    tasks = ((run.path, (run.monitor or "", part(run, LOSS), data(run))) for run in judged)
    return {path: shared.setdefault(task, task) for path, task in tasks}


@dataclass(frozen=True)
class _Repeated:
    """What is looked at to group a run."""

    name: str
    result: RunResult
    is_titled: bool = False  # whether patterns may also match the title

    @property
    def source(self) -> str:
        """The path of the log."""
        return self.result.path

    @property
    def inner(self) -> str:
        """The title, by which the index names the run; each log of a sweep has one run."""
        return self.result.title if self.is_titled else ""

    @property
    def shares_log(self) -> bool:
        """Each log of a sweep has one run."""
        return False

    @property
    def settings(self) -> Mapping[str, str]:
        """The recorded settings; not kept, as there may be many runs."""
        return dict(self.result.settings)

    @property
    def has_params(self) -> bool:
        """Whether settings were recorded."""
        return bool(self.result.settings)


@dataclass(frozen=True, eq=False)
class TaskGroups:
    """Groups of repeated runs of one task, from the results of the sweep alone.

    Attributes:
        task: The task.
        runs: Its runs.
        names: A short and unique name for each.
        grouping: Which of them belong together; at least two do, unless the user chose the groups.
        measure: What they are compared by, as in a comparison: test scores if all runs have one.
        groups: The best mean first.
        target: None, as epochs to a target need all values of the curves.
    """

    task: Task
    runs: tuple[RunResult, ...]
    names: tuple[str, ...]
    grouping: Grouping
    measure: Measure
    groups: tuple[GroupResult, ...]
    target: float | None = None

    @cached_property
    def members(self) -> Mapping[str, tuple[RunResult, ...]]:
        """The runs of each group by its name."""
        return {group.name: tuple(self.runs[place] for place in group.members) for group in self.grouping.groups}

    def verdict_counts(self, group: str) -> tuple[tuple[VerdictCode, int], ...]:
        """How many runs of a group have which verdict, the most frequent first; of equal counts the gravest."""
        counts = Counter(run.verdict for run in self.members[group])
        known = [(code, counts[code]) for code in GRAVITY if counts[code]]
        return tuple(sorted(known, key=lambda item: -item[1]))

    @cached_property
    def different_settings(self) -> Mapping[str, Mapping[str, str]]:
        """The settings that differ between groups and are the same within each: by setting, then by group."""
        found: dict[str, dict[str, str]] = {}
        broken: set[str] = set()
        for group, runs in self.members.items():
            counts: Counter[str] = Counter()
            for run in runs:
                for name, value in run.settings:
                    counts[name] += 1
                    if found.setdefault(name, {}).setdefault(group, value) != value:
                        broken.add(name)
            broken.update(name for name, count in counts.items() if count < len(runs))
        kept = {name: values for name, values in found.items() if name not in broken}
        return {
            name: values
            for name, values in kept.items()
            if len(set(values.values())) > 1 or len(values) < len(self.members)
        }


def find_task_groups(
    runs: Sequence[RunResult], tasks: Mapping[str, Task], chosen: Groups | None = None
) -> tuple[TaskGroups, ...]:
    """The groups of each task that has any, the task with most runs first.

    Args:
        runs: The runs with all their settings; of more than `MAX_GROUPED`, no groups are found.
        tasks: As `find_tasks` returns them.
        chosen: The groups that the user chose, as for `choose_groups`. By default, they are found in tasks in which any
            two runs belong together.

    Raises:
        DiagnosisError: what the user chose fits no run of any task.
    """
    judged = [run for run in runs if run.path in tasks]
    if len(runs) > MAX_GROUPED or len(judged) < 2:
        return ()
    of_task: defaultdict[Task, list[int]] = defaultdict(list)
    for place, run in enumerate(judged):
        of_task[tasks[run.path]].append(place)
    whole = None  # groups that the user chose are those of all tasks, each of which has a part of them
    if chosen is not None:
        each = zip(_short_names(judged), judged, strict=True)
        whole = choose_groups([_Repeated(name, run, is_titled=True) for name, run in each], chosen)
    ordered = sorted(of_task.items(), key=lambda item: -len(item[1]))
    found = (_group(task, [judged[place] for place in places], whole and _part(whole, places))
             for task, places in ordered)  # fmt: skip
    return tuple(groups for groups in found if groups is not None)


def _part(whole: Grouping, places: Sequence[int]) -> Grouping:
    """The part of a grouping that is about some of its runs, whose positions are counted anew."""
    at = {place: position for position, place in enumerate(places)}
    groups = ((group, tuple(at[place] for place in group.members if place in at)) for group in whole.groups)
    return replace(
        whole,
        groups=tuple(RunGroup(group.name, members, group.settings) for group, members in groups if members),
        left_out=tuple(at[place] for place in whole.left_out if place in at),
        labels=tuple(whole.labels[place] for place in places),
    )


def _group(task: Task, runs: Sequence[RunResult], chosen: Grouping | None) -> TaskGroups | None:
    if len(runs) < 2:
        return None
    names = _short_names(runs)
    grouping = chosen or find_groups([_Repeated(name, run) for name, run in zip(names, runs, strict=True)])
    if not grouping.groups or (chosen is None and len(grouping.groups) == len(runs)):
        return None
    members = [[runs[place] for place in group.members] for group in grouping.groups]
    measure = _measure(task[0], [run for each in members for run in each])
    groups = [_describe(group.name, each, measure) for group, each in zip(grouping.groups, members, strict=True)]
    groups.sort(key=lambda group: mean_order(group, measure))
    return TaskGroups(task, tuple(runs), tuple(names), grouping, measure, tuple(groups))


def _measure(monitor: str, runs: Sequence[RunResult]) -> Measure:
    """What a comparison of these runs compares by default."""
    metric, split = metrics.parse_key(monitor)
    direction: metrics.Direction = "lower" if runs[0].lower_is_better else "higher"
    if all(metric in dict(run.scores) for run in runs):
        return Measure(f"test_{metric}", metric, "test", direction)
    return Measure(monitor, metric, split, direction)


def _describe(name: str, runs: Sequence[RunResult], measure: Measure) -> GroupResult:
    scores = [dict(run.scores) for run in runs]
    is_test = measure.on == "test"
    best = [(run.best, run.best_epoch) if run.best_logged is None else (run.best_logged, run.best_logged_epoch)
            for run in runs]  # fmt: skip
    values = [each[measure.metric] if is_test else value for (value, _), each in zip(best, scores, strict=True)]
    shared = [score for score in scores[0] if all(score in each for each in scores)]
    epochs = [] if is_test else [epoch for _, epoch in best if epoch is not None]
    return GroupResult(
        name=name,
        runs=(),
        values=(),
        epochs=(),
        without_value=(),
        spread=_spread(measure.metric, values),
        best_epoch=float(np.median(epochs)) if epochs else None,
        scores=tuple((score, _spread(score, [each[score] for each in scores])) for score in shared),
    )


def _spread(metric: str, values: Sequence[float | None]) -> Spread:
    array = np.array(values, dtype=np.float64)
    return spread_of(array, score_limits(metric, array))


def tabulate_groups(found: TaskGroups, language: Language) -> Table:
    """The table of groups as in a comparison; how they were found is its note."""
    table = groups_table(found, language)
    note, more = word_grouping(found.grouping, len(found.groups), language), len(table.rows) - _MAX_GROUPS
    note = language.join(note, word_left_out(found.grouping, language))
    if found.measure.is_optimistic:
        note = language.join(note, word_best_values(language))
    if more > 0:
        text = language.say_count("{n} more group is not shown.", "{n} more groups are not shown.", more)
        note = language.join(note, text)
    return Table(table.headers, table.rows[:_MAX_GROUPS], table.numbers, table.title, note)


def _short_names(runs: Sequence[RunResult]) -> list[str]:
    """Paths without shared folders, and without the file's name if all have the same; unique."""
    files = {PurePosixPath(run.path).name for run in runs}
    paths = [
        run.path.rpartition("/")[0] or run.path if len(files) == 1 else str(PurePosixPath(run.path).with_suffix(""))
        for run in runs
    ]
    taken: dict[str, int] = {}
    for name in without_shared_folders(paths):
        shown = printable(name[-_LONGEST:], _LONGEST)
        taken[shown] = taken.get(shown, 0) + 1
        if taken[shown] > 1:
            taken[unique_name(f"{shown} ({taken[shown]})", taken)] = 1
    return list(taken)
