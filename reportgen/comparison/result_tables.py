"""The tables of a comparison: its groups, and its pairs of groups."""

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Final, Protocol

from reportgen import formatting
from reportgen.comparison.amounts import interval_of, to_digits_of, with_deviation
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.group_results import GroupResult, finals_differ
from reportgen.comparison.grouping import Grouping, rounded_setting, setting_number
from reportgen.comparison.measures import Measure
from reportgen.comparison.outcome_words import VERDICT_WORDS
from reportgen.comparison.sentences import shown_p
from reportgen.comparison.statistics import MOST_ADVISED
from reportgen.comparison.verdicts import GroupPair
from reportgen.diagnosis.findings import VerdictCode
from reportgen.formatting import Table
from reportgen.languages import Language, marked
from reportgen.text import printable

_LONGEST: Final = 60  # characters of a name
_MOST_SETTINGS: Final = 4  # columns
_PAIR_NUMBERS: Final = (2, 3, 4, 5, 7)  # positions of numbers in the table of pairs
_MOST_OTHERS: Final = 2  # other metrics with a column
_OUTCOMES_OF_PAIRS: Final = {
    "different": marked("different"),
    "same": marked("unclear"),
    "untested": marked("not tested"),
}
_OUTCOMES_BY_NOISE: Final = {
    "different": marked("beyond the noise"),
    "same": marked("within the noise"),
    "untested": marked("not tested"),
}


_Column = tuple[str, bool, Callable[[GroupResult], str]]  # header, whether it has numbers, and the cell of a group


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


def results_table(compared: GroupsOverview, language: Language) -> Table:
    """The groups; of a single group, only what the sentences about it do not say, which may be nothing."""
    if len(compared.groups) > 1:
        return groups_table(compared, language)
    group = compared.groups[0]
    several = len(compared.members[group.name]) > 1
    columns = _results(compared, several, language)
    if several:
        columns = [column for column in columns if column[2] is not _best_epoch]  # the sentences have these
    else:
        columns.append(_verdicts(compared, language))
    found = [(header, is_number, [cell(group)]) for header, is_number, cell in columns]
    return _with_filled(found, language.say("Summary"))


def groups_table(compared: GroupsOverview, language: Language) -> Table:
    """One row per group, the best first. Columns without any value are left out."""
    say, key = language.say, compared.measure.key
    settings = list(compared.different_settings.items())
    if compared.grouping.basis in ("setting", "settings"):  # the names of the groups have most of them
        settings = [item for item in settings if item[0] in compared.grouping.by and not _is_named(*item)]
    named = [
        (
            printable(name, _LONGEST),
            all(setting_number(value) is not None for value in values.values()),
            _setting(values),
        )
        for name, values in settings[:_MOST_SETTINGS]
    ]
    is_search = all(group.settings for group in compared.grouping.groups)
    several = any(len(members) > 1 for members in compared.members.values())
    columns: list[_Column] = [
        (say("Group") if several else say("Run"), False, lambda group: printable(group.name, _LONGEST)),
        *(named if is_search else []),
        (say("Runs"), True, lambda group: formatting.count(len(compared.members[group.name])) if several else ""),
        (_mean_of(key, several, language), True, lambda group: with_deviation(group.spread) if group.spread else ""),
        (say("95% interval"), True, _interval),
        *_results(compared, several, language),
        _verdicts(compared, language),
        *([] if is_search else named),
    ]
    found = [(header, is_number, [cell(group) for group in compared.groups]) for header, is_number, cell in columns]
    title = say("Summary") if len(compared.groups) == 1 else say("Groups") if several else say("All runs")
    return _with_filled(found, title)


def _results(compared: GroupsOverview, several: bool, language: Language) -> list[_Column]:
    """What a group has beside its mean: last values, other metrics, epochs and time."""
    say, columns = language.say, list[_Column]()
    if finals_differ(compared.groups):
        columns.append((say("At the last epoch"), True, lambda group: _final(group, language)))
    columns += [(_mean_of(name, several, language), True, _other(name)) for name in _other_names(compared)]
    target = "" if compared.target is None else formatting.number(compared.target, 3)
    return [
        *columns,
        (say("Best epoch, median") if several else say("Best epoch"), True, _best_epoch),
        (say("Epochs to {value}", value=target), True, lambda group: _reached(compared, group, language)),
        (
            say("Time per run"),
            True,
            lambda group: "" if group.duration_s is None else formatting.duration(group.duration_s, language),
        ),
    ]


def _verdicts(compared: GroupsOverview, language: Language) -> _Column:
    several = any(len(members) > 1 for members in compared.members.values())
    header = language.say("Verdicts") if several else language.say("Verdict")
    return header, False, lambda group: _counted(compared, group, language)


def _with_filled(columns: Sequence[tuple[str, bool, Sequence[str]]], title: str) -> Table:
    """A table of those columns that have any text, given as header, whether it has numbers, and cells."""
    kept = [column for column in columns if any(column[2])]
    return Table(
        headers=tuple(header for header, _, _ in kept),
        rows=tuple(zip(*(cells for _, _, cells in kept), strict=True)),
        numbers=tuple(place for place, (_, is_number, _) in enumerate(kept) if is_number),
        title=title,
    )


def _mean_of(key: str, several: bool, language: Language) -> str:
    shown = printable(key, _LONGEST)
    return language.say("{key}, mean ± sd", key=shown) if several else shown


def _is_named(setting: str, values: Mapping[str, str]) -> bool:
    """Whether the names of all groups say the value of a setting."""
    label = f"{setting.rpartition('.')[2]}="
    return all(label in group or value in group for group, value in values.items())


def _other_names(compared: GroupsOverview) -> list[str]:
    """Other metrics and test scores that have a column."""
    others = dict.fromkeys(name for group in compared.groups for name, _ in group.others)
    scores = dict.fromkeys(f"test_{name}" for group in compared.groups for name, _ in group.scores)
    return [*list(others)[:_MOST_OTHERS], *(name for name in scores if name != compared.measure.key)]


def _other(name: str) -> Callable[[GroupResult], str]:
    def cell(group: GroupResult) -> str:
        found = {**dict(group.others), **{f"test_{score}": spread for score, spread in group.scores}}
        return with_deviation(found[name]) if name in found else ""

    return cell


def _setting(values: Mapping[str, str]) -> Callable[[GroupResult], str]:
    return lambda group: printable(rounded_setting(values.get(group.name, "")), _LONGEST)


def _interval(group: GroupResult) -> str:
    ends = None if group.spread is None else interval_of(group.spread)
    return "" if ends is None else f"{ends[0]} \N{HORIZONTAL ELLIPSIS} {ends[1]}"


def _final(group: GroupResult, language: Language) -> str:
    """The values in the last epochs, and of how many runs they are if some ended with NaN."""
    if group.final is None:
        return ""
    text = with_deviation(group.final)
    if group.final.n == len(group.runs):
        return text
    return language.say("{text} ({n} of {all} runs)", text=text, n=group.final.n, all=len(group.runs))


def _best_epoch(group: GroupResult) -> str:
    return "" if group.best_epoch is None else formatting.short(group.best_epoch)


def _reached(compared: GroupsOverview, group: GroupResult, language: Language) -> str:
    """The epochs to the target, and which groups do not reach it; empty if none does."""
    if all(each.epochs_to_target is None for each in compared.groups):
        return ""
    if group.epochs_to_target is not None:
        return formatting.short(group.epochs_to_target)
    return "" if group.reached is None else language.say("not reached")


def _counted(compared: GroupsOverview, group: GroupResult, language: Language) -> str:
    """The verdicts on the runs of a group: ``4 overfitting, 1 converged``."""
    counts = compared.verdict_counts(group.name)
    if len(compared.members[group.name]) == 1:
        return "".join(language.say(VERDICT_WORDS[code]) for code, _ in counts)
    return ", ".join(
        language.say("{n} {verdict}", n=formatting.count(count), verdict=language.say(VERDICT_WORDS[code]))
        for code, count in counts
    )


def _needed(pair: GroupPair) -> str:
    """How many runs per group would decide; empty for pairs that are decided or cannot be."""
    if pair.outcome == "different" or pair.basis != "runs" or pair.difference.mean == 0:
        return ""
    return f"> {MOST_ADVISED}" if pair.difference.needed is None else formatting.count(pair.difference.needed)


def pairs_table(compared: ComparedGroups, language: Language) -> Table:
    """One row per pair of groups; empty without pairs."""
    say = language.say
    rows = []
    for pair in compared.pairs:
        found = pair.difference
        amount = formatting.setting(abs(found.mean))
        interval = ""
        if found.low is not None and found.high is not None:
            ends = sorted(end if found.mean >= 0 else -end for end in (found.low, found.high))
            interval = " \N{HORIZONTAL ELLIPSIS} ".join(to_digits_of(ends, (ends[1] - ends[0]) / 2))
        rows.append(
            (
                printable(pair.better, _LONGEST),
                printable(pair.worse, _LONGEST),
                amount,
                "" if pair.share is None else formatting.percent(pair.share),
                interval,
                "" if pair.p is None else shown_p(pair.p),
                say(_OUTCOMES_BY_NOISE[pair.outcome] if pair.basis == "noise" else _OUTCOMES_OF_PAIRS[pair.outcome]),
                _needed(pair),
            )
        )
    headers = (
        *(
            say("Better"),
            say("Worse"),
            say("Difference"),
            say("In percent"),
            say("95% interval"),
            say("p, corrected") if len(compared.pairs) > 1 else say("p"),
        ),
        *(say("Outcome"), say("Runs needed")),
    )
    columns = [(header, place in _PAIR_NUMBERS, [row[place] for row in rows]) for place, header in enumerate(headers)]
    return _with_filled(
        columns,
        say("Pairs of groups")
        if any(pair.basis in ("runs", "constant") for pair in compared.pairs)
        else say("Pairs of runs"),
    )
