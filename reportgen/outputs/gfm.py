"""GitHub-flavoured Markdown in which names from files remain text, never markup, links, mentions or references."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from reportgen.formatting import Table
from reportgen.text import printable

BLOCKS: Final = "▁▂▃▄▅▆▇█"
LEVEL: Final = "▄"  # a curve that never changes
BROKEN: Final = "×"  # a stretch of epochs with NaN or an infinite value
SPARKLINE_WIDTH: Final = 30  # characters
_GUARD: Final = "\u200b"  # zero width space: hosts detect mentions in rendered text, where a backslash is gone
_MARKUP: Final = re.compile(r"[\\`*\[\]|~$<]|(?<![^\W_])_|_(?![^\W_])")  # an underscore inside a word is not markup
_REFERENCES: Final = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=[wW]{3})(?=\.)|(?<=\bGH)(?=-\d)", re.IGNORECASE)
_LINE_START: Final = re.compile(r"^(?:(?=>|(?:[-+]|#{1,6})(?:\s|$)|=+$|-+$)|(?P<number>\d{1,9})(?=[.)](?:\s|$)))")


def plain(text: str) -> str:
    """Escapes text so that Markdown renders it literally."""
    line = " ".join(printable(text).split())
    line = _REFERENCES.sub(_GUARD, line.replace("&", "&amp;"))
    line = _MARKUP.sub(r"\\\g<0>", line)
    return _LINE_START.sub(lambda found: f"{found['number'] or ''}\\", line, count=1)


def code(name: str) -> str:
    """A name as a code span that also works inside a table."""
    inside = " ".join(printable(name).split()).replace("\\|", f"\\{_GUARD}|").replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", inside)), default=0) + 1)
    space = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{space}{inside}{space}{fence}"


def row(cells: Iterable[str]) -> str:
    """One line of a table, from cells that are already Markdown."""
    return f"| {' | '.join(cells)} |"


def rows_of(table: Table) -> list[str]:
    """The lines of a table below its header."""
    return [row(map(plain, cells)) for cells in table.rows]


def table_head(headers: Sequence[str], numbers: Sequence[int] = ()) -> tuple[str, str]:
    """The first two lines of a table; columns of numbers are aligned to the right."""
    rule = ["---:" if column in numbers else "---" for column in range(len(headers))]
    return row(map(plain, headers)), row(rule)


def sparkline(values: np.ndarray, width: int = SPARKLINE_WIDTH) -> str:
    """Draws a curve of at least one value with at most ``width`` block characters.

    For longer curves, each character shows the mean of several epochs.
    """
    stretches = np.array_split(values.astype(np.float64), min(len(values), width))
    with np.errstate(invalid="ignore"):
        heights = np.array([(part / 2 / len(part)).sum() for part in stretches])  # halved, so that the range is finite
    finite = np.isfinite(heights)
    if not finite.any():
        return BROKEN * len(heights)
    low, span = heights[finite].min(), np.ptp(heights[finite])
    if span == 0:
        return "".join(LEVEL if good else BROKEN for good in finite)
    steps = np.where(finite, (heights - low) / span * (len(BLOCKS) - 1), 0).round().astype(np.intp)
    return "".join(BLOCKS[step] if good else BROKEN for step, good in zip(steps, finite, strict=True))
