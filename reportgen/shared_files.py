"""Files that several processes use at once: locks, and patience on Windows."""

import errno
import os
import time
from collections.abc import Callable
from typing import Any, Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
try:
    import msvcrt as _msvcrt
except ImportError:  # everywhere else
    msvcrt: Any = None
else:
    msvcrt = _msvcrt

IS_WINDOWS: Final = os.name == "nt"
_PATIENCE_S: Final = 2.0  # our choice: virus scanners and indexers look into a new file for less
_PAUSE_S: Final = 0.02
_LOCKED_BYTE: Final = 0x7FFFFFFE  # the last but one that `msvcrt.locking` reaches; no file is that long


def lock_file(descriptor: int) -> bool:
    """Locks an open file until it is closed. Returns whether somebody else has locked it.

    The lock ends with the process, however it ends. On file systems without locks, nobody has locked anything. Windows
    lets nobody else read bytes that are locked, so there the lock is on a byte after the end of the file.
    """
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:
            position = os.lseek(descriptor, 0, os.SEEK_CUR)
            try:
                os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(descriptor, position, os.SEEK_SET)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    return False


def when_free(act: Callable[[], None]) -> None:
    """Replaces or deletes a file. Windows does neither while a program has it open, so there this tries again.

    Raises:
        OSError: it cannot be done, on Windows after two seconds of trying.
    """
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            act()
        except PermissionError:
            if not IS_WINDOWS or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
