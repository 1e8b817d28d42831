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
        lines: The lines since the last row.
    """

    def __init__(self) -> None:
        self.found: list[tuple[int, tuple[str, ...]]] = []
        self.lines: deque[str] = deque(maxlen=_MOST_LINES)

    def add(self, line: str) -> None:
        """Adds a line without values."""
        if line and not line.isspace():
            self.lines.append(line if len(line) <= _LONGEST else line[:_LONGEST])

    def row(self, place: int, number: float | None, last: float | None) -> None:
        """Notes that a row begins below the lines.

        Args:
            place: Its place.
            number: Its number; None without one.
            last: The number of the row before it, likewise.
        """
        begins = number is None or last is None or last < 0 or number <= last
        if begins and len(self.found) < _MOST_PLACES:
            self.found.append((place, tuple(self.lines)))
        self.lines.clear()

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
        return tuple(self.lines)

    def moved(self, place_of: Callable[[int], int]) -> "LinesAbove":
        """The same lines above other places."""
        made = LinesAbove()
        made.found = [(place_of(place), lines) for place, lines in self.found]
        made.lines = self.lines.copy()
        return made
