"""Finds the histories that a program printed as dicts of lists among other text."""

import re
from dataclasses import dataclass
from typing import Any, Final

from reportgen.sources.json_runs import json_runs
from reportgen.sources.literals import value_at

_BEGINNING: Final = re.compile(
    r"(?:(?:defaultdict|OrderedDict)\(|(?:\[\s{0,9})?\{)(?=[^'\"\n]{0,40}\s{0,9}['\"][^'\"\n]{1,60}['\"]\s{0,9}[:,])"
)
_MAX_TRIED: Final = 50  # places where a dict begins; our choice
_MIN_LENGTH: Final = 20  # characters
_VALUE: Final = re.compile(r"(?:loss|acc|accuracy|error|mae|mse)\b\W{0,3}[:= ]\s{0,3}\d", re.IGNORECASE)


@dataclass(frozen=True)
class DumpedHistory:
    """A document with a history, and its place in the text."""

    document: Any
    start: int
    end: int


def dumps_in(text: str) -> list[DumpedHistory]:
    """The histories in a text, as dicts or lists of them, in its order."""
    found = []
    place = tried = 0
    while tried < _MAX_TRIED and (begins := _BEGINNING.search(text, place)) is not None:
        place = begins.end()
        value = value_at(text, begins.start())
        tried += 1
        if value is None or value[1] - begins.start() < _MIN_LENGTH:
            continue
        document, end = value
        if isinstance(document, dict | list) and _has_curves(document):
            found.append(DumpedHistory(document, begins.start(), end))
            place = end
    return found


def _has_curves(document: Any) -> bool:
    """Whether a document has a history with lists; printed rows are lines of a log."""
    return any(not run.rows or len(run.rows) > 1 for run in json_runs(document)[0])


def without_dumps(text: str, dumps: list[DumpedHistory]) -> str:
    """The rest of a text."""
    parts, place = [], 0
    for dump in dumps:
        parts.append(text[place : dump.start])
        place = dump.end
    return "\n".join([*parts, text[place:]])


def is_all_that_is_logged(text: str, dumps: list[DumpedHistory]) -> bool:
    """Whether the rest of a text has no values of a training run."""
    return bool(dumps) and _VALUE.search(without_dumps(text, dumps)) is None
