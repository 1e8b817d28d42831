"""Event files written byte by byte, so that tests can write what no tool would."""

import functools
import struct
from collections.abc import Iterable, Sequence


def varint(number: int) -> bytes:
    number %= 1 << 64
    made = b""
    while number > 0x7F:
        made += bytes([number & 0x7F | 0x80])
        number >>= 7
    return made + bytes([number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def simple(tag: str, value: float) -> bytes:
    """A Summary.Value as torch writes it."""
    return field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, body: bytes, plugin: str = "scalars") -> bytes:
    """A Summary.Value as TensorFlow writes it, around any TensorProto."""
    metadata = field(9, field(1, field(1, plugin.encode()))) if plugin else b""
    return field(1, tag.encode()) + field(8, body) + metadata


def event(step: int, *values: bytes, wall_time: float = 1.7e9) -> bytes:
    stated = b"\x10" + varint(step) if step else b""
    return b"\x09" + struct.pack("<d", wall_time) + stated + field(5, b"".join(field(1, value) for value in values))


VERSION = b"\x09" + struct.pack("<d", 1.7e9) + field(3, b"brain.Event:2")


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 * (byte & 1)
    return byte


_REMAINDERS = [_remainder(byte) for byte in range(256)]


@functools.lru_cache(maxsize=256)  # cached, because large test files repeat their records
def checksum(data: bytes) -> int:
    """The masked CRC-32C, byte by byte."""
    state = 0xFFFFFFFF
    for byte in data:
        state = _REMAINDERS[(state ^ byte) & 0xFF] ^ state >> 8
    state ^= 0xFFFFFFFF
    return ((state >> 15 | state << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(record: bytes) -> bytes:
    length = struct.pack("<Q", len(record))
    return length + struct.pack("<I", checksum(length)) + record + struct.pack("<I", checksum(record))


def written(records: Iterable[bytes]) -> bytes:
    """A file of records, beginning with the version."""
    return b"".join(map(frame, [VERSION, *records]))


def log(curves: dict[str, Sequence[float]], first: int = 0) -> bytes:
    """A file of curves with one value per step and one event per value."""
    length = max(map(len, curves.values()))
    return written(
        event(first + step, simple(tag, values[step]))
        for step in range(length)
        for tag, values in curves.items()
        if step < len(values)
    )
