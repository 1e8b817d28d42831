"""Decodes the scalars of TensorBoard event files, without TensorFlow and without protobuf.

Records of equal length and form are decoded together, since a log of millions of values has few forms. Every checksum
is checked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.sources.formats.tensorboard.messages import SCALARS, Event, Form, look_at, numbers_in
from reportgen.sources.formats.tensorboard.records import (
    BLOCK,
    FramedRecords,
    RecordBatch,
    byte_sums,
    checksum,
    checksum_parts,
    masked,
)
from reportgen.sources.table.limits import check_columns, check_values

_FEW: Final = 8  # fewer records of equal length are decoded one by one
_ROUNDS: Final = 8  # forms to look for among records of equal length
_MANY_PARTS: Final = 64  # arrays per curve before they are joined, since each takes memory
_MIXERS: Final = np.random.default_rng(0).integers(1, 2**63, BLOCK // 8, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


@dataclass(frozen=True)
class TagCurve:
    """The values of one tag, in the order of the file.

    Attributes:
        steps: Shape (n,), int64.
        values: Shape (n,), float64; NaN is a value.
        again: The first and the last step that were logged more than once, set when their earlier values are removed.
        goes_back: Whether steps went back, rather than only repeated.
    """

    steps: np.ndarray
    values: np.ndarray
    again: tuple[int, int] | None = None
    goes_back: bool = False


class EventScalars:
    """The scalars of one or more files, packed as they are read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._n_values = 0
        self._packed: dict[str, list[TagCurve]] = {}
        self._plugins: dict[str, bool] = {}

    def curves(self) -> dict[str, TagCurve]:
        """Returns the curves by tag, in order of appearance, and releases them."""
        made = {}
        for tag in list(self._packed):
            parts = self._packed.pop(tag)
            if self._plugins.get(tag, True):
                made[tag] = _joined(parts)
        return made

    def add_file(self, chunks: Iterable[bytes], place: str) -> tuple[int, bool, bool]:
        """Reads a file from its bytes, in chunks of any size.

        Returns:
            The number of complete, undamaged records; whether the file ends inside a record; whether a record is
            damaged. Nothing is read after a damaged record.

        Raises:
            SourceError: an undamaged record is not an event, or there are more tags or values than a history can have.
        """
        records = FramedRecords(chunks)
        for batch in records:
            reading = _DecodedBatch(batch)
            reading.read()
            self._keep(reading)
            if reading.n_sound < len(batch.starts):
                number = batch.number + reading.n_sound
                if reading.fault is not None:
                    start = batch.offset + int(batch.starts[reading.n_sound])
                    raise SourceError(
                        f"{place}: record {number + 1:,} at byte {start:,} {reading.fault}, though its checksum is "
                        "correct. Check that this is an event file."
                    )
                return number, False, True
        return records.number, records.breaks_off, records.damaged_at is not None

    def _keep(self, reading: "_DecodedBatch") -> None:
        for tag, is_scalar in reading.plugins.items():
            self._plugins[tag] = self._plugins.get(tag, False) or is_scalar
        for tag, curve in reading.curves():
            self._n_values += len(curve.steps)
            parts = self._packed.setdefault(tag, [])
            check_columns(len(self._packed), self.where)
            parts.append(curve)
            if len(parts) >= _MANY_PARTS:
                self._packed[tag] = [_joined(parts)]
        check_values(self._n_values, self.where)


class _DecodedBatch:
    """The scalars of one batch of records.

    Attributes:
        plugins: By tag, whether the plugin in its metadata shows scalars; tags without a plugin are absent.
        n_sound: Number of records before the first one that is damaged or not an event.
        fault: What is wrong with that record if it is not damaged.
    """

    def __init__(self, batch: RecordBatch) -> None:
        self.batch = batch
        self.plugins: dict[str, bool] = {}
        self.n_sound = len(batch.starts)
        self.fault: str | None = None
        self._events: dict[int, Event | str] = {}
        self._parts: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}  # records, steps, values

    def read(self) -> None:
        """Decodes all records."""
        order = np.argsort(self.batch.lengths, kind="stable")
        ends = np.flatnonzero(np.diff(self.batch.lengths[order], append=-1)) + 1
        first = 0
        for end in ends.tolist():
            records = order[first:end]
            length = int(self.batch.lengths[records[0]])
            if len(records) >= _FEW and 0 < length <= BLOCK:
                self._read_alike(records, length)
            else:
                self._read_singly(records)
            first = end

    def curves(self) -> Iterator[tuple[str, TagCurve]]:
        """Steps and values of the undamaged records by tag, in the order of the file."""
        for tag, parts in sorted(self._parts.items(), key=lambda item: min(int(part[0][0]) for part in item[1])):
            records, steps, values = parts[0]
            if len(parts) > 1:
                records, steps, values = (np.concatenate(column) for column in zip(*parts, strict=True))
                order = np.argsort(records, kind="stable")
                records, steps, values = records[order], steps[order], values[order]
            end = int(np.searchsorted(records, self.n_sound))
            if end:
                yield tag, TagCurve(steps[:end].copy(), values[:end].copy())

    def _read_alike(self, records: np.ndarray, length: int) -> None:
        """Decodes records of equal length, one form at a time."""
        starts = self.batch.starts[records]
        rows = np.zeros((len(records), -(-length // 8) * 8), np.uint8)
        rows[:, :length] = np.lib.stride_tricks.sliding_window_view(self.batch.data, length)[starts]
        for _ in range(_ROUNDS):
            event = self._event(int(records[0]))
            if isinstance(event, str):
                break
            done = self._read_form(event.form, rows, records, length)
            rows, records = rows[~done], records[~done]
            if not len(records):
                return
        self._read_singly(records)

    def _event(self, record: int) -> Event | str:
        """The layout of a record, or why it is not an event."""
        if record not in self._events:
            self._events[record] = look_at(self._bytes(record).tobytes())
        return self._events[record]

    def _bytes(self, record: int) -> np.ndarray:
        start = int(self.batch.starts[record])
        return self.batch.data[start : start + int(self.batch.lengths[record])]

    def _read_form(self, form: Form, rows: np.ndarray, records: np.ndarray, length: int) -> np.ndarray:
        """Decodes the records of one form.

        Args:
            form: The positions of the numbers.
            rows: Shape (n, at least length), uint8: the bytes of each record.
            records: Shape (n,), their indices in the batch.
            length: Number of bytes of each.

        Returns:
            Shape (n,), bool: which records were decoded.
        """
        mask = np.zeros(rows.shape[1], np.uint8)
        mask[:length] = np.frombuffer(form.mask, np.uint8)
        common = rows & mask  # the part shared by records that differ only in their numbers
        mixed = common.view(np.uint64) @ _MIXERS[: rows.shape[1] // 8]
        order = np.argsort(mixed, kind="stable")
        begins = np.append(True, np.diff(mixed[order]) != 0)
        firsts, group = order[begins], np.cumsum(begins) - 1
        events = dict[int, Event]()
        for number, record in enumerate(records[firsts].tolist()):
            event = self._event(record)
            if isinstance(event, Event) and event.form == form:
                events[number] = event
        fits = np.isin(np.arange(len(firsts)), list(events))
        fits = fits[group] & (common[order] == common[firsts][group]).all(axis=1)
        order, group = order[fits], group[fits]
        rows, numbers = rows[order], records[order]

        parts = checksum_parts(common[firsts, :length])[group]
        for place in np.flatnonzero(mask[:length] != 0xFF).tolist():
            parts ^= byte_sums(length - 1 - place)[rows[:, place] & ~mask[place]]
        wrong = masked(parts, length) != self.batch.sums[numbers]
        if wrong.any():
            self._stop(int(numbers[wrong].min()))

        steps = numbers_in(rows, form.step, as_steps=True)
        values = [numbers_in(rows, slot) for slot in form.values]
        ends = np.flatnonzero(np.diff(group, append=-1)) + 1
        for first, end in zip(np.append(0, ends)[: len(ends)].tolist(), ends.tolist(), strict=True):
            self._put(
                events[int(group[first])], numbers[first:end], steps[first:end], [part[first:end] for part in values]
            )
        done = np.zeros(len(records), dtype=bool)
        done[order] = True
        return done

    def _read_singly(self, records: np.ndarray) -> None:
        for record in records.tolist():
            data = self._bytes(record)
            if checksum(data) != self.batch.sums[record]:
                self._stop(record)
                continue
            event = self._event(record)
            if isinstance(event, str):
                self._stop(record, event)
            elif event.tags or event.plugins:
                values = [numbers_in(data[None, :], slot) for slot in event.form.values]
                self._put(event, np.array([record]), numbers_in(data[None, :], event.form.step, as_steps=True), values)

    def _put(self, event: Event, records: np.ndarray, steps: np.ndarray, values: list[np.ndarray]) -> None:
        for tag, column in zip(event.tags, values, strict=True):
            self._parts.setdefault(tag, []).append((records, steps, column))
        for tag, plugin in event.plugins:
            self.plugins[tag] = self.plugins.get(tag, False) or plugin == SCALARS

    def _stop(self, record: int, fault: str | None = None) -> None:
        """Remembers the first record that is damaged or not an event."""
        if record < self.n_sound:
            self.n_sound, self.fault = record, fault


def _joined(parts: list[TagCurve]) -> TagCurve:
    return TagCurve(np.concatenate([part.steps for part in parts]), np.concatenate([part.values for part in parts]))
