"""Reads the lines of a printed log: asks the dialects what each form of line means, once per form."""

from collections.abc import Callable, Iterable
from typing import Final

from reportgen.sources.printed.cleaning import lines_of, parts_of, without_codes
from reportgen.sources.printed.dialects import NOTHING, SILENT, Block, Dialect, Meaning
from reportgen.sources.printed.entries import EntryLog
from reportgen.sources.printed.entry_reader import EntryReader, may_have_entries, may_have_tools
from reportgen.sources.printed.epochs import Assembly, PrintedLog
from reportgen.sources.printed.forms import form_meaning
from reportgen.sources.printed.grid import Columns, Row
from reportgen.sources.printed.keras_lines import dialect_callbacks
from reportgen.sources.printed.repeated_entries import RepeatedEntries
from reportgen.sources.printed.repeating import RepeatedRows
from reportgen.sources.printed.rows import row_statement
from reportgen.sources.printed.tables import TableScanner, may_have_tables
from reportgen.sources.printed.tokens import Shape, split_line
from reportgen.sources.printed.tool_lines import rules_of
from reportgen.sources.table.limits import check_columns

DIALECTS: Final[tuple[Dialect, ...]] = (dialect_callbacks,)
"""Asked in this order for each new form of line; `form_meaning` is asked last."""
_HEAD: Final = 1 << 16  # characters in which the marks of a tool are looked for
_FEW_ENTRIES: Final = 200  # before a log may be known to be that of a tool; our choice
_MOST_FORMS: Final = 5_000  # forms that are remembered; our choice: real logs have a few dozen


def meaning_of(shape: Shape) -> Meaning:
    """What lines with these texts mean."""
    for dialect in DIALECTS:
        found = dialect(shape)
        if found is not None:
            return found
    return form_meaning(shape)


def read_pieces(pieces: Iterable[str], where: str = "") -> tuple[PrintedLog, EntryLog]:
    """All rows, and all entries of tools and tables, in pieces of text that end where a line does.

    Args:
        pieces: The text.
        where: Name of the source, for messages.

    Raises:
        SourceError: there are more names of values, or more runs, than are read from one source.
    """
    return _read_all(pieces, where, may_leave_rows=False).finish()


def read_bar_states(pieces: Iterable[str], where: str) -> PrintedLog:
    """All rows, each of which is a state of the only progress bar."""
    reader = _Reader(None, where, counts_bars=True)
    for piece in pieces:
        for line in lines_of(piece, all_states=True):
            reader._read(line)
    return reader.finish()[0]


def read_needed(pieces: Callable[[], Iterable[str]], where: str = "") -> tuple[PrintedLog, EntryLog]:
    """The same, but without rows if a known tool wrote the entries, so that nothing else in it is a training run."""
    reader = _read_all(pieces(), where, may_leave_rows=True)
    log, entries = reader.finish()
    if entries.is_certain():
        return PrintedLog(), entries
    return read_pieces(pieces(), where) if reader.has_left_rows else (log, entries)


def _read_all(pieces: Iterable[str], where: str, *, may_leave_rows: bool) -> "_Reader":
    reader: _Reader | None = None
    for piece in pieces:
        if reader is None:
            head = piece[:_HEAD]
            reader = _Reader(EntryReader(rules_of(head)), where, needs_all=may_have_tools(head))
            reader.may_leave_rows = may_leave_rows
        reader.read_piece(piece)
    return reader or _Reader(EntryReader())


class _Reader:
    """Passes what lines and rows of tables say to an assembly.

    Attributes:
        may_leave_rows: Whether the assembly is left out as soon as the entries are those of a known tool.
        has_left_rows: Whether it was left out.
    """

    def __init__(
        self, entries: EntryReader | None, where: str = "", *, needs_all: bool = False, counts_bars: bool = False
    ) -> None:
        """Takes a reader of entries, the name of the source, and whether the reader needs all lines.

        With ``counts_bars``, each state of a progress bar is a row.
        """
        self._where = where
        self._needs_all = needs_all
        self.may_leave_rows = self.has_left_rows = False
        self._next_check = 1 if entries is not None and entries.log.has_rules else _FEW_ENTRIES
        self._assembly = Assembly(where, counts_bars=counts_bars)
        self._pass_by = self._assembly.above.add
        self._entries = entries
        self._repeated = None if entries is None else RepeatedEntries(entries)
        self._tables: TableScanner | None = None
        self._known: dict[Shape, Meaning] = {}
        self._needed: dict[Shape, bool] = {}  # whether tables or tools may need lines of a form
        self._names: set[str] = set()  # of values
        self._columns: Columns | None = None  # of the current table
        self._block: Block | None = None
        self._repeats = RepeatedRows(self._assembly, self._read_alone)

    def read_piece(self, piece: str) -> None:
        """Reads text that ends where a line does."""
        piece = without_codes(piece)
        if self.has_left_rows:
            self._read_entries(piece)
            return
        if "\r" in piece:
            for line in lines_of(piece):
                self._read(line)
            self._leave_rows()
            return
        assembly, repeats = self._assembly, self._repeats
        repeats.new_text()
        place, end = 0, len(piece)
        while place < end:
            if self._is_quiet():
                after = repeats.run(piece, place)
                if after > place:
                    place = after
                    continue
            stop = piece.find("\n", place)
            stop = end if stop < 0 else stop
            before = assembly.n_opened
            for line in parts_of(piece[place:stop]):
                self._read(line)
            if assembly.n_opened > before:
                repeats.row_began(piece, place)
            place = stop + 1
            if self._leave_rows():
                self._read_entries(piece[place:])
                return

    def _leave_rows(self) -> bool:
        """Leaves out the assembly from now on if a known tool wrote the entries so far. Returns whether it does."""
        if self._entries is None or not self.may_leave_rows or len(self._entries.log.entries) < self._next_check:
            return False
        self._next_check *= 2
        self.has_left_rows = self._entries.log.is_certain()
        return self.has_left_rows

    def _read_entries(self, piece: str) -> None:
        if self._repeated is not None and piece:
            self._repeated.read_text(piece)

    def finish(self) -> tuple[PrintedLog, EntryLog]:
        """Ends the last row and table; returns all rows and entries."""
        if self._tables is not None:
            for part in self._tables.end():
                self._read_part(part)
        return self._assembly.finish(), self._entries.finish() if self._entries is not None else EntryLog()

    def _is_quiet(self) -> bool:
        """Whether no table is open and no tool needs all lines."""
        return (
            not self._needs_all
            and (self._entries is None or self._entries.is_idle())
            and (self._tables is None or self._tables.is_idle())
            and self._block is None
        )

    def _read_alone(self, text: str) -> PrintedLog:
        reader = _Reader(None)
        reader._known, reader._needed = self._known, self._needed
        for line in lines_of(text):
            reader._read(line)
        return reader._assembly.finish()

    def _read(self, line: str) -> None:
        """Reads the next line."""
        if not line or line.isspace():
            if self._is_quiet():
                return
            shape: Shape = (line,)
            numbers: list[str] = []
        else:
            shape, numbers = split_line(line)
        is_needed = self._needed.get(shape)
        if is_needed is None:
            if len(self._needed) >= _MOST_FORMS:
                self._needed.clear()
            is_needed = self._needed[shape] = may_have_entries(line)
        if self._entries is not None and (self._needs_all or is_needed or not self._entries.is_idle()):
            self._entries.read(line)
        elif self._entries is not None:
            self._entries.log.above.add(line)
        if self._entries is not None and is_needed and self._tables is None and may_have_tables(line):
            self._tables = TableScanner()
        if self._tables is not None and (is_needed or not self._tables.is_idle()):
            for part in self._tables.feed(line):
                self._read_part(part)
            return
        self._take(line, shape, numbers)

    def _meaning(self, shape: Shape) -> Meaning:
        """What lines of a form say."""
        meaning = self._known.get(shape)
        if meaning is None:
            if len(self._known) >= _MOST_FORMS:
                self._known.clear()
            meaning = self._known[shape] = meaning_of(shape)
            self._count_names(meaning.names)
        return meaning

    def _count_names(self, names: Iterable[str]) -> None:
        self._names.update(names)
        check_columns(len(self._names), self._where)

    def _read_part(self, part: str | Row) -> None:
        """Takes a row of a table, or a line that is in no table."""
        if isinstance(part, Row):
            if part.columns is not self._columns:
                self._columns = part.columns
                self._count_names(part.columns.names)
            said = row_statement(part)
            if not said.values:
                self._assembly.above.add(" | ".join(part.cells))
            self._assembly.take(said, " ".join(part.cells))
            return
        if not part or part.isspace():
            return
        self._take(part, *split_line(part))

    def _take(self, line: str, shape: Shape, numbers: list[str]) -> None:
        if self._block is not None:
            said = self._block.row(line)
            if said is not None:
                if said is not NOTHING:
                    self._assembly.take(said, line)
                return
            self._block = None
        meaning = self._meaning(shape)
        if meaning is SILENT:
            self._pass_by(line)
            return
        said = meaning.read(line, numbers)
        places = (said.epoch, said.step, said.lead)
        if places == (None, None, None) and not (said.new_run and said.values):
            self._pass_by(line)
            if said is NOTHING:
                return
        self._assembly.take(said, line)
        self._block = said.block
