"""The charts of a comparison: one per metric, or one per group if there are more groups than a chart has colours."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts.chart import Chart
from reportgen.charts.group_chart import (
    MOST_LINES,
    GroupSeries,
    chart_group_alone,
    chart_groups,
    cover_each_other,
    shared_view,
    tabulate_lines,
    view_of_best,
)
from reportgen.charts.plan import Line
from reportgen.charts.thinning import kept
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.exploded_runs import ExplodedRuns, find_explosion
from reportgen.comparison.group_naming import named as listed_names
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.mean_curves import MOST_POINTS, GroupCurve
from reportgen.comparison.measures import measured
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.metrics import Direction, Split
from reportgen.text import printable

MOST_CHARTS: Final = 8  # metrics; our choice: as many as a report shows unfolded, twice
MOST_MULTIPLES: Final = 16  # groups with a chart of their own
_MOST_SINGLE: Final = 30  # single runs in a chart
_SINGLE_POINTS: Final = 60  # of a single run
_BEHIND_POINTS: Final = 40  # of a group behind another one
_MOST_BEHIND: Final = 30  # groups behind the one in front
_MOST_NAMED: Final = 8  # runs of a single group that are named in its chart
_LONGEST: Final = 60  # characters of a name
_MOST_SHORT: Final = 1e38  # values up to which single precision is enough for a readout


@dataclass(frozen=True)
class GroupCharts:
    """The charts of a comparison.

    Attributes:
        charts: One per metric, that of the compared metric first.
        multiples: One per group, the best first; empty if a chart has enough colours.
        left_out: How many metrics have no chart.
        alone: Whether ``charts`` show the best group in front of the others.
        table: The values of all lines of ``charts`` and ``multiples``.
        columns: The column of ``table`` where the values of each of these charts begin.
    """

    charts: tuple[Chart, ...]
    multiples: tuple[Chart, ...]
    left_out: int
    alone: bool
    table: Table
    columns: tuple[int, ...]

    @property
    def curves_json(self) -> str:
        """The curves of all lines by their numbers, as the script of the page reads them."""
        lines = (line for chart in (*self.charts, *self.multiples) for line in chart.lines)
        return json.dumps({"series": [_packed(line) for line in lines]}, allow_nan=False, separators=(",", ":"))


def chart_comparison(compared: ComparedGroups, language: Language) -> GroupCharts:
    """Draws the metrics of a comparison."""
    wanted = _wanted(compared)
    alone = len(compared.groups) > MOST_LINES
    charts, multiples, leaving = [], [], []
    for number, (metric, split) in enumerate(wanted[:MOST_CHARTS], start=1):
        direction = compared.runs[0].history.direction(metric)
        explosion = find_explosion(
            [run for runs in compared.members.values() for run in runs], metric, split, direction
        )
        curves = _curves(compared, metric, split, has_exploded=explosion is not None)
        if not curves:
            continue
        leaving.append(_word_explosion(explosion, language))
        key = metrics.join_key(metric, split)
        reach = None if explosion is None else (explosion.low, explosion.high)
        reading, may_log = _word_direction(direction, language), direction != "higher"
        places = {group.name: place for place, group in enumerate(compared.groups)}
        if not alone:
            series, shown, of = _with_runs(compared, curves, places)
            if len(compared.groups) == 1:
                series = [_with_names(compared, series[0], curves[0], language)]
            is_crowded = cover_each_other(series)
            if is_crowded:
                series = [replace(series[0], runs=()), *map(_without_band, series[1:])]
                shown = of = 0
            note = _note(curves, shown, of, language, is_named=any(each.named for each in series))
            if is_crowded:
                only = language.say(
                    "Only the band of {group} is drawn: bands and individual runs of all groups would cover each "
                    "other.",
                    group=printable(series[0].name, _LONGEST),
                )
                note = language.join(note, only)
            charts.append(
                chart_groups(key, f"chart-{number}", series, note, reading, language, may_log=may_log, reach=reach)
            )
            continue
        series = [_series(curve, places[curve.group]) for curve in curves]
        view = shared_view(series, may_log=may_log, reach=reach)
        in_front, left_out = view_of_best(series, view)
        behind = _behind(series)
        best = chart_group_alone(key, f"chart-{number}", series[0], behind, in_front, language)
        note = language.join(
            language.say("In front: {group}. Grey: the others.", group=printable(series[0].name, 60)),
            _note(curves[:1], 0, 0, language),
            _word_left_out(left_out, language),
        )
        charts.append(replace(best, title=key, reading=reading, plan=replace(best.plan, note=note)))
        if number == 1:
            multiples = [
                chart_group_alone(key, f"group-{place + 1}", each, behind, view, language)
                for place, each in enumerate(series[:MOST_MULTIPLES])
            ]
    said = charts[0].plan.note if charts else ""
    charts[1:] = [
        replace(chart, plan=replace(chart.plan, note="" if chart.plan.note == said else chart.plan.note))
        for chart in charts[1:]
    ]
    if charts and charts[0].plan.spots:
        dotted = language.join(said, language.say("Dots: the best value of each run."))
        charts[0] = replace(charts[0], plan=replace(charts[0].plan, note=dotted))
    charts = [
        replace(chart, plan=replace(chart.plan, note=language.join(chart.plan.note, names)))
        for chart, names in zip(charts, leaving, strict=True)
    ]
    numbered = _numbered([*charts, *multiples])
    table, columns = _tabulate(numbered, language)
    first, others = tuple(numbered[: len(charts)]), tuple(numbered[len(charts) :])
    return GroupCharts(first, others, max(0, len(wanted) - MOST_CHARTS), alone, table, columns)


def _numbered(charts: Sequence[Chart]) -> list[Chart]:
    """The charts with the number of its curve in each of their lines."""
    numbered, first = [], 0
    for chart in charts:
        lines, drawn = (
            tuple(replace(line, curves=(first + place,)) for place, line in enumerate(each))
            for each in (chart.lines, chart.plan.lines)
        )
        numbered.append(replace(chart, lines=lines, plan=replace(chart.plan, lines=drawn)))
        first += len(lines)
    return numbered


def _tabulate(charts: Sequence[Chart], language: Language) -> tuple[Table, tuple[int, ...]]:
    """The values of all lines side by side, and the column where those of each chart begin."""
    names: list[str] = []
    columns = []
    for chart in charts:
        columns.append(len(names) + 1)
        names += [
            language.say("{name}: {text}", name=printable(chart.name, _LONGEST), text=line.full_name)
            for line in chart.lines
        ]
    lines = [line for chart in charts for line in chart.lines]
    return (tabulate_lines(names, lines, language) if lines else Table((), ())), tuple(columns)


def _packed(line: Line) -> dict[str, Any]:
    """A curve as the history in a report has it."""
    epochs, steps = line.epochs.tolist(), np.unique(np.diff(line.epochs))
    at = {"first": epochs[0], "step": int(steps[0])} if len(steps) == 1 else epochs
    kind, form = ("float64", "<f8") if np.abs(line.values).max(initial=0) > _MOST_SHORT else ("float32", "<f4")
    return {"epochs": at, "values": {kind: base64.b64encode(line.values.astype(form).tobytes()).decode()}}


def _wanted(compared: ComparedGroups) -> list[tuple[str, Split]]:
    """The curves to draw: those of the compared metric, then one per metric, on validation where it has one."""
    names = [name for name in compared.curve_names if name not in compared.in_mixed_units]
    measure = compared.measure
    splits: tuple[Split, ...] = ("train", "validation") if measure.on == "train" else ("validation", "train")
    own = [(measure.metric, split) for split in splits]
    found = [name for name in own if name in names]
    for metric, _ in names:
        if metric != measure.metric and not metrics.is_schedule(metric):
            split: Split = "validation" if (metric, "validation") in names else "train"
            found.append((metric, split))
    return list(dict.fromkeys(found))


def _curves(compared: ComparedGroups, metric: str, split: Split, *, has_exploded: bool) -> tuple[GroupCurve, ...]:
    """The curves of all groups, all means or all medians: a mean with a run that exploded is that run."""
    curves = compared.curves(metric, split)
    kinds = {curve.center_kind for curve in curves if curve.counts.max(initial=0) > 1}
    if len(kinds) > 1 or (has_exploded and kinds == {"mean"}):
        return compared.curves(metric, split, center="median")
    return curves


def _word_left_out(n: int, language: Language) -> str:
    """That a chart enlarges the best groups; empty if it shows all."""
    if not n:
        return ""
    return language.say_count(
        "{n} of the others is outside the chart, which enlarges the best ones.",
        "{n} of the others are outside the chart, which enlarges the best ones.",
        n,
    )


def _word_explosion(explosion: ExplodedRuns | None, language: Language) -> str:
    """Which runs leave the chart; empty without any."""
    if explosion is None:
        return ""
    names = {"names": listed_names(explosion.runs, language), "value": formatting.short(explosion.farthest, 3)}
    if explosion.farthest > 0:
        return language.say_count(
            "{names} leaves the chart, with values up to {value}.",
            "{names} leave the chart, with values up to {value}.",
            len(explosion.runs),
            **names,
        )
    return language.say_count(
        "{names} leaves the chart, with values down to {value}.",
        "{names} leave the chart, with values down to {value}.",
        len(explosion.runs),
        **names,
    )


def _series(curve: GroupCurve, place: int, runs: Sequence[tuple[np.ndarray, np.ndarray]] = ()) -> GroupSeries:
    whole_until = curve.complete_until if curve.counts.max(initial=0) > 1 else None
    edges = (curve.center, curve.low, curve.high)
    return GroupSeries(curve.group, place, curve.epochs, *edges, tuple(runs), whole_until=whole_until)


def _without_band(series: GroupSeries) -> GroupSeries:
    return replace(series, low=series.center, high=series.center, runs=())


def _behind(series: Sequence[GroupSeries]) -> list[GroupSeries]:
    """The groups behind the one in front: at most some of them, with few points."""
    places = np.unique(np.linspace(0, len(series) - 1, min(len(series), _MOST_BEHIND)).round().astype(int))
    return [_thinned(series[place]) for place in places.tolist()]


def _thinned(series: GroupSeries) -> GroupSeries:
    places = kept(series.epochs, series.center, _BEHIND_POINTS)
    parts = {name: getattr(series, name)[places] for name in ("epochs", "center", "low", "high")}
    return replace(series, **parts)


def _with_runs(
    compared: ComparedGroups, curves: Sequence[GroupCurve], places: dict[str, int]
) -> tuple[list[GroupSeries], int, int]:
    """The series with single runs behind, how many of these are drawn, and how many there are."""
    members = {curve.group: _single(compared.members[curve.group], curve) for curve in curves}
    total = sum(map(len, members.values()))
    series, shown = [], 0
    for curve in curves:
        runs = members[curve.group]
        most = len(runs) if total <= _MOST_SINGLE else max(1, _MOST_SINGLE * len(runs) // total)
        drawn = [_points(runs[place], curve.metric, curve.split) for place in _chosen(runs, curve, most)]
        shown += len(drawn)
        series.append(_series(curve, places[curve.group], drawn))
    return series, shown, total


def _chosen(runs: Sequence[LoadedRun], curve: GroupCurve, most: int) -> list[int]:
    """Positions of the single runs to draw: all, or some evenly chosen and the longest one."""
    if len(runs) <= most:
        return list(range(len(runs)))
    even = np.linspace(0, len(runs) - 1, most).round().astype(int).tolist()
    longest = max(range(len(runs)), key=lambda at: int(runs[at].history.series(curve.metric, curve.split).index[-1]))
    return sorted({*even, longest})


def _with_names(compared: ComparedGroups, series: GroupSeries, curve: GroupCurve, language: Language) -> GroupSeries:
    """A single group with the names of its runs, if they are few, and dots at their best values."""
    runs = _single(compared.members[curve.group], curve)
    if not 1 < len(runs) <= _MOST_NAMED:
        return series
    best, measure = [], compared.measure
    if (curve.metric, curve.split) == (measure.metric, measure.on):
        found = (measured(run.history, measure) for run in runs)
        best = [(value.epoch, value.value) for value in found if value is not None and value.epoch is not None]
    drawn = tuple(_points(run, curve.metric, curve.split, MOST_POINTS) for run in runs)
    label = language.say("mean") if curve.center_kind == "mean" else language.say("median")
    return replace(series, runs=drawn, named=tuple(run.name for run in runs), best=tuple(best), label=label)


def _single(runs: Sequence[LoadedRun], curve: GroupCurve) -> list[LoadedRun]:
    """The runs of a group that have a curve; none if that curve is the line of the group."""
    found = [run for run in runs if run.history.has(curve.metric, curve.split)]
    return found if len(found) > 1 else []


def _points(run: LoadedRun, metric: str, split: Split, most: int = _SINGLE_POINTS) -> tuple[np.ndarray, np.ndarray]:
    series = run.history.series(metric, split)
    epochs, values = series.index.to_numpy(), series.to_numpy(dtype=np.float64)
    places = kept(epochs, values, most)
    return epochs[places], values[places]


def _word_direction(direction: Direction, language: Language) -> str:
    if direction == "lower":
        return language.say("Lower is better.")
    return language.say("Higher is better.") if direction == "higher" else ""


def _note(curves: Sequence[GroupCurve], shown: int, of: int, language: Language, *, is_named: bool = False) -> str:
    """What lines, bands and thin lines are, and where runs have ended."""
    say, several = language.say, [curve for curve in curves if curve.counts.max(initial=0) > 1]
    if not several:
        return say("Each line is a single run.") if len(curves) > 1 else ""
    kind, is_one = several[0].center_kind, len(curves) == 1
    if is_one:
        sentences = [say("Strong line: the mean.") if kind == "mean" else say("Strong line: the median.")]
    else:
        sentences = [
            say("Lines: the mean of each group.") if kind == "mean" else say("Lines: the median of each group.")
        ]
    if any(curve.band_until for curve in several):
        bands = {
            "deviation": say("Bands: one standard deviation to each side."),
            "interval": say("Bands: the 95% interval of the mean."),
            "quartiles": say("Bands: the middle half of the runs."),
        }
        sentences.append(bands[several[0].band_kind])
    if of and shown < of:
        sentences.append(say("Thin lines: {n} of {all} individual runs.", n=shown, all=formatting.count(of)))
    elif of and not is_named:
        sentences.append(say("Thin lines: individual runs."))
    sentences += _word_ends(several, language)
    if any(curve.thinned for curve in curves):
        sentences.append(
            say("Long curves are thinned to {n} points.", n=formatting.count(max(len(c.epochs) for c in curves)))
        )
    return language.join(*sentences)


def _word_ends(curves: Sequence[GroupCurve], language: Language) -> list[str]:
    """What lines and bands do where some runs have ended."""
    say, epoch = language.say, min(curve.complete_until for curve in curves)
    is_mean, sentences = curves[0].center_kind == "mean", []
    if any(curve.complete_until < curve.epochs[-1] for curve in curves):
        sentences.append(
            say(
                "The first run stopped at epoch {epoch}. Where runs have stopped, the line of their mean is thinner "
                "and follows the mean change of the others, until fewer than half are left.",
                epoch=epoch,
            )
            if is_mean
            else say(
                "The first run stopped or diverged at epoch {epoch}. Where runs have stopped or diverged, the line of "
                "their median is thinner and follows the median change of the others, until fewer than half are left.",
                epoch=epoch,
            )
        )
    elif any(curve.last_epoch > curve.epochs[-1] for curve in curves):
        sentences.append(say("Lines end where fewer than half of the runs are left."))
    if any(0 < curve.band_until < curve.epochs[-1] for curve in curves):
        sentences.append(say("Bands end where fewer than 90% are left."))
    return sentences
