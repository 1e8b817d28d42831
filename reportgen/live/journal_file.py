"""The journal of a run on disk. It is created atomically, locked, and contains only complete lines.

If the disk is full, a partly written line is removed and written again with the next one that fits.
"""

import contextlib
import os
import weakref
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from reportgen.errors import OutputError
from reportgen.journal import as_line, head_of
from reportgen.outputs.files import failure, write_file
from reportgen.regular_files import regular_file
from reportgen.shared_files import lock_file, when_free

_MOST_WAITING: Final = 1_000_000  # bytes, about 20,000 batches; our choice


class TakenError(OutputError):
    """Another run has replaced the journal by its own."""


class JournalFile:
    """A journal that is open for writing; it replaces any earlier file.

    Args:
        path: The file.
        head: The first record; its ``id`` identifies the training that the journal belongs to.
        records: The initial records. They are read one by one, so they do not need to fit in memory.
        overwrite: Whether to replace a file that is not a journal.

    Raises:
        TakenError: another run has just replaced it.
        OutputError: the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        head: Mapping[str, Any],
        records: Iterable[Mapping[str, Any]] = (),
        *,
        overwrite: bool = False,
    ) -> None:
        self.path = path
        self._waiting = b""
        write_file(path, (as_line(record).encode() for record in chain([head], records)), overwrite=overwrite)
        try:
            self._stream = open(path, "r+b", buffering=0, opener=regular_file)  # noqa: SIM115  # open until training ends
            lock_file(self._stream.fileno())
            if hasattr(os, "register_at_fork"):  # a copy of this process, which may outlive it, would keep the lock
                os.register_at_fork(after_in_child=partial(_close, weakref.ref(self._stream)))
            self._end = self._stream.seek(0, os.SEEK_END)
            taken = head_of(path).get("id") != head["id"]
        except OSError as error:
            raise failure(str(path), error, "journal") from None
        if taken:
            self.close()
            raise self._taken()

    def append(self, record: Mapping[str, Any]) -> None:
        """Appends a record.

        Raises:
            TakenError: another run has replaced the file.
            OutputError: the file is gone, or the record cannot be written now and will be written with the next one. If
                too many batches are already waiting, further batches are dropped.
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
        """The whole journal, including records not yet written, even if the file was deleted or replaced."""
        self._stream.seek(0)
        written = self._stream.read(self._end)
        self._stream.seek(self._end)
        return written + self._waiting

    def is_in_place(self) -> bool:
        """Whether the path still refers to the open file. Raises OSError if the path does not exist."""
        return os.path.samestat(self.path.stat(), os.fstat(self._stream.fileno()))

    def close(self) -> None:
        """Closes the file and keeps it."""
        self._stream.close()

    def remove(self) -> None:
        """Closes the file and deletes it, unless it now belongs to another run."""
        with contextlib.suppress(OSError):
            if self.is_in_place():
                self.close()  # first, because Windows cannot delete an open file
                when_free(self.path.unlink)
        self.close()

    def _take_back(self) -> bytes:
        """Removes the part of a line that was written before the disk was full, and returns it."""
        with contextlib.suppress(OSError):
            self._stream.seek(self._end)
            part = self._stream.read()
            self._stream.truncate(self._end)
            self._stream.seek(self._end)
            return part
        return b""

    def _taken(self) -> TakenError:
        return TakenError(
            f"{self.path}: another training run writes its journal there; each run needs its own report. Choose "
            "another path."
        )


def _close(stream: "weakref.ref[IO[bytes]]") -> None:
    if (opened := stream()) is not None:
        opened.close()


def is_being_written(path: Path) -> bool:
    """Whether a training of this or another process is writing this journal."""
    try:
        with open(path, "rb", opener=regular_file) as stream:
            return lock_file(stream.fileno())
    except OSError:
        return False
