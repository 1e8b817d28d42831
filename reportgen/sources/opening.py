"""Where logs lie, opened: a path, standard input, a URL, compressed or not, a file or a folder.

In: a path as the user typed it. Out: an `Opened`, which gives a sample to recognise the format by, and then its bytes.
No device is opened, and no more than 1 GB is read of a file, decompressed or not.
"""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from reportgen.errors import SourceError
from reportgen.sources.compression import ENDINGS, Decompressed
from reportgen.sources.format import Sample
from reportgen.text import printable, quoted

STDIN: Final = "-"
MLFLOW_RUN: Final = "mlflow:"  # before the id of a run
MAX_BYTES: Final = 1_000_000_000  # our choice: far more than `cells.MAX_VALUES` take as text
MAX_FILES: Final = 10_000  # of a folder; our choice: none of the known formats writes as many
_MAX_DEPTH: Final = 6  # folders within folders
_LONGEST: Final = 200  # characters of a path in a message
_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://", re.ASCII)
_MAGIC: Final = {
    b"\x89HDF": "an HDF5 file (a saved model?)",
    b"\x89PNG": "a PNG picture",
    b"PK\x03\x04": "a zip archive (a .keras model?)",
    **{
        bytes([0x80, protocol]): "a Python pickle, which is never opened because it can run code"
        for protocol in range(2, 6)
    },
    b"\x1f\x8b": "a gzip archive within a gzip archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive within an archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"SQLite": "an SQLite database",
    b"PAR1": "a Parquet file",
}


class Opened:
    """A file or a folder that is open for reading.

    Attributes:
        where: Its name, for messages: printable, without passwords.
        sample: What a format is recognised by.
        path: Where it lies, if that is on this machine and not compressed.
        run: Which of several runs in it was asked for; None where nobody said.
    """

    def __init__(
        self,
        where: str,
        sample: Sample,
        stream: BinaryIO | Decompressed | None = None,
        open_within: "Callable[[str], AbstractContextManager[Opened]] | None" = None,
        path: Path | None = None,
    ) -> None:
        self.where = where
        self.sample = sample
        self.path = path
        self.run: str | None = None
        self._stream = stream
        self._open_within = open_within

    def place(self, name: str) -> str:
        """A file of a folder, for messages: printable, and short whatever its name."""
        return _place(self.where, name)

    def file(self, name: str) -> "AbstractContextManager[Opened]":
        """Opens a file of a folder.

        Args:
            name: One of ``sample.files``.

        Raises:
            SourceError: it cannot be opened.
        """
        if self._open_within is None:
            raise SourceError(f"{self.where}: this is a file; a folder is needed. Name the folder it stands in.")
        return self._open_within(name)

    def data(self, within: str | None = None) -> bytearray:
        """All bytes of a file, decompressed.

        Args:
            within: Of a folder, the file whose bytes are wanted.

        Raises:
            SourceError: there are more than `MAX_BYTES`, or they cannot be read.
        """
        if self._stream is None:
            if within is None or not self.sample.holds(within):
                needed = "the log" if within is None else quoted(within)
                raise SourceError(f"{self.where}: this is a folder; a file is needed. Name {needed} inside it.")
            with self.file(within) as opened:
                return opened.data()
        data = bytearray()
        for chunk in self.chunks():
            data += chunk
        return data

    def chunks(self) -> Iterator[bytes]:
        """All bytes of a file, decompressed, in pieces, for readers that need not hold it whole.

        Raises:
            SourceError: there are more than `MAX_BYTES`, or they cannot be read.
        """
        if self._stream is None:
            raise SourceError(f"{self.where}: this is a folder; a file is needed. Name the log inside it.")
        n_bytes, chunk = 0, self.sample.head
        while chunk:
            n_bytes += len(chunk)
            if n_bytes > MAX_BYTES:
                raise SourceError(
                    f"{self.where}: it holds more than {MAX_BYTES:,} bytes, the most that is read; a training log is "
                    "smaller. Check that it is one, or save every tenth epoch only."
                )
            yield chunk
            chunk = self._stream.read(_CHUNK_BYTES)

    def text(self, within: str | None = None) -> str:
        """All of a file as text, without leading white space.

        Args:
            within: Of a folder, the file whose text is wanted.

        Raises:
            SourceError: it is not text, is empty, or cannot be read.
        """
        where = self.where if within is None or not self.sample.holds(within) else self.place(within)
        return decode(self.data(within), where)


def _place(folder: str, file: str) -> str:
    return f"{folder}/{printable(file, _LONGEST)}"


def decode(data: bytes | bytearray, where: str) -> str:
    """Bytes as text: UTF-8, or UTF-16 with its mark, without leading white space.

    Raises:
        SourceError: they are not text, or none.
    """
    refuse_known_kinds(data, where)
    encoding = "utf-16" if bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{where}: byte {error.start} is not {encoding.removesuffix('-sig').upper()} text; a training log as text "
            "is needed. Save the file as UTF-8."
        ) from None
    text = text.lstrip()
    refuse_no_text(text, where)
    return text


def refuse_known_kinds(data: bytes | bytearray, where: str) -> None:
    """Refuses files that are known to be no text, by their first bytes.

    Raises:
        SourceError: it is one.
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise SourceError(
                f"{where}: this is {kind}; a training log as text is needed. Save history.history as CSV or JSON."
            )


def refuse_no_text(text: str, where: str) -> None:
    """Refuses text that is empty or has zero bytes in it.

    Raises:
        SourceError: it is such.
    """
    if "\0" in text:
        raise SourceError(f"{where}: it holds zero bytes, so it is not text; a training log as text is needed.")
    if not text:
        raise SourceError(f"{where}: the file is empty; a training log is needed. Train first, or check the path.")


@contextmanager
def open_source(path: str | Path) -> Iterator[Opened]:
    """Opens what a path names: a file, a pipe, a folder, standard input where it is ``-``, or a URL.

    Raises:
        SourceError: it cannot be opened or read, or is a device.
        MissingExtraError: a package that this kind of URL needs is not installed.
    """
    text = str(path)
    if text == STDIN:
        if sys.stdin is None:
            raise SourceError("standard input is closed; a training log is needed. Name a file.")
        yield opened_stream(sys.stdin.buffer, "standard input", "")
    elif isinstance(path, str) and _URL.match(path) and not path.startswith("file://"):
        from reportgen.sources.remote import open_url  # loads fsspec, which files on disk do not need

        with open_url(path) as opened:
            yield opened
    elif isinstance(path, str) and path.startswith(MLFLOW_RUN):
        from reportgen.sources.mlflow_runs import open_run

        with open_run(path.removeprefix(MLFLOW_RUN)) as opened:
            yield opened
    else:
        with _open_local(Path(text.removeprefix("file://")) if text else None) as opened:
            yield opened


@contextmanager
def _open_local(path: Path | None, where: str | None = None) -> Iterator[Opened]:
    """Opens a file, a pipe or a folder of this machine."""
    if path is None:
        raise SourceError('"" is not a path; a training log is needed. Name a file.')
    where = where or printable(str(path), _LONGEST)
    try:
        mode = _mode(path, where)
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):  # before it is opened: some devices act on that, others never end
            raise SourceError(f"{where}: this is a device; a file or a pipe is needed. Name the log, or - to type it.")
        if stat.S_ISDIR(mode):
            folder = where
            sample = Sample(path.resolve().name, files=_files(path))
            yield Opened(
                where, sample, open_within=lambda file: _open_local(path / file, _place(folder, file)), path=path
            )
            return
        with path.open("rb") as stream:
            yield opened_stream(stream, where, path.name, path if stat.S_ISREG(mode) else None)
    except FileNotFoundError:
        raise SourceError(f"{where}: there is no such file; a training log is needed. Check the path.") from None
    except OSError as error:
        raise SourceError(f"{where}: it cannot be read ({error.strerror or error}); check its permissions.") from None


def _mode(path: Path, where: str) -> int:
    """What kind of file it is."""
    try:
        return path.stat().st_mode
    except ValueError as error:  # a zero byte, or half a character; what readers fail with is no fault of the path
        raise SourceError(f"{quoted(where)} is not a path ({error}); name a file.") from None


def _files(folder: Path) -> tuple[str, ...]:
    """The files in a folder and those below, as relative paths in order; links to other folders are not followed."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        found += [(inside / name).as_posix() for name in names]
        folders[:] = sorted(folders) if len(inside.parts) < _MAX_DEPTH else []
        if len(found) > MAX_FILES:
            break
    return tuple(sorted(found[:MAX_FILES]))


def opened_stream(stream: BinaryIO, where: str, name: str, path: Path | None = None) -> Opened:
    """A binary stream as an `Opened`: decompressed where it is compressed, its first bytes as the sample.

    Args:
        stream: Open for reading bytes.
        where: The source's name, for messages.
        name: The last part of its path.
        path: Where it lies on this machine.

    Raises:
        SourceError: it cannot be decompressed.
        MissingExtraError: a package that decompresses it is not installed.
    """
    head = _read_up_to(stream, _HEAD_BYTES)
    unpacked = Decompressed.of(stream, head, where)
    if unpacked is None:
        return Opened(where, Sample(name, head), stream, path=path)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return Opened(where, Sample(name, _read_up_to(unpacked, _HEAD_BYTES)), unpacked)


def _read_up_to(stream: BinaryIO | Decompressed, size: int) -> bytes:
    """The first bytes of a stream, fewer only where it ends."""
    head = bytearray()
    while len(head) < size and (chunk := stream.read(size - len(head))):
        head += chunk
    return bytes(head)
