"""Parses JSON and JSON Lines, with clear errors and a limit on the number of values."""

import json
from collections.abc import Iterator
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.json_values import json_fault
from reportgen.sources.table.limits import MAX_VALUES

_MAX_PARTS: Final = 2 * MAX_VALUES  # values, names, lists and objects together; each takes up to 100 bytes
_BLANK: Final = " \t\r\n"


def parse_json(text: str, where: str) -> Any:
    """Parses a JSON document.

    Raises:
        SourceError: it is not valid, or has too many values.
    """
    check_size(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise json_error(where, text, error) from None


def parse_lines(text: str, where: str) -> Iterator[dict[str, Any]]:
    """Yields the objects of JSON Lines; a line may have several.

    Raises:
        SourceError: a line is not valid, or contains something other than objects.
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
                    f"{where}: line {number} is not a JSON object such as "
                    '{"epoch": 1, "loss": 0.5}. Fix or remove the line.'
                )
            yield row
            place = _first_after_blanks(line, place)


def _first_after_blanks(line: str, place: int) -> int:
    while place < len(line) and line[place] in _BLANK:
        place += 1
    return place


def check_size(text: str, where: str) -> None:
    """Raises a SourceError if the JSON has too many values and names to fit in memory."""
    parts = text.count(",") + text.count("[") + text.count("{") + text.count(":")
    if parts > _MAX_PARTS:
        raise SourceError(
            f"{where}: the JSON has more than {_MAX_PARTS:,} values and names, which is the limit. Save only every "
            "tenth step, or JSON Lines."
        )


def json_error(where: str, text: str, error: ValueError | RecursionError, first_line: int = 1) -> SourceError:
    """The error for JSON that cannot be parsed."""
    return SourceError(
        f"{where}: the JSON {json_fault(text, error, first_line)}. Fix that line, or save the file again."
    )
