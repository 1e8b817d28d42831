"""Compressed logs, decompressed while they are read, and no further than an honest log goes.

In: a stream of gzip or Zstandard bytes. Out: a stream of what they hold. A small file cannot become a large one in
memory: beyond 50 MB no more than ten times its own bytes is given.
"""

import gzip
import io
import zlib
from typing import Any, BinaryIO, Final

from reportgen.errors import MissingExtraError, SourceError

ENDINGS: Final = (".gz", ".zst")
ALWAYS_BYTES: Final = 50_000_000  # our choice: read whatever the ratio
MAX_RATIO: Final = 10  # our choice: CSV logs shrink to a third, JSON logs to a tenth
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_WINDOW_LOG: Final = 27  # 128 MB, what the zstd tool itself takes by default


class _Counted(io.RawIOBase):
    """A stream put together again from its first bytes and its rest, which counts what was read of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
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


class Decompressed:
    """What a compressed stream holds.

    Args:
        packed: The compressed bytes.
        stream: Gives the decompressed ones.
        kind: What the compression is called.
        where: The source's name, for messages.
        errors: What decompressing raises where the bytes are damaged.
    """

    def __init__(
        self, packed: _Counted, stream: Any, kind: str, where: str, errors: tuple[type[Exception], ...]
    ) -> None:
        self._packed = packed
        self._stream = stream
        self._kind = kind
        self._where = where
        self._errors = errors
        self._given = 0

    @classmethod
    def of(cls, stream: BinaryIO, head: bytes, where: str) -> "Decompressed | None":
        """What a stream holds whose first bytes were read already; None where it is not compressed.

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
        """The next bytes.

        Raises:
            SourceError: the data is damaged, breaks off, or grows beyond what a log does.
        """
        try:
            chunk: bytes = self._stream.read(size)
        except self._errors as error:
            fault = "breaks off" if isinstance(error, EOFError) else "is damaged"
            raise SourceError(
                f"{self._where}: its {self._kind} data {fault}; a whole archive is needed. Copy it again, or "
                "decompress what there is."
            ) from None
        self._given += len(chunk)
        if self._given > max(ALWAYS_BYTES, MAX_RATIO * self._packed.count):
            raise SourceError(
                f"{self._where}: its {self._kind} data grows from {self._packed.count:,} to more than "
                f"{self._given:,} bytes; a training log is not so repetitive. Check that it is one, and decompress it."
            )
        return chunk


def _zstd(where: str) -> Any:
    """The module that decompresses Zstandard: Python's own from 3.14 on, before that its backport."""
    try:
        from compression import zstd  # from Python 3.14 on
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise MissingExtraError(
                f"{where}: this is a Zstandard archive, which needs a package that is not installed. Run: pip install "
                "'keras-reportgen[zstd]'"
            ) from None
    return zstd
