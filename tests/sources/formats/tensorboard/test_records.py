"""FramedRecords: records in TensorFlow's framing are found in pieces of any size."""

import event_files
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.sources.formats.tensorboard.records import BLOCK, FramedRecords, checksum, checksum_parts, masked


def as_bytes(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def test_the_checksum_is_crc_32c() -> None:
    mask = 0xA282EAD8
    known = 0xE3069283  # of the digits 1 to 9, the check value in every description of CRC-32C
    assert checksum(as_bytes(b"123456789")) == ((known >> 15 | known << 17) + mask) & 0xFFFFFFFF


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7])
def test_the_checksum_of_any_length_equals_the_one_computed_bit_by_bit(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    assert checksum(as_bytes(data)) == event_files.checksum(data)


@pytest.mark.parametrize("size", [1, 3, 60, BLOCK])
def test_checksums_computed_together_equal_those_computed_one_by_one(size: int) -> None:
    rows = np.random.default_rng(size).integers(0, 256, (300, size), dtype=np.uint8)
    assert masked(checksum_parts(rows), size).tolist() == [checksum(row) for row in rows]


@given(
    st.lists(st.one_of(st.integers(0, 30), st.integers(0, 3000)), max_size=12),
    st.integers(1, 30),
    st.integers(1, 4000),
)
def test_records_of_any_length_are_found_with_any_read_size(lengths: list[int], times: int, piece: int) -> None:
    """Repeated lengths are found at once, others one by one; the data has both, and changes between them."""
    once = [event_files.frame(bytes([place % 256]) * length) for place, length in enumerate(lengths)]
    data = b"".join(once * times + once[:1] + once[1:] * times)
    records = FramedRecords(data[place : place + piece] for place in range(0, len(data), piece))
    met = [
        batch.data[start : start + length].tobytes()
        for batch in records
        for start, length in zip(batch.starts.tolist(), batch.lengths.tolist(), strict=True)
    ]
    bodies = [bytes([place % 256]) * length for place, length in enumerate(lengths)]
    assert met == bodies * times + bodies[:1] + bodies[1:] * times
    assert (records.breaks_off, records.damaged_at, records.number) == (False, None, len(met))


@pytest.mark.parametrize("place", range(12))
def test_a_damaged_length_ends_the_file_at_a_known_position(place: int) -> None:
    frame = event_files.frame(b"abc")
    data = bytearray(frame * 200)
    data[150 * len(frame) + place] ^= 1
    records = FramedRecords([bytes(data)])
    assert sum(len(batch.starts) for batch in records) == 150
    assert records.damaged_at == 150 * len(frame)
