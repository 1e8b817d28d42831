"""Finds positions for names that do not fit beside their lines: in a free part of the plot, joined by a thin leader."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from reportgen.charts import layout

Rectangle = tuple[float, float, float, float]  # left, right, top, bottom
_CELL: Final = 2.0  # side of the squares that are free or covered
_CLEAR: Final = 4.0  # between a name and anything else
_SHARES: Final = tuple(1 - 0.04 * step for step in range(18))  # points of a line that a leader may lead to
_ACROSS: Final = (10.0, -12.0, 24.0, 44.0, 70.0)  # from that point to the nearer edge of the name, to either side
_UP: Final = (12.0, 18.0, 26.0, 36.0, 50.0, 70.0, 95.0, 125.0)  # from that point to the middle of the name
_APART: Final = 8.0  # distance from other curves at which a point of a line is unmistakable
_UNCLEAR: Final = 8.0  # length of a leader that one unit less than that is worth
_CROSSED: Final = 25.0  # the same for a covered square that a leader crosses
_NEAR: Final = 4.0  # length of a leader next to its line, where squares are covered by that line
_INLAND: Final = 2.0  # length of a leader that one unit from the end of a line is worth, as shares of 100 of the line


class Leaders:
    """The free parts of a plot.

    Args:
        curves: Points along all curves that are close to each other, shape (2, n) each; with a third row, the area
            between its second and third row is covered.
        taken: Other covered rectangles.
        width: Width of the plot.
    """

    def __init__(self, curves: Sequence[np.ndarray], taken: Sequence[Rectangle], width: float) -> None:
        self._width = width
        self._covered = np.zeros((int(width / _CELL) + 1, int(layout.PLOT_HEIGHT / _CELL) + 1), dtype=bool)
        for x, *up in curves:
            across = self._cells(x, 0)
            for place, top, bottom in zip(across, self._cells(up[0], 1), self._cells(up[-1], 1), strict=True):
                self._covered[place, top : bottom + 1] = True
        for rectangle in taken:
            self.take(rectangle)

    def take(self, rectangle: Rectangle) -> None:
        """Marks a rectangle as covered."""
        self._covered[self._part(rectangle, 0.0)] = True

    def place(
        self, text: str, own: np.ndarray, others: Sequence[np.ndarray], *, may_cross: bool = True
    ) -> tuple[Rectangle, tuple[float, float]] | None:
        """The free position that is best: near to its line, at a point far from other lines, with nothing in between.

        Args:
            text: The name.
            own: Points along its line, shape (2, n), the last epoch last.
            others: Points along other lines, likewise.
            may_cross: Whether the leader may cross other lines.

        Returns:
            The rectangle of the name, and the point that its leader leads to; None without a free position or a line.
        """
        best: tuple[float, Rectangle, tuple[float, float]] | None = None
        wide, half = layout.text_width(text), layout.LINE_STEP / 2
        own = own[:, (own[1] > 0) & (own[1] < layout.PLOT_HEIGHT)]  # without values outside, which are at the edge
        if not own.shape[1]:
            return None
        for share in _SHARES:
            x, y = own[:, round(share * (own.shape[1] - 1))].tolist()
            apart = min(
                (float(np.hypot(other[0] - x, other[1] - y).min(initial=_APART)) for other in others), default=0
            )
            unclear = _UNCLEAR * max(0.0, _APART - apart) + 100 * _INLAND * (1 - share)
            for up, rectangle in _around(x, y, wide, half):
                if best is not None and unclear + up - half >= best[0]:
                    break  # the others are even farther away
                end = leader_end(rectangle, (x, y))
                length = math.hypot(end[0] - x, end[1] - y)
                if (best is not None and unclear + length >= best[0]) or not self._is_free(rectangle):
                    continue
                crossed = self._crossed((x, y), end, length)
                if crossed and not may_cross:
                    continue
                cost = unclear + length + _CROSSED * crossed
                if best is None or cost < best[0]:
                    best = cost, rectangle, (x, y)
        return best if best is None else best[1:]

    def _cells(self, units: np.ndarray, axis: int) -> np.ndarray:
        return np.clip((units / _CELL).astype(np.int64), 0, self._covered.shape[axis] - 1)

    def _part(self, rectangle: Rectangle, around: float) -> tuple[slice, slice]:
        left, right, top, bottom = rectangle
        across = slice(max(0, int((left - around) / _CELL)), max(0, int((right + around) / _CELL)) + 1)
        return across, slice(max(0, int((top - around) / _CELL)), max(0, int((bottom + around) / _CELL)) + 1)

    def _is_free(self, rectangle: Rectangle) -> bool:
        left, right, top, bottom = rectangle
        middle = (top + bottom) / 2
        inside = layout.HIGHEST_END <= middle <= layout.PLOT_HEIGHT - layout.LOWEST_END
        if left < _CLEAR or right > self._width or not inside:
            return False
        return not self._covered[self._part(rectangle, _CLEAR)].any()

    def _crossed(self, start: tuple[float, float], end: tuple[float, float], length: float) -> int:
        """How many covered squares are between a name and its line."""
        along = np.arange(_NEAR, max(length, _NEAR), _CELL) / max(length, _CELL)
        x, y = (
            self._cells(first + (last - first) * along, axis)
            for axis, (first, last) in enumerate(zip(start, end, strict=True))
        )
        return int(np.count_nonzero(self._covered[x, y]))


def _around(x: float, y: float, wide: float, half: float) -> Iterator[tuple[float, Rectangle]]:
    """Positions of a name around a point, to the left and right, above and below, the nearest heights first."""
    for up in _UP:
        for middle in (y - up, y + up):
            for across in _ACROSS:
                for left in (x + across, x - across - wide):
                    yield up, (left, left + wide, middle - half, middle + half)


def leader_end(rectangle: Rectangle, point: tuple[float, float]) -> tuple[float, float]:
    """Where the leader to a point begins at the edge of a name."""
    left, right, top, bottom = rectangle
    (x, y), middle = point, (top + bottom) / 2
    if left <= x <= right:
        return x, bottom if y > bottom else top
    return (left if x < left else right), middle
