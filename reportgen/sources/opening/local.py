"""Opens files, pipes and folders on this machine."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.opening.opened import MAX_FILES, MAX_PLACE, Opened, Sample, opened_stream, place_within
from reportgen.text import printable, quoted

_MAX_DEPTH: Final = 6  # folders within folders


@contextmanager
def open_local(path: Path | None, where: str | None = None) -> Iterator[Opened]:
    """Opens a file, a pipe or a folder on this machine.

    Raises:
        SourceError: it does not exist, cannot be read, or is a device.
    """
    if path is None:
        raise SourceError('"" is not a path. Pass a file.')
    where = where or printable(str(path), MAX_PLACE)
    try:
        mode = _mode(path, where)
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):  # before opening: some devices react to it, others never end
            raise SourceError(f"{where}: this is a device. Pass a file or a pipe, or use - for standard input.")
        if stat.S_ISDIR(mode):
            folder = where
            sample = Sample(path.resolve().name, files=_files(path))
            yield Opened(
                where, sample, open_within=lambda file: open_local(path / file, place_within(folder, file)), path=path
            )
            return
        with path.open("rb") as stream:
            yield opened_stream(stream, where, path.name, path if stat.S_ISREG(mode) else None)
    except FileNotFoundError:
        raise SourceError(f"{where}: there is no such file. Check the path.") from None
    except OSError as error:
        raise SourceError(f"{where}: it cannot be read ({error.strerror or error}); check its permissions.") from None


def _mode(path: Path, where: str) -> int:
    """The mode bits of a file."""
    try:
        return path.stat().st_mode
    except ValueError as error:  # the path has a zero byte or a lone surrogate
        raise SourceError(f"{quoted(where)} is not a path ({error}). Pass a file.") from None


def _files(folder: Path) -> tuple[str, ...]:
    """Relative paths of all files below a folder, sorted; links to other folders are not followed."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        found += [(inside / name).as_posix() for name in names]
        folders[:] = sorted(folders) if len(inside.parts) < _MAX_DEPTH else []
        if len(found) > MAX_FILES:
            break
    return tuple(sorted(found[:MAX_FILES]))
