"""Where logs lie, opened: a path, standard input, a URL, compressed or not, a file or a folder.

In: a path as the user typed it. Out: an `Opened`, which gives a sample to recognise the format by, and then its bytes.
No device is opened, and no more than 1 GB is read of a file, decompressed or not.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

from reportgen.errors import SourceError
from reportgen.sources.opening.compressed import ENDINGS, Decompressed
from reportgen.text import printable, quoted

SEPARATORS: Final = ",;\t|"  # between the cells of a table; of equally many the first
MAX_BYTES: Final = 1_000_000_000  # our choice: far more than `cells.MAX_VALUES` take as text
MAX_FILES: Final = 10_000  # of a folder; our choice: none of the known formats writes as many
MAX_PLACE: Final = 200  # characters of a path in a message
_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16
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


@dataclass(frozen=True)
class Sample:
    """What a format is recognised by.

    Attributes:
        name: The last part of the path, without ``.gz`` or ``.zst``; empty for standard input.
        head: The first bytes of a file, 64 KiB at most, decompressed; empty for a folder.
        files: Of a folder the paths of the files in it, relative, with forward slashes; None for a file.
    """

    name: str
    head: bytes = b""
    files: tuple[str, ...] | None = None

    @cached_property
    def text(self) -> str:
        """The head as text, without leading white space; the last characters may be cut."""
        encoding = "utf-16" if self.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return self.head.decode(encoding, "ignore").lstrip()

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The cells of the first line, as of a table: without blanks and quotes."""
        line = re.split(r"[\r\n]", self.text, maxsplit=1)[0]
        return tuple(cell.strip().strip('"').strip() for cell in line.split(max(SEPARATORS, key=line.count)))

    def holds(self, name: str) -> bool:
        """Whether it is a folder in which a file of that name stands."""
        return self.files is not None and name in self.files


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
        return place_within(self.where, name)

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


def place_within(folder: str, file: str) -> str:
    """A file of a folder, for messages."""
    return f"{folder}/{printable(file, MAX_PLACE)}"


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
