"""Settings in the YAML files that tools write beside a log: one ``name: value`` per line. Not a parser of YAML."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.params import flat_params
from reportgen.sources.opening.opened import Opened

_LINE: Final = re.compile(r"([A-Za-z_][\w.-]{0,80}):[ \t]{1,20}([^\s#&*!|>%@`\[{][^\n]{0,300})")
_LONGEST: Final = 1 << 18  # characters of a file
_MOST: Final = 200  # settings
_EMPTY: Final = frozenset({"", "null", "~", "None"})
_FOLDERS: Final = re.compile(r"(?:~?/|[A-Za-z]:[\\/]|\.{1,2}/).{1,300}")


def read_settings(
    opened: Opened, names: Collection[str], wanted: Collection[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """The settings in a file of a folder; paths without their folders.

    Args:
        opened: The folder, or a file, which has none.
        names: Possible names of the file; the first one that exists is read.
        wanted: The settings to read (default: all).

    Returns:
        Names and values as text; empty without such a file, or if it cannot be read.
    """
    file = next((name for name in names if opened.sample.holds(name)), None)
    if file is None:
        return ()
    try:
        text = opened.text(file)[:_LONGEST]
    except SourceError:
        return ()
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.rstrip())
        if match and len(found) < _MOST and (wanted is None or match[1] in wanted):
            value = match[2].strip().strip("'\"")
            if value not in _EMPTY:
                found[match[1]] = PurePosixPath(value.replace("\\", "/")).name if _FOLDERS.fullmatch(value) else value
    return flat_params(found)
