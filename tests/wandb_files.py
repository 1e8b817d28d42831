"""Writes small .wandb files: protobuf records in LevelDB's log format, as W&B writes them."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

HEADER = b":W&B\xe1\xbe\x00"
BLOCK = 1 << 15


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: int | bytes | str) -> bytes:
    """A field of a message: an integer or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def history(row: Mapping[str, Any]) -> bytes:
    """A record of the values of one call of ``wandb.log``; dots separate nested keys."""
    items = []
    for name, value in row.items():
        keys = name.split(".")
        key = field(1, name) if len(keys) == 1 else b"".join(field(2, part) for part in keys)
        items.append(field(1, key + field(16, value if isinstance(value, bytes) else json.dumps(value))))
    return field(1, 7) + field(2, b"".join(items))


def run(title: str, seconds: int = 1_700_000_000) -> bytes:
    return field(17, field(1, "abc") + field(8, title) + field(17, field(1, seconds) + field(2, 5)))


def end(code: int = 0) -> bytes:
    return field(18, (field(1, code) if code else b"") + field(2, 12))


def framed(*records: bytes) -> bytes:
    """A file with these records."""
    out = bytearray(HEADER)
    for record in records:
        rest, first = record, True
        while first or rest:
            left = BLOCK - len(out) % BLOCK
            if left < 7:
                out += bytes(left)
                continue
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[first, not rest]
            out += zlib.crc32(bytes([kind]) + part).to_bytes(4, "little") + len(part).to_bytes(2, "little")
            out += bytes([kind]) + part
            first = False
    return bytes(out)
