"""Decompresses gzip and Zstandard streams as they are read.

A small file cannot exhaust the memory: beyond 50 MB, at most ten times its own size is decompressed.
"""

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from reportgen.errors import MissingExtraError, SourceError
from reportgen.sources.opening.deadline import TimedStream

ENDINGS: Final = (".gz", ".zst")
ALWAYS_BYTES: Final = 50_000_000  # our choice: allowed at any ratio
MAX_RATIO: Final = 10  # our choice: CSV logs shrink to a third, JSON logs to a tenth
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_WINDOW_LOG: Final = 27  # 128 MB, the default limit of the zstd tool


class _Counted(io.RawIOBase):
    """A stream that starts with bytes already read, and counts the bytes read."""

    def __init__(self, head: bytes, rest: BinaryIO | TimedStream) -> None:
        self._head = head
        self._rest = rest
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._head:
            chunk, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            chunk = self._rest.read(len(buffer)) or b""
        buffer[: len(chunk)] = chunk
        self.count += len(chunk)
        return len(chunk)


@dataclass
class Decompressed:
    """The decompressed bytes of a compressed stream."""

    _packed: _Counted
    _stream: Any
    _kind: str
    _where: str
    _errors: tuple[type[Exception], ...]  # raised by the decompressor for damaged data
    _given: int = 0

    @classmethod
    def of(cls, stream: BinaryIO | TimedStream, head: bytes, where: str) -> "Decompressed | None":
        """Decompresses a stream whose first bytes have been read; None if it is not compressed.

        Raises:
            MissingExtraError: the package for Zstandard is not installed.
        """
        packed = _Counted(head, stream)
        if head.startswith(_GZIP):
            damaged = (EOFError, zlib.error, gzip.BadGzipFile)
            return cls(packed, gzip.GzipFile(fileobj=io.BufferedReader(packed)), "gzip", where, damaged)
        if head.startswith(_ZSTD):
            zstd = _zstd(where)
            limit = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
            opened = zstd.ZstdFile(io.BufferedReader(packed), options=limit)
            return cls(packed, opened, "Zstandard", where, (EOFError, zstd.ZstdError))
        return None

    def read(self, size: int) -> bytes:
        """Returns the next bytes.

        Raises:
            SourceError: the data is damaged, incomplete, or expands too much.
        """
        try:
            chunk: bytes = self._stream.read(size)
        except self._errors as error:
            fault = "is incomplete" if isinstance(error, EOFError) else "is damaged"
            raise SourceError(
                f"{self._where}: its {self._kind} data {fault}. Copy it again, or decompress as much as possible."
            ) from None
        self._given += len(chunk)
        if self._given > max(ALWAYS_BYTES, MAX_RATIO * self._packed.count):
            raise SourceError(
                f"{self._where}: its {self._kind} data expands from {self._packed.count:,} to more than "
                f"{self._given:,} bytes. Check that it is a training log, and decompress it."
            )
        return chunk


def _zstd(where: str) -> Any:
    """The module that decompresses Zstandard: Python's own since 3.14, or its backport."""
    try:
        from compression import zstd  # since Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise MissingExtraError(
                f"{where}: Zstandard archives need a package that is not installed. Run: pip install "
                "'keras-reportgen[zstd]'"
            ) from None
    return zstd
