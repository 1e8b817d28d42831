"""Histories in files: CSV tables, JSON, and reports written earlier.

In: bytes and the name they came by. Out: a `TrainingHistory`. The format is told by content, never by the file's
ending. Nothing is unpickled or evaluated, no device is opened, and no more than 1 GB is read.
"""

import csv
import html
import io
import json
import re
import stat
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from reportgen.errors import HistoryError, SourceError, listed, quoted
from reportgen.history import TrainingHistory, json_fault
from reportgen.metrics import printable
from reportgen.run_facts import RunFacts
from reportgen.sources.columns import history_from_columns
from reportgen.sources.decimals import read_decimal_commas
from reportgen.sources.objects import read_mapping, refuse_frequency

STDIN: Final = "-"
MAX_BYTES: Final = 1_000_000_000  # our choice: a million epochs of twenty metrics take less than half of it
_CHUNK_BYTES: Final = 1 << 20
REPORT_DATA_ID: Final = "reportgen-history"
# Bounded, and the end looked for apart, so that no page makes the search quadratic.
# A script element, or in static reports a template, whose text is escaped as in any other element.
_REPORT_DATA: Final = re.compile(
    rf'<(script|template)\b[^>]{{0,200}}\bid="?{REPORT_DATA_ID}"?[^>]{{0,200}}>', re.IGNORECASE
)
_DATA_END: Final = re.compile(r"</(script|template)", re.IGNORECASE)
_MAGIC: Final = {
    b"\x89HDF": "an HDF5 file (a saved model?)",
    b"\x89PNG": "a PNG picture",
    b"PK\x03\x04": "a zip archive (a .keras model?)",
    **{
        bytes([0x80, protocol]): "a Python pickle, which is never opened because it can run code"
        for protocol in range(2, 6)
    },
    b"\x1f\x8b": "a gzip archive",
    b"SQLite": "an SQLite database",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class Format:
    """A text format that files come in.

    Attributes:
        name: What the format is called in messages.
        recognises: Tells from the text, stripped of leading white space, whether it is of this format.
        read: Makes the history; is given the text, the source's name, and the validation frequency.
    """

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, str, int | None], TrainingHistory]


def read_path(path: str | Path, *, validation_freq: int | None = None) -> TrainingHistory:
    """Reads a file or a pipe, or standard input where the path is ``-``.

    Raises:
        SourceError: the file cannot be opened, is a device, is empty, is larger than `MAX_BYTES`, or is not a history
            in a known format.
    """
    if str(path) == STDIN:
        if sys.stdin is None:
            raise SourceError("standard input is closed; a training log is needed. Name a file.")
        return read_stream(sys.stdin.buffer, "standard input", validation_freq=validation_freq)
    name = printable(str(path), 200)
    if path == "":
        raise SourceError('"" is not a path; a training log is needed. Name a file.')
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):  # before it is opened: some devices act on that, others never end
            raise SourceError(f"{name}: this is a device; a file or a pipe is needed. Name the log, or - to type it.")
        with Path(path).open("rb") as stream:
            return read_stream(stream, name, validation_freq=validation_freq)
    except FileNotFoundError:
        raise SourceError(f"{name}: there is no such file; a training log is needed. Check the path.") from None
    except IsADirectoryError:
        raise SourceError(f"{name}: this is a folder; a file is needed. Name the log inside it.") from None
    except OSError as error:
        raise SourceError(f"{name}: it cannot be read ({error.strerror}); check its permissions.") from None
    except ValueError as error:
        if isinstance(error, SourceError | HistoryError):
            raise
        raise SourceError(f"{quoted(name)} is not a path ({error}); name a file.") from None


def read_stream(stream: BinaryIO, where: str, *, validation_freq: int | None = None) -> TrainingHistory:
    """Reads one log from a binary stream.

    Args:
        stream: Open for reading bytes.
        where: The source's name, for messages.
        validation_freq: Every how many epochs validation ran, for formats that do not say.

    Raises:
        SourceError: the bytes are not a history in a known format, or more than `MAX_BYTES`.
    """
    text = _decode(_read_bytes(stream, where), where).lstrip()
    if not text:
        raise SourceError(f"{where}: the file is empty; a training log is needed. Train first, or check the path.")
    for known in FORMATS:
        if known.recognises(text):
            return known.read(text, where, validation_freq)
    names = ", ".join(known.name for known in FORMATS)
    raise SourceError(
        f"{where}: it begins with {quoted(text[:40])}, which is no known training log; known are {names}. "
        "Save history.history as CSV or JSON."
    )


def _read_bytes(stream: BinaryIO, where: str) -> bytearray:
    """All bytes of a stream, in chunks, so that one without an end takes no more memory than `MAX_BYTES`."""
    data = bytearray()
    while chunk := stream.read(_CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_BYTES:
            raise SourceError(
                f"{where}: it holds more than {MAX_BYTES:,} bytes, the most that is read; a training log is smaller. "
                "Check that it is one, or save every tenth epoch only."
            )
    return data


def _decode(data: bytearray, where: str) -> str:
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise SourceError(
                f"{where}: this is {kind}; a training log as text is needed. Save history.history as CSV or JSON."
            )
    encoding = "utf-16" if bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{where}: byte {error.start} is not {encoding.removesuffix('-sig').upper()} text; a training log as text "
            "is needed. Save the file as UTF-8."
        ) from None
    if "\0" in text:
        raise SourceError(f"{where}: it holds zero bytes, so it is not text; a training log as text is needed.")
    return text


def read_report(text: str, where: str, validation_freq: int | None = None) -> TrainingHistory:
    """Reads the history that an earlier report holds, bit for bit."""
    refuse_frequency(validation_freq, where, "a report")
    start = _REPORT_DATA.search(text)
    if not start:
        raise SourceError(
            f"{where}: this HTML page holds no training history; a report made by reportgen is needed. Name its file."
        )
    end = _DATA_END.search(text, start.end())
    if not end:
        raise SourceError(
            f"{where}: the page breaks off inside its training history; a whole report is needed. Copy it again, or "
            "build it again from the log."
        )
    data = text[start.end() : end.start()]
    try:
        return TrainingHistory.from_json(html.unescape(data) if start[1].lower() == "template" else data)
    except HistoryError as error:
        raise SourceError(f"{where}: {error}") from None


def read_json(text: str, where: str, validation_freq: int | None = None) -> TrainingHistory:
    """Reads JSON: ``history.history`` as dumped, pandas' ``to_json``, rows, or `TrainingHistory.to_json`.

    Rows are objects of one epoch each, in a list or on lines of their own (JSON Lines).
    """
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        data = _json_lines(text, where)
        if data is None:
            raise _json_error(where, text, error) from None
    except (ValueError, RecursionError) as error:
        raise _json_error(where, text, error) from None
    if isinstance(data, dict) and isinstance(data.get("schema"), str):
        refuse_frequency(validation_freq, where, "history data of reportgen")
        try:
            return TrainingHistory.from_json(text)
        except HistoryError as error:
            raise SourceError(f"{where}: {error}") from None
    if isinstance(data, dict) and isinstance(data.get("history"), dict):
        data = data["history"]
    if isinstance(data, dict) and _is_row(data):  # JSON Lines of a single epoch
        data = [data]
    if isinstance(data, dict):
        return read_mapping(data, validation_freq=validation_freq, where=where)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        refuse_frequency(validation_freq, where, "JSON with an object per epoch")
        return history_from_columns(_columns_of_rows(data), where=where)
    raise SourceError(
        f"{where}: this JSON is not a history; an object with one list of numbers per metric is needed. "
        "Save it with json.dump(history.history, file)."
    )


def _json_error(where: str, text: str, error: ValueError | RecursionError, first_line: int = 1) -> SourceError:
    return SourceError(
        f"{where}: the JSON {json_fault(text, error, first_line)}; a whole document with numbers for each metric is "
        "needed. Mend it there, or save it again."
    )


def _json_lines(text: str, where: str) -> list[Any] | None:
    """The rows of a JSON Lines file, or None if the text is not one.

    Raises:
        SourceError: it begins with such rows, but a later one is broken, as where the writer was interrupted.
    """
    rows: list[Any] = []
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: U+2028 may stand inside a JSON string
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                if not rows:
                    return None
                raise _json_error(where, line, error, number) from None
    return rows


def _is_row(data: dict[str, Any]) -> bool:
    """Whether an object holds the values of one epoch, not a list for each metric."""
    values = data.values()
    return not any(isinstance(value, list | dict) for value in values) and any(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _columns_of_rows(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(str(key) for row in rows for key in row)
    return {name: [row.get(name) for row in rows] for name in names}


def read_csv(text: str, where: str, validation_freq: int | None = None) -> TrainingHistory:
    """Reads a table with a header line: Keras' CSVLogger and its like, separated by comma, semicolon or tab.

    Empty cells and "NA" are absent values; "nan" and "inf" are values that the training produced. Decimal commas are
    read where nothing else can be meant.
    """
    refuse_frequency(validation_freq, where, "a table")
    separator = max(",;\t", key=text.splitlines()[0].count)
    try:
        table = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)
        rows, numbers = [], []
        for row in table:
            if any(cell.strip() for cell in row):
                rows.append(row)
                numbers.append(table.line_num)
    except csv.Error as error:
        raise SourceError(f"{where}: the table cannot be read ({error}); check its quotes and separators.") from None
    if not rows:
        raise SourceError(f"{where}: the table has no header; a line such as epoch,loss,val_loss is needed. Add it.")
    header, body, header_line = [name.strip() for name in rows[0]], rows[1:], separator.join(rows[0])
    if _is_number(header[0]) and all(_is_number(name) for name in header):
        raise SourceError(
            f"{where}: the first line {quoted(header_line)} holds numbers, not names; a table needs a header line "
            "such as epoch,loss,val_loss. Add it."
        )
    names = [name or f"column {index + 1}" for index, name in enumerate(header)]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise SourceError(f"{where}: column {quoted(twice)} stands in the header twice; names must differ. Rename one.")
    for number, row in zip(numbers[1:], body, strict=True):
        if len(row) != len(names):
            remedy = "Mend or remove the line."
            if separator == "," and len(row) > len(names) and all(cell.strip().lstrip("+-").isdigit() for cell in row):
                remedy = "If its numbers have decimal commas, save it with semicolons between the cells."
            raise SourceError(
                f"{where}: line {number} has {len(row)} cells where the header has {len(names)} "
                f"({listed(names)}); every line needs one cell per column. {remedy}"
            )
    columns, notes = read_decimal_commas({name: [row[i] for row in body] for i, name in enumerate(names)}, where=where)
    unnamed_index = names[0] == "column 1" and not header[0]
    if unnamed_index:  # pandas' to_csv writes the index as a first column without a name
        columns = {"epoch": columns.pop("column 1"), **columns}
    if len(names) == 1 and not body:
        raise SourceError(
            f"{where}: {quoted(header_line)} is no table of numbers; a training log with a header line and one line "
            "per epoch is needed."
        )
    return history_from_columns(columns, where=where, run=RunFacts(notes=notes))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_table(text: str) -> bool:
    """A header line with a separator, or a single word, is taken for a table."""
    line = text.splitlines()[0]
    return any(separator in line for separator in ",;\t") or bool(re.fullmatch(r"\S{1,80}", line.strip()))


FORMATS: Final = (
    Format("a reportgen report", lambda text: text.startswith("<"), read_report),
    Format("history JSON", lambda text: text.startswith(("{", "[")), read_json),
    Format("a CSV table", _is_table, read_csv),
)
