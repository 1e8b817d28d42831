"""Tables with a row, or a column, per data set: the values of the epoch that a line above them names."""

from collections.abc import Iterator

from reportgen.sources.printed.grid import (
    BARS,
    LONGEST_LINE,
    MAX_CELLS,
    RULE,
    Columns,
    Row,
    cell_number,
    is_metric,
    is_name,
    plain_name,
)
from reportgen.sources.printed.names import SPLITS


class SplitTable:
    """A table between bars whose rows, or columns, are called train, validation or test."""

    def __init__(self, line: str) -> None:
        self._lines = [line]
        _, *self._names = _cells_of(line)
        self._by_column = _are_splits(self._names)
        self._rows: list[tuple[str, list[str]]] = []

    @staticmethod
    def begins(line: str) -> bool:
        """Whether a line can be the header."""
        cells = _cells_of(line)
        if len(cells) < 2 or len(set(cells)) < len(cells) or (cells[0] and not is_name(cells[0])):
            return False
        return _are_splits(cells[1:]) or (all(map(is_name, cells[1:])) and any(map(is_metric, cells[1:])))

    def takes(self, line: str) -> bool:
        """Takes a line if it belongs to the table."""
        if line.strip() and RULE.fullmatch(line[:LONGEST_LINE]):
            self._lines.append(line)
            return True
        first, *rest = _cells_of(line) or [""]
        is_named = is_name(first) if self._by_column else first.lower() in SPLITS
        if len(rest) != len(self._names) or not is_named or not any(cell_number(cell) is not None for cell in rest):
            return False
        self._lines.append(line)
        self._rows.append((first, rest))
        return True

    def found(self) -> Iterator[str | Row]:
        """Yields the table as one row, or the lines as they were if there are fewer than two data sets."""
        names = [
            f"{other} {name}" if self._by_column else f"{name} {other}"
            for name, _ in self._rows
            for other in self._names
        ]
        is_whole = bool(self._rows) and (self._by_column or len(self._rows) > 1) and len(set(names)) == len(names)
        if is_whole and (not self._by_column or any(is_metric(name) for name, _ in self._rows)):
            yield Row(Columns(tuple(names), is_split=True), tuple(cell for _, cells in self._rows for cell in cells))
        else:
            yield from self._lines


def _cells_of(line: str) -> list[str]:
    """The cells of a line that begins and ends with a bar; none for other lines."""
    text = line.strip()
    if len(line) > LONGEST_LINE or len(text) < 2 or not (BARS.match(text[0]) and BARS.match(text[-1])):
        return []
    return [plain_name(cell) for cell in BARS.split(text, MAX_CELLS)[1:-1]]


def _are_splits(names: list[str]) -> bool:
    return len(names) > 1 and all(name.lower() in SPLITS for name in names)
