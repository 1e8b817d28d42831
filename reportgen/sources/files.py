"""Histories in files: CSV tables, JSON, and reports written earlier.

In: bytes and the name they came by. Out: a `TrainingHistory`. The format is told by content, never by the file's
ending. Nothing is unpickled or evaluated.
"""

import csv
import html
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from reportgen.errors import HistoryError, SourceError, listed, quoted
from reportgen.history import SCHEMA, TrainingHistory
from reportgen.metrics import printable
from reportgen.sources.columns import history_from_columns
from reportgen.sources.objects import read_mapping

STDIN: Final = "-"
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
    """Reads a file, or standard input where the path is ``-``.

    Raises:
        SourceError: the file cannot be opened, is empty, or is not a history in a known format.
    """
    if str(path) == STDIN:
        return read_stream(sys.stdin.buffer, "standard input", validation_freq=validation_freq)
    name = printable(str(path), 200)
    if path == "":
        raise SourceError('"" is not a path; a training log is needed. Name a file.')
    try:
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
        SourceError: the bytes are not a history in a known format.
    """
    text = _decode(stream.read(), where).lstrip()
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


def _decode(data: bytes, where: str) -> str:
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise SourceError(
                f"{where}: this is {kind}; a training log as text is needed. Save history.history as CSV or JSON."
            )
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
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
    del validation_freq  # the report's data says which epoch each value belongs to
    start = _REPORT_DATA.search(text)
    end = start and _DATA_END.search(text, start.end())
    if not start or not end:
        raise SourceError(
            f"{where}: this HTML page holds no training history; a report made by reportgen is needed. Name its file."
        )
    data = text[start.end() : end.start()]
    try:
        return TrainingHistory.from_json(html.unescape(data) if start[1].lower() == "template" else data)
    except HistoryError as error:
        raise SourceError(f"{where}: {error}") from None


def read_json(text: str, where: str, validation_freq: int | None = None) -> TrainingHistory:
    """Reads JSON: ``history.history`` as dumped, pandas' ``to_json``, a list of rows, or `TrainingHistory.to_json`."""
    try:
        data: Any = json.loads(text)
    except RecursionError:
        raise SourceError(
            f"{where}: the JSON is nested too deeply to be a history; one list per metric is needed. Save a flat one."
        ) from None
    except ValueError as error:
        rows = _json_lines(text)
        if rows is None:
            raise SourceError(
                f"{where}: this is not valid JSON ({error}); a whole JSON document is needed. Was the file cut off?"
            ) from None
        data = rows
    if isinstance(data, dict) and data.get("schema") == SCHEMA:
        try:
            return TrainingHistory.from_json(text)
        except HistoryError as error:
            raise SourceError(f"{where}: {error}") from None
    if isinstance(data, dict) and isinstance(data.get("history"), dict):
        data = data["history"]
    if isinstance(data, dict):
        return read_mapping(data, validation_freq=validation_freq, where=where)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        return history_from_columns(_columns_of_rows(data), where=where)
    raise SourceError(
        f"{where}: this JSON is not a history; an object with one list of numbers per metric is needed. "
        "Save it with json.dump(history.history, file)."
    )


def _json_lines(text: str) -> list[Any] | None:
    """The rows of a JSON Lines file, or None if the text is not one."""
    rows = []
    for line in text.split("\n"):  # not splitlines: U+2028 may stand inside a JSON string
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError):
                return None
    return rows


def _columns_of_rows(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(str(key) for row in rows for key in row)
    return {name: [row.get(name) for row in rows] for name in names}


def read_csv(text: str, where: str, validation_freq: int | None = None) -> TrainingHistory:
    """Reads a table with a header line: Keras' CSVLogger and its like, separated by comma, semicolon or tab.

    Empty cells and "NA" are absent values; "nan" and "inf" are values that the training produced.
    """
    del validation_freq  # a table leaves cells empty where validation did not run
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
        twice = next(name for name in names if names.count(name) > 1)
        raise SourceError(f"{where}: column {quoted(twice)} stands in the header twice; names must differ. Rename one.")
    for number, row in zip(numbers[1:], body, strict=True):
        if len(row) != len(names):
            raise SourceError(
                f"{where}: line {number} has {len(row)} cells where the header has {len(names)} "
                f"({listed(names)}); every line needs one cell per column. Mend or remove the line."
            )
    columns: dict[str, list[Any]] = {name: [row[i] for row in body] for i, name in enumerate(names)}
    unnamed_index = names[0] == "column 1" and not header[0]
    if unnamed_index:  # pandas' to_csv writes the index as a first column without a name
        columns = {"epoch": columns.pop("column 1"), **columns}
    if len(names) == 1 and not body:
        raise SourceError(
            f"{where}: {quoted(header_line)} is no table of numbers; a training log with a header line and one line "
            "per epoch is needed."
        )
    return history_from_columns(columns, where=where)


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
