"""Places the labels of a chart: marks in rows above the plot, names at the ends of lines.

Labels do not touch each other or a curve. They are spaced for the larger letters used in narrow columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from reportgen.charts import layout, theme
from reportgen.charts.axes import Domain, x_position, y_position
from reportgen.charts.plan import Band, Line, Mark, PlacedLabel, Ribbon, Spot, is_drawable

_LATE: Final = 0.75  # share of the plot's width up to which a line ends early
_NEAR_END: Final = 12.0  # the name of a line that ends this close to the plot's edge is placed outside it
_SHIFTS: Final = (0.0, -10.0, 10.0, -18.0, 18.0)  # of a name from its line's end, tried in this order
_TINY: Final = 0.05  # larger than rounding errors
_ALONG: Final = tuple(1 - 0.05 * step for step in range(15))  # right edges of a name along its line, in plot widths
_SPOT: Final = 6  # half the width of a dot or ring
_CLEARANCE: Final = 3  # between a name and a rule


def place_marks(
    marks: Sequence[Mark], x_domain: Domain, left: float, width: float, right: float
) -> tuple[tuple[Mark, ...], tuple[PlacedLabel, ...], int]:
    """Puts the labels of marks, the most important first, into rows above the plot so that no two touch.

    Returns:
        The marks that fit, the last epoch first; their labels, in the same order; the number of rows.
    """
    kept = list(marks)
    while True:
        ordered = sorted(kept, key=lambda mark: -mark.epoch)
        rows = _rows(ordered, x_domain, left, width, right)
        n_rows = max((row for *_, row in rows), default=-1) + 1
        if n_rows <= layout.MAX_ROWS:
            break
        kept.pop()
    placed, near = [], layout.CROSSING
    align: Literal["left", "right"]
    for mark, (rule_x, start, end, row) in zip(ordered, rows, strict=True):
        crossed = any(low - near <= rule_x <= high + near and other < row for _, low, high, other in rows)
        colour = theme.LABEL_COLOURS.get(mark.colour, mark.colour)
        y = -layout.ROW_OFFSET - row * layout.LANE
        edge, align = (end, "right") if end < rule_x else (start, "left")
        placed.append(PlacedLabel(mark.label, colour, round(edge, 1), y, round(rule_x, 1), not crossed, align))
    return tuple(ordered), tuple(placed), n_rows


def _rows(
    marks: Sequence[Mark], x_domain: Domain, left: float, width: float, right: float
) -> list[tuple[float, float, float, int]]:
    """For marks from right to left: position of the rule, left and right edge of the label, its row from the bottom.

    A label is to the right of its rule, or to the left if the right has no space. Without space on either side, it
    crosses its rule.
    """
    found: list[tuple[float, float, float, int]] = []
    for mark in marks:
        rule_x = x_position(mark.epoch, x_domain, width)
        size = layout.text_width(mark.label)
        rightmost = width + right - size - layout.RIGHT_GAP
        start = rule_x + layout.RULE_GAP
        if start > rightmost:
            before = rule_x - layout.RULE_GAP - size
            start = before if before >= layout.RULE_GAP - left else max(layout.RULE_GAP - left, rightmost)
        taken = {
            row
            for _, low, high, row in found
            if start < high + layout.LABEL_GAP and low < start + size + layout.LABEL_GAP
        }
        row = next(row for row in range(len(marks)) if row not in taken)
        found.append((rule_x, start, start + size, row))
    return found


@dataclass(frozen=True)
class _Box:
    """An occupied rectangle of the drawing."""

    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Frame:
    """The plot in which names are placed."""

    x_domain: Domain
    y_domain: Domain
    y_log: bool
    width: float

    def height(self, value: float) -> float:
        """Distance of a value from the plot's upper edge; values outside are moved to the edge."""
        inside = min(max(value, self.y_domain[0]), self.y_domain[1])
        return y_position(inside, self.y_domain, self.y_log)

    def shows(self, values: np.ndarray) -> bool:
        """Whether any of the values is in view."""
        return bool(((values >= self.y_domain[0]) & (values <= self.y_domain[1])).any())


def place_names(
    lines: Sequence[Line],
    band: Band | None,
    rules: Sequence[float],
    frame: Frame,
    spots: Sequence[Spot] = (),
    ribbons: Sequence[Ribbon] = (),
) -> tuple[tuple[PlacedLabel, ...], PlacedLabel | None]:
    """Puts each line's name at the line's end or just above or below it; to the right of the plot without space inside.

    Args:
        lines: Lines with an empty label get no name, nor do background lines outside the plot, or that end early with
            no space for it. With single runs as background lines, this holds for the line of their mean as well.
        band: The forecast. The line with its label ends where the band ends; the band's own name is above or below.
        rules: Epochs of the marks' rules, which names must not cross.
        frame: The plot.
        spots: Dots and rings, which names must not touch.
        ribbons: Bands and single runs behind the lines, likewise.

    Returns:
        The lines' names; those outside the plot are sorted by height and moved apart. The forecast's name, or None.
    """
    curves = [_outline(*_corners(line), frame) for line in lines]
    edges = [] if band is None else _band_outlines(band, frame)
    behind = [outline for ribbon in ribbons if (outline := _ribbon_outline(ribbon, frame)).shape[1]]
    rule_xs = [x_position(epoch, frame.x_domain, frame.width) for epoch in rules]
    taken = [_Box(x - _CLEARANCE, x + _CLEARANCE, 0, layout.PLOT_HEIGHT) for x in rule_xs]
    for spot in spots:
        x, y = x_position(spot.epoch, frame.x_domain, frame.width), frame.height(spot.value)
        taken.append(_Box(x - _SPOT, x + _SPOT, y - _SPOT, y + _SPOT))
    inside: list[PlacedLabel] = []
    beside: list[tuple[float, Line]] = []
    for line, curve in zip(lines, curves, strict=True):
        if not line.label or (line.faint and not frame.shows(line.strong[line.drawable])):
            continue
        x, y = _end(line, band, frame)
        place = None
        if x < frame.width - _NEAR_END:
            place = _free_place(line.label, x, y, [*curves, *edges, *behind], taken, frame)
        align: Literal["left", "right"] = "left"
        if place is None:
            place, align = _place_along(line.label, curve, [*curves, *edges, *behind], taken, frame), "right"
        if place is None and x < frame.width * _LATE and (line.faint or 0 < len(ribbons) < len(lines)):
            continue  # beside the plot, it would seem to name a line that goes on
        if place is None:
            beside.append((y, line))
        else:
            name = _label(line.label, line.colour, *place, align=align)
            inside.append(name)
            start = place[0] - layout.text_width(line.label) if align == "right" else place[0]
            taken.append(_box_of(line.label, start, place[1]))
    ends = (*inside, *_stacked(beside, frame.width + layout.END_GAP))
    if band is None or not band.name:
        return ends, None
    place = _place_by_band(band.name, edges, curves, taken, frame)
    return ends, None if place is None else _label(band.name, band.colour, *place)


def _label(text: str, colour: str, x: float, y: float, *, align: Literal["left", "right"] = "left") -> PlacedLabel:
    return PlacedLabel(text, theme.LABEL_COLOURS.get(colour, colour), round(x, 1), round(y, 1), align=align)


def _end(line: Line, band: Band | None, frame: Frame) -> tuple[float, float]:
    """Where a line ends; the upper right corner if it has no value to draw."""
    if band is not None and band.label == line.label:
        return frame.width, frame.height(float(band.mid[-1]))
    drawable = np.flatnonzero(line.drawable)
    if not len(drawable):
        return frame.width, layout.UNDRAWN_END
    last = drawable[-1]
    return x_position(float(line.epochs[last]), frame.x_domain, frame.width), frame.height(float(line.strong[last]))


def _corners(line: Line) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epochs, values and whether they are drawable, of a line as it is drawn: a stepped one has a corner per step."""
    if not line.stepped:
        return line.epochs, line.strong, line.drawable
    return np.repeat(line.epochs, 2)[1:], np.repeat(line.strong, 2)[:-1], np.repeat(line.drawable, 2)[:-1]


def _outline(epochs: np.ndarray, values: np.ndarray, drawable: np.ndarray, frame: Frame) -> np.ndarray:
    """A curve's points in chart units, shape (2, n)."""
    x = [x_position(float(epoch), frame.x_domain, frame.width) for epoch in epochs[drawable]]
    return np.array([x, [frame.height(float(value)) for value in values[drawable]]])


def _band_outlines(band: Band, frame: Frame) -> list[np.ndarray]:
    """The edges and the middle line of a forecast."""
    everywhere = np.ones(len(band.epochs), dtype=bool)
    return [_outline(band.epochs, edge, everywhere, frame) for edge in (band.low, band.mid, band.high)]


def _ribbon_outline(ribbon: Ribbon, frame: Frame) -> np.ndarray:
    """What a band and single runs cover, in chart units: position, upper and lower edge, shape (3, n)."""
    parts = [(epochs[drawn], values[drawn]) for epochs, values in ribbon.runs for drawn in [is_drawable(values)]]
    parts += [(ribbon.epochs, ribbon.low), (ribbon.epochs, ribbon.high)]
    parts = [(epochs, values) for epochs, values in parts if len(epochs)]
    if not parts:
        return np.zeros((3, 0))
    shared = np.unique(np.concatenate([epochs for epochs, _ in parts]))
    heights = np.array([np.interp(shared, *part, left=np.nan, right=np.nan) for part in parts])
    everywhere = np.ones(len(shared), dtype=bool)
    low, high = (_outline(shared, edge(heights, axis=0), everywhere, frame) for edge in (np.nanmin, np.nanmax))
    return np.vstack([high, low[1:]])


def _place_by_band(
    name: str, edges: Sequence[np.ndarray], curves: Sequence[np.ndarray], taken: Sequence[_Box], frame: Frame
) -> tuple[float, float] | None:
    """A position above or below a forecast where its name touches nothing; None without one."""
    left = float(edges[0][0, 0]) + layout.END_GAP
    right = left + layout.text_width(name)
    around = [box for edge in edges for box in _extent(edge, left, right)]
    if not around or right > frame.width:
        return None
    above, below = min(box.top for box in around), max(box.bottom for box in around)
    for y in (above - layout.LINE_STEP / 2, below + layout.LINE_STEP / 2):
        word = _box_of(name, left, y)
        extents = [extent for curve in curves for extent in _extent(curve, left, right)]
        inside = word.top >= 0 and word.bottom <= layout.PLOT_HEIGHT
        if inside and not any(word.overlaps(other) for other in (*taken, *extents)):
            return left, y
    return None


def _box_of(text: str, x: float, y: float) -> _Box:
    half = layout.LINE_STEP / 2
    return _Box(x, x + layout.text_width(text), y - half, y + half)


def _free_place(
    text: str, x: float, y: float, curves: Sequence[np.ndarray], taken: Sequence[_Box], frame: Frame
) -> tuple[float, float] | None:
    """A position right of a line's end where a name touches nothing, with nothing in between; None without one."""
    start = x + layout.END_GAP
    for shift in _SHIFTS:
        word = _box_of(text, start, y + shift)
        if word.right > frame.width or word.top < 0 or word.bottom > layout.PLOT_HEIGHT:
            continue
        box = _Box(word.left, word.right, min(word.top, y), max(word.bottom, y))
        extents = [extent for curve in curves for extent in _extent(curve, box.left, box.right)]
        if not any(box.overlaps(other) for other in (*taken, *extents)):
            return start, y + shift
    return None


def _place_along(
    text: str, own: np.ndarray, curves: Sequence[np.ndarray], taken: Sequence[_Box], frame: Frame
) -> tuple[float, float] | None:
    """A position just above or below a line, as far right as possible, where its name touches nothing.

    Returns:
        The name's right edge and middle; None without such a position in the right part of the plot.
    """
    wide, half = layout.text_width(text), layout.LINE_STEP / 2
    end = float(own[0, -1]) if own.shape[1] else 0.0
    for share in _ALONG:
        right = share * end - layout.RIGHT_GAP
        left = right - wide
        around = list(_extent(own, left, right))
        if left < 0 or not around:
            continue
        above, below = min(box.top for box in around) - half - _TINY, max(box.bottom for box in around) + half + _TINY
        for y in (above, below):
            word = _box_of(text, left, y)
            if word.top < 0 or word.bottom > layout.PLOT_HEIGHT:
                continue
            extents = [extent for curve in curves for extent in _extent(curve, left, right)]
            if not any(word.overlaps(other) for other in (*taken, *extents)):
                return right, y
    return None


def _extent(curve: np.ndarray, left: float, right: float) -> Iterator[_Box]:
    """Yields a slightly enlarged box around a curve between two positions, unless the curve does not reach them."""
    x, *several = curve
    if len(x) and x[-1] > left and x[0] < right:
        ends, inside = [max(left, x[0]), min(right, x[-1])], (x >= left) & (x <= right)
        heights = np.concatenate([part for y in several for part in (np.interp(ends, x, y), y[inside])])
        yield _Box(left, right, float(heights.min()) - 2, float(heights.max()) + 2)


def _stacked(ends: Sequence[tuple[float, Line]], x: float) -> tuple[PlacedLabel, ...]:
    """Names to the right of the plot, moved apart if their lines end close together."""
    ends = sorted(ends, key=lambda end: end[0])
    heights = [max(height, layout.HIGHEST_END) for height, _ in ends]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + layout.LINE_STEP)
    floor = layout.PLOT_HEIGHT - layout.LOWEST_END
    for i in range(len(heights) - 1, -1, -1):
        heights[i] = min(heights[i], floor)
        floor = heights[i] - layout.LINE_STEP
    return tuple(_label(line.label, line.colour, x, height) for height, (_, line) in zip(heights, ends, strict=True))
