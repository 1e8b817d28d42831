"""Decimal commas, as spreadsheets write numbers in German, French and many other languages.

In: a table's cells as text. Out: the same cells with decimal points, and a note. What can be read in two ways is
refused, never guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reportgen import notes
from reportgen.errors import SourceError, quoted

_COMMA: Final = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_POINT: Final = re.compile(r"[+-]?\d*\.[\d.]*,?\d*(?:[eE][+-]?\d+)?|\[.*", re.ASCII | re.DOTALL)  # or a list
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def read_decimal_commas(
    columns: Mapping[str, Sequence[str]], *, where: str
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Writes decimal commas as points, if the whole table can be read in that way only.

    Args:
        columns: Cells as text by column.
        where: The source's name, for messages.

    Returns:
        The cells, and a note if any comma was a decimal one.

    Raises:
        SourceError: the table has decimal points (or lists) too, or every comma could as well part thousands.
    """
    cells = {name: list(column) for name, column in columns.items()}
    commas = list(_found(cells, _COMMA))
    if not commas:
        return cells, ()
    key, row, text = commas[0]
    met = f"{where}: column {quoted(key)} has {quoted(text)} in row {row + 1}"
    point = next(_found(cells, _POINT), None)
    if point is not None:
        raise SourceError(
            f"{met}, but column {quoted(point[0])} has {quoted(point[2])} in row {point[1] + 1}; a table needs one "
            "decimal mark throughout. Save it with decimal points."
        )
    if all(_THOUSANDS.fullmatch(comma) for _, _, comma in commas):
        raise SourceError(
            f"{met}, where the comma may part decimals or thousands; which one cannot be told from the table. Save it "
            "with decimal points."
        )
    for name, row, comma in commas:
        cells[name][row] = comma.replace(",", ".")
    return cells, (notes.DECIMAL_COMMAS.format(first=text, second=text.replace(",", ".")),)


def _found(cells: Mapping[str, Sequence[str]], pattern: re.Pattern[str]) -> Iterator[tuple[str, int, str]]:
    """Cells of a form: column, row and text."""
    for name, column in cells.items():
        for row, cell in enumerate(column):
            text = cell.strip()
            if pattern.fullmatch(text):
                yield name, row, text
