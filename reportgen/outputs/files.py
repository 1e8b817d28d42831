"""Writes files atomically: a new file is written next to the old one, flushed to disk and moved over it.

If anything fails, an existing file is left unchanged. Missing folders are created, and a leading ``~`` is the home
folder. A symbolic link at the path is replaced; what it points to is left alone. A file that reportgen did not write is
replaced only on request.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reportgen.errors import OutputError
from reportgen.portable_names import fault_on_windows
from reportgen.regular_files import regular_file
from reportgen.shared_files import IS_WINDOWS, when_free
from reportgen.text import quoted

_REMEDIES: Final = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "permission denied; choose another folder or change its permissions",
    errno.EPERM: "permission denied; choose another folder or change its permissions",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EFBIG: "the file would be larger than allowed; raise the limit",
    errno.ENXIO: "no program reads from this pipe; start one first, or choose another path",
    errno.ELOOP: "it is a symbolic link or leads through a loop of them; remove the link or choose another path",
}
_LONGEST_ON_WINDOWS: Final = 240  # characters, with the name of the temporary file 260
_READER_S: Final = 10.0  # how long to wait for the reader of a pipe; our choice: it is started in the same script
_POLL_S: Final = 0.02
HEAD: Final = 16 * 1024  # bytes; every mark is near the beginning
# How files that reportgen writes begin: pages; JSON and journals; mails; JUnit; OpenMetrics; summaries; SARIF.
_MARKS: Final = re.compile(
    rb'<meta name="generator" content="reportgen |\A\{\s*"schema"\s*:\s*"reportgen/|\AX-Mailer: reportgen '
    rb'|<testsuites name="reportgen"|\A# TYPE reportgen_|\A# EOF\n\Z|\A<!-- reportgen '
    rb'|\A\{\s*"\$schema": "[^"\n]{1,200}",\s*"version": "2\.1\.0",\s*"runs": \[\s*\{\s*"tool": \{\s*'
    rb'"driver": \{\s*"name": "reportgen"'
)
_SHARED: Final = 0o002  # of a folder such as /tmp: every user can create links in it
_MAX_LINKS: Final = 40  # of a path, as in Linux
_SYSTEM_LINKS: Final = re.compile(r"/dev|/proc/.*")  # folders of links such as /dev/stdout, which must stay


def expand_home(path: str | os.PathLike[str]) -> Path:
    """A path with a leading ``~`` or ``~user`` replaced; unchanged if there is no such user."""
    return Path(os.path.expanduser(os.fsdecode(path)))  # noqa: PTH111  # Path's method fails on a file named "~draft"


def check_name(path: str | os.PathLike[str]) -> str:
    """Checks that a path names a file, not a folder.

    Returns:
        The path as text.

    Raises:
        OutputError: it does not, or it is not a path.
    """
    try:
        shown = os.fsdecode(path)
    except TypeError:
        raise OutputError(f"path is {quoted(path)} ({type(path).__name__}), not a path. Pass a file name.") from None
    if not shown:
        raise OutputError("The path is empty. Pass a file name.")
    given = expand_home(shown)
    is_folder = os.path.isdir(given)  # noqa: PTH112  # Path.is_dir fails on a name that is too long
    if is_folder or given.name in ("", "..") or shown.endswith(("/", os.sep)):
        raise OutputError(f"{shown}: this is a folder, not a file. Add a file name.")
    if IS_WINDOWS and given != Path(os.devnull):
        for part in (part for part in given.parts if part not in (given.anchor, "..")):
            if fault := fault_on_windows(part):
                raise OutputError(f"{shown}: {fault}, which Windows does not allow. Choose another name.")
    return shown


def check_target(path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Checks that a report can be written to a path, before any work is done. Creates nothing.

    Args:
        path: The path; missing folders are created later.
        overwrite: Whether a file that reportgen did not write may be replaced.

    Returns:
        The absolute path, with ``~`` expanded and the links of its folders followed; a device or pipe as given.

    Raises:
        OutputError: the path is a folder, or below a file; the folder is not writable; another user may have planted a
            link there; the file was not written by reportgen.
    """
    shown = check_name(path)
    try:
        given = expand_home(shown)
        if is_special(given):
            _check_special(given, shown)
            return given  # for a pipe, /dev/stdout is a link to a name that does not exist
        target = Path(os.path.realpath(given.parent)) / given.name
        if target.is_symlink() and _SYSTEM_LINKS.fullmatch(str(target.parent)):
            target = Path(os.path.realpath(target))  # /dev/stdout, redirected to a file
        _check_folder(given.parent, shown)
        if not overwrite and not _is_replaceable(target):
            raise OutputError(
                f"{shown}: reportgen did not write this file, so it is not replaced. Choose another path, or pass "
                "--force (in Python: overwrite=True)."
            )
    except ValueError as error:
        raise OutputError(f"{shown!r} is not a path ({error}). Pass a file.") from None
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise failure(shown, error) from None
    return target


def _check_folder(folder: Path, shown: str) -> None:
    """Checks that a folder exists and is writable, or can be created. Raises OutputError."""
    for link in _links(folder):
        if link.parent.stat().st_mode & _SHARED and not _is_trusted(link.lstat()):
            raise OutputError(
                f"{shown}: {link} is a link that another user created in a shared folder. Choose another folder."
            )
    while not os.path.lexists(folder):
        if folder == folder.parent:  # a drive of Windows
            raise OutputError(f"{shown}: there is no {folder}. Choose another path.")
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(f"{shown}: {folder} is not a folder. Choose another path.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{shown}: {_REMEDIES[errno.EACCES]}.")


def _links(folder: Path) -> Iterator[Path]:
    """The links that a path leads through, also those that other links lead through, each in a folder without links."""
    place, ahead, n_links = Path("/"), [*reversed(folder.absolute().parts)], 0
    while ahead:
        part = ahead.pop()
        place = Path(part) if Path(part).is_absolute() else place.parent if part == ".." else place / part
        if place.is_symlink():
            yield place
            n_links += 1
            if n_links > _MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(place))
            ahead += reversed(place.readlink().parts)
            place = place.parent


def _check_special(given: Path, shown: str) -> None:
    """Refuses a pipe of another user, and a link of another user to a device. Raises OutputError."""
    found = given.lstat()
    is_system = _SYSTEM_LINKS.fullmatch(os.path.realpath(given.parent)) is not None
    if stat.S_IFMT(found.st_mode) in (stat.S_IFLNK, stat.S_IFIFO) and not is_system and not _is_trusted(found):
        raise OutputError(f"{shown}: this is a link or a pipe that belongs to another user. Choose another path.")


def _is_trusted(found: os.stat_result) -> bool:
    """Whether a file or link belongs to this user or to root, who may appear as another number in a container."""
    return not hasattr(os, "geteuid") or found.st_uid in (os.geteuid(), 0, Path("/").stat().st_uid)


def _is_replaceable(target: Path) -> bool:
    """Whether replacing a path loses nothing: it is free, a link, empty, or written by reportgen."""
    try:
        found = target.lstat()
        if stat.S_ISLNK(found.st_mode):
            return True
        with open(target, "rb", opener=regular_file) as stream:
            return is_own(stream.read(HEAD))
    except FileNotFoundError:
        return True
    except PermissionError:  # nobody can tell
        return False


def is_own(content: bytes) -> bool:
    """Whether the content of a file, or its beginning, was written by reportgen; true if it is empty."""
    return not content or _MARKS.search(content, 0, HEAD) is not None


def write_file(
    path: str | os.PathLike[str], content: str | bytes | Iterable[bytes], *, overwrite: bool = False
) -> Path:
    """Writes bytes, or text as UTF-8, and creates missing folders.

    An existing file is replaced atomically and keeps its permissions, a link is replaced by the file. Devices and pipes
    are written directly.

    Args:
        path: The path.
        content: The content; parts are written as they come.
        overwrite: Whether a file that reportgen did not write may be replaced.

    Returns:
        The path as given, with ``~`` expanded.

    Raises:
        OutputError: the file cannot be written; no file has changed.
    """
    target, shown = check_target(path, overwrite=overwrite), os.fsdecode(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    parts = [data] if isinstance(data, bytes) else data
    temporary: Path | None = None
    try:
        if is_special(target):
            with open(target, "wb", opener=_existing_file) as stream:
                stream.write(b"".join(parts))
            return expand_home(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.parent / f".{target.name[:60]}.{secrets.token_hex(8)}.tmp"
        with open(beside, "xb") as stream:  # with the usual permissions of a new file, unlike tempfile's 0600
            temporary = beside
            mode = _kept_mode(target)
            if mode is not None:
                os.chmod(stream.fileno(), mode)  # by the open file, because the name could be a link by now
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        when_free(partial(os.replace, temporary, target))
        temporary = None
    except OSError as error:
        raise failure(shown, error) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return expand_home(path)


def _kept_mode(target: Path) -> int | None:
    """The permissions that a new file takes over from the one that it replaces; None if that is not the user's own.

    None on Windows, where a mode is no more than the mark of a file that cannot be replaced.
    """
    if IS_WINDOWS:
        return None
    with contextlib.suppress(FileNotFoundError):
        found = target.lstat()
        if stat.S_ISREG(found.st_mode) and _is_trusted(found):
            return stat.S_IMODE(found.st_mode) & 0o777
    return None


@dataclass(frozen=True)
class FileState:
    """A file as it was at one time: two states are equal if nobody wrote to it in between.

    Attributes:
        path: Its absolute path.
        written_ns: When its content last changed; None for anything but a regular file.
        size_bytes: Its size; None likewise.
    """

    path: Path
    written_ns: int | None = None
    size_bytes: int | None = None


def file_state(path: Path) -> FileState:
    """The present state of a file, which need not exist."""
    with contextlib.suppress(OSError):
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            return FileState(path.absolute(), found.st_mtime_ns, found.st_size)
    return FileState(path.absolute())


def is_special(target: Path) -> bool:
    """Whether the path is a device or a pipe, which must not be replaced."""
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _existing_file(name: str, flags: int) -> int:
    """Opens a device or pipe, and never creates or empties a file that has taken its place.

    Waits a few seconds, not forever, for the program that reads a pipe.
    """
    flags &= ~(os.O_CREAT | os.O_TRUNC)
    if not hasattr(os, "O_NONBLOCK"):  # Windows
        return os.open(name, flags)
    due = time.monotonic() + _READER_S
    while True:
        try:
            descriptor = os.open(name, flags | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > due:
                raise
            time.sleep(_POLL_S)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


def failure(shown: str, error: OSError, what: str = "report") -> OutputError:
    """The error for a file that could not be written."""
    remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose another path")
    if IS_WINDOWS and error.errno == errno.EACCES:
        remedy = "permission denied, or a program has the file open; close it there, or choose another path"
    elif IS_WINDOWS and error.errno == errno.ENOENT and len(os.path.abspath(shown)) >= _LONGEST_ON_WINDOWS:
        remedy = f"the path is longer than {_LONGEST_ON_WINDOWS} characters; choose a shorter one, or allow long paths"
    return OutputError(f"{shown}: the {what} was not written: {remedy}.")
