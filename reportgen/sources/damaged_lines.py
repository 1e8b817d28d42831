"""Counts the damaged lines of a log: a few are left out with a note, many are an error."""

from typing import Final

from reportgen.errors import SourceError
from reportgen.history.notes import MAX_NAMES, Note, short_names
from reportgen.sources.opening.long_text import LongText


class DamagedLines:
    """The damaged lines of a text."""

    def __init__(self, text: LongText, max_share: float) -> None:
        """No lines yet.

        Args:
            text: The text that is read.
            max_share: The largest share of damaged lines; one line is allowed in any case. There must always be more
                sound lines than damaged ones.
        """
        self._text: Final = text
        self._max_share: Final = max_share
        self._numbers: list[int] = []
        self._count = 0
        self._fault: SourceError | None = None  # of the first one
        self._is_cut = False

    def add(self, number: int, fault: SourceError, *, is_cut: bool = False) -> None:
        """Adds a line.

        Args:
            number: Its number, from 1.
            fault: The error if too many lines are damaged.
            is_cut: Whether it is an incomplete last line, as of a log that is still written.
        """
        if is_cut:
            self._is_cut = True
            return
        self._fault = self._fault or fault
        self._count += 1
        if len(self._numbers) <= MAX_NAMES:
            self._numbers.append(number)

    def notes(self, n_sound: int) -> list[Note]:
        """Notes about them.

        Raises:
            SourceError: too many lines are damaged.
        """
        most = max(1, self._max_share * (self._count + n_sound))
        if self._fault is not None and (self._count >= n_sound or self._count > most):
            self._text.check()  # if its bytes are not text, that is the better explanation
            raise self._fault
        said = [Note("last-line")] if self._is_cut else []
        if self._count:
            said.append(Note.of("damaged-lines", count=self._count, lines=short_names(map(str, self._numbers))))
        return said


def no_text(where: str, number: int) -> SourceError:
    """The error for a line with bytes that are not text."""
    return SourceError(f"{where}: line {number} has bytes that are not text. Fix or remove the line.")
