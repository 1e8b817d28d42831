"""Tables that are not laid out in rows: boxes with one name and value per line, and tables with one cell per line."""

import itertools
import re
from collections.abc import Iterator

from reportgen.sources.printed.grid import (
    BARS,
    LONGEST_LINE,
    MAX_CELLS,
    RULE,
    Columns,
    Row,
    cell_count,
    cell_number,
    counted_columns,
    counter_of,
    is_metric,
    is_name,
    is_value,
)


class PairTable:
    """Lines with one name and one value each between bars, as reinforcement learning tools print them."""

    def __init__(self, line: str) -> None:
        self._lines: list[str] = []
        self._section = ""
        self._pairs: list[tuple[str, str]] = []
        self._title = ""
        self._closed = False
        self.takes(line)

    @staticmethod
    def begins(line: str) -> bool:
        """Whether a line can be the first one of a box."""
        return PairTable._pair(line) is not None

    @staticmethod
    def _pair(line: str) -> tuple[str, str, bool] | None:
        """The name, the value and whether the name is indented; the value is empty for a section or a title."""
        parts = BARS.split(line.strip(), MAX_CELLS)
        if len(parts) < 4 or parts[0] or parts[-1].strip():
            return None
        name, value = parts[1].strip(), parts[2].strip()
        if not is_name(name) or (len(parts) > 4 and not _is_title(name)):
            return None
        if value and not is_value(value) and not _is_title(name):
            return None
        if not value and not name.endswith("/"):
            return None
        return name, "" if _is_title(name) else value, parts[1].startswith("   ")

    def takes(self, line: str) -> bool:
        """Takes a line if it belongs to the box."""
        if self._closed:
            return False
        if line.strip() and RULE.fullmatch(line[:LONGEST_LINE]):
            dashed = not BARS.search(line) and line.strip()[0] not in "├┡╞"
            self._closed = bool(self._pairs) and dashed
            self._lines.append(line)
            return True
        pair = self._pair(line)
        if pair is None:
            return False
        name, value, indented = pair
        self._lines.append(line)
        if _is_title(name):
            self._title = name
        elif not value:
            self._section = name
        else:
            self._pairs.append((self._section + name if indented or self._section else name, value))
        return True

    def found(self) -> Iterator[str | Row]:
        """Yields the box as one row, or the lines if it has no number that counts."""
        names = tuple(name for name, _ in self._pairs)
        counters: dict[str, int] = {}
        for index, name in enumerate(names):
            kind = counter_of(name.rpartition("/")[2])
            if kind is not None:
                counters.setdefault(kind, index)
        # Of several counters of steps, the one that counts the finest is used.
        for index, name in enumerate(names):
            if re.sub(r"[\W_]+", "", name.lower().rpartition("/")[2]) in ("totaltimesteps", "timesteps", "step"):
                counters["step"] = index
        if self._title or (counters and len(names) > 1):
            columns = Columns(names, counters.get("epoch"), counters.get("step"), is_box=True, title=self._title)
            yield Row(columns, tuple(value for _, value in self._pairs))
        else:
            yield from self._lines


def _is_title(name: str) -> bool:
    return re.fullmatch(r"(?:test|validate|validation|runningstage\.\w{1,20}) metric", name, re.IGNORECASE) is not None


class StackedTable:
    """A table copied from a page without its layout: each cell is on a line of its own."""

    def __init__(self, line: str) -> None:
        self._lines = [line]
        self._names = [line.strip()]
        self._rows: list[list[str]] = []

    def takes(self, line: str) -> bool:
        """Takes a line if it is the next name, or the next cell."""
        text = line.strip()
        if not text:
            self._lines.append(line)
            return True
        if not self._rows:
            if is_name(text) and len(self._names) < MAX_CELLS and re.fullmatch(r"[\w/.@#%() -]{1,40}", text):
                self._names.append(text)
                self._lines.append(line)
                return True
            if len(self._names) < 2 or len(set(self._names)) < len(self._names) or not any(map(is_metric, self._names)):
                return False
        if not self._rows or len(self._rows[-1]) == len(self._names):
            if cell_count(text) is None or cell_number(text) is None:
                return False
            self._rows.append([])
        elif not is_value(text):
            return False
        self._rows[-1].append(text)
        self._lines.append(line)
        return True

    def found(self) -> Iterator[str | Row]:
        """Yields the rows, or the lines if they do not count up."""
        whole = [tuple(row) for row in self._rows if len(row) == len(self._names)]
        columns = counted_columns(self._names)
        counts = [float(row[0]) for row in whole if cell_number(row[0]) is not None]
        rising = len(counts) == len(whole) and all(one < two for one, two in itertools.pairwise(counts))
        if columns is None or not whole or not rising:
            yield from self._lines
            return
        for row in whole:
            yield Row(columns, row)
