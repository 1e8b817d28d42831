"""Parts records that were joined into one line, as in a log copied from a page that shows it as a paragraph.

Only long lines are parted: before each time, or before each epoch or step if their numbers increase.
"""

import re
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import chain, pairwise
from typing import Final

_HEAD: Final = 1 << 16  # characters that are looked at for joined lines
_LOOKED_AT: Final = 5  # lines
_LONG: Final = 160  # characters of a line
_FEWEST: Final = 3  # records in a line; our choices
_TIMES: Final = re.compile(r"(?:^|(?<=\s))\[?\d{4}[-/]\d{2}[-/]\d{2}[ T]\d{2}:\d{2}:\d{2}")
_COUNTERS: Final = tuple(
    re.compile(
        rf"(?:^|(?<=\s))[\[(]?(?:{words})(?:\s?[:=#]\s?|\s|\s?\[\s?)(?P<number>\d{{1,9}})(?![\d.])", re.IGNORECASE
    )
    for words in ("epoch|epoca|\u00e9poca|epoche|\u044d\u043f\u043e\u0445\u0430", "global_step|step", "iteration|iter")
)
_VALUE: Final = re.compile(r"[A-Za-z)\]][\s:=]{1,4}-?\d{0,9}\.\d|\b(?:nan|inf)\b", re.IGNORECASE)


def with_parted_records(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of a log in which each record has a line of its own.

    Args:
        pieces: Pieces of text that end where a line does.
    """
    rest = iter(pieces)
    first = next(rest, "")
    longest = nlargest(_LOOKED_AT, first[:_HEAD].split("\n"), key=len)  # joined lines are longer than others
    if not any(len(line) > _LONG and len(_starts(line)) >= _FEWEST for line in longest):
        yield from chain([first], rest)
        return
    for piece in chain([first], rest):
        yield "\n".join(_parted(line) if len(line) > _LONG else line for line in piece.split("\n"))


def _parted(line: str) -> str:
    starts = _starts(line)
    if len(starts) < _FEWEST:
        return line
    places = [0, *(place for place in starts if place), len(line)]
    return "\n".join(line[start:end].rstrip() for start, end in pairwise(places))


def _starts(line: str) -> list[int]:
    """Where the records of a line begin; empty if it is a single record."""
    if "\r" in line or "%|" in line or line.lstrip()[:1] in ("{", '"') or line.startswith("[{"):
        return []  # states of a progress bar, JSON
    found = [match.start() for match in _TIMES.finditer(line)]
    if len(found) >= _FEWEST and _have_values(line, found):
        return found
    for counter in _COUNTERS:
        matches = list(counter.finditer(line))
        numbers = [int(match["number"]) for match in matches]
        if len(matches) < _FEWEST or any(one >= two for one, two in pairwise(numbers)):
            continue
        found = [match.start() for match in matches]
        if _have_values(line, found):
            return found
    return []


def _have_values(line: str, starts: list[int]) -> bool:
    """Whether there are values between each two places."""
    return all(_VALUE.search(line, start, end) is not None for start, end in pairwise(starts))
