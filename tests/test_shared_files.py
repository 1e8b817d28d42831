"""Locks, and files that other programs have open, on systems of each kind."""

import errno
import os
from types import SimpleNamespace

import pytest

from reportgen import shared_files
from reportgen.shared_files import lock_file, when_free


class WindowsLocks:
    """`msvcrt.locking` as it is documented: a lock is on bytes from the position on, and belongs to one descriptor."""

    LK_NBLCK = 2

    def __init__(self):
        self.held = {}

    def locking(self, descriptor, mode, n_bytes):
        assert (mode, n_bytes) == (self.LK_NBLCK, 1)
        found = os.fstat(descriptor)
        region = (found.st_dev, found.st_ino, os.lseek(descriptor, 0, os.SEEK_CUR))
        assert region[-1] >= found.st_size  # others may read the file
        assert region[-1] < 2**31  # `long` has 32 bits there
        if self.held.setdefault(region, descriptor) != descriptor:
            raise OSError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("system", ["this one", "Windows", "one without locks"])
def test_a_file_is_locked_by_the_first_to_lock_it_and_stays_readable(system, tmp_path, monkeypatch):
    if system != "this one":
        monkeypatch.setattr(shared_files, "fcntl", None)
        monkeypatch.setattr(shared_files, "msvcrt", WindowsLocks() if system == "Windows" else None)
    path = tmp_path / "runs.jsonl"
    path.write_bytes(b"one\ntwo\n")
    with open(path, "r+b", buffering=0) as first, open(path, "rb") as second:
        first.seek(4)
        assert not lock_file(first.fileno())
        assert first.read() == b"two\n"  # the position is as before
        assert lock_file(second.fileno()) == (system != "one without locks")
        assert second.read() == b"one\ntwo\n"


def test_a_file_system_without_locks_locks_nothing(tmp_path, monkeypatch):
    def flock(descriptor, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(shared_files, "fcntl", SimpleNamespace(LOCK_EX=1, LOCK_NB=2, flock=flock))
    with open(tmp_path / "x", "wb") as stream:
        assert not lock_file(stream.fileno())


@pytest.mark.parametrize(("is_windows", "n_failures", "works"), [(True, 2, True), (True, 99, False), (False, 1, False)])
def test_windows_waits_until_a_virus_scanner_closes_a_file(is_windows, n_failures, works, monkeypatch):
    monkeypatch.setattr(shared_files, "IS_WINDOWS", is_windows)
    monkeypatch.setattr(shared_files, "_PATIENCE_S", 0.1)
    attempts = []

    def act():
        attempts.append(1)
        if len(attempts) <= n_failures:
            raise PermissionError(errno.EACCES, "Access is denied")

    if works:
        when_free(act)
        assert len(attempts) == n_failures + 1
    else:
        with pytest.raises(PermissionError):
            when_free(act)
        assert (len(attempts) > 2) == is_windows
