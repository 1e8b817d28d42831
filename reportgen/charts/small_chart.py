"""Small charts: one metric or a group of similar ones, without axes, for runs with more metrics than cards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts import theme
from reportgen.charts.choice import MAX_ALL, MAX_SINGLE, by_importance, carded_metrics
from reportgen.charts.metric_groups import grouped_metrics
from reportgen.charts.plan import is_drawable
from reportgen.charts.sparkline import relative_path, thinned_points
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

WIDTH: Final = 282
HEIGHT: Final = 100
MAX_SMALL: Final = 12  # of a page; our choice: three rows. The other metrics have a sparkline in the table
_MOST_CURVES: Final = 8  # of a group
_MOST_NAMED: Final = 3  # members of a group
_MARGIN: Final = 4.0
_MOST_POINTS: Final = 60  # of the curves of one metric
_FEW_POINTS: Final = 24  # of a curve of a group
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class SmallLine:
    """One curve as the path of an SVG."""

    path: str
    colour: str
    width: str


@dataclass(frozen=True)
class SmallChart:
    """A drawing of `WIDTH` x `HEIGHT`: curves, the highest and the lowest value, and what it shows in words."""

    id: str
    title: str
    about: str
    description: str
    lines: tuple[SmallLine, ...]
    highest: str
    lowest: str


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
        if (one or not validated) and history.has(name, "train"):
            splits.append((name, "train"))
        if validated:
            splits.append((name, "validation"))
    curves = [(name, split, history.series(name, split)) for name, split in splits]
    values = np.concatenate([series.to_numpy(dtype=np.float64) for *_, series in curves])
    finite = values[is_drawable(values)]
    if len(finite) < 2:
        return None
    low, high = float(finite.min()), float(finite.max())
    first, last = float(history.epochs[0]), float(history.epochs[-1])
    lines = []
    for name, split, series in curves:
        strong = split == "validation" if one else name == names[0]
        colour = theme.VALIDATION if strong else theme.TRAIN
        points = thinned_points(series.index.tolist(), series.tolist(), _MOST_POINTS if one else _FEW_POINTS)
        lines.append(SmallLine(_path(points, (first, last), (low, high)), colour, "1.75" if strong else "1"))
    lines = sorted(lines, key=lambda line: line.colour == theme.VALIDATION)
    say, title = language.say, printable(stem, _LONGEST_NAME)
    about = ""
    if not one:
        named = ", ".join(printable(name, 40) for name in names[:_MOST_NAMED])
        if more := len(names) - len(names[:_MOST_NAMED]):
            named = say("{names} and {n} more", names=named, n=formatting.count(more))
        about = named
    ends = curves[-1][2] if one else curves[0][2]
    description = say("{chart}, epochs {first} to {last}.", chart=title, first=int(first), last=int(last))
    text = say(
        "{line}: from {first} to {last}, lowest {low}, highest {high}.",
        line=title,
        first=formatting.number(float(ends.iloc[0])),
        last=formatting.number(float(ends.iloc[-1])),
        low=formatting.number(low),
        high=formatting.number(high),
    )
    spoken = language.join(description, text)
    return SmallChart(chart_id, title, about, spoken, tuple(lines), formatting.short(high), formatting.short(low))


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
