"""Where words stand in a chart: annotations in rows above the plot, the lines' names at their ends.

In: marks and lines. Out: `PlacedLabel` that touch neither each other nor a curve. Room is kept for the larger letters
of narrow columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.charts import theme
from reportgen.charts.axes import Domain, x_position, y_position
from reportgen.charts.parts import Annotation, Band, Line, PlacedLabel

MOST_ROWS: Final = 3  # of annotations; what finds no room in them is left out, least important first
END_GAP: Final = 6.0  # between a line's end and its name
_HIGHEST_END: Final = 4.0  # from the plot's upper edge: higher, a name would touch those of annotations
_NEAR_END: Final = 12.0  # from the plot's edge: a line that ends here has its name beside the plot
_SHIFTS: Final = (0.0, -10.0, 10.0, -18.0, 18.0)  # of a name from its line's end, tried in this order


def place_annotations(
    annotations: Sequence[Annotation], x_domain: Domain, left: float, width: float, right: float
) -> tuple[tuple[Annotation, ...], tuple[PlacedLabel, ...], int]:
    """Puts annotations into rows above the plot so that no two labels touch.

    Args:
        annotations: The most important first.
        x_domain: Of the axis.
        left: Room left of the plot.
        width: Of the plot.
        right: Room right of the plot.

    Returns:
        Those that found room, the last epoch first; their labels, in the same order; how many rows there are.
    """
    kept = list(annotations)
    while True:
        marks = sorted(kept, key=lambda mark: -mark.epoch)
        rows = _rows(marks, x_domain, left, width, right)
        n_rows = max((row for *_, row in rows), default=-1) + 1
        if n_rows <= MOST_ROWS:
            break
        kept.pop()
    placed = []
    for mark, (rule_x, start, _, row) in zip(marks, rows, strict=True):
        crossed = any(low - 3 <= rule_x <= high + 3 and other < row for _, low, high, other in rows)
        colour = theme.LABEL_COLOURS.get(mark.colour, mark.colour)
        label = PlacedLabel(mark.label, colour, round(start, 1), -8.0 - row * theme.LANE, round(rule_x, 1), not crossed)
        placed.append(label)
    return tuple(marks), tuple(placed), n_rows


def _rows(
    marks: Sequence[Annotation], x_domain: Domain, left: float, width: float, right: float
) -> list[tuple[float, float, float, int]]:
    """For marks from right to left: place of the rule, left and right edge of the label, its row from below."""
    found: list[tuple[float, float, float, int]] = []
    for mark in marks:
        rule_x = x_position(mark.epoch, x_domain, width)
        size = theme.text_width(mark.label)
        start = max(4.0 - left, min(rule_x + 4, width + right - size - 2))
        taken = {
            row
            for _, low, high, row in found
            if start < high + theme.LABEL_GAP and low < start + size + theme.LABEL_GAP
        }
        row = next(row for row in range(len(marks)) if row not in taken)
        found.append((rule_x, start, start + size, row))
    return found


@dataclass(frozen=True)
class _Box:
    """A stretch of the drawing that is taken."""

    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Frame:
    """The plot that names are placed in: its axes and its width."""

    x_domain: Domain
    y_domain: Domain
    y_log: bool
    width: float

    def height(self, value: float) -> float:
        """Of a value from the plot's upper edge, held inside."""
        held = min(max(value, self.y_domain[0]), self.y_domain[1])
        return y_position(held, self.y_domain, self.y_log)

    def shows(self, values: np.ndarray) -> bool:
        """Whether any of the values is in view."""
        return bool(((values >= self.y_domain[0]) & (values <= self.y_domain[1])).any())


def place_names(
    lines: Sequence[Line], band: Band | None, rules: Sequence[float], frame: Frame
) -> tuple[tuple[PlacedLabel, ...], PlacedLabel | None]:
    """Puts each line's name where the line ends: in the plot where there is free room, else beside it.

    Args:
        lines: Those with an empty label get none, and those behind that lie outside the plot from first to last.
        band: A forecast; the line of its label ends where the band does, and its own name stands above or below it.
        rules: Epochs of the annotations' rules, which no name may cross.
        frame: Where the plot is.

    Returns:
        The lines' names, those beside the plot ordered by height and moved apart; the forecast's name, None for none.
    """
    curves = [_outline(line.epochs, line.strong, line.drawable, frame) for line in lines]
    edges = [] if band is None else _band_outlines(band, frame)
    posts = [x_position(epoch, frame.x_domain, frame.width) for epoch in rules]
    taken = [_Box(post - 3, post + 3, 0, theme.PLOT_HEIGHT) for post in posts]
    inside: list[PlacedLabel] = []
    beside: list[tuple[float, Line]] = []
    for line in lines:
        if not line.label or (line.faint and not frame.shows(line.strong[line.drawable])):
            continue
        x, y = _end(line, band, frame)
        place = None
        if x < frame.width - _NEAR_END:
            place = _free_place(line.label, x, y, [*curves, *edges], taken, frame)
        if place is None:
            beside.append((y, line))
        else:
            inside.append(_label(line.label, line.colour, *place))
            taken.append(_box_of(line.label, *place))
    ends = (*inside, *_stacked(beside, frame.width + END_GAP))
    if band is None or not band.name:
        return ends, None
    place = _place_by_band(band.name, edges, curves, taken, frame)
    return ends, None if place is None else _label(band.name, band.colour, *place)


def _label(text: str, colour: str, x: float, y: float) -> PlacedLabel:
    return PlacedLabel(text, theme.LABEL_COLOURS.get(colour, colour), round(x, 1), round(y, 1))


def _end(line: Line, band: Band | None, frame: Frame) -> tuple[float, float]:
    """Where a line ends; in the upper right corner if it never begins."""
    if band is not None and band.label == line.label:
        return frame.width, frame.height(float(band.mid[-1]))
    drawable = np.flatnonzero(line.drawable)
    if not len(drawable):
        return frame.width, 10.0
    last = drawable[-1]
    return x_position(float(line.epochs[last]), frame.x_domain, frame.width), frame.height(float(line.strong[last]))


def _outline(epochs: np.ndarray, values: np.ndarray, drawable: np.ndarray, frame: Frame) -> np.ndarray:
    """A curve's points in chart units, shape (2, n)."""
    x = [x_position(float(epoch), frame.x_domain, frame.width) for epoch in epochs[drawable]]
    return np.array([x, [frame.height(float(value)) for value in values[drawable]]])


def _band_outlines(band: Band, frame: Frame) -> list[np.ndarray]:
    """The edges and the middle of a forecast."""
    everywhere = np.ones(len(band.epochs), dtype=bool)
    return [_outline(band.epochs, edge, everywhere, frame) for edge in (band.low, band.mid, band.high)]


def _place_by_band(
    name: str, edges: Sequence[np.ndarray], curves: Sequence[np.ndarray], taken: Sequence[_Box], frame: Frame
) -> tuple[float, float] | None:
    """A place above or below a forecast where its name touches nothing; None where there is none."""
    left, right = float(edges[0][0, 0]) + END_GAP, float(edges[0][0, 0]) + END_GAP + theme.text_width(name)
    within = [box for edge in edges for box in _stretches(edge, left, right)]
    if not within or right > frame.width:
        return None
    above, below = min(box.top for box in within), max(box.bottom for box in within)
    for y in (above - theme.LINE_STEP / 2, below + theme.LINE_STEP / 2):
        word = _box_of(name, left, y)
        stretches = [stretch for curve in curves for stretch in _stretches(curve, left, right)]
        inside = word.top >= 0 and word.bottom <= theme.PLOT_HEIGHT
        if inside and not any(word.meets(other) for other in (*taken, *stretches)):
            return left, y
    return None


def _box_of(text: str, x: float, y: float) -> _Box:
    half = theme.LINE_STEP / 2
    return _Box(x, x + theme.text_width(text), y - half, y + half)


def _free_place(
    text: str, x: float, y: float, curves: Sequence[np.ndarray], taken: Sequence[_Box], frame: Frame
) -> tuple[float, float] | None:
    """A place right of a line's end where a word touches nothing and nothing lies between; None where there is none."""
    start = x + END_GAP
    for shift in _SHIFTS:
        word = _box_of(text, start, y + shift)
        if word.right > frame.width or word.top < 0 or word.bottom > theme.PLOT_HEIGHT:
            continue
        box = _Box(word.left, word.right, min(word.top, y), max(word.bottom, y))
        stretches = [stretch for curve in curves for stretch in _stretches(curve, box.left, box.right)]
        if not any(box.meets(other) for other in (*taken, *stretches)):
            return start, y + shift
    return None


def _stretches(curve: np.ndarray, left: float, right: float) -> Iterator[_Box]:
    """The box that a curve takes between two places, with a little room; nothing where it does not get there."""
    x, y = curve
    if len(x) and x[-1] > left and x[0] < right:
        ends = np.interp([max(left, x[0]), min(right, x[-1])], x, y)
        heights = np.concatenate([ends, y[(x >= left) & (x <= right)]])
        yield _Box(left, right, float(heights.min()) - 2, float(heights.max()) + 2)


def _stacked(ends: Sequence[tuple[float, Line]], x: float) -> tuple[PlacedLabel, ...]:
    """Names beside the plot, moved apart where their lines' ends are close."""
    ends = sorted(ends, key=lambda end: end[0])
    heights = [max(height, _HIGHEST_END) for height, _ in ends]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + theme.LINE_STEP)
    floor = theme.PLOT_HEIGHT - 6.0
    for i in range(len(heights) - 1, -1, -1):
        heights[i] = min(heights[i], floor)
        floor = heights[i] - theme.LINE_STEP
    return tuple(_label(line.label, line.colour, x, height) for height, (_, line) in zip(heights, ends, strict=True))
