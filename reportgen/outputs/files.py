"""Writes files atomically: a new file is written next to the old one, flushed to disk and moved over it.

If anything fails, an existing file is left unchanged.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reportgen.errors import OutputError

_REMEDIES: Final = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "permission denied; choose another folder or change its permissions",
    errno.EPERM: "permission denied; choose another folder or change its permissions",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EFBIG: "the file would be larger than allowed; raise the limit",
}


def check_target(path: str | os.PathLike[str]) -> Path:
    """Checks that a report can be written to a path, before any work is done.

    Returns:
        The path, with a final symbolic link followed, so that the link is kept when its target is replaced.

    Raises:
        OutputError: the folder does not exist or is not writable, or the path is a folder.
    """
    shown = os.fspath(path)
    try:
        if is_special(Path(shown)):
            return Path(shown)  # for a pipe, /dev/stdout is a link to a name that does not exist
        target = Path(os.path.realpath(shown))
        if not shown or target.is_dir():
            raise OutputError(f"{shown or '(empty path)'}: this is a folder, not a file. Add a file name.")
        if not target.parent.is_dir():
            raise OutputError(
                f"{shown}: the folder {Path(shown).parent} does not exist. Create it or choose another path."
            )
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise OutputError(f"{shown}: {_REMEDIES[errno.EACCES]}.")
    except ValueError as error:
        raise OutputError(f"{shown!r} is not a path ({error}). Pass a file.") from None
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise failure(shown, error) from None
    return target


def write_file(path: str | os.PathLike[str], content: str | bytes | Iterable[bytes]) -> Path:
    """Writes bytes, or text as UTF-8. An existing file is replaced atomically; devices and pipes are written directly.

    Returns:
        The path as given.

    Raises:
        OutputError: the file cannot be written; nothing has changed.
    """
    shown, target = os.fspath(path), check_target(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    parts = [data] if isinstance(data, bytes) else data
    temporary: Path | None = None
    try:
        if is_special(target):
            target.write_bytes(b"".join(parts))
            return Path(shown)
        beside = target.parent / f".{target.name[:60]}.{secrets.token_hex(8)}.tmp"
        with open(beside, "xb") as stream:  # with the usual permissions of a new file, unlike tempfile's 0600
            temporary = beside
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise failure(shown, error) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return Path(shown)


def is_special(target: Path) -> bool:
    """Whether the path is a device or a pipe, which must not be replaced."""
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def failure(shown: str, error: OSError, what: str = "report") -> OutputError:
    """The error for a file that could not be written."""
    remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose another path")
    return OutputError(f"{shown}: the {what} was not written: {remedy}.")
