"""The chart of groups of runs: the mean or median of each with a band, and single runs behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.axes import Domain, Points, View, choose_view, late_view, leading_view, steep_view, widened
from reportgen.charts.chart import Chart
from reportgen.charts.plan import Line, Plan, Ribbon, Spot, is_drawable
from reportgen.charts.planning import make_plan
from reportgen.formatting import Table
from reportgen.languages import Language, marked
from reportgen.text import printable

MOST_LINES: Final = len(theme.SERIES)  # of a chart: readers cannot distinguish more colours
_LONGEST: Final = 18  # characters of a name in a chart
_TABLE_ROWS: Final = 100  # our choice: about three screens
_BEHIND: Final = 0.6  # opacity of groups behind another one
_MANY_RUNS: Final = 15  # single runs in a chart from which each is fainter
_LONG: Final = 10  # epochs from which the first one alone does not make an axis logarithmic
_FEWEST_CROWDED: Final = 4  # groups
_CROWDED: Final = 1.5  # how many bands lie on top of each other on average from which only one is drawn; our choice
_LOOKED_AT: Final = 25  # positions at which that is counted
_OUTSIDE: Final = marked("Some values of bands or individual runs are outside the chart.")


@dataclass(frozen=True, eq=False)
class GroupSeries:
    """The curve of a group.

    Attributes:
        name: Its full name.
        place: Its position among all groups, which chooses its look.
        epochs: Shape (n,), ascending, n of 1 or more.
        center: Mean or median, shape (n,), finite.
        low: Lower edge of the band, likewise; equal to ``center`` without one.
        high: Upper edge, likewise.
        runs: Epochs and values of some single runs.
        named: The names of all ``runs``, if each is to have its own name in the chart; otherwise empty.
        best: Epochs and best values of runs that get a dot.
        label: What its line is called in the chart (default: its name).
        whole_until: The last epoch that all its runs have; after it, the line is thinner. None for a single run.
    """

    name: str
    place: int
    epochs: np.ndarray
    center: np.ndarray
    low: np.ndarray
    high: np.ndarray
    runs: tuple[tuple[np.ndarray, np.ndarray], ...] = ()
    named: tuple[str, ...] = ()
    best: tuple[tuple[int, float], ...] = ()
    label: str = ""
    whole_until: int | None = None

    @property
    def thin_after(self) -> int | None:
        """The epoch after which its line is thinner; None if it is not."""
        return None if self.whole_until is None or self.whole_until >= self.epochs[-1] else self.whole_until


def look_of(place: int) -> tuple[str, theme.Dash]:
    """Colour and dash of a group by its position, which differ from those of its neighbours."""
    return theme.SERIES[place % len(theme.SERIES)], theme.SERIES_DASHES[place % len(theme.SERIES_DASHES)]


def cover_each_other(groups: Sequence[GroupSeries]) -> bool:
    """Whether the bands of several groups lie on top of each other in the later half."""
    banded = [group for group in groups if np.any(group.high > group.low)]
    if len(banded) < _FEWEST_CROWDED:
        return False
    first, last = (np.array([group.epochs[place] for group in banded]) for place in (0, -1))
    epochs = np.linspace((first.max() + last.min()) / 2, last.min(), _LOOKED_AT)
    low, high = (
        np.array([np.interp(epochs, group.epochs, getattr(group, edge)) for group in banded])
        for edge in ("low", "high")
    )
    together = high.max(axis=0) - low.min(axis=0)
    return bool(np.median((high - low).sum(axis=0) / np.maximum(together, np.finfo(np.float64).tiny)) > _CROWDED)


def chart_groups(
    key: str,
    chart_id: str,
    groups: Sequence[GroupSeries],
    note: str,
    reading: str,
    language: Language,
    *,
    may_log: bool = True,
    reach: Domain | None = None,
) -> Chart:
    """One metric of up to `MOST_LINES` groups.

    Args:
        key: The metric as logged.
        chart_id: Unique on the page.
        groups: At least one, the best first.
        note: What lines and bands are.
        reading: Which values are better.
        language: The language of all texts.
        may_log: Whether the vertical axis may be logarithmic.
        reach: The range of the runs that have not exploded, which the axis is for; None if none has.
    """
    names = short_line_names([group.label or group.name for group in groups])
    opacity = theme.FAINT_OPACITY if sum(len(group.runs) for group in groups) <= _MANY_RUNS else theme.DENSE_OPACITY
    lines, ribbons = [], []
    for name, group in zip(names, groups, strict=True):
        colour, dash = look_of(group.place)
        full = printable(group.label or group.name, 60)
        lines += [
            Line(label, theme.BASELINE, (), *run, faint=True, name=printable(named, 60))
            for label, named, run in zip(
                short_line_names(group.named), group.named, group.runs, strict=bool(group.named)
            )
        ]
        lines.append(Line(name, colour, dash, group.epochs, group.center, name=full, thin_after=group.thin_after))
        ribbons.append(_ribbon(name, colour, replace(group, runs=()) if group.named else group, opacity))
    plan = make_plan(
        lines,
        note=note,
        behind_outside=_OUTSIDE,
        spots=[Spot(*best) for group in groups for best in group.best],
        ribbons=ribbons,
        axis="auto" if may_log else "linear",
        view=_view(groups, may_log=may_log, reach=reach),
        language=language,
    )
    return _chart(key, chart_id, printable(key, 60), groups, lines, plan, reading, language)


def chart_group_alone(
    key: str, chart_id: str, group: GroupSeries, behind: Sequence[GroupSeries], view: View, language: Language
) -> Chart:
    """One group in front of the lines of all groups, for a page with more groups than a chart has colours.

    Its title or note names the group, so its line has no name: names of many settings would not fit.

    Args:
        key: The metric as logged.
        chart_id: Unique on the page.
        group: The group in front.
        behind: The groups behind it, its own included: the charts of all groups share this layer.
        view: The vertical axis of all these charts.
        language: The language of all texts.
    """
    colour = theme.SERIES[0]
    none = np.zeros(0)
    lines = tuple((each.epochs, each.center) for each in behind)
    grey = Ribbon("", theme.BASELINE, none, none, none, lines, opacity=_BEHIND)
    full = printable(group.name, 60)
    front = Line("", colour, (), group.epochs, group.center, name=full, thin_after=group.thin_after)
    plan = make_plan(
        [front], behind_outside="", ribbons=[grey, _ribbon("", colour, group)], view=view, language=language
    )
    return _chart(key, chart_id, full, [group], [front], plan, "", language)


def shared_view(groups: Sequence[GroupSeries], *, may_log: bool = True, reach: Domain | None = None) -> View:
    """A vertical axis that shows all groups, except what is beyond the reach of those that have not exploded."""
    chosen = _view(groups, may_log=may_log, reach=reach)
    if chosen is not None:
        return chosen
    lines = [Line("", theme.MUTED, (), group.epochs, group.center) for group in groups]
    ribbons = [_ribbon("", theme.MUTED, group) for group in groups]
    plan = make_plan(lines, ribbons=ribbons, axis="auto" if may_log else "linear")
    return View(plan.y_domain, plan.y_log)


def view_of_best(groups: Sequence[GroupSeries], view: View) -> tuple[View, int]:
    """A vertical axis for the best of many groups, and how many of the others it leaves out.

    Args:
        groups: All groups, the best first.
        view: The axis that shows all of them, which is kept if it shows the better half well, or is logarithmic.
    """
    lines = [_within((group.epochs, group.center), view.reach) for group in groups]
    drawn = [line for line in lines if len(line[0])]
    chosen = None if view.log or not drawn else leading_view(drawn)
    if chosen is None or chosen.since is None:
        return view, 0
    low, high = chosen.domain
    late = [values[epochs >= chosen.since] for epochs, values in lines]
    left_out = sum(bool(len(values)) and bool((values < low).all() or (values > high).all()) for values in late)
    return replace(chosen, reach=view.reach), left_out


def _view(groups: Sequence[GroupSeries], *, may_log: bool, reach: Domain | None = None) -> View | None:
    """A log axis for lines that fall or rise far, the later part if they end close to each other; None for others."""
    kept = [group for group in groups if reach is None or reach[0] <= group.center[-1] <= reach[1]]
    lines = [_within((group.epochs, group.center), reach) for group in kept]
    if reach is not None and not any(len(epochs) for epochs, _ in lines):
        return View(choose_view(np.zeros(0), np.zeros(0), np.array(reach)).domain, reach=reach)
    bands = [_within((group.epochs, edge), reach) for group in kept for edge in (group.low, group.high)]
    runs = [run for group in groups for each in group.runs for run in [_within(each, reach)] if len(run[0])]
    every = np.concatenate([values for _, values in (*bands, *runs)])
    steep = np.concatenate([values[int(len(values) >= _LONG) :] for _, values in lines])
    named = runs if any(group.named for group in groups) and reach is None else []
    best = np.array([value for group in groups for _, value in group.best])
    steep_one = steep_view(steep, every[is_drawable(every)]) if may_log else None
    chosen = steep_one or late_view([*lines, *named], [*bands, *runs], best)
    if reach is None:
        return chosen
    if chosen is None:
        ends = np.array([*best, *(values[-1] for _, values in lines)])
        epochs, values = (np.concatenate(part) for part in zip(*lines, strict=True))
        chosen = widened(choose_view(epochs, values, ends, may_log=may_log), every)
    return replace(chosen, reach=reach)


def _within(points: Points, reach: Domain | None) -> Points:
    """The points of a curve that can be drawn to scale and are in reach."""
    epochs, values = points
    inside = is_drawable(values)
    if reach is not None:
        inside &= (values >= reach[0]) & (values <= reach[1])
    return epochs[inside], values[inside]


def _ribbon(label: str, colour: str, group: GroupSeries, opacity: float = theme.FAINT_OPACITY) -> Ribbon:
    wide = np.flatnonzero(group.high > group.low)
    shown = slice(int(wide[0]), int(wide[-1]) + 1) if len(wide) else slice(0)
    epochs, low, high = (edge[shown] for edge in (group.epochs, group.low, group.high))
    return Ribbon(label, colour, epochs, low, high, group.runs, opacity)


def short_line_names(names: Sequence[str]) -> list[str]:
    """Names that fit into a chart, all different, without parts that all of them have."""
    parts = [name.split(", ") for name in names]
    same = set(parts[0]).intersection(*parts[1:]) if len(parts) > 1 else set()
    names = [
        ", ".join(part for part in each if part not in same) or name for each, name in zip(parts, names, strict=True)
    ]
    short: dict[str, None] = {}
    for name in names:
        text, number = printable(name, _LONGEST) or "–", 1
        while text in short:
            number += 1
            text = f"{printable(name, _LONGEST - 3)} {number}"
        short[text] = None
    return list(short)


def _chart(
    key: str,
    chart_id: str,
    title: str,
    groups: Sequence[GroupSeries],
    lines: Sequence[Line],
    plan: Plan,
    reading: str,
    language: Language,
) -> Chart:
    described, table = (
        _describe(key, groups, language),
        tabulate_lines([line.full_name for line in lines], lines, language),
    )
    return Chart(chart_id, key, title, described, plan, table, tuple(lines), reading=reading)


def _describe(key: str, groups: Sequence[GroupSeries], language: Language) -> str:
    """First, last and extreme values of each line, in words."""
    say = language.say
    first, last = min(int(group.epochs[0]) for group in groups), max(int(group.epochs[-1]) for group in groups)
    sentences = [say("{chart}, epochs {first} to {last}.", chart=printable(key, 60), first=first, last=last)]
    sentences += [
        say(
            "{line}: from {first} to {last}, lowest {low}, highest {high}.",
            line=printable(group.name, 60),
            first=formatting.number(float(group.center[0])),
            last=formatting.number(float(group.center[-1])),
            low=formatting.number(float(group.center.min())),
            high=formatting.number(float(group.center.max())),
        )
        for group in groups
    ]
    return language.join(*sentences)


def tabulate_lines(names: Sequence[str], lines: Sequence[Line], language: Language) -> Table:
    """The lines side by side, one row per epoch, reduced to evenly spaced ones if there are many."""
    epochs = np.unique(np.concatenate([line.epochs for line in lines]))
    shown, note = epochs, ""
    if len(epochs) > _TABLE_ROWS:
        shown = epochs[np.linspace(0, len(epochs) - 1, _TABLE_ROWS).round().astype(np.int64)]
        note = language.say(
            "{shown} of {all} epochs, evenly spaced.", shown=len(shown), all=formatting.count(len(epochs))
        )
    columns = []
    for line in lines:
        values = dict(zip(line.epochs.tolist(), line.values.tolist(), strict=True))
        columns.append([formatting.number(values[at]) if at in values else "" for at in shown.tolist()])
    headers = (language.say("epoch"), *(printable(name, 80) for name in names))
    rows = tuple(zip(map(str, shown.tolist()), *columns, strict=True))
    return Table(headers, rows, tuple(range(len(headers))), note=note)
