"""Words and numbers without a sign between them, and numbers of further epochs on a line."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from reportgen.sources.printed.names import NamePart, is_a_count, name_parts
from reportgen.sources.printed.tokens import Shape

_PAIR: Final = re.compile(r"[\s,|]{0,8}[A-Za-z][\w@/.-]{0,40}\s{1,8}")
_AFTER: Final = re.compile(r"\s{0,8}[)\],;|]{0,2}\s{0,8}$|[\s,|]{1,8}[A-Za-z][\w@/.-]{0,40}[ :=]{1,8}$|\s{1,4}\(")
_EDGE: Final = " ,|\t"
_NO_NAMES: Final = frozenset(
    (
        "after",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "no",
        "of",
        "on",
        "over",
        "per",
        "than",
        "to",
        "took",
        "vs",
        "with",
    )
)
_NEXT_EPOCH: Final = re.compile(r"\s?[,;|]\s{1,4}(?:and\s)?(?:(?:at|for|in)\s)?(?:epoch\s)?", re.IGNORECASE)


def is_word_pair(before: str, after: str) -> bool:
    """Whether a number may be a value whose name is the single word before it, as in ``Sup 1.28 Unsup 0.21``."""
    is_word = _PAIR.fullmatch(before) is not None and before.strip(_EDGE).lower() not in _NO_NAMES
    return is_word and _AFTER.match(after) is not None


def values_beside(shape: Shape, pairs: Sequence[int], known: Sequence[int]) -> Iterator[tuple[int, NamePart]]:
    """The pairs that are values, since they are beside a pair with a known name, or beside such a pair.

    Args:
        shape: The texts of a line.
        pairs: The numbers after a word that is not a known name, ascending.
        known: The numbers with a known name.
    """
    places = {place for place in known if _PAIR.fullmatch(shape[place]) is not None}
    for ordered in (pairs, pairs[::-1]):
        for place in ordered:
            if place not in places and not places.isdisjoint((place - 1, place + 1)):
                places.add(place)
                part = name_parts(shape[place].strip(_EDGE))
                if not is_a_count(part.name or part.printed):
                    yield place, part


def states_more_epochs(texts: Sequence[str]) -> bool:
    """Whether other epochs follow on the same line, as in "loss at epoch 1: 0.5, 10: 0.3"."""
    return any(_NEXT_EPOCH.fullmatch(before) and after.strip() in (":", "=") for before, after in pairwise(texts))
