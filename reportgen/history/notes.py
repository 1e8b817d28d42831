"""Notes on how a run was recorded and read: a code with values. `wording.notes` has the sentences."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

from reportgen.text import printable

Value = str | int | float | tuple[str, ...]
TEXT: Final = "text"  # the code of a note that is already a sentence
CUT: Final = "cut"  # the history was read from a page that does not contain all values
STILL_RUNNING: Final = "still-running"
CHOSEN_LOG: Final = "chosen-log"  # one of several logs in a folder was read
CHOSEN_RUN: Final = "chosen-run"  # one of several runs in a source was read
MORE: Final = "…"  # the last name of a list that has more
MAX_NAMES: Final = 8
_MAX_NAME: Final = 40


@dataclass(frozen=True)
class Note:
    """Something that readers of the report should know about the data.

    Attributes:
        code: What it says: a key of `wording.notes.SENTENCES`, or ``text`` for a sentence shown unchanged.
        values: The values for the sentence, as (name, value) pairs.
    """

    code: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, code: str, **values: Value) -> Self:
        """A note with its values as keyword arguments."""
        return cls(code, tuple(values.items()))

    def get(self, name: str) -> Value | None:
        """The value with this name; None if the note does not have it."""
        return dict(self.values).get(name)


def is_note(value: object) -> bool:
    """Whether a value is a note whose code and values can be stored as JSON."""
    return (
        isinstance(value, Note)
        and is_text(value.code)
        and isinstance(value.values, tuple)
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value.values)
        and all(is_text(name) and _is_plain(part) for name, part in value.values)
    )


def short_names(names: Iterable[str]) -> tuple[str, ...]:
    """The first few names for a note, each printable and short, with an ellipsis at the end if there are more."""
    return _first([printable(name, _MAX_NAME) for name in islice(names, MAX_NAMES + 1)])


def short_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The first few pairs for a note, such as ``train_loss → loss``, with an ellipsis at the end if there are more."""
    some = islice(pairs, MAX_NAMES + 1)
    return _first([f"{printable(name, _MAX_NAME)} → {printable(key, _MAX_NAME)}" for name, key in some])


def _first(texts: list[str]) -> tuple[str, ...]:
    return tuple(texts) if len(texts) <= MAX_NAMES else (*texts[:MAX_NAMES], MORE)


def is_text(value: object) -> bool:
    """Whether a value is text without lone surrogates, which cannot be encoded."""
    return isinstance(value, str) and (value.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in value))


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(is_text, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return is_text(value) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)
