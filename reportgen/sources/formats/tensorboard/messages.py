"""Finds the positions of scalars in the protobuf messages of TensorBoard: Event, Summary and TensorProto."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from reportgen.sources.protobuf import BYTES, FIXED32, FIXED64, VARINT, WireError, spans, varint
from reportgen.sources.table.limits import MAX_COLUMNS

_WALL_TIME, _STEP, _SUMMARY = (1, FIXED64), (2, VARINT), (5, BYTES)  # fields of Event
_VALUE: Final = (1, BYTES)  # of Summary
_TAG, _SIMPLE_VALUE, _TENSOR, _METADATA = (1, BYTES), (2, FIXED32), (8, BYTES), (9, BYTES)  # of Summary.Value
_PLUGIN_DATA, _PLUGIN_NAME = (1, BYTES), (1, BYTES)  # of SummaryMetadata and its PluginData
_DTYPE, _SHAPE, _CONTENT = (1, VARINT), (2, BYTES), (4, BYTES)  # of TensorProto
_DIMENSION, _SIZE = (2, BYTES), (1, VARINT)  # of TensorShapeProto
_FLOAT, _INT64, _BFLOAT16 = 1, 9, 14  # data types
_OF_FIXED_SIZE: Final = (5, 6)  # fields of TensorProto, float_val and double_val; others hold varints
_DTYPES: Final = {  # by number of the data type: NumPy's name, and the field of TensorProto for single values
    1: ("<f4", 5),
    2: ("<f8", 6),
    3: ("<i4", 7),
    4: ("<u1", 7),
    5: ("<i2", 7),
    6: ("<i1", 7),
    9: ("<i8", 10),
    10: ("<u1", 11),
    _BFLOAT16: ("<u2", 13),
    17: ("<u2", 7),
    19: ("<f2", 13),
    22: ("<u4", 16),
    23: ("<u8", 17),
}
SCALARS: Final = "scalars"  # the plugin that shows scalars


class Slot(NamedTuple):
    """The position of a number in a record, and its type: a key of `_DTYPES`, or a varint of that type."""

    start: int
    stop: int
    dtype: int
    is_varint: bool


class Form(NamedTuple):
    """What records of one form share: the positions of numbers, and which other bits must be equal."""

    step: Slot | None
    values: tuple[Slot | None, ...]  # None for a tensor that omits its zero
    mask: bytes


class Event(NamedTuple):
    """The layout of one record."""

    form: Form
    tags: tuple[str, ...]  # one for each value
    plugins: tuple[tuple[str, str], ...]  # tags whose metadata names a plugin, with its name


def numbers_in(rows: np.ndarray, slot: Slot | None, *, as_steps: bool = False) -> np.ndarray:
    """The numbers at one position in several records."""
    if slot is None:
        return np.zeros(len(rows), np.int64 if as_steps else np.float64)
    part = rows[:, slot.start : slot.stop]
    kind = np.dtype(_DTYPES[slot.dtype][0])
    if slot.is_varint:
        bits = np.zeros(len(rows), np.uint64)
        for place in range(part.shape[1]):
            bits |= (part[:, place] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
        raw = bits.astype(f"<u{kind.itemsize}").view(kind)
    else:
        raw = np.ascontiguousarray(part).view(kind)[:, 0]
    if slot.dtype == _BFLOAT16:
        raw = (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return raw if as_steps else raw.astype(np.float64)


def look_at(record: bytes) -> Event | str:
    """The layout of a record, or what is wrong with it if it is not an Event or has too many values."""
    try:
        return _event(record)
    except WireError:
        return "is not an event"


def _event(record: bytes) -> Event | str:
    mask = bytearray(b"\xff" * len(record))
    step: Slot | None = None
    tags: list[str] = []
    slots: list[Slot | None] = []
    plugins: list[tuple[str, str]] = []
    for field, start, stop in _fields(record, 0, len(record)):
        if field == _WALL_TIME:
            mask[start:stop] = bytes(8)
        elif field == _STEP:
            step = Slot(start, stop, _INT64, is_varint=True)
        elif field == _SUMMARY:
            for inner, first, last in _fields(record, start, stop):
                if inner == _VALUE:
                    tag, slot, plugin, is_scalar = _value(record, first, last)
                    if plugin:
                        plugins.append((tag, plugin))
                    if is_scalar and plugin in ("", SCALARS):
                        tags.append(tag)
                        slots.append(slot)
                        if len(slots) > MAX_COLUMNS:
                            return f"holds more than {MAX_COLUMNS:,} scalars"
    for slot in (step, *slots):
        if slot is not None:
            size = slot.stop - slot.start
            mask[slot.start : slot.stop] = b"\x80" * size if slot.is_varint else bytes(size)
    return Event(Form(step, tuple(slots), bytes(mask)), tuple(tags), tuple(plugins))


def _value(record: bytes, start: int, stop: int) -> tuple[str, Slot | None, str, bool]:
    """A Summary.Value: its tag, the position of its number, its plugin, and whether it is a scalar."""
    tag, plugin, slot, is_scalar = "", "", None, False
    for field, first, last in _fields(record, start, stop):
        if field == _TAG:
            tag = record[first:last].decode("utf-8", "replace")
        elif field == _SIMPLE_VALUE:
            slot, is_scalar = Slot(first, last, _FLOAT, is_varint=False), True
        elif field == _TENSOR:
            slot, is_scalar = _tensor(record, first, last)
        elif field == _METADATA:
            for inner, begin, end in _fields(record, first, last):
                if inner == _PLUGIN_DATA:
                    for name, from_, to in _fields(record, begin, end):
                        if name == _PLUGIN_NAME:
                            plugin = record[from_:to].decode("utf-8", "replace")
    return tag, slot, plugin, is_scalar


def _tensor(record: bytes, start: int, stop: int) -> tuple[Slot | None, bool]:
    """The position of a TensorProto's number, and whether it has a single number."""
    dtype, is_single = 0, True
    content: tuple[int, int] | None = None
    entries: list[tuple[tuple[int, int], int, int]] = []
    for field, first, last in _fields(record, start, stop):
        if field == _DTYPE:
            dtype = varint(record, first, last)[0]
        elif field == _SHAPE:
            sizes = [_size(record, *place) for inner, *place in _fields(record, first, last) if inner == _DIMENSION]
            is_single = all(size == 1 for size in sizes)
        elif field == _CONTENT and last > first:
            content = (first, last)
        elif field[0] > _CONTENT[0]:
            entries.append((field, first, last))
    if dtype not in _DTYPES or not is_single:
        return None, False
    name, number = _DTYPES[dtype]
    size = np.dtype(name).itemsize
    if content is not None:
        return Slot(*content, dtype, is_varint=False), content[1] - content[0] == size
    mine = [(field[1], first, last) for field, first, last in entries if field[0] == number and last > first]
    if not mine:
        return None, True
    wire, first, last = mine[0]
    if len(mine) > 1:
        return None, False
    if number in _OF_FIXED_SIZE:
        return Slot(first, last, dtype, is_varint=False), wire != VARINT and last - first == size
    is_one = wire in (VARINT, BYTES) and varint(record, first, last)[1] == last
    return Slot(first, last, dtype, is_varint=True), is_one


def _size(record: bytes, start: int, stop: int) -> int:
    """The size of a tensor along one dimension."""
    return sum(varint(record, *place)[0] for field, *place in _fields(record, start, stop) if field == _SIZE)


def _fields(record: bytes, start: int, stop: int) -> Iterator[tuple[tuple[int, int], int, int]]:
    """The fields of a message: number and wire type, and where the value starts and ends."""
    for number, wire, first, last in spans(record, start, stop):
        yield (number, wire), first, last
