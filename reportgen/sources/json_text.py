"""JSON text of logs, parsed with errors in words and no more of it than memory holds.

In: text. Out: what it holds, or its rows where it is JSON Lines.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history import json_fault
from reportgen.sources.cells import MAX_VALUES

_MAX_PARTS: Final = 2 * MAX_VALUES  # of values, names, lists and objects together: each takes up to 100 bytes


def parse_json(text: str, where: str) -> Any:
    """A whole JSON document.

    Raises:
        SourceError: it is not valid, or holds more than memory does.
    """
    _check_size(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise json_error(where, text, error) from None


def parse_lines(text: str, where: str) -> Iterator[dict[str, Any]]:
    """The objects of JSON Lines, one after the other; an object may also stand on several lines.

    Raises:
        SourceError: a line is broken, as where the writer was interrupted, or holds something else.
    """
    decoder, position, number = json.JSONDecoder(), 0, 1
    blank = " \t\r\n"
    while position < len(text):
        start = position
        while position < len(text) and text[position] in blank:
            position += 1
        number += text.count("\n", start, position)
        if position == len(text):
            return
        end = text.find("\n", position)
        line = text[position : end if end >= 0 else len(text)]
        _check_size(line, where)
        try:
            row, length = decoder.raw_decode(line)
        except (ValueError, RecursionError) as error:
            raise json_error(where, line, error, number) from None
        if not isinstance(row, dict):
            raise SourceError(
                f"{where}: line {number} is no JSON object; an object per row is needed, such as "
                '{"epoch": 1, "loss": 0.5}. Mend or remove the line.'
            )
        yield row
        position += length


def _check_size(text: str, where: str) -> None:
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
