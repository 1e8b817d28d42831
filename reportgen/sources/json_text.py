"""Parses JSON and JSON Lines, with clear errors and a limit on the number of values."""

import json
from collections.abc import Iterator
from typing import Any, Final

from reportgen.errors import SourceError
from reportgen.history.json_values import ends_abruptly, json_fault
from reportgen.history.notes import Note
from reportgen.sources.damaged_lines import DamagedLines, no_text
from reportgen.sources.opening.long_text import LongText, is_damaged
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.limits import MAX_VALUES

_MAX_PARTS: Final = 2 * MAX_VALUES  # values, names, lists and objects together; each takes up to 100 bytes
LONGEST_NUMBER: Final = 400  # digits; float64 has at most 309 before the decimal point
_MAX_DAMAGED: Final = 0.5  # of the lines, each of which is complete in itself; our choice
_DECODER: Final = json.JSONDecoder()
_BLANKS: Final = " \t\r\n"


def parse_json(text: str, where: str) -> Any:
    """Parses a JSON document.

    Raises:
        SourceError: it is not valid, or has too many values.
    """
    check_size(text, where)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise json_error(where, text, error) from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise json_error(where, text, error) from None
    try:
        return json.loads(text, parse_int=_whole)  # slower, but reads the rest of a document with a very long number
    except (ValueError, RecursionError) as error:
        raise json_error(where, text, error) from None


def _whole(digits: str) -> int | str:
    """A whole number; text if it is far out of range."""
    return int(digits) if len(digits) < LONGEST_NUMBER else f"{len(digits)} digits"


class JsonLines:
    """The objects of JSON Lines; a line may have several.

    A few damaged lines are left out, with a note.
    """

    def __init__(self, text: LongText) -> None:
        self._text = text
        self._damaged = DamagedLines(text, _MAX_DAMAGED)
        self._n_sound = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yields the objects of the sound lines.

        Raises:
            SourceError: there are too many values.
        """
        ended = self._text.ends_line()
        lines = enumerate(self._text.lines(damaged=True), 1)
        number, line = next(lines, (0, ""))
        for following, after in lines:
            yield from self._objects(line, number)
            number, line = following, after
        yield from self._objects(line, number, may_be_cut=number > 1 and not ended)

    def _objects(self, line: str, number: int, *, may_be_cut: bool = False) -> Iterator[dict[str, Any]]:
        line = line.strip(_BLANKS)
        place, where = 0, self._text.where
        check_size(line, where)
        if is_damaged(line):
            self._damaged.add(number, no_text(where, number))
            return
        while place < len(line):
            try:
                row, place = _DECODER.raw_decode(line, place)
            except (ValueError, RecursionError) as error:
                self._damaged.add(
                    number, json_error(where, line, error, number), is_cut=may_be_cut and ends_abruptly(line, error)
                )
                return
            if not isinstance(row, dict):
                example = '{"epoch": 1, "loss": 0.5}'
                fault = f"{where}: line {number} is not a JSON object such as {example}. Fix or remove the line."
                self._damaged.add(number, SourceError(fault))
                return
            yield row
            place = _first_after_blanks(line, place)
        self._n_sound += bool(line)

    def notes(self) -> list[Note]:
        """Notes about damaged lines, after all lines have been read.

        Raises:
            SourceError: too many lines are damaged.
        """
        return self._damaged.notes(self._n_sound)


def _first_after_blanks(line: str, place: int) -> int:
    while place < len(line) and line[place] in _BLANKS:
        place += 1
    return place


def sound_rows(found: list[Any], log: Logged) -> Iterator[dict[str, Any]]:
    """The objects in a list. Other entries are left out, with a note in the log.

    Raises:
        SourceError: there are no more objects than other entries.
    """
    odd = [number for number, row in enumerate(found, 1) if not isinstance(row, dict)]
    if odd and 2 * len(odd) >= len(found):
        raise SourceError(
            f"{log.where}: entry {odd[0]} of the list is not an object such as "
            '{"epoch": 1, "loss": 0.5}. Fix or remove it.'
        )
    if odd:
        log.notes.append(Note.of("odd-rows", count=len(odd), row=odd[0]))
    return (row for row in found if isinstance(row, dict))


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
    return SourceError(f"{where}: it {json_fault(text, error, first_line)}. Fix that line, or save the file again.")
