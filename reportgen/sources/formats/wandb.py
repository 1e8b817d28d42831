"""Reads the file of an offline Weights & Biases run, ``run-<id>.wandb``, or the folder that contains it.

Its records are protobuf in LevelDB's log format: blocks of 32 KiB, whose fragments have a checksum, a length and
a kind. A file that ends abruptly, such as that of a running or crashed run, is read up to its last complete record.
"""

import contextlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from reportgen.errors import SettingsError, SourceError
from reportgen.history.facts import RunFacts, Status
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.history.params import flat_params
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.protobuf import WireError, fields
from reportgen.sources.source_runs import Runs, last_run, runs_in_folders
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.limits import MAX_COLUMNS
from reportgen.text import natural_order, printable

MAGIC: Final = b":W&B\xe1\xbe"  # followed by a version byte
_HEADER_BYTES: Final = 7
_BLOCK_BYTES: Final = 1 << 15
_FRAGMENT_HEADER_BYTES: Final = 7  # checksum, length, kind
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_FILE: Final = re.compile(r"(?P<folder>(?:[^/]+/)?)run-[^/]+\.wandb")
_HISTORY, _CONFIG, _RUN, _EXIT = 2, 5, 17, 18  # fields of a record
_ITEM: Final = 1  # of a history
_KEY, _NESTED_KEY, _JSON = 1, 2, (8, 16)  # of an item; a version of the format may use either for the value
_WORDS: Final = {b'"NaN"': b"NaN", b'"Infinity"': b"Infinity", b'"-Infinity"': b"-Infinity"}
_MAX_NUMBER_BYTES: Final = 40
_LONGEST_SETTING: Final = 10_000  # bytes; our choice
_RUN_CONFIG, _DISPLAY_NAME, _START_TIME = 4, 8, 17  # of a run
_UPDATE: Final = 1  # of a config, with items as in a history
_OWN_CONFIG: Final = "_wandb"
_MOST_SETTINGS: Final = 200  # our choice: more than a reader compares
_EXIT_CODE: Final = 1
_SECONDS: Final = 1  # of a time
_MEDIA: Final = "_type"  # the last key of a histogram, a picture or a table
_STEP: Final = "_step"
_TRAINER_STEPS: Final = {"train/global_step", "trainer/global_step"}  # of Trainer and Lightning; _step counts log calls
_CLOCKS: Final = ("_runtime", "_timestamp", "_wandb")
_KERAS_EPOCH, _KERAS_BATCH = "epoch/epoch", "batch/batch_step"  # the counters of WandbMetricsLogger
_MAX_TEXT: Final = 200  # characters of a title


@dataclass
class _RunContent:
    """The contents of the records of a run."""

    log: Logged
    title: str | None = None
    started_at: str | None = None
    status: Status = "unknown"
    has_end: bool = False
    config: dict[str, Any] = field(default_factory=dict)
    others: dict[str, None] = field(default_factory=dict)  # names of values that are not numeric


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.CERTAIN if any(map(_FILE.fullmatch, sample.files)) else Fit.NO
    return Fit.CERTAIN if sample.head.startswith(MAGIC) else Fit.NO


def _folders(sample: Sample) -> list[str]:
    """The folders of runs within a folder; "" is the folder itself."""
    found = {match["folder"] for file in sample.files or () if (match := _FILE.fullmatch(file))}
    return sorted(found, key=natural_order)


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    if opened.sample.files is not None:
        files = [file for file in opened.sample.files if _FILE.fullmatch(file)]
        if not files:
            raise SourceError(f"{opened.where}: it has no run-*.wandb. Pass the folder of a run, such as latest-run.")

        def read(index: int) -> TrainingHistory:
            with opened.file(files[index]) as file:
                return last_run(_read_file(file, options))

        return runs_in_folders([file.rpartition("/")[0] or file for file in files], read)
    return _read_file(opened, options)


def _read_file(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    """The run in a file; or several, if it trained several times."""
    where, data = opened.where, opened.data()
    if not data.startswith(MAGIC):
        raise SourceError(f"{where}: it does not begin like a .wandb file. Check the path.")
    content = _RunContent(Logged(where))
    records = _LevelDbRecords(data)
    for record in records:
        try:
            _take(record, content)
        except WireError as error:
            raise SourceError(
                f"{where}: the record that ends at byte {records.end} has {error}. Copy the file again."
            ) from None
    log = content.log
    if not log.n_rows:
        fault = f"ends abruptly at byte {records.end}" if records.is_broken else "has no history"
        raise SourceError(f"{where}: it {fault}; values of wandb.log() are needed. Log a loss.")
    said = [Note.of("breaks-off", byte=records.end)] if records.is_broken else []
    if not content.has_end:
        said.append(Note("no-end"))
    if others := [name for name in content.others if name not in log.names]:
        said.append(Note.of("no-numbers", columns=short_names(others)))
    tidy_names(log, options)
    facts = RunFacts(
        title=content.title,
        started_at=content.started_at,
        status=content.status,
        params=_settings(content.config),
        notes=tuple(said),
    )
    return runs_from_log(log, options=options, run=facts)


def tidy_names(log: Logged, options: ReadOptions) -> None:
    """Drops W&B's clocks, and renames the metrics of its Keras callback. Columns named by the user are kept."""
    names = [name for name in log.names if name not in options.columns]
    log.rename({name: "" for name in names if name in _CLOCKS})
    if not _TRAINER_STEPS.isdisjoint(names):
        log.rename({_STEP: ""})
    if _KERAS_EPOCH in names:
        folder = _KERAS_EPOCH.partition("/")[0] + "/"
        log.rename({name: name.removeprefix(folder) for name in names} | {_KERAS_BATCH: ""})


class _LevelDbRecords:
    """The complete records of a file.

    Attributes:
        end: The offset at which the last one ends.
        is_broken: Whether the last one is followed by something other than a complete record.
    """

    def __init__(self, data: bytearray) -> None:
        self.end = _HEADER_BYTES
        self.is_broken = False
        self._view = memoryview(data)

    def __iter__(self) -> Iterator[bytes]:
        parts: list[memoryview] = []
        for kind, part, end in self._fragments():
            if (kind in (_FULL, _FIRST)) == bool(parts):
                self.is_broken = True  # a record starts inside another one, or lacks its start
                return
            parts.append(part)
            if kind in (_FULL, _LAST):
                self.end = end
                yield b"".join(parts)
                parts = []
        self.is_broken = self.is_broken or bool(parts)

    def _fragments(self) -> Iterator[tuple[int, memoryview, int]]:
        """Yields kind, bytes and end of each fragment up to the first damaged one."""
        view, at = self._view, _HEADER_BYTES
        while at < len(view):
            left = _BLOCK_BYTES - at % _BLOCK_BYTES
            if left < _FRAGMENT_HEADER_BYTES:  # too short for another fragment in this block
                at += left
                continue
            size = int.from_bytes(view[at + 4 : at + 6], "little")
            start, end = at + _FRAGMENT_HEADER_BYTES, at + _FRAGMENT_HEADER_BYTES + size
            if end > min(len(view), at + left) or not _FULL <= view[start - 1] <= _LAST:
                break
            if zlib.crc32(view[start - 1 : end]) != int.from_bytes(view[at : at + 4], "little"):
                break
            yield view[start - 1], view[start:end], end
            at = end
        self.is_broken = at < len(view)


def _take(record: bytes, content: _RunContent) -> None:
    """Adds the contents of a record."""
    for number, _, value in fields(record):
        if isinstance(value, int):
            continue
        if number == _HISTORY:
            row = _row(value, content.others)
            if any(name not in _CLOCKS and name != _STEP for name in row):
                content.log.add_row(row)
        elif number == _RUN:
            for part, _, stored in fields(value):
                if part == _DISPLAY_NAME and not isinstance(stored, int):
                    content.title = printable(_text(stored), _MAX_TEXT) or None
                elif part == _RUN_CONFIG and not isinstance(stored, int):
                    _take_config(stored, content.config)
                elif part == _START_TIME and not isinstance(stored, int):
                    content.started_at = _time(stored)
        elif number == _CONFIG:
            _take_config(value, content.config)
        elif number == _EXIT:
            content.has_end = True
            failed = any(part == _EXIT_CODE and stored for part, _, stored in fields(value))
            content.status = "interrupted" if failed else "completed"


def _take_config(message: memoryview, config: dict[str, Any]) -> None:
    """Adds the settings of a config record, whose later values replace earlier ones."""
    for number, _, item in fields(message):
        if number != _UPDATE or isinstance(item, int):
            continue
        keys: list[str] = []
        value: Any = None
        for part, _, stored in fields(item):
            if isinstance(stored, int):
                continue
            if part in (_KEY, _NESTED_KEY):
                keys.append(_text(stored))
            elif part in _JSON and len(stored) <= _LONGEST_SETTING:
                with contextlib.suppress(ValueError, RecursionError):
                    value = json.loads(bytes(stored))
        name = ".".join(keys)
        if name and keys[0] != _OWN_CONFIG and value is not None and len(config) < _MOST_SETTINGS:
            config[name] = value


def _settings(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    try:
        return flat_params(dict(sorted(config.items())))  # the file stores them in hash order
    except SettingsError:
        return ()


def _row(history: memoryview, others: dict[str, None]) -> dict[str, float]:
    """The numbers of one ``wandb.log`` call. The names of other values are added to ``others``."""
    row: dict[str, float] = {}
    media = set()
    for number, _, item in fields(history):
        if number != _ITEM or isinstance(item, int):
            continue
        keys: list[str] = []
        value = b""
        for part, _, stored in fields(item):
            if isinstance(stored, int):
                continue
            if part in (_KEY, _NESTED_KEY):
                keys.append(_text(stored))
            elif part in _JSON and len(stored) <= _MAX_NUMBER_BYTES:
                value = _WORDS.get(bytes(stored), bytes(stored))
        if keys[-1:] == [_MEDIA]:
            media.add(".".join(keys[:-1]))
        name = ".".join(keys)
        try:
            row[name] = float(value)
        except ValueError:
            if value != b"null" and len(others) < MAX_COLUMNS:
                others[name] = None
    for name in media:
        for inner in [inner for inner in (*row, *others) if inner.startswith(f"{name}.")]:
            row.pop(inner, None)
            others.pop(inner, None)
        others[name] = None
    return dict(sorted(row.items()))  # the file stores them in hash order


def _text(data: memoryview) -> str:
    return bytes(data).decode("utf-8", "replace")


def _time(message: memoryview) -> str | None:
    """Converts a message of seconds and nanoseconds to ISO 8601."""
    seconds = next((stored for part, _, stored in fields(message) if part == _SECONDS and isinstance(stored, int)), 0)
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None  # out of range of the calendar


FORMAT: Final = Format("wandb", "Weights & Biases run file", _recognise, _read, runs=_folders)
