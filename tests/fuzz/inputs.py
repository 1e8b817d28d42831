"""Decodes the fuzzer's bytes: which reader to use, how the log is stored, and what it contains.

The first byte chooses the reader, the second how the log is stored; the rest is the log. Readers come from the
registry, so a new one is fuzzed as soon as it is registered.
"""

import gzip
from pathlib import Path, PurePosixPath

import event_files
import sample_logs

from reportgen.sources.registry import BUILT_IN
from tests.fuzz.outcome import save

try:
    from compression import zstd
except ImportError:
    from backports import zstd

READERS = (None, *BUILT_IN)  # None: detect the format
PLAIN, GZIP, ZSTANDARD, FOLDER, RECORDS = range(5)
N_WAYS = 5
FILE = b"\n=file: "  # before the name of each file of a folder
RECORD = b"\n=record\n"  # between the records of an event file, whose checksums a fuzzer could not guess
_MAX_FILES = 8


def encoded(reader: str | None, way: int, log: bytes) -> bytes:
    return bytes([READERS.index(reader), way]) + log


def reader_of(data: bytes) -> str | None:
    return READERS[data[0] % len(READERS)] if data else None


def write(data: bytes, place: Path) -> None:
    """Writes the log that the bytes encode to a path that does not exist yet."""
    way, log = data[1] % N_WAYS if len(data) > 1 else PLAIN, data[2:]
    if way == FOLDER:
        place.mkdir()
        save(place, files_of(log))
    elif way == RECORDS:
        place.write_bytes(event_files.written(log.split(RECORD)))
    else:
        pack = {PLAIN: bytes, GZIP: lambda raw: gzip.compress(raw, 1), ZSTANDARD: lambda raw: zstd.compress(raw, 1)}
        place.write_bytes(pack[way](log))


def files_of(log: bytes) -> dict[str, bytes]:
    """The files of a folder, with names that stay inside it and do not conflict with each other."""
    files: dict[str, bytes] = {}
    for part in log.split(FILE)[1 : _MAX_FILES + 1]:
        name, _, content = part.partition(b"\n")
        path = PurePosixPath(name.decode("utf-8", "replace").replace("\0", ""))
        parts = [piece[:60] for piece in path.parts if piece not in ("/", "//", "..")][:8]
        text = "/".join(parts)
        if text and not any(f"{text}/".startswith(f"{met}/") or f"{met}/".startswith(f"{text}/") for met in files):
            files[text] = content
    return files


def seeds() -> dict[str, bytes]:
    """Valid inputs from every sample: with its reader in every way of storing it, and with its format detected."""
    made: dict[str, bytes] = {}
    for name, log in sample_logs.DATA_BY_FORMAT.items():
        for way in (PLAIN, GZIP, ZSTANDARD):
            made[f"{name}-{way}"] = encoded(name, way, log)
        made[f"{name}-recognised"] = encoded(None, PLAIN, log)
    for name, files in sample_logs.FOLDERS_BY_FORMAT.items():
        log = b"".join(FILE + path.encode() + b"\n" + content for path, content in files.items())
        made[f"{name}-folder"] = encoded(name, FOLDER, log)
        made[f"{name}-folder-recognised"] = encoded(None, FOLDER, log)
    made["journal-batches"] = encoded("journal", PLAIN, sample_logs.JOURNAL_OF_BATCHES.encode())
    losses = enumerate(sample_logs.LOSSES)
    plain = RECORD.join(event_files.event(step, event_files.simple("loss", loss)) for step, loss in losses)
    made["tensorboard-records"] = encoded("tensorboard", RECORDS, plain)
    body = b"\x08\x01" + event_files.field(4, b"\0\0\x80\x3f")
    tensors = RECORD.join(event_files.event(step, event_files.tensor("epoch_loss", body)) for step in range(3))
    made["tensorboard-tensors"] = encoded("tensorboard", RECORDS, tensors)
    return made
