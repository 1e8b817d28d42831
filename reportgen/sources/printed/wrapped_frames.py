"""Joins the parts of printed pandas frames that are wider than the screen, of which each line ends with a backslash."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_MARK: Final = re.compile(r"[ \t]\\[ \t]*\n")
_INDEX: Final = re.compile(r"[ \t]*(\S{1,40})(?=[ \t]|$)")
_MOST_ROWS: Final = 100_000  # of a frame; our choice


def with_whole_frames(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of a log in which the columns of a frame are beside each other.

    Args:
        pieces: Pieces of text that end where a line does.
    """
    for piece in pieces:
        yield "\n".join(_joined(piece.split("\n"))) if _MARK.search(piece) is not None else piece


def _joined(lines: list[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        if not _is_wrapped(lines[place]):
            yield lines[place]
            place += 1
            continue
        found, place = _blocks(lines, place)
        yield from _beside(found)


def _is_wrapped(line: str) -> bool:
    return line.rstrip().endswith((" \\", "\t\\"))


def _blocks(lines: list[str], place: int) -> tuple[list[list[str]], int]:
    """The blocks of lines between empty lines that begin here, up to the one whose header has no backslash."""
    found: list[list[str]] = []
    goes_on = True
    while goes_on and place < len(lines):
        end = place
        while end < len(lines) and lines[end].strip() and end - place < _MOST_ROWS:
            end += 1
        if end == place:
            break
        block = lines[place:end]
        goes_on = _is_wrapped(block[0])
        found.append(block)
        place = end
        while goes_on and place < len(lines) and not lines[place].strip():
            place += 1
    return found, place


def _beside(blocks: list[list[str]]) -> Iterator[str]:
    """The lines of blocks beside each other; the blocks as they are if their rows do not have the same index."""
    first, *others = blocks
    names = [_index(row) for row in first[1:]]
    if not names or any([_index(row) for row in block[1:]] != names for block in others):
        for block in blocks:
            yield from block
        return
    for number, row in enumerate(first):
        parts = [row.rstrip().removesuffix("\\")]
        for block in others:
            rest = block[number].rstrip().removesuffix("\\")
            match = _INDEX.match(rest) if number else None
            parts.append(rest[match.end() :] if match else rest)
        yield "  ".join(part.rstrip() if place else part for place, part in enumerate(parts))


def _index(row: str) -> str:
    match = _INDEX.match(row)
    return match[1] if match else ""
