"""The values of all runs on a common axis, one row per group, with mean and interval."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, theme
from reportgen.charts.group_chart import MOST_LINES, look_of
from reportgen.charts.plot import padded_domain
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.group_results import GroupResult, finals_differ
from reportgen.comparison.sentences import REPEAT_WORDS
from reportgen.comparison.statistics import Spread
from reportgen.languages import Language
from reportgen.text import printable

STRIP_WIDTH: Final = 760
ROW_HEIGHT: Final = 30  # of one group
_MARGIN: Final = 8.0  # left and right of the axis
_MOST_ROWS: Final = 50
_MOST_TICKS: Final = 6
_SHIFTS: Final = (0.0, -4.5, 4.5, -2.2, 2.2)  # of dots from the middle of a row, so that equal values stay visible
_RING: Final = "M{x:.1f} {y:.1f}m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"
_MOST_DOTS: Final = 400  # of a row; more of them fill it anyway


@dataclass(frozen=True)
class StripTick:
    """A number on the axis; ``anchor`` keeps the first and the last one inside."""

    x: str
    text: str
    anchor: str


@dataclass(frozen=True)
class StripRow:
    """One group: its values as an SVG path of dots, and mean and interval as paths; empty without one.

    Attributes:
        rings: Its values in the last epochs, likewise; they have a row of their own.
    """

    name: str
    colour: str
    dots: str
    rings: str
    interval: str
    mean: str
    description: str


@dataclass(frozen=True)
class ValueStrips:
    """All groups on one axis."""

    title: str
    key: str
    reading: str
    rows: tuple[StripRow, ...]
    ticks: tuple[StripTick, ...]
    note: str
    width: int = STRIP_WIDTH
    height: int = ROW_HEIGHT


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
    if any(len(group.values) > _MOST_DOTS for group in shown):
        note = language.join(note, say("Of each group, at most {n} runs are drawn, evenly by value.", n=_MOST_DOTS))
    is_test = compared.measure.on == "test"
    several = any(len(group.values) > 1 for group in shown)
    reading = say("Each dot is the score of a run.") if is_test else say("Each dot is the best value of a run.")
    if several:
        reading = language.join(reading, say("Bar: the mean. Thick line: the 95% interval of the mean."))
    if with_finals:
        reading = language.join(reading, say("Rings: values at the last epoch."))
    deciding = compared.verdict.deciding
    if deciding is not None and deciding.paired_by and deciding.outcome == "different":
        paired = say("Intervals may overlap: the difference is that of pairs with the same {label}.",
                     label=say(REPEAT_WORDS[deciding.paired_by[0]]))  # fmt: skip
        note = language.join(note, paired)
    many = len(compared.groups) > MOST_LINES
    return ValueStrips(
        title=say("Scores by run") if is_test else say("Best values by run"),
        key=printable(compared.measure.key, 40),
        reading=reading,
        rows=tuple(
            _row(group, theme.SERIES[0] if many else look_of(place)[0], domain, language, is_final=is_final)
            for place, group, is_final in rows
        ),
        ticks=_ticks(domain),
        note=note,
    )


def _shown_values(group: GroupResult, *, is_final: bool) -> tuple[float, ...]:
    """The values of a row and the ends of its interval."""
    return (*group.finals, *_ends(group.final)) if is_final else (*group.values, *_ends(group.spread))


def _ends(spread: Spread | None) -> tuple[float, ...]:
    """The ends of the interval, unless it is so much wider than the values that it would squeeze them."""
    if spread is None or spread.low is None or spread.high is None:
        return ()
    reach = 2 * (spread.greatest - spread.least)
    return (max(spread.low, spread.least - reach), min(spread.high, spread.greatest + reach))


def _x(value: float, domain: axes.Domain) -> float:
    share = min(max((value - domain[0]) / (domain[1] - domain[0]), 0.0), 1.0)
    return _MARGIN + (STRIP_WIDTH - 2 * _MARGIN) * share


def _row(group: GroupResult, colour: str, domain: axes.Domain, language: Language, *, is_final: bool) -> StripRow:
    values, middle = np.sort(np.array(group.finals if is_final else group.values)), ROW_HEIGHT / 2
    if len(values) > _MOST_DOTS:
        values = values[np.linspace(0, len(values) - 1, _MOST_DOTS).round().astype(np.int64)]
    shifts = _SHIFTS if len(values) > 1 else (0.0,)
    form = _RING if is_final else "M{x:.1f} {y:.1f}h0"
    dots = "".join(
        form.format(x=_x(value, domain), y=middle + shifts[place % len(shifts)])
        for place, value in enumerate(values.tolist())
    )
    spread, interval, mean = group.final if is_final else group.spread, "", ""
    if spread is not None and spread.n > 1:
        mean = f"M{_x(spread.mean, domain):.1f} 4v{ROW_HEIGHT - 8}"
        if spread.low is not None and spread.high is not None:
            interval = f"M{_x(spread.low, domain):.1f} {middle:g}H{_x(spread.high, domain):.1f}"
    name, described = printable(group.name, 60), _describe_values(spread, language)
    if is_final:
        return StripRow(language.say("at the last epoch"), colour, "", dots, interval, mean, described)
    return StripRow(name, colour, dots, "", interval, mean, described)


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


def _ticks(domain: axes.Domain) -> tuple[StripTick, ...]:
    every = axes.value_ticks(domain, False)
    ticks = every[:: -(-len(every) // _MOST_TICKS)]
    found = []
    for tick in ticks:
        x = _x(tick.value, domain)
        anchor = "start" if x < 24 else "end" if x > STRIP_WIDTH - 24 else "middle"
        found.append(StripTick(f"{x:.1f}", tick.text, anchor))
    return tuple(found)
