"""Reads tables as text: a header line, then one line per row, separated by comma, semicolon, tab, bar or blanks.

Titles and comments before the header are skipped.

Empty cells and "NA" are absent values; "nan" and "inf" are values that the training produced.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.notes import Note, short_names, short_pairs
from reportgen.sources.damaged_lines import DamagedLines, no_text
from reportgen.sources.opening.long_text import LongText, is_damaged
from reportgen.sources.opening.table_form import COMMENTS, TableForm, aligned_cells, is_aligned, is_ruler
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.count_cells import count_cells
from reportgen.sources.table.decimals import DecimalCommas
from reportgen.sources.table.foreign_names import english_names
from reportgen.sources.table.limits import check_columns
from reportgen.sources.table.naming import EPOCH, counter_rank, is_counter_name
from reportgen.sources.training_signs import is_training_metric
from reportgen.text import cited

_HEAD_CHARACTERS: Final = 1 << 20  # in which the header ends
_BLOCK_PIECES: Final = 8  # of text, in which these cells are
_BLOCK: Final = 100_000  # cells converted to numbers at once
_INDEX: Final = re.compile(r"Unnamed: 0(\.\d{1,3})?")  # what pandas calls the unnamed index of a table
_MAX_HEADERS: Final = 1_000  # with other names than the one before; our choice
_OLD_NAMES: Final = {"lr": "learning_rate", "acc": "accuracy", "val_acc": "val_accuracy"}  # of Keras 2.2 and 2
_RENAMED: Final = {**_OLD_NAMES, **{new: old for old, new in _OLD_NAMES.items()}}
_MAX_DAMAGED: Final = 0.1  # of the lines; our choice: with more, the table is probably not as its header says


def read_table(text: LongText, *, texts: Sequence[str] = ()) -> Logged:
    """Reads a table that begins with a header line. The columns in ``texts`` are kept as text.

    A few lines that are damaged or have the wrong number of cells are left out, with a note.

    Raises:
        SourceError: it has no header, or too many lines are damaged.
    """
    where = text.where
    form = TableForm.of(next(text.pieces(damaged=True), "")[:_HEAD_CHARACTERS])
    header = next(iter(_Rows(text, form)), (0, []))[1]
    names, twice = _names(header, form, text)
    log = Logged(where, is_table=True)
    log.texts = {name: [] for name in texts if name in names}
    log.add_rows({name: [] for name in names if name and name not in log.texts})
    in_log = [cell.strip() for cell in header]
    if translated := [(old, new) for old, new in zip(in_log, english_names(in_log), strict=True) if old != new]:
        log.notes.append(Note.of("translated-names", pairs=short_pairs(translated)))
    if twice:
        log.notes.append(Note.of("columns-twice", columns=short_names(twice)))
    commas, converts = DecimalCommas(where), False
    if text.has(",") if form.separator != "," else text.has('"'):
        row = 0
        for block in _blocks(text, form, names, DamagedLines(text, _MAX_DAMAGED)):
            commas.look(block, row)
            row += len(next(iter(block.values())))
        if note := commas.judge():
            log.notes.append(note)
            converts = True
    damaged = DamagedLines(text, _MAX_DAMAGED)
    for block in _blocks(text, form, names, damaged):
        n_cells = len(next(iter(block.values())))
        for name, cells in log.texts.items():
            cells += block.get(name, [""] * n_cells)
        log.add_rows(
            {
                name: count_cells(name, commas.convert(cells) if converts else cells)
                for name, cells in block.items()
                if name not in log.texts
            }
        )
    log.notes += damaged.notes(log.n_rows)
    if len(names) == 1 and not log.n_rows:
        raise SourceError(
            f"{where}: it has only the line {cited(_joined(header, form))}; a training log has a header line and one "
            "line per epoch. Check the file."
        )
    return log


def _names(header: list[str], form: TableForm, text: LongText) -> tuple[list[str], list[str]]:
    """The column names, empty for columns that are left out, and the names that occur more than once.

    Unnamed columns get a number.
    """
    where = text.where
    if any(map(is_damaged, header)):
        text.check()
    stripped = [name.strip() for name in header]
    if not stripped:
        raise SourceError(f"{where}: the table has no header. Add a line such as epoch,loss,val_loss.")
    stripped = english_names(stripped)
    n_numbers = sum(map(_is_number, stripped))
    if n_numbers == len(stripped) or (n_numbers > 1 and 2 * n_numbers >= len(stripped)):
        raise SourceError(
            f"{where}: the first line {cited(_joined(header, form))} has numbers, not names. Add a header line such "
            "as epoch,loss,val_loss."
        )
    names = [name or f"column {index + 1}" for index, name in enumerate(stripped)]
    check_columns(len(names), where)
    if form.has_margin:
        names[0] = ""
    elif not stripped[0] or _INDEX.fullmatch(stripped[0]):  # pandas' to_csv writes an unnamed index
        names[0] = "" if any(map(is_counter_name, names)) else "epoch"
    twice = [name for name, count in Counter(names).items() if count > 1]
    met: set[str] = set()
    for index, name in enumerate(names):
        names[index] = "" if name in met else name
        met.add(name)
    return names, twice


class _Rows:
    """The rows that are not blank, each with the number of its last line.

    Attributes:
        may_be_damaged: Whether there are bytes that are not text near the current row.
        n_pieces: How many pieces of the text have been read.
    """

    def __init__(self, text: LongText, form: TableForm) -> None:
        self.may_be_damaged = False
        self.n_pieces = 0
        self._text, self._form = text, form

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        delimiter = "\t" if is_aligned(self._form) else self._form.separator
        table = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        width = 0
        try:
            for row in table:
                if any(cell.strip() for cell in row):
                    if not width:
                        row = self._form.header_cells(row)
                        width = len(row)
                    elif self._form.empty_cell is not None:
                        row = self._form.row_cells(row, width)
                    yield table.line_num, row
        except csv.Error as error:
            fault = str(error).replace("\t", "tab")
            raise SourceError(
                f"{self._text.where}: the table cannot be read ({fault}). Check its quotes and separators."
            ) from None

    def _lines(self) -> Iterator[str]:
        """The lines from the header on; those before it are blank."""
        if not self._form.skipped and not self._form.is_comment and not is_aligned(self._form):
            yield from self._all_lines()
            return
        n_met = 0
        for line in self._all_lines():
            n_met += bool(line.strip())
            if n_met <= self._form.skipped:
                yield "\n"
                continue
            if n_met == self._form.skipped + 1:
                line = self._form.without_mark(line)
            yield "\t".join(aligned_cells(line, self._form.separator)) + "\n" if is_aligned(self._form) else line

    def _all_lines(self) -> Iterator[str]:
        """All lines, piece by piece, since a StringIO needs four bytes per character."""
        was_damaged = False
        for piece in self._text.pieces(damaged=True):
            self.n_pieces += 1
            was_damaged, before = is_damaged(piece), was_damaged
            self.may_be_damaged = was_damaged or before
            yield from ("\n" if is_ruler(line) else line for line in io.StringIO(piece, newline=None))


def _blocks(
    text: LongText, form: TableForm, names: list[str], damaged: DamagedLines
) -> Iterator[dict[str, Sequence[str]]]:
    """Yields blocks of rows as columns. Repeated header lines are skipped, damaged lines are collected.

    A later header line with other names applies to the rows below it.
    """
    size = max(1, _BLOCK // len(names))
    block: list[list[str]] = []
    found, last_piece = _Rows(text, form), _BLOCK_PIECES
    rows = iter(found)
    header = next(rows)[1]
    first_names, n_headers = names, 0
    counter = next((place for place, name in enumerate(names) if (counter_rank(name) or ("",))[0] == EPOCH), None)
    short: tuple[int, list[str]] | None = None
    for number, row in rows:
        if short is not None:
            damaged.add(short[0], _uneven(*short, form, header, text.where))
            short = None
        later = _later_names(row, header, first_names) if row != header and n_headers < _MAX_HEADERS else None
        if later is not None:
            if block:
                yield _columns(block, names)
            block, header, names, n_headers = [], row, later, n_headers + 1
        elif len(row) != len(names) and row[0].lstrip().startswith(COMMENTS):
            continue
        elif len(row) != len(names):
            short = (number, row)  # damaged unless it is an incomplete last line
        elif found.may_be_damaged and any(map(is_damaged, row)):
            damaged.add(number, no_text(text.where, number))
        elif counter is not None and _is_total(row[counter]):
            what = f"{names[counter]} {cited(row[counter])} in line {number} is not a number"
            damaged.add(number, SourceError(f"{text.where}: {what}. Remove the line."))
        elif row != header:
            block.append(row)
        if len(block) >= size or found.n_pieces >= last_piece:  # cells may be long
            if block:
                yield _columns(block, names)
            block, last_piece = [], found.n_pieces + _BLOCK_PIECES
    if short is not None:
        is_cut = len(short[1]) < len(names) and not text.ends_line()
        damaged.add(short[0], _uneven(*short, form, header, text.where), is_cut=is_cut)
    if block:
        yield _columns(block, names)


def _is_total(cell: str) -> bool:
    """Whether the cell of an epoch names a total instead, such as "best" or "mean"."""
    return cell.strip().isalpha() and cell.strip().lower() not in ("na", "nan", "none", "null")


def _later_names(row: list[str], header: list[str], names: list[str]) -> list[str] | None:
    """The names of the columns below a later header line; None if the row has values.

    It is one if all its cells are different texts and half of them are names that the table has. A name that Keras has
    changed (``lr``, now ``learning_rate``) stays the earlier one.
    """
    if row[0].strip() != header[0].strip():
        return None
    cells = [cell.strip() for cell in row]
    if len(set(cells)) < len(cells) or not all(cells) or any(map(_is_number, cells)) or len(cells) < 2:
        return None
    known = set(names)
    cells = [
        _RENAMED[cell] if cell not in known and _RENAMED.get(cell) in known - set(cells) else cell for cell in cells
    ]
    return cells if 2 * len(known.intersection(cells)) >= len(cells) else None


def _columns(block: list[list[str]], names: list[str]) -> dict[str, Sequence[str]]:
    return {name: column for name, column in zip(names, zip(*block, strict=True), strict=True) if name}


def _uneven(number: int, row: list[str], form: TableForm, names: list[str], where: str) -> SourceError:
    remedy = "Fix or remove the line."
    if form.separator == "," and len(row) > len(names) and all(cell.strip().lstrip("+-").isdigit() for cell in row):
        remedy = "If its numbers have decimal commas, save it with semicolons between the cells."
    if not any(is_training_metric(name.strip()) or counter_rank(name.strip()) for name in names):
        return SourceError(
            f"{where}: this does not look like a training log: line {number} has {len(row)} cells, but the header "
            f"has {len(names)} ({cited_names(names)}), none of which is an epoch, a step or a metric."
        )
    return SourceError(
        f"{where}: line {number} has {len(row)} cells, but the header has {len(names)} ({cited_names(names)}). {remedy}"
    )


def _joined(header: list[str], form: TableForm) -> str:
    return form.separator.join(header)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
