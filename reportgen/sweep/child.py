"""The process that handles runs for a worker: reads jobs from standard input, and writes results to standard output.

It ends when the worker does, even while it is busy.
"""

import importlib
import os
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import IO, Any, Final

JOB: Final = struct.Struct("<IdQ")  # position of the first run, seconds per run, length of the job
FRAME: Final = struct.Struct("<BQ")  # a Sign, length of what follows
READY: Final = "ready"  # the first answer
_GRACE_S: Final = 30.0  # after which a run that its worker did not end is ended by the system


class Sign(IntEnum):
    """What a frame contains."""

    RESULT = 0
    ERROR = 1


def read_exactly(stream: IO[bytes], size: int) -> bytes:
    """Reads that many bytes. Raises EOFError if the stream ends earlier."""
    data = bytearray()
    while len(data) < size:
        chunk = stream.read(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def main() -> None:
    """Handles jobs until standard input ends.

    The arguments of the process are `sys.path`, and the ``module:function`` that turns a job into answers.
    """
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process of the sweep handles Ctrl-C
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that nothing that is printed gets between the results
    jobs: queue.SimpleQueue[tuple[int, float, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_read_jobs, args=(sys.stdin.buffer, jobs), daemon=True).start()
    try:
        module, _, name = sys.argv[2].partition(":")
        handle: Callable[[str, int], Iterator[str]] = getattr(importlib.import_module(module), name)
    except Exception as error:
        _write(out, Sign.ERROR, _line(error))
        return
    _write(out, Sign.RESULT, READY.encode())
    while True:
        start, time_s, job = jobs.get()
        try:
            _limit(time_s)
            for answer in handle(job.decode(), start):
                _limit(time_s)
                _write(out, Sign.RESULT, answer.encode())
            _limit(None)
        except Exception as error:
            _write(out, Sign.ERROR, _line(error))


def _read_jobs(stream: IO[bytes], jobs: "queue.SimpleQueue[tuple[int, float, bytes]]") -> None:
    try:
        while True:
            start, time_s, length = JOB.unpack(read_exactly(stream, JOB.size))
            jobs.put((start, time_s, read_exactly(stream, length)))
    except EOFError:
        os._exit(0)  # the worker has ended


def _limit(time_s: float | None) -> None:
    """Lets the system end this process in case its worker is gone: a busy regular expression stops all Python code."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0 if time_s is None else time_s + _GRACE_S)


def _line(error: Exception) -> bytes:
    return f"{type(error).__name__}: {error}".encode("utf-8", "replace")


def _write(out: Any, sign: Sign, data: bytes) -> None:
    out.write(FRAME.pack(sign, len(data)) + data)
    out.flush()
