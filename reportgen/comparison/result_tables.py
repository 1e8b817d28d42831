"""The tables of a comparison: its groups, and its pairs of groups."""

from collections.abc import Mapping, Sized
from typing import Final, Protocol

from reportgen import formatting
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.group_results import GroupResult
from reportgen.comparison.grouping import Grouping
from reportgen.comparison.measures import Measure
from reportgen.comparison.sentences import VERDICT_WORDS, shown_p
from reportgen.diagnosis.findings import VerdictCode
from reportgen.formatting import Table
from reportgen.languages import Language, marked
from reportgen.text import printable

_LONGEST: Final = 60  # characters of a name
_MOST_SETTINGS: Final = 4  # columns
_TO_TARGET: Final = 5  # position of the column of epochs to the target
OUTCOME_WORDS_OF_PAIRS: Final = {
    "different": marked("different"),
    "same": marked("unclear"),
    "untested": marked("not tested"),
}


class GroupsOverview(Protocol):
    """What the table of groups is made from: `ComparedGroups`, or the groups of a sweep."""

    @property
    def grouping(self) -> Grouping:
        """How the groups were found."""

    @property
    def measure(self) -> Measure:
        """What they are compared by."""

    @property
    def groups(self) -> tuple[GroupResult, ...]:
        """The groups, the best one first."""

    @property
    def target(self) -> float | None:
        """What `GroupResult.epochs_to_target` is about."""

    @property
    def members(self) -> Mapping[str, Sized]:
        """The runs of each group by its name."""

    @property
    def different_settings(self) -> Mapping[str, Mapping[str, str]]:
        """The settings that differ between groups and are the same within each: by setting, then by group."""

    def verdict_counts(self, group: str) -> tuple[tuple[VerdictCode, int], ...]:
        """How many runs of a group have which verdict."""


def groups_table(compared: GroupsOverview, language: Language) -> Table:
    """One row per group, the best first. Columns without any value are left out."""
    say, key = language.say, compared.measure.key
    settings = list(compared.different_settings.items())[:_MOST_SETTINGS]
    if compared.grouping.basis in ("setting", "settings") and len(compared.grouping.by) == len(settings):
        settings = []  # the names of the groups have them
    names = list(dict.fromkeys(name for group in compared.groups for name, _ in group.scores))
    headers = [
        say("Group"),
        say("Runs"),
        say("{key}, mean ± sd", key=printable(key, _LONGEST)),
        say("95% interval"),
        say("Best epoch, median"),
        say("Epochs to {value}", value="" if compared.target is None else formatting.short(compared.target)),
        say("Time per run"),
        *(say("{key}, mean", key=printable(f"test_{name}", _LONGEST)) for name in names if f"test_{name}" != key),
        say("Verdicts"),
        *(printable(name, _LONGEST) for name, _ in settings),
    ]
    rows = []
    for group in compared.groups:
        scores = dict(group.scores)
        rows.append(
            [
                printable(group.name, _LONGEST),
                formatting.count(len(compared.members[group.name])),
                *_values(group),
                "" if group.best_epoch is None else formatting.short(group.best_epoch),
                _reached(group, language),
                "" if group.duration_s is None else formatting.duration(group.duration_s, language),
                *(
                    formatting.short(scores[name].mean) if name in scores else ""
                    for name in names
                    if f"test_{name}" != key
                ),
                _counted(compared, group, language),
                *(printable(values.get(group.name, ""), _LONGEST) for _, values in settings),
            ]
        )
    if all(group.epochs_to_target is None for group in compared.groups):
        rows = [[*cells[:_TO_TARGET], "", *cells[_TO_TARGET + 1 :]] for cells in rows]
    kept = [column for column in range(len(headers)) if any(cells[column] for cells in rows)]
    last_number = len(headers) - len(settings) - 2
    return Table(
        headers=tuple(headers[column] for column in kept),
        rows=tuple(tuple(cells[column] for column in kept) for cells in rows),
        numbers=tuple(place for place, column in enumerate(kept) if 0 < column <= last_number),
        title=say("Groups"),
    )


def _values(group: GroupResult) -> tuple[str, str]:
    """Mean with standard deviation, and its interval."""
    spread = group.spread
    if spread is None:
        return "", ""
    interval = ""
    if spread.low is not None and spread.high is not None:
        low, high = formatting.apart(spread.low, spread.high)
        interval = f"{low} \N{HORIZONTAL ELLIPSIS} {high}"
    deviation = "" if spread.deviation is None else f" ± {formatting.setting(spread.deviation)}"
    return f"{formatting.number(spread.mean)}{deviation}", interval


def _reached(group: GroupResult, language: Language) -> str:
    """The epochs to the target, and which groups do not reach it."""
    if group.epochs_to_target is not None:
        return formatting.short(group.epochs_to_target)
    return "" if group.reached is None else language.say("not reached")


def _counted(compared: GroupsOverview, group: GroupResult, language: Language) -> str:
    """The verdicts on the runs of a group: ``4 overfitting, 1 finished``."""
    return ", ".join(
        language.say("{n} {verdict}", n=formatting.count(count), verdict=language.say(VERDICT_WORDS[code]))
        for code, count in compared.verdict_counts(group.name)
    )


def pairs_table(compared: ComparedGroups, language: Language) -> Table:
    """One row per pair of groups; empty without pairs."""
    say = language.say
    rows = []
    for pair in compared.pairs:
        found = pair.difference
        amount = formatting.setting(abs(found.mean))
        interval = ""
        if found.low is not None and found.high is not None:
            low, high = sorted(end if found.mean >= 0 else -end for end in (found.low, found.high))
            interval = f"{formatting.setting(low)} \N{HORIZONTAL ELLIPSIS} {formatting.setting(high)}"
        rows.append(
            (
                printable(pair.better, _LONGEST),
                printable(pair.worse, _LONGEST),
                amount,
                "" if pair.share is None else formatting.percent(pair.share),
                interval,
                "" if pair.p is None else shown_p(pair.p),
                say(OUTCOME_WORDS_OF_PAIRS[pair.outcome]),
                "" if found.needed is None or pair.outcome == "different" else formatting.count(found.needed),
            )
        )
    headers = (
        *(say("Better"), say("Worse"), say("Difference"), say("In percent"), say("95% interval"), say("p, corrected")),
        *(say("Outcome"), say("Runs needed")),
    )
    return Table(headers, tuple(rows), numbers=(2, 3, 4, 5, 7), title=say("Pairs of groups"))
