"""Places the labels of a chart: marks in rows above the plot, names at the ends of lines.

Labels do not touch each other or a curve, and a name is nearer to its own line than to any other. They are spaced for
the larger letters used in narrow columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from reportgen.charts import layout, theme
from reportgen.charts.axes import Domain, x_position, y_position
from reportgen.charts.leaders import Leaders, Rectangle, leader_end
from reportgen.charts.plan import Band, Line, Mark, PlacedLabel, Ribbon, Spot, is_drawable

_LATE: Final = 0.75  # share of the plot's width up to which a line ends early
_NEAR_END: Final = 12.0  # the name of a line that ends this close to the plot's edge is placed outside it
_SHIFTS: Final = (0.0, -10.0, 10.0, -18.0, 18.0)  # of a name from its line's end, tried in this order
_AROUND: Final = 2.0  # between a curve and the box around it
_TINY: Final = 0.05  # larger than rounding errors
_ALONG: Final = tuple(1 - 0.05 * step for step in range(12))  # right edges of a name along its line, as shares of it
_FARTHER: Final = tuple(0.4 - 0.05 * step for step in range(7))  # the same for a line that ends within the plot
_NEARER: Final = 6.0  # by which a name is nearer to its own line than to any other
_BARELY: Final = 1.0  # the same if there is no other position
_CLOSE: Final = 16.0  # most distance of a name from its line
_FAR: Final = 30.0  # more than that, by more than the above
_DENSE: Final = 3.0  # between the points that distances are measured from
_SPOT: Final = 6  # half the width of a dot or ring
_CLEARANCE: Final = 3  # between a name and a rule or leader
_MOVED: Final = 6.0  # farther from the end of its line, a name right of the plot gets a leader


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

    @property
    def sides(self) -> Rectangle:
        """Its left, right, upper and lower edge."""
        return self.left, self.right, self.top, self.bottom

    def shrunk(self, align: Literal["left", "right"]) -> "_Box":
        """The box of a name in the letters of wide columns."""
        share = theme.FONT_SIZE / theme.NARROW_FONT_SIZE
        less, wide = (1 - share) / 2 * (self.bottom - self.top), share * (self.right - self.left)
        left = self.left if align == "left" else self.right - wide
        return _Box(left, left + wide, self.top + less, self.bottom - less)


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

    def heights(self, values: np.ndarray) -> np.ndarray:
        """`height` of many values."""
        inside = np.clip(values, *self.y_domain)
        low, high = np.log(self.y_domain) if self.y_log else self.y_domain
        return np.asarray(layout.PLOT_HEIGHT * (1 - ((np.log(inside) if self.y_log else inside) - low) / (high - low)))

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
            no space for it.
        band: The forecast. The line with its label ends where the band ends; the band's own name is above or below.
        rules: Epochs of the marks' rules, which names must not cross.
        frame: The plot.
        spots: Dots and rings, which names must not touch.
        ribbons: Bands and single runs behind the lines, likewise. In such charts, names without space beside their
            lines are elsewhere, with a leader; with single runs as lines, the line of their mean may have no name.

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
    dense = [_resampled(curve) for curve in curves] if any(line.label for line in lines) else []
    dense_edges = [_resampled(edge) for edge in edges]
    outlines = _side_by_side([*curves, *edges, *behind])
    inside: dict[int, PlacedLabel] = {}
    align: Literal["left", "right"]
    beside: list[tuple[float, int]] = []
    apart: list[int] = []
    at_edge: list[tuple[float, int]] = []
    for number, line in enumerate(lines):
        if not line.label or (line.faint and not frame.shows(line.strong[line.drawable])):
            continue
        others = [curve for other, curve in enumerate(dense) if other != number]
        others += dense_edges if band is not None and band.label != line.label else []
        space = _Space(outlines, taken, dense[number], others, frame)
        x, y = _end(line, band, frame)
        place, align = None, "right"
        if x >= frame.width - _NEAR_END:
            at_edge.append((y, number))
            place = _place_along(line.label, curves[number], space, _ALONG)
            if place is None and band is not None and band.label == line.label:  # right of it, the forecast ends
                place = _place_along(line.label, curves[number], replace(space, nearer=0.0), (*_ALONG, *_FARTHER))
        else:  # right of the plot, its name would seem to be that of another line
            for clear in (space, replace(space, nearer=_BARELY)):
                place, align = _free_place(line.label, x, y, clear), "left"
                if place is None:
                    place, align = _place_along(line.label, curves[number], clear, (*_ALONG, *_FARTHER)), "right"
                if place is not None:
                    break
        if place is None and ribbons and x < frame.width - _NEAR_END:
            apart.append(number)
        elif place is None and x < frame.width * _LATE and line.faint:
            continue  # beside the plot, it would seem to name a line that goes on
        elif place is None:
            beside.append((y, number))
        else:
            inside[number] = _label(line.label, line.colour, *place, align=align)
            start = place[0] - layout.text_width(line.label) if align == "right" else place[0]
            taken.append(_box_of(line.label, start, place[1]))
    # A name right of the plot would seem to be that of a line that ends at the same height.
    for y, number in at_edge:
        if number in inside and any(abs(y - other) < layout.LINE_STEP for other, _ in beside):
            del inside[number]
            beside.append((y, number))
    covered = [*dense, *dense_edges, *map(_filled, behind)] if apart else []
    free = Leaders(covered, [box.sides for box in taken], frame.width)
    for number in apart:
        others = [curve for other, curve in enumerate(dense) if other != number]
        line, (x, y) = lines[number], _end(lines[number], band, frame)
        is_needed = line.faint or len(ribbons) == len(lines)
        if (found := free.place(line.label, dense[number], others, may_cross=is_needed)) is not None:
            inside[number] = _led(line, *found)
            free.take(found[0])
        elif x >= frame.width * _LATE:
            beside.append((y, number))
    named = [(y, lines[number]) for y, number in beside]
    ends = (*inside.values(), *_stacked(named, frame.width, is_led=bool(ribbons)))
    if band is None or not band.name:
        return ends, None
    place = _place_by_band(band.name, edges, curves, taken, frame)
    return ends, None if place is None else _label(band.name, band.colour, *place)


def _label(text: str, colour: str, x: float, y: float, *, align: Literal["left", "right"] = "left") -> PlacedLabel:
    return PlacedLabel(text, theme.LABEL_COLOURS.get(colour, colour), round(x, 1), round(y, 1), align=align)


def _led(line: Line, rectangle: Rectangle, point: tuple[float, float]) -> PlacedLabel:
    """A name with a leader to its line."""
    left, right, top, bottom = rectangle
    align: Literal["left", "right"] = "left" if point[0] < (left + right) / 2 else "right"
    name = _label(line.label, line.colour, left if align == "left" else right, (top + bottom) / 2, align=align)
    ends = (*point, *leader_end(rectangle, point))
    return replace(name, leader=(round(ends[0], 1), round(ends[1], 1), round(ends[2], 1), round(ends[3], 1)))


def _end(line: Line, band: Band | None, frame: Frame) -> tuple[float, float]:
    """Where a line ends; the upper right corner if it has no value to draw."""
    if band is not None and band.label == line.label:
        return frame.width, frame.height(float(band.mid[-1]))
    drawable = np.flatnonzero(line.drawable)
    if not len(drawable):
        return frame.width, layout.UNDRAWN_END
    last = drawable[-1]
    return x_position(float(line.epochs[last]), frame.x_domain, frame.width), frame.height(float(line.strong[last]))


def ends_within(line: Line, x_domain: Domain, width: float) -> bool:
    """Whether a line ends before the plot does, so that its name has no place right of the plot."""
    drawn = line.epochs[line.drawable]
    return bool(len(drawn)) and x_position(float(drawn[-1]), x_domain, width) < width - _NEAR_END


def _corners(line: Line) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epochs, values and whether they are drawable, of a line as it is drawn: a stepped one has a corner per step."""
    if not line.stepped:
        return line.epochs, line.strong, line.drawable
    return np.repeat(line.epochs, 2)[1:], np.repeat(line.strong, 2)[:-1], np.repeat(line.drawable, 2)[:-1]


def _outline(epochs: np.ndarray, values: np.ndarray, drawable: np.ndarray, frame: Frame) -> np.ndarray:
    """A curve's points in chart units, shape (2, n)."""
    x = (epochs[drawable] - frame.x_domain[0]) / (frame.x_domain[1] - frame.x_domain[0]) * frame.width
    return np.array([x, frame.heights(values[drawable])])


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


def _filled(outline: np.ndarray) -> np.ndarray:
    """The same with many positions."""
    x = np.arange(outline[0, 0], outline[0, -1], 1.0)
    return np.array([x, *(np.interp(x, outline[0], edge) for edge in outline[1:])])


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


@dataclass(frozen=True)
class _Space:
    """What the name of a line must keep clear of.

    Attributes:
        outlines: All curves and edges of the forecast, which it must not touch.
        taken: Other occupied boxes.
        own: Points along the curve that it names.
        others: Points along the curves of other lines.
        nearer: By how much it must be nearer to its own line than to them.
    """

    outlines: Sequence["_Outlines"]
    taken: Sequence[_Box]
    own: np.ndarray
    others: Sequence[np.ndarray]
    frame: Frame
    nearer: float = _NEARER

    def is_free(self, word: _Box, between: _Box, align: Literal["left", "right"]) -> bool:
        """Whether a name touches nothing, nor does the box that reaches to its line, and no other line is as near.

        That must hold in narrow columns and, as the letters are smaller there, in wide ones.
        """
        middle = (word.top + word.bottom) / 2
        if not layout.HIGHEST_END <= middle <= layout.PLOT_HEIGHT - layout.LOWEST_END:
            return False
        if word.right > self.frame.width or word.left < 0:
            return False
        if any(between.overlaps(other) for other in self.taken):
            return False
        if any(outlines.overlap(between) for outlines in self.outlines):
            return False
        for box in (word, word.shrunk(align)):
            distance = _distance(box, self.own)
            if distance > _CLOSE or any(_distance(box, other) < distance + self.nearer for other in self.others):
                return False
        return True


@dataclass(frozen=True, eq=False)
class _Outlines:
    """Curves and bands with the same positions: shape (n,), and their upper and lower edges, shape (curves, n)."""

    x: np.ndarray
    tops: np.ndarray
    bottoms: np.ndarray

    def overlap(self, box: _Box) -> bool:
        """Whether the box overlaps the `_extent` of any of them between its sides."""
        x = self.x
        if not len(x) or x[-1] <= box.left or x[0] >= box.right:
            return False
        first, last = x.searchsorted(box.left, "left"), x.searchsorted(box.right, "right")
        tops = self.tops[:, first:last].min(axis=1, initial=np.inf)
        bottoms = self.bottoms[:, first:last].max(axis=1, initial=-np.inf)
        if _overlap(tops, bottoms, box):  # most often; the rest takes as long again
            return True
        for end in (max(x[0], box.left), min(x[-1], box.right)):
            tops = np.minimum(tops, _crossed(x, self.tops, end))
            bottoms = np.maximum(bottoms, _crossed(x, self.bottoms, end))
        return _overlap(tops, bottoms, box)


def _overlap(tops: np.ndarray, bottoms: np.ndarray, box: _Box) -> bool:
    return bool(((tops < box.bottom + _AROUND) & (bottoms > box.top - _AROUND)).any())


def _crossed(x: np.ndarray, edges: np.ndarray, at: float) -> np.ndarray:
    """The heights of several curves at a position between their ends, as `np.interp` gives them."""
    place = int(np.searchsorted(x, at, "right")) - 1
    if x[place] == at:
        return edges[:, place]
    start, end = edges[:, place], edges[:, place + 1]
    return (end - start) / (x[place + 1] - x[place]) * (at - x[place]) + start


def _side_by_side(curves: Sequence[np.ndarray]) -> list[_Outlines]:
    """Curves, of shape (2, n), and bands, of shape (3, n), by their positions."""
    by_positions: dict[bytes, list[np.ndarray]] = {}
    for curve in curves:
        by_positions.setdefault(curve[0].tobytes(), []).append(curve)
    return [
        _Outlines(same[0][0], *(np.array([edge(curve[1:], axis=0) for curve in same]) for edge in (np.min, np.max)))
        for same in by_positions.values()
    ]


def _resampled(curve: np.ndarray) -> np.ndarray:
    """Points along a curve that are close to each other, shape (2, n)."""
    if curve.shape[1] < 2:
        return curve
    steps = np.hypot(*np.diff(curve))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.union1d(along, np.arange(0.0, along[-1], _DENSE))
    return np.array([np.interp(places, along, part) for part in curve])


def _distance(word: _Box, points: np.ndarray) -> float:
    """Distance of a box from the nearest of some points in the order of epochs; infinite if all are far away."""
    first, last = np.searchsorted(points[0], (word.left - _FAR, word.right + _FAR))
    x, y = points[:, first:last]
    across = np.maximum(np.maximum(word.left - x, x - word.right), 0.0)
    up = np.maximum(np.maximum(word.top - y, y - word.bottom), 0.0)
    return float(np.hypot(across, up).min(initial=np.inf))


def _free_place(text: str, x: float, y: float, space: _Space) -> tuple[float, float] | None:
    """A position right of a line's end where a name touches nothing, with nothing in between; None without one."""
    start = x + layout.END_GAP
    for shift in _SHIFTS:
        word = _box_of(text, start, y + shift)
        between = _Box(word.left, word.right, min(word.top, y), max(word.bottom, y))
        if space.is_free(word, between, "left"):
            return start, y + shift
    return None


def _place_along(text: str, own: np.ndarray, space: _Space, shares: Sequence[float]) -> tuple[float, float] | None:
    """A position just above or below a line, as far right as possible, where its name touches nothing.

    Returns:
        The name's right edge and middle; None without such a position at these shares of the line.
    """
    wide, half = layout.text_width(text), layout.LINE_STEP / 2
    end = float(own[0, -1]) if own.shape[1] else 0.0
    for share in shares:
        left = max(0.0, share * end - layout.RIGHT_GAP - wide)
        right = left + wide
        around = list(_extent(own, left, right))
        if not around:
            continue
        above, below = min(box.top for box in around) - half - _TINY, max(box.bottom for box in around) + half + _TINY
        for y in (above, below):
            word = _box_of(text, left, y)
            if space.is_free(word, word, "right"):
                return right, y
    return None


def _extent(curve: np.ndarray, left: float, right: float) -> Iterator[_Box]:
    """Yields a slightly enlarged box around a curve between two positions, unless the curve does not reach them."""
    x, *several = curve
    if len(x) and x[-1] > left and x[0] < right:
        ends, inside = [max(left, x[0]), min(right, x[-1])], (x >= left) & (x <= right)
        heights = np.concatenate([part for y in several for part in (np.interp(ends, x, y), y[inside])])
        yield _Box(left, right, float(heights.min()) - _AROUND, float(heights.max()) + _AROUND)


def _stacked(ends: Sequence[tuple[float, Line]], width: float, *, is_led: bool) -> tuple[PlacedLabel, ...]:
    """Names to the right of the plot, in the order of the lines' ends and, if these are close, moved apart evenly.

    Args:
        ends: The heights of the ends, and the lines.
        width: Width of the plot.
        is_led: Whether names that are moved get a leader.
    """
    ends = sorted(ends, key=lambda end: end[0])
    step = layout.LINE_STEP
    runs: list[tuple[int, float]] = []  # names that touch: their number, and the sum of the places of the first
    for height, _ in ends:
        n, total = 1, max(height, layout.HIGHEST_END)
        while runs and runs[-1][1] / runs[-1][0] + step * runs[-1][0] > total / n:
            before, sum_before = runs.pop()
            n, total = before + n, sum_before + total - step * before * n
        runs.append((n, total))
    heights = [total / n + step * place for n, total in runs for place in range(n)]
    ceiling = layout.HIGHEST_END
    for i, height in enumerate(heights):
        heights[i] = max(height, ceiling)
        ceiling = heights[i] + step
    floor = layout.PLOT_HEIGHT - layout.LOWEST_END
    for i in range(len(heights) - 1, -1, -1):
        heights[i] = min(heights[i], floor)
        floor = heights[i] - step
    is_led = is_led and any(abs(height - end) > _MOVED for height, (end, _) in zip(heights, ends, strict=True))
    x = width + (layout.LEADER_GAP if is_led else layout.END_GAP)
    names = [_label(line.label, line.colour, x, height) for height, (_, line) in zip(heights, ends, strict=True)]
    if not is_led:
        return tuple(names)
    return tuple(
        replace(name, leader=(round(width, 1), round(end, 1), round(x - _CLEARANCE, 1), name.y))
        for name, (end, _) in zip(names, ends, strict=True)
    )
