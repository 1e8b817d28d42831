"""Settings in the YAML files that tools write beside a log: one ``name: value`` per line. Not a parser of YAML."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.params import flat_params
from reportgen.sources.opening.opened import Opened

_LINE: Final = re.compile(r"(?P<indent> {0,40})(?P<key>[A-Za-z_][\w.-]{0,80}):(?:[ \t]{1,20}(?P<value>[^\n]{1,300}))?")
_VALUE: Final = re.compile(r"[^\s#&*!|>%@`\[{].*|\[[^\[\]{}]*\]")
LONGEST_FILE: Final = 1 << 18  # characters that are read
MOST_SETTINGS: Final = 200  # of a file
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
        text = opened.text(file)[:LONGEST_FILE]
    except SourceError:
        return ()
    found = yaml_settings(text)
    return flat_params({name: bare_path(value) for name, value in found.items() if wanted is None or name in wanted})


def yaml_settings(text: str) -> dict[str, str]:
    """Names and values of a file; those below another name have the names of both: ``model.lr``."""
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []  # the names that the current line is below, with their indents
    skipped: int | None = None  # the indent of a name whose value is not read
    for line in text.splitlines():
        match = _LINE.fullmatch(line.rstrip())
        indent = len(line) - len(line.lstrip(" "))
        if skipped is not None and indent > skipped:
            continue
        skipped = None
        if match is None:
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        name = ".".join([*(key for _, key in above), match["key"]])
        value = (match["value"] or "").strip()
        if not value or value.startswith("#"):
            above.append((indent, match["key"]))
        elif not _VALUE.fullmatch(value):
            skipped = indent
        elif len(found) < MOST_SETTINGS:
            value = value.partition(" #")[0].strip().strip("'\"")
            if value not in _EMPTY:
                found[name] = value
    return found


def bare_path(value: str) -> str:
    """A path without its folders; any other value as it is."""
    return PurePosixPath(value.replace("\\", "/")).name if _FOLDERS.fullmatch(value) else value
