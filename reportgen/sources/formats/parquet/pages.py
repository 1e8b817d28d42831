"""How much stands in the pages of a Parquet file, told by their own headers before anything is decompressed.

In: the bytes of a column's chunk. Out: what its pages would become. A footer may say less, and a page of some bytes
may become two gigabytes of text or a billion values. Headers are structs in Thrift's compact form.
"""

from dataclasses import dataclass
from typing import Final

_END, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12  # types of Thrift
_VARINTS: Final = (4, 5, 6)  # whole numbers of 16, 32 and 64 bits
_UNPACKED, _PACKED = 2, 3  # fields of PageHeader
_KINDS: Final = (5, 7, 8)  # in PageHeader: of data, of a dictionary, of data in the second form
_N_VALUES: Final = 1  # in each of these
_MAX_DEPTH: Final = 8  # structs within structs; page headers have three
_VARINT_BYTES: Final = 10


class PageError(ValueError):
    """Bytes that are no page header."""


@dataclass(frozen=True)
class Pages:
    """What some pages become.

    Attributes:
        n_bytes: Bytes of them, decompressed.
        n_values: Values, nulls and those of dictionaries included.
    """

    n_bytes: int
    n_values: int


def look_at_pages(chunk: memoryview) -> Pages:
    """What all pages of a column's chunk become.

    Raises:
        PageError: a header is none.
    """
    n_bytes, n_values, place = 0, 0, 0
    while place < len(chunk):
        header = _Header(chunk, place)
        fields = header.read()
        unpacked, packed = fields.get((_UNPACKED,), -1), fields.get((_PACKED,), -1)
        if unpacked < 0 or packed < 0:
            raise PageError("a page without a size")
        n_bytes += unpacked
        n_values += sum(max(0, fields.get((kind, _N_VALUES), 0)) for kind in _KINDS)
        place = header.place + packed
    return Pages(n_bytes, n_values)


class _Header:
    """One header, walked through."""

    def __init__(self, data: memoryview, place: int) -> None:
        self.data = data
        self.place = place
        self._found: dict[tuple[int, ...], int] = {}

    def read(self) -> dict[tuple[int, ...], int]:
        """Whole numbers by the numbers of the fields that they stand in."""
        self._struct(())
        return self._found

    def _struct(self, path: tuple[int, ...]) -> None:
        if len(path) > _MAX_DEPTH:
            raise PageError("a header that nests too deeply")
        field = 0
        while (head := self._byte()) & 0x0F != _END:
            field = field + (head >> 4) if head >> 4 else self._whole()
            self._value(head & 0x0F, (*path, field))

    def _value(self, kind: int, path: tuple[int, ...]) -> None:
        if kind in _VARINTS:
            self._found[path] = self._whole()
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind == _STRUCT:
            self._struct(path)
        elif kind in (_BYTE, _DOUBLE):
            self._skip(1 if kind == _BYTE else 8)
        elif kind not in (_TRUE, _FALSE):  # page headers hold no lists
            raise PageError(f"a field of kind {kind} in a header")

    def _whole(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)

    def _varint(self) -> int:
        number = 0
        for count in range(_VARINT_BYTES):
            byte = self._byte()
            number |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                return number
        raise PageError("a number that does not end")

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.place - 1]

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self.data):
            raise PageError("a header that breaks off")
