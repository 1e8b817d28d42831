"""The runs that a source contains, and the choice of one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.text import printable, quoted

_LONGEST_NUMBER: Final = 10  # digits


@dataclass(frozen=True)
class Runs:
    """The runs of a source, in its order. They are read only when they are needed.

    Attributes:
        names: At least one unique name, such as ``fold 1``.
        read: Reads the run with this 0-based index. Raises `SourceError` if it is not valid.
        titles: Other names for the same runs, which need not be unique; empty if they have none.
    """

    names: tuple[str, ...]
    read: Callable[[int], TrainingHistory]
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, histories: Mapping[str, TrainingHistory]) -> Self:
        """Runs that have been read already, by name."""
        found = tuple(histories.values())
        return cls(tuple(histories), found.__getitem__)


def run_index(names: Sequence[str], wanted: str | int | None, where: str, titles: Sequence[str] = ()) -> int:
    """The 0-based index of the run that the user wants.

    Args:
        names: Names of the runs, at least one.
        wanted: A name, a title, a number from 1, or the beginning of one name. None: the last run.
        where: Name of the source, for messages.
        titles: As in `Runs`.

    Raises:
        SourceError: no run, or more than one, matches.
    """
    if wanted is None:
        return len(names) - 1
    text = str(wanted)
    is_number = text.isdecimal() and len(text) < _LONGEST_NUMBER and 0 < int(text) <= len(names)
    found = (
        [index for index, name in enumerate(names) if name == text]
        or [index for index, title in enumerate(titles) if title == text]
        or ([int(text) - 1] if is_number else [])
        or [index for index, name in enumerate(names) if text and name.startswith(text)]
    )
    if len(found) == 1:
        return found[0]
    fault = f"{len(found)} runs match {quoted(text)}" if found else f"it has no run {quoted(text)}"
    shown = cited_names(names, whole=True)
    if len(names) == 1:
        raise SourceError(f"{where}: {fault}; its only run is {shown}. Leave the run out.")
    raise SourceError(
        f"{where}: {fault}; it contains {shown}. Use one of these names, or a number from 1 to {len(names)}."
    )


def other_runs(names: Sequence[str], index: int) -> tuple[Note, ...]:
    """The note that names the chosen run and the others; empty if there are no others."""
    others = [name for other, name in enumerate(names) if other != index]
    if not others:
        return ()
    chosen = printable(names[index], 40)
    return (Note.of("chosen-run", count=len(names), run=chosen, runs=short_names(others)),)
