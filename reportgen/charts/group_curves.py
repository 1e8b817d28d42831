"""Draws the bands, single runs and lines of a chart of groups of runs, and the names of the lines.

Vega draws the rest of these charts. Its lines and names are the same, but take ten times as long.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen.charts import layout, theme
from reportgen.charts.axes import within, y_positions
from reportgen.charts.plan import Line, PlacedLabel, Plan, Ribbon, is_drawable

_BASELINE: Final = round(0.3 * theme.FONT_SIZE)  # from the middle of letters down to their baseline, as in Vega
_RADIUS: Final = f"{math.sqrt(theme.LEADER_DOT_SIZE) / 2:.1f}"  # of the dot of a leader
_DOT: Final = f"M{_RADIUS},0A{_RADIUS},{_RADIUS},0,1,1,-{_RADIUS},0A{_RADIUS},{_RADIUS},0,1,1,{_RADIUS},0"


def draw_curves(plan: Plan) -> list[ET.Element]:
    """The curves of a chart as groups of paths, the lowest first, each tagged with the index of its line."""
    numbers = {line.label: number for number, line in enumerate(plan.lines)}
    drawn: list[tuple[int, list[ET.Element]]] = []
    for ribbon in plan.ribbons:
        number = numbers[ribbon.label]
        drawn += [(number, _band(plan, ribbon)), (number, _single_runs(plan, ribbon))]
    drawn += [(numbers[label.text], _leader(label)) for label in plan.end_labels]
    lines = sorted(enumerate(plan.lines), key=lambda numbered: not numbered[1].faint)
    drawn += [(number, part) for number, line in lines for part in _parts(plan, line)]
    return [_group(number, paths) for number, paths in drawn if paths]


def draw_names(plan: Plan) -> list[ET.Element]:
    """The names at the ends of the lines, tagged likewise."""
    numbers = {line.label: number for number, line in enumerate(plan.lines)}
    return [_group(numbers[label.text], [_name(label)]) for label in plan.end_labels]


def _group(number: int, parts: Sequence[ET.Element]) -> ET.Element:
    group = ET.Element("g", {"data-series": str(number)})
    group.extend(parts)
    return group


def _name(label: PlacedLabel) -> ET.Element:
    place = f"translate({label.x:g},{round(label.y + _BASELINE, 1):g})"
    anchor = {"text-anchor": "end"} if label.align == "right" else {}
    name = ET.Element("text", {**anchor, "transform": place, "font-weight": "600", "fill": label.colour})
    name.text = label.text
    return name


def _band(plan: Plan, ribbon: Ribbon) -> list[ET.Element]:
    """The band around the line of a group; empty without one."""
    if not len(ribbon.epochs):
        return []
    low, high = (_points(plan, ribbon.epochs, np.clip(edge, *plan.y_domain)) for edge in (ribbon.low, ribbon.high))
    path = f"M{'L'.join(low)}L{'L'.join(reversed(high))}Z"
    return [ET.Element("path", {"d": path, "fill": ribbon.colour, "opacity": f"{theme.BAND_OPACITY:g}"})]


def _single_runs(plan: Plan, ribbon: Ribbon) -> list[ET.Element]:
    """The single runs of a group, thin; transparent ones look denser where they cross."""
    if not ribbon.runs:
        return []
    apart = (np.array([np.nan]), np.array([np.nan]))
    parts = [part for run in ribbon.runs for part in (run, apart)]
    epochs, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    shown = ~(epochs > plan.x_domain[1])  # a run may go on after the line of its group has ended
    look = {"stroke": ribbon.colour, "stroke-linejoin": "round", "opacity": f"{ribbon.opacity:g}"}
    return [ET.Element("path", {"d": path, **look}) for path in _paths(plan, epochs[shown], values[shown])]


def _leader(label: PlacedLabel) -> list[ET.Element]:
    """The thin line from a line to its name, with a dot where it begins."""
    if label.leader is None:
        return []
    x, y, x2, y2 = label.leader
    line = {"d": f"M{x:g},{y:g}L{x2:g},{y2:g}", "stroke": label.colour, "stroke-width": f"{theme.LEADER_WIDTH:g}"}
    dot = {"transform": f"translate({x:g},{y:g})", "d": _DOT, "fill": label.colour}
    return [ET.Element("path", line), ET.Element("path", dot)]


def _parts(plan: Plan, line: Line) -> list[list[ET.Element]]:
    """A line, broken at values that cannot be drawn, and its thinner part."""
    last = len(line.epochs) if line.thin_after is None else int(np.searchsorted(line.epochs, line.thin_after, "right"))
    parts = [(line.width, slice(last))]
    if last < len(line.epochs):
        parts.append((theme.THIN_WIDTH, slice(max(0, last - 1), None)))
    look = {"stroke": line.colour, "stroke-linejoin": "round"}
    if line.dash:
        look["stroke-dasharray"] = ",".join(map(str, line.dash))
    drawn = []
    for width, shown in parts:
        thick = {} if width == 1 else {"stroke-width": f"{width:g}"}
        paths = _paths(plan, line.epochs[shown], line.values[shown])
        drawn.append([ET.Element("path", {"d": path, **look, **thick}) for path in paths])
    return drawn


def _paths(plan: Plan, epochs: np.ndarray, values: np.ndarray) -> list[str]:
    """A curve as one path per part that can be drawn."""
    x, y, pieces = within(epochs, values, is_drawable(values), plan.y_domain, plan.y_log)
    points = _points(plan, x, y)
    starts = [0, *(np.flatnonzero(np.diff(pieces)) + 1).tolist(), len(points)]
    parts = [points[start:end] for start, end in pairwise(starts) if start < end]
    return [f"M{'L'.join(part)}" if len(part) > 1 else f"M{part[0]}Z" for part in parts]


def _points(plan: Plan, epochs: np.ndarray, values: np.ndarray) -> list[str]:
    """Points inside the plot as text."""
    x = (epochs - plan.x_domain[0]) / (plan.x_domain[1] - plan.x_domain[0]) * plan.plot_width
    y = y_positions(values, plan.y_domain, plan.y_log)
    tenths = _tenths()
    across, up = ((10 * place).round().astype(np.int64).tolist() for place in (x, y))
    return [f"{tenths[right]},{tenths[down]}" for right, down in zip(across, up, strict=True)]


@lru_cache(maxsize=1)
def _tenths() -> Sequence[str]:
    """All positions in a plot as text, by ten times their value: looking them up takes a third of the time."""
    return [f"{place / 10:g}" for place in range(10 * max(layout.WIDTH, layout.PLOT_HEIGHT) + 1)]
