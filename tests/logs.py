"""Reads logs in tests: from bytes or from a file, in the detected format or a given one."""

import io
from collections.abc import Sequence
from typing import Any

from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.languages import ENGLISH
from reportgen.options import ReadOptions
from reportgen.sources.folders import read_opened
from reportgen.sources.opening import open_source
from reportgen.sources.opening.opened import opened_stream
from reportgen.wording.notes import word_note


def read_log(data: str | bytes, name: str = "run.log", **options: Any) -> TrainingHistory:
    """The history in a file with this name and content."""
    return read_with_format(data, name, **options)[0]


def read_with_format(data: str | bytes, name: str = "run.log", **options: Any) -> tuple[TrainingHistory, str]:
    """The history in a file, and the name of its format."""
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    history, known = read_opened(opened_stream(io.BytesIO(raw), name, name), ReadOptions(**options))
    return history, known.name


def read_path(path: object, **options: Any) -> TrainingHistory:
    """The history at a path."""
    with open_source(path) as opened:
        return read_opened(opened, ReadOptions(**options))[0]


def format_of(path: object) -> str:
    """The name of the format of a file."""
    with open_source(path) as opened:
        return read_opened(opened, ReadOptions())[1].name


def sentences(notes: Sequence[Note]) -> tuple[str, ...]:
    """Notes as the report says them."""
    return tuple(word_note(note, ENGLISH) for note in notes)
