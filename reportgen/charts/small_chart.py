"""Small charts: one metric or a group of similar ones, without axes, for runs with more metrics than cards."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts import theme
from reportgen.charts.choice import MAX_ALL, MAX_SINGLE, by_importance, carded_metrics
from reportgen.charts.metric_chart import split_name
from reportgen.charts.metric_groups import grouped_metrics
from reportgen.charts.plan import is_drawable
from reportgen.charts.sparkline import relative_path, thinned_points
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language, grouped
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

WIDTH: Final = 282
HEIGHT: Final = 100
MAX_SMALL: Final = 12  # of a page; our choice: three rows. The other metrics have a sparkline in the table
_MOST_CURVES: Final = 8  # of a group
_MOST_NAMED: Final = 2  # members of a group, beside the first
_MARGIN: Final = 4.0
_MOST_POINTS: Final = 60  # of the curves of one metric
_FEW_POINTS: Final = 16  # of a curve of a group
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class SmallLine:
    """One curve as the path of an SVG.

    Attributes:
        series: Its place among the curves of the chart.
    """

    path: str
    colour: str
    is_thick: bool
    series: int


@dataclass(frozen=True)
class SmallChart:
    """A drawing of `WIDTH` x `HEIGHT`, and what it shows in words.

    Attributes:
        about: Which curve is thick, which are thin.
        lines: The curves in the order in which they are drawn.
        first: First epoch and value of the thick curve.
        last: Last epoch and value of the thick curve.
        geometry: What the page's script needs, as attributes of the SVG by name.
    """

    id: str
    title: str
    about: str
    description: str
    lines: tuple[SmallLine, ...]
    first: str
    last: str
    geometry: tuple[tuple[str, str], ...]


def chart_small(history: TrainingHistory, diagnosis: Diagnosis) -> tuple[SmallChart, ...]:
    """The small charts of a report: of the metrics that have no card, or of groups if there are many."""
    telling = by_importance(history, diagnosis)
    if len(telling) <= MAX_ALL:
        return ()
    cards = frozenset(carded_metrics(history, diagnosis))
    if len(telling) <= MAX_SINGLE:
        groups = [(name, [name]) for name in telling if name not in cards]
    else:
        groups = [
            (stem, names)
            for stem, names in grouped_metrics(telling).items()
            if not (len(names) == 1 and names[0] in cards)
        ]
    language = diagnosis.language
    made = (_small(history, stem, names, f"small-{n}", language) for n, (stem, names) in enumerate(groups, start=1))
    return tuple(islice((chart for chart in made if chart is not None), MAX_SMALL))


def _small(
    history: TrainingHistory, stem: str, names: Sequence[str], chart_id: str, language: Language
) -> SmallChart | None:
    """One small chart; None if no value can be drawn."""
    one = len(names) == 1
    shown = names[:_MOST_CURVES]
    splits: list[tuple[str, metrics.Split]] = []
    for name in shown:
        validated = history.has(name, "validation")
        if validated:
            splits.append((name, "validation"))
        if (one or not validated) and history.has(name, "train"):
            splits.append((name, "train"))
    curves = [(name, split, history.series(name, split)) for name, split in splits]
    values = np.concatenate([series.to_numpy(dtype=np.float64) for *_, series in curves])
    finite = values[is_drawable(values)]
    if len(finite) < 2:
        return None
    low, high = float(finite.min()), float(finite.max())
    first, last = float(history.epochs[0]), float(history.epochs[-1])
    lines = []
    for number, (_, split, series) in enumerate(curves):
        strong = not number and (split == "validation" or not one)
        points = thinned_points(series.index.tolist(), series.tolist(), _MOST_POINTS if one else _FEW_POINTS)
        colour = theme.VALIDATION if strong else theme.TRAIN
        lines.append(SmallLine(_path(points, (first, last), (low, high)), colour, strong, number))
    say, title = language.say, printable(stem, _LONGEST_NAME)
    named = [split_name(split, language) for _, split, _ in curves] if one else [printable(name, 40) for name in names]
    ends = curves[0][2]
    description = say("{chart}, epochs {first} to {last}.", chart=title, first=int(first), last=int(last))
    text = say(
        "{line}: from {first} to {last}, lowest {low}, highest {high}.",
        line=title if one else named[0],
        first=formatting.number(float(ends.iloc[0])),
        last=formatting.number(float(ends.iloc[-1])),
        low=formatting.number(low),
        high=formatting.number(high),
    )
    (begin, begun), (finish, finished) = (
        (int(ends.index[at]), formatting.short(float(ends.iloc[at]))) for at in (0, -1)
    )
    places = [[history.position(name, split)] for name, split, _ in curves]
    geometry = (
        ("data-plot", f"{_MARGIN:g} {_MARGIN:g} {WIDTH - 2 * _MARGIN:g} {HEIGHT - 2 * _MARGIN:g}"),
        ("data-epochs", f"{first:.17g} {last:.17g}"),
        ("data-values", f"{low:.6g} {high:.6g}"),
        ("data-names", json.dumps(named[: len(curves)], ensure_ascii=False, separators=(",", ":"))),
        ("data-curves", json.dumps(places, separators=(",", ":"))),
    )
    return SmallChart(
        chart_id,
        title,
        _about(named, one=one, language=language),
        language.join(description, text),
        tuple(lines[::-1]),
        say("epoch {epoch}: {value}", epoch=begin, value=begun),
        say("{name}: {text}", name=grouped(finish), text=finished),
        geometry,
    )


def _about(named: Sequence[str], *, one: bool, language: Language) -> str:
    """Which curve is thick, and which are thin."""
    say = language.say
    if len(named) == 1:
        return named[0] if one else ""
    if one:
        return say("Thick: {thick}. Thin: {thin}.", thick=named[0], thin=named[1])
    thin = ", ".join(named[1 : 1 + _MOST_NAMED])
    if (more := len(named) - 1 - _MOST_NAMED) > 0:
        thin = say("{names} and {n} more", names=thin, n=formatting.count(more))
    return say("Thick: {thick}. Thin: {thin}.", thick=named[0], thin=thin)


def _path(points: Sequence[tuple[float, float]], along: tuple[float, float], up: tuple[float, float]) -> str:
    """A curve as a path with whole coordinates, broken where it has no value."""
    length, spanned = (along[1] - along[0]) or 1.0, up[1] - up[0]
    parts: list[tuple[bool, int, int]] = []
    joined = False
    for x, y in points:
        inside = math.isfinite(y) and up[0] <= y <= up[1]
        if inside:
            share = (y - up[0]) / spanned if spanned > 0 and math.isfinite(spanned) else 0.5
            across = _MARGIN + (WIDTH - 2 * _MARGIN) * (x - along[0]) / length
            parts.append((joined, round(across), round(HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share)))
        joined = inside
    return relative_path(parts)
