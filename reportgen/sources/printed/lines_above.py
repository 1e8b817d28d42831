"""What was printed above the first row of each run: lines without values, which may say what the run is."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

_MOST_LINES: Final = 200  # above a row: a heading and the summary of a model; our choices
_MOST_PLACES: Final = 20_000  # twice the runs that a source may have
_LONGEST: Final = 300  # characters that are kept


class LinesAbove:
    """Keeps the lines above each row at which a numbering begins.

    Attributes:
        found: The place of such a row, from 0, and the lines above it, in order. A place may occur more than once.
    """

    def __init__(self) -> None:
        self.found: list[tuple[int, tuple[str, ...]]] = []
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._last: float | None = None

    def add(self, line: str) -> None:
        """Adds a line without values."""
        if line and not line.isspace():
            self._lines.append(line[:_LONGEST])

    def row(self, place: int, number: float | None) -> None:
        """Notes that the row at a place begins, and its number, if it has one."""
        begins = number is None or self._last is None or number <= self._last
        self._last = number
        if not self._lines:
            return
        if begins and len(self.found) < _MOST_PLACES:
            self.found.append((place, tuple(self._lines)))
        self._lines.clear()

    def pass_rows(self, last: float) -> None:
        """Notes that rows up to this number have begun, one after the other."""
        self._last = last
        self._lines.clear()

    def each(self, ends: Sequence[int], firsts: Sequence[int]) -> list[tuple[str, ...]]:
        """The lines above runs.

        Args:
            ends: For each run, the place after the last row of the run before it.
            firsts: The place of its first row, ascending.
        """
        found: list[list[str]] = [[] for _ in firsts]
        for place, lines in self.found:
            run = bisect_left(firsts, place)
            if run < len(firsts) and place >= ends[run]:
                found[run] += lines
        return [tuple(lines) for lines in found]

    def rest(self) -> tuple[str, ...]:
        """The lines below the last row."""
        return tuple(self._lines)

    def moved(self, place_of: Callable[[int], int]) -> "LinesAbove":
        """The same lines above other places."""
        made = LinesAbove()
        made.found = [(place_of(place), lines) for place, lines in self.found]
        made._lines = self._lines.copy()
        return made
