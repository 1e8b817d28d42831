"""JSON text of logs, parsed with errors in words and no more of it than memory holds.

In: text. Out: what it holds, or its rows where it is JSON Lines.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.json_values import json_fault
from reportgen.sources.table.cells import MAX_VALUES

_MAX_PARTS: Final = 2 * MAX_VALUES  # of values, names, lists and objects together: each takes up to 100 bytes
_BLANK: Final = " \t\r\n"


def parse_json(text: str, where: str) -> Any:
    """A whole JSON document.

    Raises:
        SourceError: it is not valid, or holds more than memory does.
    """
    check_size(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise json_error(where, text, error) from None


def parse_lines(text: str, where: str) -> Iterator[dict[str, Any]]:
    """The objects of JSON Lines, one after the other; several may stand on one line.

    Raises:
        SourceError: a line is broken, as where the writer was interrupted, or holds something else.
    """
    decoder, number, start = json.JSONDecoder(), 0, 0
    while start < len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].rstrip(_BLANK)
        number, start = number + 1, end + 1 if end >= 0 else len(text)
        check_size(line, where)
        place = _first_after_blanks(line, 0)
        while place < len(line):
            try:
                row, place = decoder.raw_decode(line, place)
            except (ValueError, RecursionError) as error:
                raise json_error(where, line, error, number) from None
            if not isinstance(row, dict):
                raise SourceError(
                    f"{where}: line {number} is no JSON object; an object per row is needed, such as "
                    '{"epoch": 1, "loss": 0.5}. Mend or remove the line.'
                )
            yield row
            place = _first_after_blanks(line, place)


def _first_after_blanks(line: str, place: int) -> int:
    while place < len(line) and line[place] in _BLANK:
        place += 1
    return place


def check_size(text: str, where: str) -> None:
    """Refuses text that would take more memory than a log needs.

    Raises:
        SourceError: it holds too many values and names.
    """
    parts = text.count(",") + text.count("[") + text.count("{") + text.count(":")
    if parts > _MAX_PARTS:
        raise SourceError(
            f"{where}: the JSON holds more than {_MAX_PARTS:,} values and names, the most that is read. Save every "
            "tenth step only, or JSON Lines."
        )


def json_error(where: str, text: str, error: ValueError | RecursionError, first_line: int = 1) -> SourceError:
    """The error of JSON that cannot be parsed."""
    return SourceError(
        f"{where}: the JSON {json_fault(text, error, first_line)}; a whole document with numbers for each metric is "
        "needed. Mend it there, or save it again."
    )
