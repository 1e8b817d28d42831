"""Protobuf's wire format, as documented at protobuf.dev: reads the fields of a message without its schema.

Nothing is copied, and every length is checked against the available bytes before it is used.
"""

from collections.abc import Iterator
from typing import Final

VARINT: Final = 0  # an unsigned 64-bit int
FIXED64: Final = 1  # 8 bytes, as memoryview
BYTES: Final = 2  # text, bytes or a message, as memoryview
FIXED32: Final = 5  # 4 bytes, as memoryview
_MAX_VARINT_BYTES: Final = 10
_WIDTHS: Final = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """The bytes are not a message; the text says what was found and where."""


def fields(message: bytes | bytearray | memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """The fields of a message. Raises WireError if it is not a message."""
    view = memoryview(message)
    for number, kind, first, last in spans(view, 0, len(view)):
        yield number, kind, varint(view, first, last)[0] if kind == VARINT else view[first:last]


def spans(message: bytes | memoryview, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Number and type of each field, and where its value begins and ends. Raises WireError if it is not a message."""
    at = start
    while at < stop:
        place = at
        tag, at = varint(message, at, stop)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise WireError(f"a field of number {number} at byte {place}")
        if kind == VARINT:
            size = varint(message, at, stop)[1] - at
        elif kind == BYTES:
            size, at = varint(message, at, stop)
        elif kind in _WIDTHS:
            size = _WIDTHS[kind]
        else:  # groups, which logs do not have
            raise WireError(f"a field of type {kind} at byte {place}")
        if size > stop - at:
            raise WireError(f"a field of {size} bytes at byte {place}, with {stop - at} bytes left")
        yield number, kind, at, at + size
        at += size


def varint(view: bytes | memoryview, at: int, stop: int) -> tuple[int, int]:
    """Reads a whole number; also returns where it ends.

    Raises:
        WireError: it does not end before ``stop``, or has more than 64 bits.
    """
    if at < stop and view[at] < 0x80:  # the usual case
        return view[at], at + 1
    value = shift = 0
    for place in range(at, min(at + _MAX_VARINT_BYTES, stop)):
        byte = view[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64:
                raise WireError(f"a number of more than 64 bits at byte {at}")
            return value, place + 1
        shift += 7
    raise WireError(f"an unterminated number at byte {at}")
