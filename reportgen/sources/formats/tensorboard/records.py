"""Splits TensorFlow record files. A record is a length, its checksum, the bytes, and their checksum (CRC-32C, masked).

A record with a false length never takes more memory than the bytes that exist.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

HEADER_BYTES: Final = 12
_FRAME_BYTES: Final = 16  # header and final checksum
_BATCH_BYTES: Final = 4 << 20  # our choice: larger batches are not faster
_MASK_DELTA: Final = 0xA282EAD8
_POLYNOMIAL: Final = 0x82F63B78
BLOCK: Final = 1024  # bytes whose checksum is computed at once
_SLICE_BYTES: Final = 1 << 16  # bytes looked up at once
_LOOP: Final = 64  # records read one by one before searching for a pattern


@cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """The contribution of a byte to the checksum, by number of bytes after it, and of the start value, by length."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ np.uint32(_POLYNOMIAL), first >> 1)
    tables = np.empty((BLOCK, 256), np.uint32)
    starts = np.empty(BLOCK + 1, np.uint32)
    tables[0], starts[0] = first, 0xFFFFFFFF
    for behind in range(1, BLOCK):
        before = tables[behind - 1]
        tables[behind] = first[before & 0xFF] ^ (before >> 8)
    for length in range(1, BLOCK + 1):
        before = starts[length - 1]
        starts[length] = first[before & 0xFF] ^ (before >> 8)
    return tables, starts


def byte_sums(n_behind: int) -> np.ndarray:
    """Shape (256,), uint32: the contribution of a byte to the checksum, given the number of bytes after it."""
    return _tables()[0][n_behind]


def checksum_parts(rows: np.ndarray) -> np.ndarray:
    """The contribution of the bytes of each row, uint8 and at most `BLOCK` long, to its checksum."""
    made = np.empty(len(rows), np.uint32)
    places = np.arange(rows.shape[1] - 1, -1, -1) * 256
    tables = _tables()[0].ravel()
    size = _SLICE_BYTES // max(1, rows.shape[1])
    for first in range(0, len(rows), size):
        looked_up = tables.take(rows[first : first + size] + places)
        made[first : first + size] = np.bitwise_xor.reduce(looked_up, axis=1)
    return made


def masked(parts: np.ndarray, length: int) -> np.ndarray:
    """Checksums in their stored form, from the results of `checksum_parts` for rows of one length."""
    whole = parts ^ _tables()[1][length] ^ np.uint32(0xFFFFFFFF)
    return ((whole >> np.uint32(15)) | (whole << np.uint32(17))) + np.uint32(_MASK_DELTA)


def checksum(data: np.ndarray) -> int:
    """The masked checksum of uint8 data of any length."""
    over = len(data) % BLOCK
    tables, starts = _tables()
    state = int(starts[over] ^ checksum_parts(data[None, :over])[0])
    for part in checksum_parts(data[over:].reshape(-1, BLOCK)).tolist():
        for place in range(4):
            part ^= int(tables[BLOCK - 1 - place, state >> 8 * place & 0xFF])
        state = part
    whole = state ^ 0xFFFFFFFF
    return ((whole >> 15 | whole << 17) + _MASK_DELTA) & 0xFFFFFFFF


def length_is_right(header: bytes) -> bool:
    """Whether a file's header is a length below 4 GB with its correct checksum."""
    data = np.frombuffer(header, np.uint8)
    if len(data) < HEADER_BYTES or data[4:8].any():
        return False
    return checksum(data[:8]) == int.from_bytes(header[8:HEADER_BYTES], "little")


@dataclass(frozen=True)
class RecordBatch:
    """Some complete records, in the order of the file."""

    data: np.ndarray  # uint8: the bytes that contain the records
    starts: np.ndarray  # shape (n,), int64: where each starts in `data`
    lengths: np.ndarray  # shape (n,), int64
    sums: np.ndarray  # shape (n,), uint32: their stored checksums, not yet checked
    number: int  # number of earlier records
    offset: int  # number of bytes before `data`


class FramedRecords:
    """Batches of a file's records, read from chunks of any size. Attributes are final after the last batch.

    Attributes:
        breaks_off: Whether the file ends inside a record.
        damaged_at: Where the record with a damaged length starts; None without one.
        number: Number of complete records.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.breaks_off = False
        self.damaged_at: int | None = None
        self.number = 0

    def __iter__(self) -> Iterator[RecordBatch]:
        pending, needed, offset = bytearray(), _BATCH_BYTES, 0
        chunks = iter(self._chunks)
        at_end = False
        while not at_end:
            while len(pending) < needed and not at_end:
                chunk = next(chunks, b"")
                at_end = not chunk
                pending += chunk
            data = np.frombuffer(pending, np.uint8)
            starts, lengths, end = _follow(data)
            good = _lengths_are_right(data, starts, lengths)
            n_good = len(starts) if good.all() else int(good.argmin())
            if n_good:
                bodies = starts[:n_good] + HEADER_BYTES
                sums = _words(data, bodies + lengths[:n_good], 4).view(np.uint32)
                yield RecordBatch(data, bodies, lengths[:n_good], sums, self.number, offset)
                self.number += n_good
            if n_good < len(starts):
                self.damaged_at = offset + int(starts[n_good])
                return
            left = len(data) - end
            needed = _BATCH_BYTES
            if left >= HEADER_BYTES:  # a record that is not complete yet
                place = np.array([end])
                length = int(_words(data, place, 8).view(np.uint64)[0])
                if not _lengths_are_right(data, place, np.array([length], np.uint64)).all():
                    self.damaged_at = offset + end
                    return
                needed = max(needed, length + _FRAME_BYTES)
            offset += end
            pending = bytearray(memoryview(pending)[end:])  # the batch still refers to the old one
        self.breaks_off = bool(pending)


def _follow(data: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The starts and lengths of the complete records in a chunk of a file, and the end of the last one."""
    view, size, place = data.data, len(data), 0
    read = struct.Struct("<Q").unpack_from
    found: list[np.ndarray] = []
    n_alone = _LOOP
    while True:
        starts: list[int] = []
        while place + HEADER_BYTES <= size and len(starts) < n_alone:
            end = place + read(view, place)[0] + _FRAME_BYTES
            if end > size:
                break
            starts.append(place)
            place = end
        found.append(np.array(starts, dtype=np.int64))
        if len(starts) < n_alone:
            break
        alike, after = _continued(data, found[-1][-_LOOP:], place)
        found.append(alike)
        place = after
        n_alone = _LOOP if len(alike) > _LOOP else 2 * n_alone  # without a pattern, search less often
    all_starts = np.concatenate(found)
    return all_starts, np.diff(np.append(all_starts, place)) - _FRAME_BYTES, place


def _continued(data: np.ndarray, starts: np.ndarray, end: int) -> tuple[np.ndarray, int]:
    """Starts of the next records if their lengths repeat in a cycle, as for metrics logged together; the last end."""
    sizes = np.diff(np.append(starts, end))
    period = next((n for n in range(1, len(sizes) // 2 + 1) if (sizes[n:] == sizes[:-n]).all()), 0)
    if not period:
        return starts[:0], end
    cycle = sizes[-period:]
    n_cycles = (len(data) - end) // int(cycle.sum())
    places = end + np.append(0, np.cumsum(np.tile(cycle, n_cycles)))
    guessed = places[:-1]
    lengths = _words(data, guessed, 8).view(np.uint64)
    alike = lengths == np.tile(cycle - _FRAME_BYTES, n_cycles).astype(np.uint64)
    n_alike = len(alike) if alike.all() else int(alike.argmin())
    return guessed[:n_alike], int(places[n_alike])


def _lengths_are_right(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Whether the stored checksum of each length is correct."""
    right = masked(checksum_parts(lengths.astype("<u8")[:, None].view(np.uint8)), 8)
    return _words(data, starts + 8, 4).view(np.uint32) == right


def _words(data: np.ndarray, places: np.ndarray, size: int) -> np.ndarray:
    """The bytes at several positions, joined."""
    if not len(places):
        return np.empty(0, np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, size)[places].ravel()
