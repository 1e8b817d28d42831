"""The rows of a sweep on disk: one JSON line each, appended as runs are done; the newest line of a run counts.

In: rows. Out: rows, one at a time, so that memory holds their places only. A killed process loses no whole line. For
a site behind a URL, which cannot be appended to, the file is kept on this machine and copied there now and then.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from reportgen.errors import OutputError
from reportgen.outputs.files import failure
from reportgen.sweep.places import Site
from reportgen.sweep.rows import Row

NAME: Final = "runs.jsonl"
_COPY_EVERY_S: Final = 30.0  # to a URL, at least
_COPY_SHARE: Final = 20  # times as long as a copy took, until the next one

try:
    import fcntl
except ImportError:  # Windows: two sweeps at one site are not told apart there
    fcntl = None  # type: ignore[assignment]


class Ledger(AbstractContextManager["Ledger"]):
    """The rows of a site.

    Args:
        site: Where they stand.

    Raises:
        OutputError: the file cannot be opened.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._copied_at, self._copy_s = time.monotonic(), 0.0
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if site.folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="reportgen-")
            self._path = Path(self._temporary.name) / NAME
            self._path.write_bytes(site.read(NAME) or b"")
        else:
            if site.folder.is_file():
                raise OutputError(
                    f"{site.shown}: this is a file; a sweep writes into a folder. Choose another with -o."
                )
            self._path = site.folder / NAME
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = open(self._path, "a+b")  # noqa: SIM115  # closed in __exit__
            self._take_alone()
            self._places = self._index()
        except OutputError:
            raise
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> OutputError:
        return failure(f"{self._site.shown}/{NAME}", error, "list of runs")

    def _take_alone(self) -> None:
        """Keeps other sweeps of this system away as long as the file is open; the system lets go if we are killed.

        Raises:
            OutputError: another one is at work.
        """
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise OutputError(
                f"{self._site.shown}: another sweep writes to this site; one at a time may. Wait for it, or choose "
                "another folder with -o."
            ) from None
        except OSError:  # some network file systems have no locks
            return

    def _index(self) -> dict[str, int]:
        """Where the newest line of each run begins; ends a line that a killed process left unfinished."""
        places, at, line = {}, 0, b"\n"
        self._file.seek(0)
        for line in self._file:
            row = Row.from_json(line)
            if row is not None:
                places[row.path] = at
            at += len(line)
        if not line.endswith(b"\n"):
            self._file.write(b"\n")
            self._file.flush()
        return places

    def get(self, path: str) -> Row | None:
        """The row of a run; None where there is none yet."""
        at = self._places.get(path)
        if at is None:
            return None
        self._file.seek(at)
        return Row.from_json(self._file.readline())

    def rows(self, paths: Iterable[str]) -> Iterator[Row]:
        """The rows of runs that have one, in the order given."""
        for path in paths:
            row = self.get(path)
            if row is not None:
                yield row

    def add(self, rows: Iterable[Row]) -> None:
        """Appends rows and hands them to the system, so that they outlive this process.

        Raises:
            OutputError: they cannot be written.
        """
        lines = [(row.path, row.to_json().encode("ascii") + b"\n") for row in rows]
        try:
            at = end = self._file.seek(0, os.SEEK_END)
            waiting = b"".join(line for _, line in lines)
            while waiting:  # not through the file's buffer, which would keep what a full disk refuses
                waiting = waiting[os.write(self._file.fileno(), waiting) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise self._failure(error) from None
        for path, line in lines:
            self._places[path] = at
            at += len(line)
        due = self._copied_at + max(_COPY_EVERY_S, _COPY_SHARE * self._copy_s)
        if self._temporary is not None and time.monotonic() > due:
            self._copy()

    def _copy(self) -> None:
        began = time.monotonic()
        self._site.write(NAME, self._path.read_bytes())
        self._copied_at = time.monotonic()
        self._copy_s = self._copied_at - began

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file; copies it to where it belongs."""
        self._file.close()
        if self._temporary is not None:
            try:
                self._copy()
            finally:
                self._temporary.cleanup()

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self
