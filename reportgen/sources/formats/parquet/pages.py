"""Adds up the sizes of a Parquet file's pages from the page headers, before anything is decompressed.

The footer may be wrong, and a few bytes may expand to gigabytes. Headers are structs in Thrift's compact protocol.
"""

from typing import Any, Final

_END, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12  # types of Thrift
_VARINTS: Final = (4, 5, 6)  # whole numbers of 16, 32 and 64 bits
_UNPACKED, _PACKED = 2, 3  # fields of PageHeader
_KINDS: Final = (5, 7, 8)  # headers in PageHeader: data, dictionary, data version 2
_N_VALUES: Final = 1  # the field in each of these headers
_MAX_DEPTH: Final = 8  # nested structs; page headers have three levels
_VARINT_BYTES: Final = 10


def unpacked_size(metadata: Any, data: memoryview) -> tuple[int, int]:
    """Values (including nulls and dictionaries) and decompressed bytes of all columns of a file. May raise ValueError.

    Args:
        metadata: pyarrow's view of the footer.
        data: The whole file.
    """
    n_values, n_bytes = 0, 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            chunk = group.column(place)
            if chunk.num_values <= 0:
                continue
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
                start = chunk.dictionary_page_offset
            unpacked, count = look_at_pages(data[start : start + chunk.total_compressed_size])
            n_values += count
            n_bytes += unpacked + count * max(0, metadata.schema.column(place).length or 0)
    return n_values, n_bytes


def look_at_pages(chunk: memoryview) -> tuple[int, int]:
    """Decompressed bytes and values (including nulls and dictionaries) of a chunk's pages. May raise ValueError."""
    n_bytes, n_values, place = 0, 0, 0
    while place < len(chunk):
        header = _PageHeader(chunk, place)
        fields = header.read()
        unpacked, packed = fields.get((_UNPACKED,), -1), fields.get((_PACKED,), -1)
        if unpacked < 0 or packed < 0:
            raise ValueError("a page without a size")
        n_bytes += unpacked
        n_values += sum(max(0, fields.get((kind, _N_VALUES), 0)) for kind in _KINDS)
        place = header.place + packed
    return n_bytes, n_values


class _PageHeader:
    """Parses one header."""

    def __init__(self, data: memoryview, place: int) -> None:
        self.data = data
        self.place = place
        self._found: dict[tuple[int, ...], int] = {}

    def read(self) -> dict[tuple[int, ...], int]:
        """Integers, keyed by the path of their field numbers."""
        self._struct(())
        return self._found

    def _struct(self, path: tuple[int, ...]) -> None:
        if len(path) > _MAX_DEPTH:
            raise ValueError("a header that nests too deeply")
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
        elif kind not in (_TRUE, _FALSE):  # page headers have no lists
            raise ValueError(f"a field of kind {kind} in a header")

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
        raise ValueError("an unterminated number")

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.place - 1]

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self.data):
            raise ValueError("an incomplete header")
