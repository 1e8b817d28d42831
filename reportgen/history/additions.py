"""What people add to a report: notes, figures and tables, as plain data that a report stores."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from reportgen.errors import AdditionError, HistoryError, SettingsError
from reportgen.history.notes import is_text
from reportgen.history.pictures import PictureType, clean_picture
from reportgen.text import cited, printable, quoted

MAX_ADDITIONS: Final = 50  # of a run; our choice
MAX_PICTURES_BYTES: Final = 5_000_000  # of all pictures of a run; our choice: the report can still be mailed
MAX_CHARACTERS: Final = 1_000_000  # of all notes and tables of a run; our choice: a page has them twice
MAX_NOTE: Final = 50_000  # characters of a note; our choice: 20 printed pages
MAX_ROWS: Final = 1_000  # of a table; our choice: longer ones belong in a file of their own
MAX_COLUMNS: Final = 50  # of a table; our choice
MAX_TITLE: Final = 200  # characters of a title
MAX_CAPTION: Final = 2_000  # characters of a caption or a description
MAX_CELL: Final = 300  # characters of a cell
_MAX_SIDE: Final = 100_000
_MAX_TAGS: Final = 20
_MAX_TAG: Final = 60
PICTURE_ID: Final = "added-picture-"  # of the pictures in a page, with their number; its data refers to them
_REFERENCE: Final = re.compile(rf"#{PICTURE_ID}\d{{1,6}}")


@dataclass(frozen=True)
class AddedNote:
    """A text in Markdown."""

    markdown: str


@dataclass(frozen=True)
class AddedFigure:
    """A picture.

    Attributes:
        type: Media type of the picture.
        data: The clean picture in base64; in the data of a page, a reference to the picture of the page.
        width: In pixels, as it is shown.
        height: Likewise.
        title: Heading; may be empty.
        caption: A sentence below it; may be empty.
        alt: What the picture shows, for people who cannot see it; may be empty.
        shows: ``samples`` for images with their true and predicted labels.
    """

    type: PictureType
    data: str
    width: int
    height: int
    title: str = ""
    caption: str = ""
    alt: str = ""
    shows: Literal["", "samples"] = ""

    @property
    def is_reference(self) -> bool:
        """Whether it only says where the picture is."""
        return self.data.startswith("#")

    @property
    def size_bytes(self) -> int:
        """The size of the picture."""
        return len(self.data) * 3 // 4


@dataclass(frozen=True)
class AddedTable:
    """A table of text; ``numbers`` has the positions of columns with numbers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    title: str = ""
    caption: str = ""


Addition = AddedNote | AddedFigure | AddedTable
_KINDS: Final = {"note": AddedNote, "figure": AddedFigure, "table": AddedTable}


def pack_addition(addition: Addition) -> dict[str, Any]:
    """An addition in the form that JSON holds; parts with their default are left out."""
    kind = next(name for name, type_ in _KINDS.items() if isinstance(addition, type_))
    defaults = {item.name: item.default for item in fields(addition)}
    return {"kind": kind, **{name: value for name, value in vars(addition).items() if value != defaults[name]}}


def unpack_addition(stored: object) -> Addition:
    """The addition that `pack_addition` packed.

    Raises:
        HistoryError: a part is missing or has the wrong form.
    """
    type_ = _KINDS.get(str(stored.get("kind"))) if isinstance(stored, dict) else None
    if type_ is None or not isinstance(stored, dict):
        raise _damaged(f"{cited(stored)} is not a note, figure or table")
    known = {item.name: _as_tuple(stored[item.name]) for item in fields(type_) if item.name in stored}
    try:
        return type_(**known)
    except TypeError:
        raise _damaged(f"a {stored['kind']} is incomplete") from None


def _damaged(what: str) -> HistoryError:
    return HistoryError(f"A stored note, figure or table is damaged: {what}. Build the report again from the log.")


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def is_addition(value: object) -> bool:
    """Whether a value is an addition that can be stored, read back unchanged and shown without harm."""
    if isinstance(value, AddedNote):
        return is_text(value.markdown) and len(value.markdown) <= MAX_NOTE
    if isinstance(value, AddedFigure):
        return (
            value.type in get_args(PictureType)
            and value.shows in ("", "samples")
            and all(_is_short(text, MAX_CAPTION) for text in (value.title, value.caption, value.alt))
            and all(type(side) is int and 0 < side <= _MAX_SIDE for side in (value.width, value.height))
            and _is_picture(value)
        )
    if isinstance(value, AddedTable):
        return (
            _are_cells(value.headers)
            and 0 < len(value.headers) <= MAX_COLUMNS
            and isinstance(value.rows, tuple)
            and len(value.rows) <= MAX_ROWS
            and all(_are_cells(row) and len(row) == len(value.headers) for row in value.rows)
            and isinstance(value.numbers, tuple)
            and all(type(place) is int and 0 <= place < len(value.headers) for place in value.numbers)
            and all(_is_short(text, MAX_CAPTION) for text in (value.title, value.caption))
            and _count_characters(value) <= MAX_CHARACTERS
        )
    return False


def _is_short(value: object, limit: int) -> bool:
    return is_text(value) and len(str(value)) <= limit


def _are_cells(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_short(cell, MAX_CELL) for cell in value)


def _is_picture(figure: AddedFigure) -> bool:
    """Whether the data of a figure is a clean picture of its type, or a reference."""
    if not isinstance(figure.data, str) or figure.is_reference:
        return isinstance(figure.data, str) and _REFERENCE.fullmatch(figure.data) is not None
    try:
        data = base64.b64decode(figure.data, validate=True)
        picture = clean_picture(data)
    except (ValueError, binascii.Error):
        return False
    return picture.type == figure.type and picture.data == data


def joined_additions(before: Sequence[Addition], new: Addition) -> tuple[Addition, ...]:
    """The additions of a run with one more.

    Raises:
        AdditionError: these are too many.
    """
    if len(before) >= MAX_ADDITIONS:
        raise AdditionError(
            f"the report has {len(before)} notes, figures and tables already, which is the maximum. Leave some out."
        )
    size = sum(each.size_bytes for each in (*before, new) if isinstance(each, AddedFigure))
    if size > MAX_PICTURES_BYTES:
        raise AdditionError(
            f"the pictures of the report would have {size:,} bytes; at most {MAX_PICTURES_BYTES:,} are allowed. Leave "
            "some out, or make them smaller."
        )
    n_characters = sum(map(_count_characters, (*before, new)))
    if n_characters > MAX_CHARACTERS:
        raise AdditionError(
            f"the notes and tables of the report would have {n_characters:,} characters; at most {MAX_CHARACTERS:,} "
            "are allowed. Leave some out, or shorten them."
        )
    return (*before, new)


def _count_characters(addition: Addition) -> int:
    if isinstance(addition, AddedNote):
        return len(addition.markdown)
    rows = (addition.headers, *addition.rows) if isinstance(addition, AddedTable) else ()
    return sum(len(cell) for row in rows for cell in row)


def checked_tags(tags: Any) -> tuple[str, ...]:
    """Tags of a run, each one once, as text of one line.

    Args:
        tags: One text, or several; None for no tags.

    Raises:
        SettingsError: they are something else, empty, too long or too many.
    """
    if tags is None:
        return ()
    given = [tags] if isinstance(tags, str) else list(tags) if isinstance(tags, Iterable) else None
    if given is None or not all(is_text(tag) and tag.strip() for tag in given):
        raise SettingsError(f"tags is {quoted(tags)}; one or more short texts are needed. Correct it.")
    found = dict.fromkeys(printable(" ".join(tag.split())) for tag in given)
    if long := next((tag for tag in found if len(tag) > _MAX_TAG), None):
        raise SettingsError(f"The tag {quoted(long)} is longer than {_MAX_TAG} characters. Shorten it.")
    if len(found) > _MAX_TAGS:
        raise SettingsError(f"There are {len(found)} tags; at most {_MAX_TAGS} are allowed. Leave some out.")
    return tuple(found)
