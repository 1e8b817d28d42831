"""The journal of a training on disk: appended to record by record, whole after every one.

In: records. Out: a file beside the report. It appears in one step, in place of whatever stood there; a line that the
disk has no room for is taken back, and written with the next one that fits. Of batches only so many wait for that.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from reportgen.errors import OutputError
from reportgen.journal import as_line, head_of
from reportgen.outputs.files import failure, write_file

_MOST_WAITING: Final = 1_000_000  # bytes, our choice: some 20,000 batches


class JournalFile:
    """A journal that is being written.

    Args:
        path: Where.
        head: Its first record, which tells whose it is, by its ``id``.
        records: What else stands in it from the beginning; they are taken one by one, so they need not fit in memory.

    Raises:
        OutputError: it cannot be written, or another training took the place at this moment.
    """

    def __init__(self, path: Path, head: Mapping[str, Any], records: Iterable[Mapping[str, Any]] = ()) -> None:
        self.path = path
        self._waiting = b""
        write_file(path, (as_line(record).encode() for record in chain([head], records)))
        try:
            self._stream = open(path, "r+b", buffering=0)  # noqa: SIM115  # open as long as the training goes on
            self._end = self._stream.seek(0, os.SEEK_END)
            taken = head_of(path).get("id") != head["id"]
        except OSError as error:
            raise failure(str(path), error, "journal") from None
        if taken:
            self.close()
            raise self._taken()

    def append(self, record: Mapping[str, Any]) -> None:
        """Writes a record to its end.

        Raises:
            OutputError: it could not be written, and will be with the next; or the file is no longer there. Batches are
                given up where too many wait already.
        """
        line = as_line(record).encode()
        if "steps" not in record or len(self._waiting) + len(line) <= _MOST_WAITING:
            self._waiting += line
        try:
            if not self.is_in_place():
                raise self._taken()
            while self._waiting:
                n_written = self._stream.write(self._waiting)
                self._waiting = self._waiting[n_written:]
            self._end = self._stream.tell()
        except OutputError:
            raise
        except OSError as error:
            self._waiting = self._take_back() + self._waiting
            raise failure(str(self.path), error, "journal") from None

    def read(self) -> bytes:
        """All of it, what could not be written included, even where the file is gone or was replaced.

        Raises:
            OSError: it cannot be read.
        """
        self._stream.seek(0)
        written = self._stream.read(self._end)
        self._stream.seek(self._end)
        return written + self._waiting

    def is_in_place(self) -> bool:
        """Whether the file of that name is the one that is written to.

        Raises:
            OSError: there is no file of that name, or it cannot be looked at.
        """
        return os.path.samestat(self.path.stat(), os.fstat(self._stream.fileno()))

    def close(self) -> None:
        """Lets go of the file, which stays."""
        self._stream.close()

    def remove(self) -> None:
        """Lets go of the file and deletes it, unless another training writes there by now."""
        with contextlib.suppress(OSError):
            if self.is_in_place():
                self.close()  # before: Windows deletes no file that is open
                self.path.unlink()
        self.close()

    def _take_back(self) -> bytes:
        """Cuts off what was written of a line that did not fit, and returns it."""
        with contextlib.suppress(OSError):
            self._stream.seek(self._end)
            part = self._stream.read()
            self._stream.truncate(self._end)
            self._stream.seek(self._end)
            return part
        return b""

    def _taken(self) -> OutputError:
        return OutputError(
            f"{self.path}: another training writes its journal there; each needs a report of its own. Choose "
            "another path."
        )
