"""Reads tables as text: a header line, then one line per row, separated by comma, semicolon, tab or bar.

Empty cells and "NA" are absent values; "nan" and "inf" are values that the training produced.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name, cited_names
from reportgen.history.notes import Note
from reportgen.sources.opening.opened import SEPARATORS
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.decimals import DecimalCommas, with_points
from reportgen.sources.table.limits import check_columns
from reportgen.text import cited

_SLICE: Final = 1 << 20  # characters split into lines at once
_BLOCK: Final = 100_000  # cells converted to numbers at once


def read_table(text: str, where: str, *, texts: Sequence[str] = ()) -> Logged:
    """Reads a table that begins with a header line. The columns in ``texts`` are kept as text.

    Raises:
        SourceError: it has no header, a name occurs twice, or a line has the wrong number of cells.
    """
    separator = max(SEPARATORS, key=_first_line(text).count)
    header = next(_rows(text, separator, where), (0, []))[1]
    names = _names(header, separator, where)
    log = Logged(where)
    log.texts = {name: [] for name in texts if name in names}
    log.add_rows({name: [] for name in names if name not in log.texts})
    converts = False
    if ("," in text) if separator != "," else ('"' in text):
        commas, row = DecimalCommas(where), 0
        for block in _blocks(text, separator, names, where, said=[]):
            commas.look(block, row)
            row += len(block[names[0]])
        if note := commas.judge():
            log.notes.append(note)
            converts = True
    for block in _blocks(text, separator, names, where, log.notes):
        for name, cells in log.texts.items():
            cells += block[name]
        log.add_rows(
            {name: with_points(cells) if converts else cells for name, cells in block.items() if name not in log.texts}
        )
    if len(names) == 1 and not log.n_rows:
        raise SourceError(
            f"{where}: it has only the line {cited(separator.join(header))}; a training log has a header line and one "
            "line per epoch. Check the file."
        )
    return log


def _first_line(text: str) -> str:
    return next(iter(io.StringIO(text[:_SLICE], newline=None)), "")


def _names(header: list[str], separator: str, where: str) -> list[str]:
    """The column names; unnamed columns get a number."""
    stripped = [name.strip() for name in header]
    if not stripped:
        raise SourceError(f"{where}: the table has no header. Add a line such as epoch,loss,val_loss.")
    if all(map(_is_number, stripped)):
        raise SourceError(
            f"{where}: the first line {cited(separator.join(header))} has numbers, not names. Add a header line such "
            "as epoch,loss,val_loss."
        )
    names = [name or f"column {index + 1}" for index, name in enumerate(stripped)]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise SourceError(f"{where}: column {cited_name(twice)} occurs twice in the header. Rename one.")
    check_columns(len(names), where)
    if names[0] == "column 1" and "epoch" not in names:  # pandas' to_csv writes an unnamed index
        names[0] = "epoch"
    return names


def _rows(text: str, separator: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows that are not blank, each with the number of its last line."""
    table = csv.reader(_lines(text), delimiter=separator, strict=True)
    try:
        for row in table:
            if any(cell.strip() for cell in row):
                yield table.line_num, row
    except csv.Error as error:
        fault = str(error).replace("\t", "tab")
        raise SourceError(f"{where}: the table cannot be read ({fault}). Check its quotes and separators.") from None


def _lines(text: str) -> Iterator[str]:
    """Yields the lines of a text, slice by slice, since a StringIO needs four bytes per character."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _SLICE)
        end = len(text) if end < 0 else end + 1
        yield from io.StringIO(text[start:end], newline=None)
        start = end


def _blocks(
    text: str, separator: str, names: list[str], where: str, said: list[Note]
) -> Iterator[dict[str, Sequence[str]]]:
    """Yields blocks of rows as columns. Repeated header lines are skipped."""
    size = max(1, _BLOCK // len(names))
    block: list[list[str]] = []
    rows = _rows(text, separator, where)
    header = next(rows)[1]
    short: tuple[int, list[str]] | None = None
    for number, row in rows:
        if short is not None:
            raise _uneven(*short, separator, names, where)
        if len(row) != len(names):
            short = (number, row)  # an error unless it is an incomplete last line
        elif row != header:
            block.append(row)
        if len(block) >= size:
            yield dict(zip(names, zip(*block, strict=True), strict=True))
            block = []
    if short is not None:
        if len(short[1]) > len(names) or text.endswith(("\n", "\r")):
            raise _uneven(*short, separator, names, where)
        said.append(Note("last-line"))
    if block:
        yield dict(zip(names, zip(*block, strict=True), strict=True))


def _uneven(number: int, row: list[str], separator: str, names: list[str], where: str) -> SourceError:
    remedy = "Fix or remove the line."
    if separator == "," and len(row) > len(names) and all(cell.strip().lstrip("+-").isdigit() for cell in row):
        remedy = "If its numbers have decimal commas, save it with semicolons between the cells."
    return SourceError(
        f"{where}: line {number} has {len(row)} cells, but the header has {len(names)} ({cited_names(names)}). {remedy}"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
