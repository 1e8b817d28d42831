"""Text as it may stand in GitHub-flavoured Markdown: nothing in it becomes markup, a link, a mention or a reference.

In: any text, such as a metric's name from a file. Out: Markdown of one line that shows exactly that text.
"""

import re
from collections.abc import Sequence
from typing import Final

from reportgen.text import printable

_GUARD: Final = "\u200b"  # zero width space: hosts look for mentions in the rendered text, where a backslash is gone
_MARKUP: Final = re.compile(r"[\\`*\[\]|~$<]|(?<![^\W_])_|_(?![^\W_])")  # an underscore inside a word marks nothing up
_REFERENCES: Final = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=[wW]{3})(?=\.)|(?<=\bGH)(?=-\d)", re.IGNORECASE)
_LINE_START: Final = re.compile(r"^(?:(?=>|(?:[-+]|#{1,6})(?:\s|$)|=+$|-+$)|(?P<number>\d{1,9})(?=[.)](?:\s|$)))")


def plain(text: str) -> str:
    """Text as Markdown that renders as that text."""
    line = " ".join(printable(text).split())
    line = _REFERENCES.sub(_GUARD, line.replace("&", "&amp;"))
    line = _MARKUP.sub(r"\\\g<0>", line)
    return _LINE_START.sub(lambda found: f"{found['number'] or ''}\\", line, count=1)


def code(name: str) -> str:
    """A name as a code span that may stand in a table's cell."""
    inside = " ".join(printable(name).split()).replace("\\|", f"\\{_GUARD}|").replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", inside)), default=0) + 1)
    space = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{space}{inside}{space}{fence}"


def row(cells: Sequence[str]) -> str:
    """One line of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def table_head(headers: Sequence[str], right: Sequence[int] = ()) -> tuple[str, str]:
    """The two lines that a table begins with; columns of numbers stand to the right."""
    rule = ["---:" if column in right else "---" for column in range(len(headers))]
    return row([plain(header) for header in headers]), row(rule)
