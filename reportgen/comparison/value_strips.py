"""The values of all runs on a common axis, one row per group, and differences of pairs of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, theme
from reportgen.charts.group_chart import MOST_LINES, look_of
from reportgen.charts.plot import padded_domain
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.group_naming import REPEAT_WORDS, word_repeats
from reportgen.comparison.group_results import GroupResult, finals_differ
from reportgen.comparison.statistics import Spread
from reportgen.comparison.strip_rows import (
    MOST_DOTS,
    STRIP_WIDTH,
    DotName,
    StripRow,
    StripTick,
    ends_of,
    height_of,
    interval_path,
    mean_path,
    place_dots,
    spread_paths,
    strip_ticks,
    x_of,
)
from reportgen.comparison.verdicts import GroupPair
from reportgen.languages import Language
from reportgen.text import printable

_MOST_ROWS: Final = 50
_MOST_NAMED_ROWS: Final = 4  # groups up to which dots have short names


@dataclass(frozen=True)
class ValueStrips:
    """Rows on one axis; ``zero`` is the position of a line at zero, if it matters."""

    title: str
    key: str
    reading: str
    rows: tuple[StripRow, ...]
    ticks: tuple[StripTick, ...]
    note: str
    zero: str = ""
    width: int = STRIP_WIDTH


def lay_out_values(compared: ComparedGroups, language: Language) -> ValueStrips | None:
    """Lays out the values of all runs; None if there are fewer than two."""
    say = language.say
    groups = [group for group in compared.groups if group.spread is not None]
    values = np.array([value for group in groups for value in group.values])
    if len(values) < 2:
        return None
    shown = groups[:_MOST_ROWS]
    with_finals = finals_differ(groups) and len(shown) <= MOST_LINES
    rows = [(place, group, is_final) for place, group in enumerate(shown) for is_final in (False, True)]
    rows = [row for row in rows if not row[2] or (with_finals and row[1].finals)]
    kept = np.array([value for _, group, is_final in rows for value in _shown_values(group, is_final=is_final)])
    domain = padded_domain(kept)
    note = ""
    if len(groups) > len(shown):
        note = say("The {n} best of {all} groups.", n=len(shown), all=formatting.count(len(groups)))
    if any(len(group.values) > MOST_DOTS for group in shown):
        note = language.join(
            note, say("At most {n} runs of each group are drawn, chosen evenly by value.", n=MOST_DOTS)
        )
    is_test = compared.measure.on == "test"
    several = any(len(group.values) > 1 for group in shown)
    reading = say("Each dot is the score of a run.") if is_test else say("Each dot is the best value of a run.")
    names = _dot_names(compared, shown)
    laid_out = tuple(_row(compared, *row, domain, names, language) for row in rows)
    if any(dot.text for row in laid_out for dot in row.named):
        label = say(REPEAT_WORDS[compared.grouping.repeats[0]])
        reading = language.join(reading, say("Below each dot: its {label}.", label=label))
    if several:
        reading = language.join(reading, say("Bar: the mean. Thick line: the 95% interval of the mean."))
    if with_finals:
        reading = language.join(reading, say("Rings: values at the last epoch."))
    deciding = compared.verdict.deciding
    if deciding is not None and deciding.paired_by and deciding.outcome == "different":
        paired = say("Intervals may overlap even if the difference is clear, because it is measured "
                     "in pairs with the same {label}.",
                     label=word_repeats(deciding.paired_by, language))  # fmt: skip
        note = language.join(note, paired)
    return ValueStrips(
        title=say("Scores by run") if is_test else say("Best values by run"),
        key=printable(compared.measure.key, 40),
        reading=reading,
        rows=laid_out,
        ticks=strip_ticks(domain),
        note=note,
    )


def lay_out_differences(compared: ComparedGroups, language: Language) -> ValueStrips | None:
    """Lays out the differences of pairs of runs, of the best group and each other one; None without pairs."""
    say, best = language.say, compared.verdict.best
    pairs = [pair for pair in compared.pairs if pair.better == best and pair.paired_by]
    if not pairs:
        return None
    shown = pairs[:_MOST_ROWS]
    gains = [_gains(compared, pair) for pair in shown]
    kept = [
        value for found, (low, high) in gains for value in (*found.values(), *ends_of(low, high, [*found.values()]))
    ]
    domain = padded_domain(np.array([0.0, *kept]))
    is_named = len(shown) <= _MOST_NAMED_ROWS
    label = say(REPEAT_WORDS[shown[0].paired_by[0]])
    rows = []
    for pair, (found, (low, high)) in zip(shown, gains, strict=True):
        values = list(found.values())
        names = [
            DotName(
                say("{name}: {text}", name=printable(name, 40), text=formatting.number(value, 3)),
                name if is_named else "",
            )
            for name, value in found.items()
        ]
        dots, named = place_dots(values, names, domain)
        better = sum(value > 0 for value in values)
        group = next(place for place, group in enumerate(compared.groups) if group.name == pair.worse)
        more = say("{group} is better in {n} of {all} pairs", group=printable(best, 30), n=better, all=len(values))
        rows.append(
            StripRow(
                name=printable(pair.worse, 60),
                colour=look_of(group)[0] if len(compared.groups) <= MOST_LINES else theme.SERIES[0],
                dots=dots,
                rings="",
                interval=interval_path(low, high, domain),
                mean=mean_path(sum(values) / len(values), domain),
                description=more,
                named=named,
                more=more,
                height=height_of(named),
            )
        )
    reading = say(
        "Each dot is the difference between two runs with the same {label}; right of zero, {group} is better. Bar: the "
        "mean. Thick line: its 95% interval.",
        label=label,
        group=printable(best, 60),
    )
    if any(dot.text for row in rows for dot in row.named):
        reading = language.join(reading, say("Below each dot: its {label}.", label=label))
    note = ""
    if len(pairs) > len(shown):
        note = say("The {n} best of {all} groups.", n=len(shown), all=formatting.count(len(pairs)))
    return ValueStrips(
        title=say("Paired differences"),
        key=say("{key}, difference", key=printable(compared.measure.key, 30)),
        reading=reading,
        rows=tuple(rows),
        ticks=strip_ticks(domain),
        note=note,
        zero=f"{x_of(0.0, domain):.1f}",
    )


def _gains(compared: ComparedGroups, pair: GroupPair) -> tuple[dict[str, float], tuple[float | None, float | None]]:
    """By how much the better group is better in each pair, by the name of the pair, and the interval of the mean."""
    values = []
    for name in (pair.better, pair.worse):
        (group,) = (group for group in compared.groups if group.name == name)
        runs = zip(group.runs, group.values, strict=True)
        values.append({tuple(compared.labels[run][label] for label in pair.paired_by): value for run, value in runs})
    sign = compared.measure.sign
    found = {" ".join(key): sign * (values[1][key] - value) for key, value in values[0].items() if key in values[1]}
    low, high = pair.difference.low, pair.difference.high
    if low is None or high is None:
        return found, (None, None)
    return found, (min(-sign * low, -sign * high), max(-sign * low, -sign * high))


def _dot_names(compared: ComparedGroups, shown: Sequence[GroupResult]) -> dict[str, DotName]:
    """The names of all runs, with short ones where groups are few: seed or fold."""
    repeats = compared.grouping.repeats[:1] if len(shown) <= _MOST_NAMED_ROWS else ()
    return {
        run: DotName(printable(run, 60), compared.labels[run].get(repeats[0], "") if repeats else "")
        for group in shown
        for run in group.runs
    }


def _shown_values(group: GroupResult, *, is_final: bool) -> tuple[float, ...]:
    """The values of a row and the ends of its interval."""
    values, spread = (group.finals, group.final) if is_final else (group.values, group.spread)
    return values if spread is None else (*values, *ends_of(spread.low, spread.high, values))


def _row(
    compared: ComparedGroups,
    place: int,
    group: GroupResult,
    is_final: bool,
    domain: axes.Domain,
    names: dict[str, DotName],
    language: Language,
) -> StripRow:
    colour = theme.SERIES[0] if len(compared.groups) > MOST_LINES else look_of(place)[0]
    spread = group.final if is_final else group.spread
    interval, mean = spread_paths(spread, domain)
    described = _describe_values(spread, language)
    if is_final:
        rings, _ = place_dots(group.finals, (), domain, is_ring=True)
        return StripRow(language.say("at the last epoch"), colour, "", rings, interval, mean, described)
    titled = [
        DotName(language.say("{name}: {text}", name=names[run].full, text=formatting.number(value)), names[run].short)
        for run, value in zip(group.runs, group.values, strict=True)
    ]
    dots, named = place_dots(group.values, titled, domain)
    name = printable(group.name, 60)
    return StripRow(name, colour, dots, "", interval, mean, described, named, height=height_of(named))


def _describe_values(spread: Spread | None, language: Language) -> str:
    if spread is None:
        return ""
    return language.say_count(
        "{n} run from {least} to {greatest}, mean {mean}",
        "{n} runs from {least} to {greatest}, mean {mean}",
        spread.n,
        least=formatting.short(spread.least),
        greatest=formatting.short(spread.greatest),
        mean=formatting.short(spread.mean),
    )
