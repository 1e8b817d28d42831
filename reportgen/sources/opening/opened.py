"""An open file or folder: a sample for recognising its format, and its bytes and text, up to 1 GB."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

from reportgen.errors import SourceError
from reportgen.sources.opening.compressed import ENDINGS, Decompressed
from reportgen.sources.opening.deadline import TimedStream
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.opening.table_form import TableForm, first_rows
from reportgen.text import printable, quoted

MAX_BYTES: Final = 1_000_000_000  # our choice: far more than the text of `limits.MAX_VALUES`
MAX_FILES: Final = 10_000  # in a folder; our choice: no known format writes that many
MAX_PLACE: Final = 200  # longest path in a message, in characters
_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16
_MORE_BYTES: Final = 3 << 16  # of an SQLite database, whose table definitions are often after its first tables
_SQLITE: Final = b"SQLite format 3\0"


@dataclass(frozen=True)
class Sample:
    """The part of a source that is used to recognise its format.

    Attributes:
        name: The last part of the path, without ``.gz`` or ``.zst``; empty for standard input.
        head: The first bytes of a file, at most 64 KiB (256 KiB of a database), decompressed; empty for a folder.
        files: Relative paths of the files in a folder, with forward slashes; None for a file.
    """

    name: str
    head: bytes = b""
    files: tuple[str, ...] | None = None

    @cached_property
    def text(self) -> str:
        """The head as text, without leading white space; the last characters may be incomplete."""
        encoding = "utf-16" if self.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return self.head.decode(encoding, "ignore").lstrip()

    @cached_property
    def form(self) -> TableForm:
        """How it is laid out if it is a table."""
        return TableForm.of(self.text)

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The cells of a table's header line, without surrounding blanks and quotes."""
        return tuple(self.columns[0]) if self.columns[0] else ("",)

    @cached_property
    def columns(self) -> tuple[list[str], list[list[str]]]:
        """The column names of a table and the cells of its first complete rows, as text."""
        return first_rows(self.text, self.form)

    def holds(self, name: str) -> bool:
        """Whether it is a folder that contains a file with that name."""
        return self.files is not None and name in self.files


class Opened:
    """A file or a folder that is open for reading.

    Attributes:
        where: Its name for messages, printable and without passwords.
        sample: The part used to recognise its format.
        path: Its path if it is on this machine and not compressed.
        folder: Opens the files directly in the folder that a file is in, as those of a folder; None if unknown.
        run: The run selected by its name (``mlflow:ID``); None if the name selects none.
    """

    def __init__(
        self,
        where: str,
        sample: Sample,
        stream: BinaryIO | TimedStream | Decompressed | None = None,
        open_within: "Callable[[str], AbstractContextManager[Opened]] | None" = None,
        path: Path | None = None,
    ) -> None:
        self.where = where
        self.sample = sample
        self.path = path
        self.folder: Callable[[], Opened] | None = None
        self.run: str | None = None
        self._stream = stream
        self._open_within = open_within

    def place(self, name: str) -> str:
        """The name of a file in a folder, for messages."""
        return place_within(self.where, name)

    def file(self, name: str) -> "AbstractContextManager[Opened]":
        """Opens one of ``sample.files`` of a folder.

        Raises:
            SourceError: it cannot be opened.
        """
        if self._open_within is None:
            raise SourceError(f"{self.where}: this is a file; a folder is needed. Pass the folder that contains it.")
        return self._open_within(name)

    def data(self, within: str | None = None) -> bytearray:
        """All decompressed bytes of a file, or of the file ``within`` a folder.

        Raises:
            SourceError: there are more than `MAX_BYTES`, or they cannot be read.
        """
        if self._stream is None:
            if within is None or not self.sample.holds(within):
                needed = "the log" if within is None else quoted(within)
                raise SourceError(f"{self.where}: this is a folder; a file is needed. Name {needed} in it.")
            with self.file(within) as opened:
                return opened.data()
        data = bytearray()
        for chunk in self.chunks():
            data += chunk
        return data

    def chunks(self) -> Iterator[bytes]:
        """All decompressed bytes of a file, in chunks.

        Raises:
            SourceError: there are more than `MAX_BYTES`, or they cannot be read.
        """
        if self._stream is None:
            raise SourceError(f"{self.where}: this is a folder; a file is needed. Pass the log in it.")
        n_bytes, chunk = 0, self.sample.head
        while chunk:
            n_bytes += len(chunk)
            if n_bytes > MAX_BYTES:
                raise SourceError(
                    f"{self.where}: it has more than {MAX_BYTES:,} bytes, which is the limit. Check that it is a "
                    "training log, or save only every tenth epoch."
                )
            yield chunk
            chunk = self._stream.read(_CHUNK_BYTES)

    def text(self, within: str | None = None) -> str:
        """The text of a file, without leading white space.

        Args:
            within: The file to read, if this is a folder.

        Raises:
            SourceError: it is not text, is empty, is too long to be held as a whole, or cannot be read.
        """
        return self.long_text(within).whole()

    def long_text(self, within: str | None = None) -> LongText:
        """The text of a file, to be read in pieces; otherwise as `text`."""
        where = self.where if within is None or not self.sample.holds(within) else self.place(within)
        return LongText(self.data(within), where)


def too_many_files(where: str) -> SourceError:
    """The error for a folder that is too large to be searched."""
    return SourceError(
        f"{where}: the folder contains more than {MAX_FILES:,} files, which is the limit. Pass the log in it, or a "
        "folder further down."
    )


def place_within(folder: str, file: str) -> str:
    """The name of a file in a folder, for messages: printable and short."""
    return f"{folder}/{printable(file, MAX_PLACE)}"


def opened_stream(stream: BinaryIO | TimedStream, where: str, name: str, path: Path | None = None) -> Opened:
    """Wraps a binary stream in an `Opened`, decompressed if needed, with its first bytes as the sample.

    Raises:
        SourceError: it cannot be decompressed.
        MissingExtraError: the package that decompresses it is not installed.
    """
    head = _first_bytes(stream)
    unpacked = Decompressed.of(stream, head, where)
    if unpacked is None:
        return Opened(where, Sample(name, head), stream, path=path)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return Opened(where, Sample(name, _first_bytes(unpacked)), unpacked)


def _first_bytes(stream: BinaryIO | TimedStream | Decompressed) -> bytes:
    """The bytes that a format is recognised by."""
    head = _read_up_to(stream, _HEAD_BYTES)
    return head + _read_up_to(stream, _MORE_BYTES) if head.startswith(_SQLITE) else head


def _read_up_to(stream: BinaryIO | TimedStream | Decompressed, size: int) -> bytes:
    """The first bytes of a stream; fewer if it ends earlier."""
    head = bytearray()
    while len(head) < size and (chunk := stream.read(size - len(head))):
        head += chunk
    return bytes(head)
