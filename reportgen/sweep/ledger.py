"""The results of a sweep on disk: one JSON line per run, appended when the run is done. A later line replaces it.

Results are read one by one; only their positions are kept in memory. The file is not trusted: a line that no sweep
writes is left out, so its run is made again. Files behind a URL cannot be appended to, so then the file is kept on this
machine and uploaded regularly.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from reportgen.errors import OutputError
from reportgen.outputs.files import failure
from reportgen.regular_files import regular_file
from reportgen.shared_files import lock_file
from reportgen.sweep.places import Site
from reportgen.sweep.results import MAX_LINE, RunResult

NAME: Final = "runs.jsonl"
_COPY_EVERY_S: Final = 30.0  # minimum time between two uploads
_COPY_SHARE: Final = 20  # minimum time between two uploads, as a multiple of an upload's duration


class Ledger(AbstractContextManager["Ledger"]):
    """The results of a site. Raises OutputError if its file cannot be opened or written.

    Attributes:
        n_unusable: Lines that are damaged or were written by another version, apart from an incomplete last one.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.n_unusable = 0
        self._copied_at, self._copy_s = time.monotonic(), 0.0
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if site.folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="reportgen-")
            self._path = Path(self._temporary.name) / NAME
            self._path.write_bytes(site.read(NAME) or b"")
        else:
            if site.folder.is_file():
                raise OutputError(
                    f"{site.shown}: this is a file; a sweep writes into a folder. Choose another one with -o."
                )
            self._path = site.folder / NAME
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = open(self._path, "a+b", opener=regular_file)  # noqa: SIM115  # closed in __exit__
            self._lock()
            self._positions = self._read_positions()
        except OutputError:
            raise
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> OutputError:
        return failure(f"{self._site.shown}/{NAME}", error, "list of runs")

    def _lock(self) -> None:
        """Locks the site while the file is open; fails if another sweep has it locked. Released at process exit."""
        if lock_file(self._file.fileno()):
            self._file.close()
            raise OutputError(
                f"{self._site.shown}: another sweep is writing to this site. Wait until it ends, or choose another "
                "folder with -o."
            )

    def _read_positions(self) -> dict[str, int]:
        """Returns the position of each run's last line, and blanks unusable lines.

        Terminates a line that a killed process left incomplete.
        """
        positions: dict[str, int] = {}
        unusable: list[tuple[int, int]] = []
        at, ended = 0, True
        self._file.seek(0)
        for line, length in self._lines():
            result = RunResult.from_json(line)
            ended = line.endswith(b"\n")
            if result is not None:
                positions[result.path] = at
            elif ended and line.strip():
                unusable.append((at, length))
            at += length
        if not ended:
            self._file.write(b"\n")
            self._file.flush()
        self.n_unusable = len(unusable)
        self._blank(unusable)
        return positions

    def _lines(self) -> Iterator[tuple[bytes, int]]:
        """The lines with their lengths; of a line that is too long, only its beginning and its end."""
        while line := self._file.readline(MAX_LINE):
            length, end = len(line), line
            while not end.endswith(b"\n") and (end := self._file.readline(MAX_LINE)):
                length += len(end)
            yield line if length == len(line) else line.strip() + end[-1:], length

    def _blank(self, lines: Sequence[tuple[int, int]]) -> None:
        """Replaces lines by blanks, so that they are reported only once."""
        if not lines:
            return
        with open(self._path, "r+b", opener=regular_file) as file:  # the other one can only append
            for at, length in lines:
                file.seek(at)
                file.writelines(b" " * min(MAX_LINE, length - 1 - start) for start in range(0, length - 1, MAX_LINE))

    def get(self, path: str) -> RunResult | None:
        """The result of a run; None until it has one."""
        at = self._positions.get(path)
        if at is None:
            return None
        self._file.seek(at)
        return RunResult.from_json(self._file.readline(MAX_LINE))

    def results(self, paths: Iterable[str]) -> Iterator[RunResult]:
        """The results of the runs that have one, in the given order."""
        return filter(None, map(self.get, paths))

    def add(self, results: Iterable[RunResult]) -> None:
        """Appends results; they survive if this process is killed."""
        lines = [(result.path, result.to_json().encode("ascii") + b"\n") for result in results]
        try:
            at = end = self._file.seek(0, os.SEEK_END)
            waiting = b"".join(line for _, line in lines)
            while waiting:  # unbuffered: a buffer would keep lines that do not fit on the disk
                waiting = waiting[os.write(self._file.fileno(), waiting) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise self._failure(error) from None
        for path, line in lines:
            self._positions[path] = at
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
        """Closes the file, and uploads it if the site is a URL."""
        self._file.close()
        if self._temporary is not None:
            try:
                self._copy()
            finally:
                self._temporary.cleanup()
