"""Reads the lines of a printed log: asks the dialects what each form of line means, once per form."""

from collections.abc import Iterable
from typing import Final

from reportgen.sources.printed.cleaning import lines_of
from reportgen.sources.printed.dialects import NOTHING, SILENT, Block, Dialect, Meaning
from reportgen.sources.printed.epochs import Assembly, PrintedLog
from reportgen.sources.printed.forms import form_meaning
from reportgen.sources.printed.grid import Row
from reportgen.sources.printed.keras_lines import dialect_callbacks
from reportgen.sources.printed.rows import row_statement
from reportgen.sources.printed.tables import TableScanner, may_have_tables
from reportgen.sources.printed.tokens import Shape, split_line

DIALECTS: Final[tuple[Dialect, ...]] = (dialect_callbacks,)
"""Asked in this order for each new form of line; `form_meaning` is asked last."""
_MOST_FORMS: Final = 5_000  # forms that are remembered; our choice: real logs have a few dozen


def meaning_of(shape: Shape) -> Meaning:
    """What lines with these texts mean."""
    for dialect in DIALECTS:
        found = dialect(shape)
        if found is not None:
            return found
    return form_meaning(shape)


def read_pieces(pieces: Iterable[str]) -> PrintedLog:
    """All rows in pieces of text that end where a line does."""
    reader = _Reader()
    tables: TableScanner | None = None
    for piece in pieces:
        if tables is None and may_have_tables(piece):
            tables = TableScanner()
        for line in lines_of(piece):
            if tables is None:
                reader.read(line)
            else:
                for part in tables.feed(line):
                    reader.read(part)
    if tables is not None:
        for part in tables.end():
            reader.read(part)
    return reader.assembly.finish()


class _Reader:
    """Passes what lines and rows of tables say to an assembly."""

    def __init__(self) -> None:
        self.assembly = Assembly()
        self._known: dict[Shape, Meaning] = {}
        self._block: Block | None = None

    def read(self, line: str | Row) -> None:
        """Reads the next line or row."""
        if isinstance(line, Row):
            self.assembly.take(row_statement(line), " ".join(line.cells))
            return
        if self._block is not None:
            said = self._block.row(line)
            if said is not None:
                if said is not NOTHING:
                    self.assembly.take(said, line)
                return
            self._block = None
        if not line or line.isspace():
            return
        shape, numbers = split_line(line)
        meaning = self._known.get(shape)
        if meaning is None:
            if len(self._known) >= _MOST_FORMS:
                self._known.clear()
            meaning = self._known[shape] = meaning_of(shape)
        if meaning is SILENT:
            return
        said = meaning.read(line, numbers)
        if said is NOTHING:
            return
        self.assembly.take(said, line)
        self._block = said.block
