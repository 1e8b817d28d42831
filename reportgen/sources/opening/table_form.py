"""How a table is laid out as text: the lines before its header, its separator, and cells that its header lacks."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SEPARATORS: Final = ",;\t|"  # of cells; the most frequent one is used, or the first of several
GAPS: Final = "  "  # stands for two or more blanks between cells
BLANKS: Final = " "  # stands for any number of blanks between cells
_MAX_LINES: Final = 40  # that are looked at; our choice: titles and comments are shorter
_MAX_LINE: Final = 1 << 16  # characters of a line that are looked at, except the first
_MOST_SKIPPED: Final = 20  # lines before a header; our choice
_TITLE_WORDS: Final = 2  # cells; our choice: a title seldom has more commas
COMMENTS: Final = ("#", "//", "%")
_SEPARATOR_LINE: Final = re.compile(r"sep=(?P<separator>[,;\t|])", re.IGNORECASE)  # as Excel reads it
_OF_RULERS: Final = frozenset("-=|:+,; \t\r\n")
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*%?|nan|[+-]?inf", re.IGNORECASE)


@dataclass(frozen=True)
class TableForm:
    """The layout of a table.

    Attributes:
        separator: One of `SEPARATORS`, or `GAPS` or `BLANKS`.
        skipped: Number of lines before the header.
        is_comment: Whether the header line is a comment, such as ``# epoch loss``.
        empty_cell: The place, from 0, of a cell that is empty in all rows and has no column, such as the last one if
            rows end with a separator. None: each cell has a column.
        has_margin: Whether the first cell of all lines is empty, as in lines that begin with a bar.
        has_row_names: Whether rows begin with a number that has no column, as R's ``write.table`` numbers them.
    """

    separator: str
    skipped: int = 0
    is_comment: bool = False
    empty_cell: int | None = None
    has_row_names: bool = False
    has_margin: bool = False

    @classmethod
    def of(cls, text: str) -> "TableForm":
        """The layout of a table that begins with this text."""
        lines = _first_lines(text)
        if not lines:
            return cls(SEPARATORS[0])
        first = lines[0]
        excel = _SEPARATOR_LINE.fullmatch(first.strip('\ufeff" '))
        if excel and len(lines) > 1:
            return _with_edges(excel["separator"], 1, lines, is_comment=False)
        if first.startswith(COMMENTS):
            return _after_comments(lines)
        separator = _separator_of(lines)
        if len(lines) > 2 and not _begins_table(separator, lines):
            for start in range(1, min(_MOST_SKIPPED, len(lines) - 1)):
                other = _separator_of(lines[start:])
                if _begins_table(other, lines[start:]) and not _is_header(separator, lines, start):
                    return _with_edges(other, start, lines, is_comment=False)
        return _with_edges(separator, 0, lines, is_comment=False)

    def cells(self, line: str) -> list[str]:
        """The cells of a line, without surrounding blanks and quotes."""
        return _split(line, self.separator)

    def header_cells(self, cells: list[str]) -> list[str]:
        """The names of the columns, given the cells of the header line."""
        if self.has_row_names:
            return ["", *cells]
        ends = self.empty_cell is not None and len(cells) > 1 and self.empty_cell == len(cells) - 1
        return cells[:-1] if ends and not cells[-1].strip() else cells

    def row_cells(self, cells: list[str], width: int) -> list[str]:
        """The cells of a row that have a column."""
        place = self.empty_cell
        if place is not None and len(cells) == width + 1 and not cells[place].strip():
            return cells[:place] + cells[place + 1 :]
        return cells

    def without_mark(self, line: str) -> str:
        """The header line without the mark of a comment."""
        return line.lstrip("#/% ") if self.is_comment else line


def is_ruler(line: str) -> bool:
    """Whether a line has only the dashes that separate a header from its rows."""
    return line[:1] in _OF_RULERS and ("---" in line or "===" in line) and _OF_RULERS.issuperset(line)


def is_aligned(form: TableForm) -> bool:
    """Whether only blanks separate the cells."""
    return form.separator in (GAPS, BLANKS)


def aligned_cells(line: str, separator: str) -> list[str]:
    """The cells of a line whose cells are separated by blanks."""
    text = line.strip()
    return [part for part in (text.split() if separator == BLANKS else re.split(r"[ \t]{2,}", text)) if part]


def first_rows(text: str, form: TableForm, most: int = 200) -> tuple[list[str], list[list[str]]]:
    """The column names and the first complete rows of the text of a table; empty cells have no column are left out."""
    lines = re.split(r"\r\n|\n|\r", text, maxsplit=form.skipped + most + 1)
    lines = [line for line in lines if line.strip() and not is_ruler(line)]
    lines = lines[form.skipped : form.skipped + most + 1]
    if not lines:
        return [], []
    names = form.cells(form.without_mark(lines[0]))
    names = form.header_cells(names)
    repeated = lines[0].strip()  # once more for each training run that was appended
    rows = [form.row_cells(form.cells(line), len(names)) for line in lines[1:] if line.strip() != repeated]
    return names, [row for row in rows if len(row) == len(names)]


def _first_lines(text: str) -> list[str]:
    """The first lines that are not blank; the last one may be incomplete unless it is the only one."""
    parts = re.split(r"\r\n|\n|\r", text[: 1 << 20], maxsplit=_MAX_LINES)
    if len(parts) > _MAX_LINES:
        parts.pop()
    parts = [part for part in parts if part.strip() and not is_ruler(part)]
    return [part[:_MAX_LINE] if index else part for index, part in enumerate(parts)]


def _separator_of(lines: Sequence[str]) -> str:
    """The separator of a table that begins with these lines."""
    header = lines[0] if lines else ""
    separator = max(SEPARATORS, key=header.count)
    if separator in header or len(lines) < 2 or " " not in header.strip():
        return separator
    for aligned in (GAPS, BLANKS):
        width = len(aligned_cells(header, aligned))
        counts = {len(aligned_cells(line, aligned)) for line in lines[1:4]}
        is_even = counts == {width} or (counts == {width + 1} and aligned == BLANKS and '"' in header)
        has_numbers = all(any(map(_NUMBER.fullmatch, aligned_cells(line, aligned))) for line in lines[1:4])
        if width > 1 and is_even and has_numbers:
            return aligned
    return separator


def _split(line: str, separator: str) -> list[str]:
    if separator in (GAPS, BLANKS):
        return [cell.strip('"') for cell in aligned_cells(line, separator)]
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip().strip('"').strip() for cell in next(iter(csv.reader([line], delimiter=separator)), [])]
    except csv.Error:
        return [cell.strip().strip('"').strip() for cell in line.split(separator)]


def _begins_table(separator: str, lines: Sequence[str]) -> bool:
    """Whether the first line may be a header: no numbers in it, and as many cells as in the next rows of numbers."""
    header, *rows = (_split(line, separator) for line in lines[:3])
    if len(header) < 2 or any(map(_NUMBER.fullmatch, header)) or not rows:
        return False
    return all(0 <= len(row) - len(header) <= 1 and any(map(_NUMBER.fullmatch, row)) for row in rows)


def _is_header(separator: str, lines: Sequence[str], start: int) -> bool:
    """Whether the first line is the header, not the one at ``start``, since rows have as many cells as it."""
    first = _split(lines[0], separator)
    width = len(first)
    if sum("=" in cell for cell in first) * 2 > width:
        return False  # settings, such as Namespace(lr=0.1, epochs=20)
    if width > 1 and any(len(_split(line, separator)) == width for line in lines[1:start]):
        return True
    alike = sum(len(_split(line, separator)) == width for line in lines[start:])
    return width > _TITLE_WORDS and 2 * alike > len(lines) - start


def _after_comments(lines: Sequence[str]) -> TableForm:
    """The layout of a table whose first line is a comment, which may be the header."""
    n_comments = next((index for index, line in enumerate(lines) if not line.startswith(COMMENTS)), 0)
    if not n_comments or n_comments > _MOST_SKIPPED:
        return TableForm(max(SEPARATORS, key=lines[0].count))
    rows = lines[n_comments:]
    last = lines[n_comments - 1].lstrip("#/% ")
    separator = _separator_of([last, *rows])
    cells = _split(rows[0], separator)
    if len(_split(last, separator)) == len(cells) and all(map(_NUMBER.fullmatch, filter(None, cells))):
        return _with_edges(separator, n_comments - 1, [*lines[: n_comments - 1], last, *rows], is_comment=True)
    return _with_edges(_separator_of(rows), n_comments, lines, is_comment=False)


def _with_edges(separator: str, skipped: int, lines: Sequence[str], *, is_comment: bool) -> TableForm:
    """The layout with what the first rows say about cells at their ends."""
    header, *rows = (_split(line, separator) for line in lines[skipped:])
    if len(rows) > 1 and len(rows[-1]) < len(rows[0]):
        rows.pop()  # the last one may be incomplete
    empty = None
    if separator not in (GAPS, BLANKS):
        width = len(header) - (header[-1] == "")
        empty = _empty_cell(rows, width + 1)
    longer = bool(rows) and all(len(row) == len(header) + 1 for row in rows)
    has_row_names = False
    if longer and empty is None and header[0]:
        firsts = [row[0] for row in rows]
        has_row_names = firsts in ([str(index + start) for index in range(len(firsts))] for start in (0, 1))
    has_margin = len(header) > 1 and bool(rows) and not any(row[0] for row in (header, *rows))
    return TableForm(separator, skipped, is_comment, empty, has_row_names, has_margin)


def _empty_cell(rows: Sequence[Sequence[str]], width: int) -> int | None:
    """The only place, or the last one, that is empty in all rows of this width; None without one."""
    if not rows or any(len(row) != width for row in rows):
        return None
    places = [place for place in range(width) if not any(row[place] for row in rows)]
    if width - 1 in places:
        return width - 1
    return places[0] if len(places) == 1 and len(rows) > 1 else None
