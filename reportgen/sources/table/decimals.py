"""Reads decimal commas, as spreadsheets write them in German, French and other languages, and thousands separators.

A table that could be read in two ways is rejected.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.notes import Note
from reportgen.text import cited

_COMMA: Final = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?(?: ?%)?", re.ASCII)
_POINT: Final = re.compile(r"[+-]?\d*\.[\d.]*,?\d*(?:[eE][+-]?\d+)?|\[.*", re.ASCII | re.DOTALL)  # or a list
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_GROUPS: Final = re.compile(  # only thousands
    r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3}){2,}(?:\.\d*)?|,\d{3}\.\d*)", re.ASCII
)
_LONGEST: Final = 40  # characters of a cell quoted in a note
_Place = tuple[str, int, str]  # column, row, text


class DecimalCommas:
    """Collects the commas of a table."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._comma: _Place | None = None
        self._point: _Place | None = None
        self._groups: _Place | None = None
        self._are_thousands = False
        self._may_be_thousands = True

    def look(self, columns: Mapping[str, Sequence[str]], first_row: int = 0) -> None:
        """Checks a block of rows: cells as text by column, and the 0-based number of its first row."""
        for name, column in columns.items():
            for row, cell in enumerate(column, first_row):
                text = cell.strip()
                if "," in text and _COMMA.fullmatch(text):
                    self._comma = self._comma or (name, row, text)
                    self._may_be_thousands = self._may_be_thousands and bool(_THOUSANDS.fullmatch(text))
                elif "," in text and _GROUPS.fullmatch(text):
                    self._groups = self._groups or (name, row, text)
                elif self._point is None and _POINT.fullmatch(text):
                    self._point = (name, row, text)

    def judge(self) -> Note | None:
        """A note on how the commas are read; None if there are no commas.

        Raises:
            SourceError: the table also has decimal points or lists, or all commas may separate decimals or thousands.
        """
        place = self._comma or self._groups
        if place is None:
            return None
        key, row, text = place
        found = f"{self._where}: column {cited_name(key)} has {cited(text)} in row {row + 1}"
        other = self._point or self._groups
        if self._may_be_thousands and other is not None and not other[2].startswith("["):
            self._are_thousands = True
            return Note.of("thousands", first=text[:_LONGEST], second=text[:_LONGEST].replace(",", ""))
        if other is not None:
            column, other_row, other_text = other
            raise SourceError(
                f"{found}, but column {cited_name(column)} has {cited(other_text)} in row {other_row + 1}; a table "
                "needs one decimal mark. Save it with decimal points."
            )
        if self._may_be_thousands:
            raise SourceError(
                f"{found}; the comma may separate decimals or thousands. Save the table with decimal points."
            )
        return Note.of("decimal-commas", first=text[:_LONGEST], second=text[:_LONGEST].replace(",", "."))

    def convert(self, column: Sequence[str]) -> list[str]:
        """Cells without commas, once `judge` has said what these mean."""
        return _without_groups(column) if self._are_thousands else with_points(column)


def _without_groups(column: Sequence[str]) -> list[str]:
    return [
        cell.replace(",", "")
        if "," in cell and (_THOUSANDS.fullmatch(cell.strip()) or _GROUPS.fullmatch(cell.strip()))
        else cell
        for cell in column
    ]


def with_points(column: Sequence[str]) -> list[str]:
    """Replaces decimal commas by points."""
    return [cell.replace(",", ".") if "," in cell and _COMMA.fullmatch(cell.strip()) else cell for cell in column]
