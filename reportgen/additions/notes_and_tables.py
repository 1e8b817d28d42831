"""Makes notes of texts and tables of data frames."""

import os
from pathlib import Path
from typing import Any, Final

from reportgen import formatting
from reportgen.errors import AdditionError, MissingExtraError
from reportgen.history.additions import (
    MAX_CAPTION,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_NOTE,
    MAX_ROWS,
    MAX_TITLE,
    AddedNote,
    AddedTable,
)
from reportgen.text import printable, quoted

_DIGITS: Final = 6  # significant digits of the cells of a table


def make_note(markdown: object) -> AddedNote:
    """The note with a text, or with the text of a file.

    Raises:
        AdditionError: it is not text, or too long.
        MissingExtraError: what shows Markdown is not installed.
    """
    text = read_note(markdown) if isinstance(markdown, os.PathLike) else markdown
    if not isinstance(text, str) or not text.strip():
        raise AdditionError(f"the note is {quoted(text)}; a text in Markdown is needed. Pass a text.")
    if len(text) > MAX_NOTE:
        raise AdditionError(
            f"the note has {len(text):,} characters; at most {MAX_NOTE:,} are allowed. Shorten it, or split it."
        )
    try:
        import markdown_it  # noqa: F401
        import nh3  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "Notes need markdown-it-py and nh3, which are not installed. Run: pip install 'keras-reportgen[sections]'"
        ) from None
    return AddedNote(text.encode("utf-8", "replace").decode())


def read_note(path: "os.PathLike[str]") -> str:
    """The text of a file.

    Raises:
        AdditionError: it cannot be read, or is not text.
    """
    try:
        return read_some(path, 4 * MAX_NOTE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AdditionError(
            f"{printable(os.fspath(path), 200)}: this is not text in UTF-8. Save it as UTF-8."
        ) from None


def read_some(path: "str | os.PathLike[str]", limit: int) -> bytes:
    """The content of a small file.

    Raises:
        AdditionError: it cannot be read, or is larger than ``limit`` bytes.
    """
    shown = printable(os.fspath(path), 200)
    try:
        with Path(path).expanduser().open("rb") as stream:
            content = stream.read(limit + 1)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a user without a home
        reason = getattr(error, "strerror", None) or error
        raise AdditionError(f"{shown}: it cannot be read ({reason}). Pass the path of another file.") from None
    if len(content) > limit:
        raise AdditionError(f"{shown}: it has more than {limit:,} bytes, which is the maximum. Make it smaller.")
    return content


def make_table(table: Any, *, title: str = "", caption: str = "") -> AddedTable:
    """The table with the cells of a data frame as text.

    Raises:
        AdditionError: it is not a table, or too large.
    """
    import pandas as pd

    try:
        frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table)
    except Exception as error:
        what = f"the table is of type {type(table).__name__}, which pandas cannot turn into a table"
        raise AdditionError(f"{what} ({type(error).__name__}). Pass a DataFrame.") from None
    n_rows, n_columns = frame.shape
    if not n_columns:
        raise AdditionError("the table has no columns; at least one is needed. Pass another table.")
    if n_rows > MAX_ROWS:
        raise AdditionError(f"the table has {n_rows:,} rows; at most {MAX_ROWS:,} are allowed. Pass its head.")
    index = frame.index
    is_counted = isinstance(index, pd.RangeIndex) and index.name is None
    if not is_counted:
        frame = frame.reset_index(
            names=[str(name) if name is not None else "" for name in index.names], allow_duplicates=True
        )
    if frame.shape[1] > MAX_COLUMNS:
        raise AdditionError(
            f"the table has {frame.shape[1]} columns; at most {MAX_COLUMNS} are allowed. Choose some of them."
        )
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    kinds = pd.api.types
    numbers = tuple(
        place
        for place, column in enumerate(columns)
        if kinds.is_numeric_dtype(column.dtype) and not kinds.is_bool_dtype(column.dtype)
    )
    if numbers and not is_counted:
        numbers = tuple(place for place in numbers if place >= index.nlevels)  # the index names the rows
    return AddedTable(
        headers=tuple(_header(name) for name in frame.columns),
        rows=tuple(zip(*([_cell(value) for value in column] for column in columns), strict=True)),
        numbers=numbers,
        title=one_line(title, MAX_TITLE),
        caption=one_line(caption, MAX_CAPTION),
    )


def _header(name: Any) -> str:
    parts = [str(part) for part in name if str(part)] if isinstance(name, tuple) else [str(name)]
    return one_line(", ".join(parts), MAX_CELL)


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if pd.api.types.is_float(value):
        return formatting.short(float(value), _DIGITS)
    return one_line(str(value), MAX_CELL)


def one_line(text: object, limit: int) -> str:
    """A text as one printable line, cut if it is long."""
    return printable(" ".join(str(text).encode("utf-8", "replace").decode().split()), limit)
