"""Finds the local paths that match a pattern, as a shell does.

Unlike fsspec, this takes the working directory as it is, whatever characters its name has. Links to folders are entered
where ``*`` matches them but not by ``**``, so that the search never runs in circles. Upper and lower case are the same
on Windows only.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from reportgen.outputs.files import expand_home
from reportgen.portable_names import path_of_url

_MAGIC: Final = re.compile(r"[*?[]")
_ANY_DEPTH: Final = "**"


def match_local(pattern: str) -> tuple[str, list[str]]:
    """The folder before the first wildcard of a pattern, and the absolute paths that match.

    A name that equals its part of the pattern matches too, such as ``run[1]``.

    Raises:
        OSError: that folder cannot be listed.
    """
    given = expand_home(path_of_url(pattern))
    parts = [part for part in given.parts if part != given.anchor]
    n_fixed = next((number for number, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    base = Path(os.path.abspath(Path(given.anchor, *parts[:n_fixed])))
    if base.is_dir():
        os.scandir(base).close()  # it must be readable; folders below it may be private
    found = dict.fromkeys(_below(base, parts[n_fixed:]))
    only_folders = pattern.endswith(("/", os.sep))
    return base.as_posix(), [path.as_posix() for path in found if not only_folders or path.is_dir()]


def has_wildcard(part: str) -> bool:
    """Whether a part of a pattern may match several names."""
    return _MAGIC.search(part) is not None


def _below(folder: Path, parts: list[str]) -> Iterator[Path]:
    """The paths below a folder that match the remaining parts of a pattern."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == _ANY_DEPTH:
        for place, folders, files in os.walk(folder):
            if rest:
                yield from _below(Path(place), rest)
            else:
                yield from (Path(place, name) for name in (*folders, *files))
    elif not _MAGIC.search(part):
        path = folder / part
        if path.exists():
            yield from _below(path, rest)
    else:
        for path in _entries(folder):
            if (path.name == part or fnmatch(path.name, part)) and (not rest or path.is_dir()):
                yield from _below(path, rest)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
