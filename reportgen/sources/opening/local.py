"""Opens files and folders on this machine. What may never end, such as a pipe, is refused before it is opened."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from reportgen.errors import SourceError
from reportgen.sources.opening.opened import (
    MAX_FILES,
    MAX_PLACE,
    Opened,
    Sample,
    opened_stream,
    place_within,
    too_many_files,
)
from reportgen.text import printable, quoted

_OPEN_FILES: Final = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")  # of this process, as a shell passes <(...)
_MAX_DEPTH: Final = 6  # folders within folders


@contextmanager
def open_local(
    path: Path | None, where: str | None = None, *, root: str = "", only_files: bool = False
) -> Iterator[Opened]:
    """Opens a file or a folder on this machine.

    Args:
        path: The path; None for an empty text.
        where: Its name for messages.
        root: A folder without links in its path, which the file must be in after all links are followed; empty:
            anywhere.
        only_files: Also refuse pipes that are open in this process, such as ``/dev/fd/63`` in a shell.

    Raises:
        SourceError: it does not exist, cannot be read, is a device, or is outside of ``root``.
    """
    if path is None:
        raise SourceError('"" is not a path. Pass a file.')
    where = where or printable(str(path), MAX_PLACE)
    try:
        mode = _mode(path, where)
        real = _inside(path, Path(root), where) if root else path
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):  # before opening: some devices react to it, others never end
            raise SourceError(f"{where}: this is a device. Pass a file, or use - for standard input.")
        if stat.S_ISDIR(mode):
            folder = where

            def open_within(file: str) -> AbstractContextManager[Opened]:
                return open_local(real / file, place_within(folder, file), root=root, only_files=True)

            sample = Sample(path.resolve().name, files=_files(real, where))
            yield Opened(where, sample, open_within=open_within, path=real)
            return
        is_open = not only_files and stat.S_ISFIFO(mode) and real.as_posix().startswith(_OPEN_FILES)
        if not is_open and not stat.S_ISREG(mode):
            raise _no_file(where)
        with open(real, "rb", opener=None if is_open else _open_file) as stream:
            if not is_open and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # replaced since it was looked at
                raise _no_file(where)
            opened = opened_stream(stream, where, path.name, real if stat.S_ISREG(mode) else None)
            if not is_open:
                opened.folder = partial(_folder_of, path, where, root)
            yield opened
    except FileNotFoundError:
        raise SourceError(f"{where}: there is no such file. Check the path.") from None
    except OSError as error:
        raise SourceError(f"{where}: it cannot be read ({error.strerror or error}); check its permissions.") from None


def _folder_of(path: Path, where: str, root: str) -> Opened:
    """The folder that a file is in, with the files directly in it; without any if it cannot be read."""
    folder = path.absolute().parent

    def open_within(file: str) -> AbstractContextManager[Opened]:
        return open_local(folder / file, root=root, only_files=True)

    files: tuple[str, ...] = ()
    with suppress(OSError), os.scandir(folder) as entries:
        files = tuple(entry.name for entry in islice(entries, MAX_FILES) if entry.is_file())
    return Opened(where, Sample(folder.name, files=files), open_within=open_within)


def _no_file(where: str) -> SourceError:
    return SourceError(
        f"{where}: this is a pipe or a socket, which may never end. Pass a file, or use - for standard input."
    )


def _inside(path: Path, root: Path, where: str) -> Path:
    """The path with all links followed. Raises a SourceError if it is not in the folder."""
    real = Path(os.path.realpath(path))
    if root != Path(root.anchor) and not real.is_relative_to(root):  # Windows has several drives
        raise SourceError(f"{where}: this link leads out of the folder of runs. If you trust it, pass --follow-links.")
    return real


def _open_file(name: str, flags: int) -> int:
    """Opens a file without waiting for a writer, in case a pipe has taken its place."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _mode(path: Path, where: str) -> int:
    """The mode bits of a file."""
    try:
        return path.stat().st_mode
    except ValueError as error:  # the path has a zero byte or a lone surrogate
        raise SourceError(f"{quoted(where)} is not a path ({error}). Pass a file.") from None


def _files(folder: Path, where: str) -> tuple[str, ...]:
    """Relative paths of all files below a folder, sorted; links to other folders are not followed.

    Raises:
        SourceError: there are too many.
    """
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        found += [(inside / name).as_posix() for name in names]
        folders[:] = sorted(folders) if len(inside.parts) < _MAX_DEPTH else []
        if len(found) > MAX_FILES:
            raise too_many_files(where)
    return tuple(sorted(found))
