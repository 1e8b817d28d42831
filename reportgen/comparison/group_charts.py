"""The charts of a comparison: one per metric, or one per group if there are more groups than a chart has colours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts.chart import Chart
from reportgen.charts.group_chart import (
    MOST_LINES,
    GroupSeries,
    chart_group_alone,
    chart_groups,
    shared_view,
)
from reportgen.charts.thinning import kept
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.mean_curves import GroupCurve
from reportgen.languages import Language
from reportgen.metrics import Split
from reportgen.text import printable
from reportgen.wording.chart_titles import word_direction

MOST_CHARTS: Final = 8  # metrics; our choice: as many as a report shows unfolded, twice
MOST_MULTIPLES: Final = 16  # groups with a chart of their own
_MOST_SINGLE: Final = 40  # single runs in a chart
_SINGLE_POINTS: Final = 60  # of a single run
_BEHIND_POINTS: Final = 40  # of a group behind another one
_MOST_BEHIND: Final = 30  # groups behind another one


@dataclass(frozen=True)
class GroupCharts:
    """The charts of a comparison.

    Attributes:
        charts: One per metric, that of the compared metric first.
        multiples: One per group, the best first; empty if a chart has enough colours.
        left_out: How many metrics have no chart.
        alone: Whether ``charts`` show the best group in front of the others.
    """

    charts: tuple[Chart, ...]
    multiples: tuple[Chart, ...]
    left_out: int
    alone: bool


def chart_comparison(compared: ComparedGroups, language: Language) -> GroupCharts:
    """Draws the metrics of a comparison."""
    wanted = _wanted(compared)
    alone = len(compared.groups) > MOST_LINES
    charts, multiples = [], []
    for number, (metric, split) in enumerate(wanted[:MOST_CHARTS], start=1):
        curves = _curves(compared, metric, split)
        if not curves:
            continue
        key = metrics.join_key(metric, split)
        reading = word_direction(key, compared.runs[0].history.direction(metric), language)
        places = {group.name: place for place, group in enumerate(compared.groups)}
        if not alone:
            series, shown, of = _with_runs(compared, curves, places)
            note = _note(curves, shown, of, language)
            charts.append(chart_groups(key, f"chart-{number}", series, note, reading, language))
            continue
        series = [_series(curve, places[curve.group]) for curve in curves]
        view = shared_view(series)
        best = chart_group_alone(key, f"chart-{number}", series[0], _behind(series[1:]), view, language)
        note = language.join(
            language.say("In front: {group}. Grey: the other groups.", group=printable(series[0].name, 60)),
            _note(curves[:1], 0, 0, language),
        )
        charts.append(replace(best, title=key, reading=reading, plan=replace(best.plan, note=note)))
        if number == 1:
            multiples = [
                chart_group_alone(
                    key, f"group-{place + 1}", each, _behind([*series[:place], *series[place + 1 :]]), view, language
                )
                for place, each in enumerate(series[:MOST_MULTIPLES])
            ]
    said = charts[0].plan.note if charts else ""
    charts[1:] = [
        replace(chart, plan=replace(chart.plan, note="" if chart.plan.note == said else chart.plan.note))
        for chart in charts[1:]
    ]
    return GroupCharts(tuple(charts), tuple(multiples), max(0, len(wanted) - MOST_CHARTS), alone)


def _wanted(compared: ComparedGroups) -> list[tuple[str, Split]]:
    """The curves to draw: those of the compared metric, then one per metric, on validation where it has one."""
    names = list(compared.curve_names)
    measure = compared.measure
    splits: tuple[Split, ...] = ("train", "validation") if measure.on == "train" else ("validation", "train")
    own = [(measure.metric, split) for split in splits]
    found = [name for name in own if name in names]
    for metric, _ in names:
        if metric != measure.metric and not metrics.is_schedule(metric):
            split: Split = "validation" if (metric, "validation") in names else "train"
            found.append((metric, split))
    return list(dict.fromkeys(found))


def _curves(compared: ComparedGroups, metric: str, split: Split) -> tuple[GroupCurve, ...]:
    """The curves of all groups, all means or all medians."""
    curves = compared.curves(metric, split)
    kinds = {curve.center_kind for curve in curves if curve.counts.max(initial=0) > 1}
    return compared.curves(metric, split, center="median") if len(kinds) > 1 else curves


def _series(curve: GroupCurve, place: int, runs: Sequence[tuple[np.ndarray, np.ndarray]] = ()) -> GroupSeries:
    return GroupSeries(curve.group, place, curve.epochs, curve.center, curve.low, curve.high, tuple(runs))


def _behind(series: Sequence[GroupSeries]) -> list[GroupSeries]:
    """Groups behind another one: some of them, with few points."""
    places = np.unique(np.linspace(0, max(0, len(series) - 1), min(len(series), _MOST_BEHIND)).round().astype(int))
    return [_thinned(series[place]) for place in places.tolist()] if series else []


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
        chosen = np.unique(np.linspace(0, max(0, len(runs) - 1), min(most, len(runs))).round().astype(int)).tolist()
        drawn = [_points(runs[place], curve.metric, curve.split) for place in chosen] if runs else []
        shown += len(drawn)
        series.append(_series(curve, places[curve.group], drawn))
    return series, shown, total


def _single(runs: Sequence[LoadedRun], curve: GroupCurve) -> list[LoadedRun]:
    """The runs of a group that have a curve; none if that curve is the line of the group."""
    found = [run for run in runs if run.history.has(curve.metric, curve.split)]
    return found if len(found) > 1 else []


def _points(run: LoadedRun, metric: str, split: Split) -> tuple[np.ndarray, np.ndarray]:
    series = run.history.series(metric, split)
    epochs, values = series.index.to_numpy(), series.to_numpy(dtype=np.float64)
    places = kept(epochs, values, _SINGLE_POINTS)
    return epochs[places], values[places]


def _note(curves: Sequence[GroupCurve], shown: int, of: int, language: Language) -> str:
    """What lines, bands and thin lines are, and where runs have ended."""
    say, several = language.say, [curve for curve in curves if curve.counts.max(initial=0) > 1]
    if not several:
        return say("Each line is a single run.") if len(curves) > 1 else ""
    kind = several[0].center_kind
    sentences = [say("Lines: the mean of each group.") if kind == "mean" else say("Lines: the median of each group.")]
    bands = {
        "deviation": say("Bands: one standard deviation to each side."),
        "interval": say("Bands: the 95% interval of the mean."),
        "quartiles": say("Bands: the middle half of the runs."),
    }
    sentences.append(bands[several[0].band_kind])
    if of and shown == of:
        sentences.append(say("Thin lines: individual runs."))
    elif of:
        sentences.append(say("Thin lines: {n} of {all} individual runs, chosen evenly.", n=shown, all=of))
    ended = [curve for curve in several if curve.complete_until < curve.epochs[-1]]
    if ended:
        epoch = min(curve.complete_until for curve in ended)
        sentences.append(
            say(
                "Some runs stopped after epoch {epoch}; from there, the line follows the mean change of the rest.",
                epoch=epoch,
            )
            if kind == "mean"
            else say(
                "Some runs stopped after epoch {epoch}; from there, the line follows the median change of the rest.",
                epoch=epoch,
            )
        )
    last = max(curve.last_epoch for curve in several)
    if last > max(int(curve.epochs[-1]) for curve in several):
        sentences.append(
            say(
                "Lines stop when fewer than half of the runs are left; the longest run ends at epoch {epoch}.",
                epoch=last,
            )
        )
    if any(curve.thinned for curve in curves):
        sentences.append(
            say("Long curves are thinned to {n} points.", n=formatting.count(max(len(c.epochs) for c in curves)))
        )
    return language.join(*sentences)
