"""Removes what every line of a log begins with: line numbers, and ranks as ``srun -l`` prints them.

A number before a line may also be its epoch, so it is removed only if the lines state their epochs themselves.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import Final

from reportgen.sources.printed.cleaning import without_prefix

_HEAD: Final = 1 << 16  # characters that are looked at, and lines; our choices
_MOST_LINES: Final = 400
_FEWEST_LINES: Final = 4
_MOST_RANKS: Final = 64
_NUMBERED: Final = re.compile(
    r"(?P<file>(?:[\w./-]{1,100}:)?)[ \t]{0,8}(?P<number>\d{1,9})(?P<mark>:|\t|[ ]?\||[ ](?=[ ]))[ ]{0,2}"
)
_STATES_EPOCH: Final = re.compile(r"[\W_]{0,12}(?:[A-Za-z]{1,12}\s)?epoch\W{0,4}\d", re.IGNORECASE)


def without_shared_prefix(pieces: Iterable[str]) -> Iterator[str]:
    """Text without the number before each of its lines. Of several ranks, only the lines of the first one are kept."""
    rest = iter(pieces)
    first = next(rest, "")
    found = _shared(first)
    for piece in chain([first], rest):
        yield piece if found is None else _without(piece, *found)


def _shared(text: str) -> tuple[str, str | None] | None:
    """What is before the number of each line and which rank is kept (None for line numbers); None if not shared."""
    lines = text[:_HEAD].split("\n")[:_MOST_LINES]
    if len(text) > _HEAD:
        lines.pop()
    found: list[tuple[re.Match[str], str]] = []
    for line in lines:
        if not line.strip():
            continue
        match = _NUMBERED.match(line)
        if match is None or (found and match.group("file", "mark") != found[0][0].group("file", "mark")):
            return None
        found.append((match, line[match.end() :]))
    stating = [match["number"] for match, rest in found if _STATES_EPOCH.match(without_prefix(rest))]
    if len(found) < _FEWEST_LINES or not stating:
        return None
    numbers = [int(match["number"]) for match, _ in found]
    if all(one < two for one, two in pairwise(numbers)):
        return found[0][0]["file"], None
    if len(set(numbers)) > _MOST_RANKS or found[0][0]["mark"] != ":":
        return None
    return found[0][0]["file"], min(stating, key=int)


def _without(piece: str, file: str, rank: str | None) -> str:
    kept = []
    for line in piece.split("\n"):
        match = _NUMBERED.match(line)
        if match is None or match["file"] != file:
            kept.append(line)
        elif rank is None or match["number"] == rank:
            kept.append(line[match.end() :])
    return "\n".join(kept)
