"""Finds tables among printed lines: with bars or boxes, with aligned columns, or with one cell per line.

A line is the header of a table if it names a counter, such as ``epoch``, and rows of numbers follow. Everything else is
passed on unchanged. Each line is looked at once or twice, so the time is linear.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from reportgen.sources.printed.boxes import PairTable, StackedTable
from reportgen.sources.printed.grid import (
    BARS,
    LONGEST_LINE,
    MAX_CELLS,
    RULE,
    SPLIT_COLUMNS,
    Columns,
    Row,
    cell_count,
    cell_number,
    counted_columns,
    is_metric,
    is_name,
    is_value,
    plain_name,
)
from reportgen.sources.printed.split_tables import SplitTable
from reportgen.sources.printed.tokens import ALIKE

_MAX_GAP: Final = 40  # lines between two rows of a table; our choice: tools print warnings and progress there
_MOST_FORMS: Final = 1_000  # of rows that are remembered
_MAX_BEFORE_ROW: Final = 6  # lines between a header and its first row
_DASHES: Final = re.compile(r"[-─━═=_]+")
_BARS_AT_ENDS: Final = re.compile(r"\s{0,40}[|│┃].{0,4000}[|│┃]\s{0,40}$")
_WORDS: Final = r"epochs?|epoch[ _]number|steps?|global[ _]?step|iters?|iterations?|itn|itr|updates?|rounds?|episodes?"
# A line with bars, or one without a colon and an equals sign, as headers are.
_NO_VALUES: Final = re.compile(r"^[ \t]*+(?:[|│┃][^\n]{0,2000}|[^\W\d][^:=\n]{0,2000}+$)", re.MULTILINE)
# A counter's name without a number, or the line of a box.
_MAY_BEGIN: Final = re.compile(
    rf"(?:(?<![^\W_])(?:{_WORDS}|it|ep)\b[ \t*`_.\"']{{0,40}}(?:[^\W\d]|[|│┃║#%]|$))|^[ \t]{{0,60}}E[ \t]{{1,20}}#"
    r"|^[^\S\n]{0,40}[|│┃]|^[ \t]{1,40}[A-Za-z_][^:\n]{0,300}?loss|Test metric",
    re.IGNORECASE | re.MULTILINE,
)


def may_have_tables(text: str) -> bool:
    """Whether a text of any number of lines may have the header of a table. Fast."""
    return any(_MAY_BEGIN.search(match[0]) for match in _NO_VALUES.finditer(text))


def may_begin_table(line: str) -> bool:
    """Whether a line may be the header of a table; the values of its digits do not matter."""
    return _MAY_BEGIN.search(line) is not None


def with_tables(lines: Iterable[str]) -> Iterator[str | Row]:
    """Replaces the lines of tables by rows; other lines are passed on unchanged and in their order.

    Args:
        lines: Without line ends, escape codes and carriage returns.
    """
    scanner = TableScanner()
    for line in lines:
        yield from scanner.feed(line)
    yield from scanner.end()


class TableScanner:
    """Finds tables in lines that arrive one at a time."""

    def __init__(self) -> None:
        self._table: _OpenTable | None = None
        self._box: PairTable | None = None
        self._stack: StackedTable | None = None
        self._sets: SplitTable | None = None

    def feed(self, line: str) -> Iterator[str | Row]:
        """Takes the next line; yields what is complete: rows, and lines that are in no table."""
        if self._stack is not None:
            if self._stack.takes(line):
                return
            stack, self._stack = self._stack, None
            yield from stack.found()
        if self._sets is not None:
            if self._sets.takes(line):
                return
            sets, self._sets = self._sets, None
            yield from sets.found()
        if self._box is not None:
            if self._box.takes(line):
                return
            box, self._box = self._box, None
            yield from box.found()
        if self._table is not None:
            yield from self._in_table(line, self._table)
        else:
            yield from self._outside(line)

    def end(self) -> Iterator[str | Row]:
        """Yields the rest after the last line."""
        for part in (self._stack, self._sets, self._box, self._table):
            if part is not None:
                yield from part.found()
        self._stack = self._sets = self._box = self._table = None

    def is_idle(self) -> bool:
        """Whether no table is open, so that text for which `may_have_tables` is false need not be fed."""
        return self._table is None and self._box is None and self._stack is None and self._sets is None

    def _in_table(self, line: str, table: "_OpenTable") -> Iterator[str | Row]:
        row = table.row(line)
        if row is not None:
            yield from table.add(row, line)
            if table.is_refused:
                self._table = None
            return
        if not line.strip() or RULE.fullmatch(line[:LONGEST_LINE]):
            table.rule(line)
            return
        header = _header(line)
        if header is not None and header.names == table.header.names:
            yield from table.repeat(line)
            return
        if header is not None or table.is_over():
            self._table = None
            yield from table.found()
            yield from self._outside(line)
            return
        if not table.goes_on(line):
            yield from table.interrupt(line)

    def _outside(self, line: str) -> Iterator[str | Row]:
        if len(line) > LONGEST_LINE or not may_begin_table(line):
            yield line
            return
        header = _header(line)
        if header is not None:
            self._table = _OpenTable(header, line)
        elif PairTable.begins(line):
            self._box = PairTable(line)
        elif SplitTable.begins(line):
            self._sets = SplitTable(line)
        elif line.strip().lower() in ("epoch", "step", "iteration", "iter"):
            self._stack = StackedTable(line)
        else:
            yield line


@dataclass
class _Header:
    """A line that may be the header of a table.

    Attributes:
        names: The names.
        bars: Whether bars separate the cells.
        spans: Where each name begins and ends in the line, if no bars do.
        columns: The columns; None for a frame whose rows are counted by an unnamed index.
    """

    names: tuple[str, ...]
    bars: bool
    spans: tuple[tuple[int, int], ...]
    columns: Columns | None


def _header(line: str) -> _Header | None:
    if BARS.search(line):
        return _bar_header(line)
    return _spaced_header(line)


def _bar_cells(line: str) -> list[str]:
    """The cells between bars; one at the beginning and one at the end of a line are its frame."""
    cells = [cell.strip() for cell in BARS.split(line.strip(), MAX_CELLS)]
    if cells and not cells[0]:
        cells = cells[1:]
    if cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _bar_header(line: str) -> _Header | None:
    cells = [plain_name(cell) for cell in _bar_cells(line)]
    if len(cells) < 2 or not all(is_name(cell) for cell in cells[1:]) or (cells[0] and not is_name(cells[0])):
        return None
    columns = counted_columns(cells)
    if columns is None and cells[0] == "" and any(map(is_metric, cells)):
        columns = Columns(tuple(cells), 0)
    return None if columns is None else _Header(tuple(cells), True, (), columns)


def _spaced_header(line: str) -> _Header | None:
    """The header of aligned columns. Names may have single spaces if wider gaps or tabs separate them."""
    text = line.rstrip().removesuffix("\\").rstrip()
    matches = list(re.finditer(r"\S+(?: \S+)*", text)) if re.search(r"\S(?:\s{2,}|\t)\S", text) else []
    if len(matches) < 2:
        matches = list(re.finditer(r"\S+", text))
    if not 2 <= len(matches) <= MAX_CELLS:
        return None
    names = [plain_name(match[0]) for match in matches]
    if not all(map(is_name, names)) or len(set(names)) < len(names):
        return None
    spans = tuple(match.span() for match in matches)
    columns = counted_columns(names)
    if columns is None and (not line.startswith("  ") or not any(map(is_metric, names))):
        return None
    if columns is not None and not any(map(is_metric, names)) and not re.search(r"\s{2,}|\t", text.strip()):
        return None  # a sentence
    return _Header(tuple(names), False, spans, columns)


class _OpenTable:
    """A table that has begun: its header, its rows that have not been passed on, and lines between them."""

    def __init__(self, header: _Header, line: str) -> None:
        self.header = header
        self._columns: Columns | None = header.columns
        self._index = header.columns is None  # whether rows begin with an unnamed index
        self._spans = header.spans
        # Rows and other lines of the table, until it is known whether this is one.
        self._waiting: list[str | tuple[Row | None, str]] = [(None, line)]
        self._sure = False
        self._refused = False
        self._n_rows = 0
        self._forms: set[str] = set()  # of rows since there is no doubt; rows that differ only in digits are alike
        self._last: float | None = None
        self._gap = 0

    @property
    def is_refused(self) -> bool:
        """Whether the first two rows do not count up, as in a table of runs."""
        return self._refused

    def row(self, line: str) -> tuple[str, ...] | None:
        """The cells of a row; None for any other line."""
        if len(line) > LONGEST_LINE:
            return None
        form = line.translate(ALIKE) if self._sure else ""
        if form in self._forms:
            return tuple(_bar_cells(line) if self.header.bars else line.split())
        found = self._cells(line)
        if form and found is not None and (self.header.bars or list(found) == line.split()):
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            self._forms.add(form)
        return found

    def _cells(self, line: str) -> tuple[str, ...] | None:
        if self.header.bars:
            cells = _bar_cells(line) if BARS.search(line) else []
            if len(cells) != len(self.header.names):
                return None
            found: tuple[str, ...] | None = tuple(cells)
        else:
            found = self._spaced_cells(line)
        if found is None or self._columns is None:
            return found
        return found if self._count(found) is not None and self._has_number(found) else None

    def add(self, cells: tuple[str, ...], line: str) -> Iterator[str | Row]:
        """Adds a row; yields it, and earlier rows, as soon as there is no doubt."""
        self._gap = 0
        row = Row(self._shown(), cells)
        if self._sure:
            yield row
            return
        count = self._count(cells)
        if count is not None and not self._may_follow(count, cells):
            self._refused = True
        self._last = count
        self._waiting.append((row, line))
        self._n_rows += 1
        if self._n_rows > 1:
            yield from self.found()
            self._sure = not self._refused

    def rule(self, line: str) -> None:
        """Takes a rule or a blank line; dashes below the header show where columns are."""
        if not self._sure:
            self._waiting.append((None, line))
        if self.header.bars or self._n_rows or not line.strip():
            return
        spans = tuple(match.span() for match in _DASHES.finditer(line))
        if len(spans) == len(self.header.names):
            self._spans = spans

    def repeat(self, line: str) -> Iterator[str | Row]:
        """Takes the same header again, which proves that this is a table; its rows get columns of their own."""
        self._gap = 0
        if not self._n_rows:
            self._waiting.append((None, line))
            return
        if not self._sure:
            yield from self.found()
            self._sure = True
        self._columns = replace(self._shown())

    def goes_on(self, line: str) -> bool:
        """Takes a second line of the header, which continues names, as MATLAB prints them."""
        header = self.header
        if not header.bars or self._n_rows or not _BARS_AT_ENDS.match(line):
            return False
        cells = _bar_cells(line)
        if len(cells) != len(header.names) or not all(
            not cell or is_name(cell) or cell.startswith("(") for cell in cells
        ):
            return False
        names = [f"{name} {cell}".strip() for name, cell in zip(header.names, cells, strict=True)]
        counted = counted_columns([name.partition(" (")[0] for name in names])
        if counted is None or len(set(names)) < len(names):
            return False
        self.header = replace(header, names=tuple(names))
        self._columns = replace(counted, names=tuple(names))
        self._waiting.append((None, line))
        return True

    def interrupt(self, line: str) -> Iterator[str | Row]:
        """Takes a line that belongs to something else."""
        self._gap += 1
        if self._sure:
            yield line
        else:
            self._waiting.append(line)

    def is_over(self) -> bool:
        """Whether there were too many other lines for another row to be likely."""
        return self._gap >= (_MAX_GAP if self._sure or self._last is not None else _MAX_BEFORE_ROW)

    def found(self) -> Iterator[str | Row]:
        """Yields the rows, or the lines as they were if the rows do not count up."""
        waiting, self._waiting = self._waiting, []
        keep = bool(self._n_rows) and not self._refused
        for part in waiting:
            if isinstance(part, str):
                yield part
            elif not keep:
                yield part[1]
            elif part[0] is not None:
                yield part[0]

    def _shown(self) -> Columns:
        """The columns of the rows; they are known with the first row."""
        return self._columns or Columns(self.header.names)

    def _count(self, cells: tuple[str, ...]) -> float | None:
        columns = self._columns
        if columns is None:
            return None
        counts = [cell_count(cells[index]) for index in (columns.step, columns.epoch) if index is not None]
        return None if None in counts or not counts else counts[0][0]  # type: ignore[index]

    def _may_follow(self, count: float, cells: tuple[str, ...]) -> bool:
        """Whether a row can be the second one; a count such as ``3/20`` may be printed again with new values."""
        columns = self._shown()
        again = any("/" in cells[index] for index in (columns.epoch, columns.step) if index is not None) or any(
            name.lower() in SPLIT_COLUMNS for name in columns.names
        )
        return self._last is None or count > self._last or (again and count == self._last)

    def _has_number(self, cells: tuple[str, ...]) -> bool:
        columns = self._shown()
        counters = (columns.epoch, columns.step)
        return any(cell_number(cell) is not None for index, cell in enumerate(cells) if index not in counters)

    def _spaced_cells(self, line: str) -> tuple[str, ...] | None:
        n_names = len(self.header.names)
        cells = line.split("\t") if "\t" in line.strip() else line.split()
        cells = [cell.strip() for cell in cells]
        if len(cells) > n_names and cells[n_names - 1].endswith(":"):  # a progress bar follows
            cells = [*cells[: n_names - 1], cells[n_names - 1][:-1]]
        if len(cells) not in (n_names, n_names + 1):
            wider = [cell for cell in re.split(r"\s{2,}|\t", line.strip()) if cell]
            cells = wider if len(wider) == n_names else cells
        if not cells or not all(map(is_value, cells)):
            return None
        if len(cells) == n_names and not self._index:
            return tuple(cells)
        if len(cells) == n_names + 1 and (self._index or self._last is None) and cells[0].isdecimal():
            return self._with_index(cells)
        if 1 < len(cells) < n_names and not self._index and "\t" not in line:
            return self._by_position(line)
        return None

    def _with_index(self, cells: list[str]) -> tuple[str, ...]:
        """A row of a printed frame, which begins with the index of the row."""
        if not self._index or self._columns is None:
            self._index = True
            columns = self._columns
            if columns is None:
                self._columns = Columns(("", *self.header.names), 0)
            else:
                epoch, step = (None if at is None else at + 1 for at in (columns.epoch, columns.step))
                self._columns = Columns(("", *self.header.names), epoch, step)
        return tuple(cells)

    def _by_position(self, line: str) -> tuple[str, ...] | None:
        """A row with empty cells: each cell belongs to the column above it."""
        found = [""] * len(self._spans)
        for match in re.finditer(r"\S+", line):
            first, last = match.span()
            fits = [at for at, (begin, end) in enumerate(self._spans) if first < end and last > begin]
            if len(fits) != 1 or found[fits[0]]:
                return None
            found[fits[0]] = match[0]
        return tuple(found)
