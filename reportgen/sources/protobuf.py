"""Protobuf's wire format, as far as logs need it: the fields of a message, without its description.

In: bytes. Out: (field number, wire type, value) in the order in which they stand. Nothing is copied, and no length is
believed before it was compared with what is there.

Source: the encoding as protobuf.dev documents it.
"""

from collections.abc import Iterator
from typing import Final

VARINT: Final = 0  # a whole number, as int of 64 bits without sign
FIXED64: Final = 1  # 8 bytes, as memoryview
BYTES: Final = 2  # text, bytes or a message, as memoryview
FIXED32: Final = 5  # 4 bytes, as memoryview
_MAX_VARINT_BYTES: Final = 10
_WIDTHS: Final = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """Bytes that are no message; the text says what was met where."""


def fields(message: bytes | bytearray | memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """The fields of a message.

    Raises:
        WireError: the bytes are none.
    """
    view = memoryview(message)
    at, end = 0, len(view)
    while at < end:
        start = at
        tag, at = _varint(view, at)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise WireError(f"a field of number {number} at byte {start}")
        if kind == VARINT:
            whole, at = _varint(view, at)
            yield number, kind, whole
            continue
        if kind == BYTES:
            size, at = _varint(view, at)
        elif kind in _WIDTHS:
            size = _WIDTHS[kind]
        else:  # groups, which no log has
            raise WireError(f"a field of type {kind} at byte {start}")
        if size > end - at:
            raise WireError(f"a field of {size} bytes at byte {start}, where {end - at} are left")
        yield number, kind, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """A whole number, and where it ends."""
    if at < len(view) and view[at] < 0x80:  # as most are
        return view[at], at + 1
    value = shift = 0
    for place in range(at, min(at + _MAX_VARINT_BYTES, len(view))):
        byte = view[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64:
                raise WireError(f"a number of more than 64 bits at byte {at}")
            return value, place + 1
        shift += 7
    raise WireError(f"a number without an end at byte {at}")
