"""The runs that a source contains, and the choice of one of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CHOSEN_RUN, Note, short_names
from reportgen.text import printable, quoted

MAX_RUNS: Final = 10_000  # of one source; our choice: more names are of no use to anyone
_LONGEST_FOLDER: Final = 200  # characters of a name
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


def check_run_count(count: int, where: str) -> None:
    """Raises a SourceError if there are more runs than are read from one source."""
    if count > MAX_RUNS:
        raise SourceError(
            f"{where}: it contains more than {MAX_RUNS:,} runs, the most that are read from one source. Pass a part "
            "of it."
        )


def unique_name(name: str, taken: Collection[str]) -> str:
    """A name that is not taken: with a number behind it if needed."""
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def last_run(found: TrainingHistory | Runs) -> TrainingHistory:
    """The last run that a reader has found, with a note that names the others."""
    if not isinstance(found, Runs):
        return found
    index = len(found.names) - 1
    return with_notes(found.read(index), other_runs(found.names, index))


def with_notes(history: TrainingHistory, notes: tuple[Note, ...]) -> TrainingHistory:
    """A history with these notes before its own."""
    return history.with_run(replace(history.run, notes=(*notes, *history.run.notes))) if notes else history


def changed(
    found: TrainingHistory | Runs, change: Callable[[TrainingHistory], TrainingHistory]
) -> TrainingHistory | Runs:
    """What a reader has found, with each run changed when it is read."""
    if not isinstance(found, Runs):
        return change(found)
    return replace(found, read=lambda index: change(found.read(index)))


def runs_in_folders(
    folders: Sequence[str], read: Callable[[int], TrainingHistory], titles: tuple[str, ...] = ()
) -> TrainingHistory | Runs:
    """The runs in these folders, named by them, as a reader returns them. The opened folder itself is a single history.

    Args:
        folders: The folder of each run; empty is the opened folder itself.
        read: As for `Runs`.
        titles: As for `Runs`.
    """
    if list(folders) == [""]:
        return read(0)
    names: dict[str, None] = {}
    for folder in folders:
        names[unique_name(printable(folder.rstrip("/") or ".", _LONGEST_FOLDER), names)] = None
    return Runs(tuple(names), read, titles)


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
    return (Note.of(CHOSEN_RUN, count=len(names), number=index + 1, run=chosen, runs=short_names(others)),)
