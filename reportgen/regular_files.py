"""Opens a file that reportgen wrote, and nothing that somebody put in its place."""

import errno
import os
import stat


def regular_file(name: str, flags: int) -> int:
    """The ``opener=`` for such files: refuses symbolic links, and pipes, which could block.

    Raises:
        OSError: the path is not a regular file, or cannot be opened.
    """
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(name):  # noqa: PTH114  # Windows
        raise OSError(errno.ELOOP, "it is a symbolic link", name)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(name, flags, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", name)
    return descriptor
