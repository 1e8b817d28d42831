import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wandb_files import field, varint

from reportgen.sources.protobuf import WireError, fields

numbers = st.integers(1, (1 << 29) - 1)


@given(st.lists(st.tuples(numbers, st.one_of(st.integers(0, (1 << 64) - 1), st.binary(max_size=300)))))
def test_written_records_are_read_in_order(written: list[tuple[int, int | bytes]]) -> None:
    message = b"".join(field(number, value) for number, value in written)
    read = [(number, value if isinstance(value, int) else bytes(value)) for number, _, value in fields(message)]
    assert read == written


def test_fixed_fields_are_eight_and_four_bytes() -> None:
    message = varint(3 << 3 | 1) + b"8 bytes!" + varint(4 << 3 | 5) + b"four"
    assert [(number, kind, bytes(value)) for number, kind, value in fields(message)] == [
        (3, 1, b"8 bytes!"),
        (4, 5, b"four"),
    ]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"\x0a\x05abc", "a field of 5 bytes at byte 0, with 3 bytes left"),
        (b"\x08\x01\x0a" + b"\xff" * 9 + b"\x01", "a field of 18446744073709551615 bytes at byte 2, with 0 bytes left"),
        (b"\x09abc", "a field of 8 bytes at byte 0, with 3 bytes left"),
        (b"\x0b", "a field of type 3 at byte 0"),
        (b"\x0e", "a field of type 6 at byte 0"),
        (b"\x00\x01", "a field of number 0 at byte 0"),
        (b"\xf8\xff\xff\xff\xff\x0f\x01", "a field of number 68719476735 at byte 0"),
        (b"\x08\x80\x80", "an unterminated number at byte 1"),
        (b"\x08" + b"\x80" * 10 + b"\x01", "an unterminated number at byte 1"),
        (b"\x08" + b"\xff" * 9 + b"\x7f", "a number of more than 64 bits at byte 1"),
    ],
)
def test_bytes_that_are_not_a_message_are_refused_with_their_position(message: bytes, fault: str) -> None:
    with pytest.raises(WireError, match=re.escape(fault) + "$"):
        list(fields(message))


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_into_fields_inside_them_or_refused(data: bytes) -> None:
    try:
        found = list(fields(data))
    except WireError:
        return
    assert sum(len(value) for _, _, value in found if not isinstance(value, int)) < max(1, len(data))
