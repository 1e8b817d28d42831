"""Reads cells of columns that count, such as ``Epoch 3``, ``3/20`` and ``[3/20]``, as their number."""

import re
from collections.abc import Sequence
from typing import Final

from reportgen.sources.table.naming import counter_rank

_COUNT: Final = re.compile(
    r"(?:(?:epoch|ep|e|step|iter|iteration|round)\s{0,3}[:#]?\s{0,3})?\[?(?P<number>\d{1,15})(?:\s{0,3}(?:/|of)\s{0,3}\d{1,15})?\]?",
    re.IGNORECASE | re.ASCII,
)


def count_cells(name: str, cells: Sequence[str]) -> Sequence[str]:
    """The cells of a column that counts as numbers; others unchanged."""
    if counter_rank(name) is None or all(cell.isdecimal() for cell in cells):
        return cells
    return [match["number"] if (match := _COUNT.fullmatch(cell.strip())) else cell for cell in cells]
