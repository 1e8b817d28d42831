"""Which runs of a sweep can be compared: those of one task, and repeated runs with the same settings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, get_args

import numpy as np

from reportgen import formatting, metrics
from reportgen.comparison.grouping import Grouping, find_groups
from reportgen.comparison.sentences import VERDICT_WORDS, word_grouping
from reportgen.comparison.statistics import spread_of
from reportgen.diagnosis.findings import VerdictCode
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.sweep.results import RunResult
from reportgen.text import printable

LOSS: Final = "loss"  # the setting with the loss function
ROWS: Final = "validation_rows"  # the setting with the size of the validation data
TASK_SETTINGS: Final = (LOSS, ROWS)
MAX_GROUPED: Final = 500  # runs; our choice: more of them take seconds
_MAX_GROUPS: Final = 40  # rows of the table
_LONGEST: Final = 60  # characters of a name
_VERDICTS: Final[tuple[VerdictCode, ...]] = get_args(VerdictCode)
Task = tuple[str, str, str]  # judged metric, loss function, rows of validation data; empty if unknown or the same


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
    tasks = ((run.path, (run.monitor or "", part(run, LOSS), part(run, ROWS))) for run in judged)
    return {path: shared.setdefault(task, task) for path, task in tasks}


@dataclass(frozen=True)
class _Repeated:
    """What `find_groups` looks at."""

    name: str
    result: RunResult

    @property
    def source(self) -> str:
        """The path of the log."""
        return self.result.path

    @property
    def inner(self) -> str:
        """Each log of a sweep has one run."""
        return ""

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """The recorded settings."""
        return dict(self.result.settings)

    @property
    def has_params(self) -> bool:
        """Whether settings were recorded."""
        return bool(self.result.settings)


def tabulate_groups(results: Sequence[RunResult], language: Language) -> Table | None:
    """Groups of runs of one task that differ only in seed, fold or trial, the best mean first.

    Args:
        results: Runs with a report, with all their settings.
        language: The language of the table.

    Returns:
        None if no two runs belong together, or if there are too many runs.
    """
    judged = [result for result in results if result.best is not None]
    if not 2 <= len(judged) <= MAX_GROUPED:
        return None
    grouping = find_groups([_Repeated(name, run) for name, run in zip(_short_names(judged), judged, strict=True)])
    if len(grouping.groups) == len(judged):
        return None
    return _table(grouping, judged, language)


def _short_names(runs: Sequence[RunResult]) -> list[str]:
    """Paths without the file's name if all have the same."""
    files = {PurePosixPath(run.path).name for run in runs}
    return [run.path.rpartition("/")[0] if len(files) == 1 else PurePosixPath(run.path).stem for run in runs]


def _table(grouping: Grouping, runs: Sequence[RunResult], language: Language) -> Table:
    say, lower = language.say, runs[0].lower_is_better
    key = printable(runs[0].monitor or "", _LONGEST)
    rows = []
    for group in grouping.groups:
        members = [runs[place] for place in group.members]
        values = np.array([run.best for run in members], dtype=np.float64)
        spread = spread_of(values)
        interval = ""
        if spread.low is not None and spread.high is not None:
            low, high = formatting.apart(spread.low, spread.high)
            interval = f"{low} \N{HORIZONTAL ELLIPSIS} {high}"
        deviation = "" if spread.deviation is None else f" ± {formatting.setting(spread.deviation)}"
        counts = Counter(run.verdict for run in members)
        verdicts = ", ".join(
            say("{n} {verdict}", n=formatting.count(counts[code]), verdict=say(VERDICT_WORDS[code]))
            for code in sorted(_VERDICTS, key=lambda code: -counts[code])
            if counts[code]
        )
        cells = (
            printable(group.name, _LONGEST),
            formatting.count(len(members)),
            f"{formatting.short(spread.mean)}{deviation}",
            interval,
            formatting.short(spread.least if lower else spread.greatest),
            verdicts,
        )
        rows.append((spread.mean if lower else -spread.mean, cells))
    rows.sort(key=lambda row: row[0])
    note, more = word_grouping(grouping, len(grouping.groups), language), len(rows) - _MAX_GROUPS
    command = "reportgen compare reports -o compare.html"
    note = language.join(note, say("To compare them with charts, run in this folder: {command}", command=command))
    if more > 0:
        note = language.join(
            note, language.say_count("{n} more group is not shown.", "{n} more groups are not shown.", more)
        )
    return Table(
        headers=(
            say("Group"),
            say("Runs"),
            say("{key}, mean ± sd", key=key),
            say("95% interval"),
            say("Best"),
            say("Verdicts"),
        ),
        rows=tuple(cells for _, cells in rows[:_MAX_GROUPS]),
        numbers=(1, 2, 3, 4),
        title=say("Groups"),
        note=note,
    )
