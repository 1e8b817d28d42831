"""What GitHub Actions reads: workflow commands in the log, the job summary, the outputs of a step.

In: annotations, runs, text. Out: lines for the log, text for the files that the runner names.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from reportgen.errors import OutputError
from reportgen.outputs.annotations import Annotation
from reportgen.text import printable

SUMMARY_LIMIT_BYTES: Final = 1024 * 1024  # of a step; the runner drops a longer one whole
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = _DATA | {":": "%3A", ",": "%2C"}


def workflow_command(annotation: Annotation, file: str | None) -> str:
    """An annotation as a line of the log: ``::error file=history.csv,title=...::...``."""
    given = {"file": file, "title": annotation.title}
    properties = ",".join(f"{name}={_escaped(printable(value), _PROPERTY)}" for name, value in given.items() if value)
    return f"::{annotation.level} {properties}::{_escaped(printable(annotation.text), _DATA)}"


def step_outputs(values: Mapping[str, Sequence[str]]) -> str:
    """Named outputs as the file ``GITHUB_OUTPUT`` holds them; several lines stand between delimiters."""
    parts = []
    for name, lines in values.items():
        text = "\n".join(printable(line) for line in lines)
        mark = f"reportgen_{hashlib.sha256(text.encode()).hexdigest()[:32]}"  # no text can hold its own hash
        parts.append(f"{name}<<{mark}\n{text}\n{mark}\n")
    return "".join(parts)


def append_file(path: str | os.PathLike[str], text: str, limit: int | None = None) -> bool:
    """Adds text to a file that the runner reads when the step has ended.

    Args:
        path: The file; made where it is missing.
        text: Begins on a line of its own.
        limit: The most bytes that the file may have afterwards.

    Returns:
        False where there is no room, and nothing was written.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        with open(path, "ab+") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - 1))
            start = "\n" if size and stream.read() != b"\n" else ""
            data = (start + text).encode("utf-8")
            if limit is not None and size + len(data) > limit:
                return False
            stream.write(data)
    except OSError as error:
        name = Path(path).name
        raise OutputError(f"{name}: it cannot be written ({error.strerror or error}); check the runner.") from None
    return True


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    for character, escape in escapes.items():
        text = text.replace(character, escape)
    return text
