"""Reads logs that were copied as strings of a program or of JSON, with escapes instead of line feeds."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

_HEAD: Final = 1 << 16  # characters that are looked at
_FEWEST: Final = 3  # escaped line feeds, or lines with quotes; our choices
_ESCAPES: Final = re.compile(r"\\(n|r|t|u001b|x1b|b)", re.IGNORECASE)
_MEANS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "u001b": "\x1b", "x1b": "\x1b"}
_QUOTED: Final = re.compile(r"[ \t]*(?P<quote>[\"'])(?P<text>.*?)(?:\\n)?(?P=quote),?[ \t]*")


def with_line_feeds(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of a log whose line feeds are not escaped, and whose lines are not in quotes.

    Args:
        pieces: Pieces of text that end where a line does.
    """
    rest = iter(pieces)
    first = next(rest, "")
    head = first[:_HEAD]
    n_escaped = head.count("\\n") if "\\" in head else 0
    if n_escaped < _FEWEST:
        yield from chain([first], rest)
        return
    are_quoted = _are_quoted(head)
    if not are_quoted and n_escaped <= head.count("\n"):
        yield from chain([first], rest)
        return
    for piece in chain([first], rest):
        lines = map(_without_quotes, piece.split("\n")) if are_quoted else [piece.strip("\"'\n")]
        yield "\n".join(_ESCAPES.sub(lambda match: _MEANS[match[1].lower()], line) for line in lines)


def _are_quoted(head: str) -> bool:
    """Whether most lines are strings that end with a line feed, as in the outputs of a notebook."""
    lines = [line for line in head.split("\n") if line.strip()]
    n_quoted = sum(
        line.rstrip(" \t,").endswith(('\\n"', "\\n'")) and _QUOTED.fullmatch(line) is not None for line in lines
    )
    return n_quoted >= _FEWEST and 2 * n_quoted > len(lines)


def _without_quotes(line: str) -> str:
    match = _QUOTED.fullmatch(line)
    return line if match is None else match["text"]
