"""Processes that tests start: Ctrl-C reaches them, and none is left running when its test ends."""

import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psutil

PATIENCE_S = 15.0  # for processes that are ending when their test does
_MARK = "REPORTGEN_TESTS"  # environment variable that every process of this test run inherits
_ENDS_WITH_PYTEST = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")  # Python's own helpers


@contextlib.contextmanager
def ctrl_c() -> Iterator[None]:
    """Makes SIGINT raise KeyboardInterrupt here, and end the processes that are started in the meantime.

    A shell starts background jobs (``make test &``) with SIGINT ignored, and their children inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start_interruptible(command: list[Any], **options: Any) -> subprocess.Popen[Any]:
    """Starts a process that SIGINT reaches, even if the test suite itself runs in the background."""
    with ctrl_c():  # Python resets handlers in the new program, but ignored signals stay ignored
        return subprocess.Popen(command, **options)


def mark_environment() -> None:
    """Marks this process's environment, so that its descendants are recognised even when their parent has ended."""
    os.environ[_MARK] = uuid.uuid4().hex


@contextlib.contextmanager
def none_left_behind(patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Fails if a process that was started inside the block survives it, and kills that process.

    Children of older processes do not count: a browser that all tests share starts and ends its own.
    """
    before = set(psutil.pids())
    yield
    until = time.monotonic() + patience_s
    while (left := _started_since(before)) and time.monotonic() < until:
        time.sleep(0.05)
    names = [f"{process.pid}: {_command(process)}" for process in left]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    assert not names, "processes are left running:\n" + "\n".join(names)


def _started_since(before: set[int]) -> list[psutil.Process]:
    """Running processes of this test run that are neither in `before` nor descend from one that is."""
    found = []
    for pid in set(psutil.pids()) - before:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            parents = [parent.pid for parent in process.parents()]
            ours = os.getpid() in parents
            older = parents[: parents.index(os.getpid())] if ours else parents
            if (
                (ours or process.environ().get(_MARK) == os.environ[_MARK])
                and not any(parent in before and parent != 1 and _is_ours(parent) for parent in older)
                and process.status() != psutil.STATUS_ZOMBIE
                and not any(helper in _command(process) for helper in _ENDS_WITH_PYTEST)
            ):
                found.append(process)
    return found


def _is_ours(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).environ().get(_MARK) == os.environ[_MARK]
    return False


def _command(process: psutil.Process) -> str:
    return " ".join(process.cmdline()).replace("\n", " ")[:200]
