"""What a worker of a sweep does: it has each run handled by a process of its own, within limits on time and memory.

Only a separate process can be stopped wherever it hangs. If a run ends it, or exceeds a limit, only that run fails.
"""

import atexit
import json
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any, Final

from reportgen.sweep.child import FRAME, JOB, READY, Sign, read_exactly

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from reportgen.sweep.child import main; main()"
)
HANDLE: Final = "reportgen.sweep.task:handle"
_START_S: Final = 300.0  # for Python to start; our choice, as loading it over a busy network takes long
_CHECK_EVERY_S: Final = 0.5  # how often the memory is measured
_MEMORY_SHARE: Final = 0.95  # of the worker's memory, as Dask does it
_IDLE: Final[deque["Child"]] = deque()  # one per thread of this worker, reused by later tasks


class Failure(Enum):
    """Why a run has no result."""

    TIME = "time"
    MEMORY = "memory"
    DIED = "died"
    WORKER = "worker"


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    time_s: float
    memory_bytes: int | None = None  # None: as much as there is


class Child:
    """A process that handles runs one after the other.

    Attributes:
        handle: ``module:function``; the function yields the answers of a job from a position on.
    """

    def __init__(self, handle: str) -> None:
        self.handle = handle
        self._failure: Failure | None = None
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path), handle],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._is_ready = False

    def send(self, job: str, start: int, limits: Limits) -> None:
        """Sends a job; its runs from position ``start`` on will be answered in order.

        Raises:
            RuntimeError: the process cannot start.
        """
        if not self._is_ready:
            if self.answer(Limits(_START_S)) != READY:
                raise RuntimeError("a process for runs cannot be started there")
            self._is_ready = True
        stdin, data = self._pipe(self._process.stdin), job.encode()
        try:
            stdin.write(JOB.pack(start, limits.time_s, len(data)) + data)
            stdin.flush()
        except OSError:  # it has ended, which the answer will show
            return

    def answer(self, limits: Limits) -> str | Failure:
        """The answer of the next run.

        Raises:
            RuntimeError: the job cannot be read there.
        """
        self._failure = None
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(limits, done), daemon=True)
        watch.start()
        stdout = self._pipe(self._process.stdout)
        try:
            sign, length = FRAME.unpack(read_exactly(stdout, FRAME.size))
            answer = read_exactly(stdout, length)
        except EOFError:
            sign, answer = Sign.RESULT, None
        finally:
            done.set()
            watch.join()
        if answer is None:
            self.end()
            return self._failure or Failure.DIED
        if sign == Sign.ERROR:
            raise RuntimeError(answer.decode("utf-8", "replace"))
        return answer.decode()

    def _watch(self, limits: Limits, done: threading.Event) -> None:
        """Ends the process when it exceeds a limit."""
        until = time.monotonic() + limits.time_s
        while not done.wait(max(0.0, min(_CHECK_EVERY_S, until - time.monotonic()))):
            if time.monotonic() >= until:
                self._failure = Failure.TIME
            elif limits.memory_bytes is not None and self._memory() > limits.memory_bytes:
                self._failure = Failure.MEMORY
            if self._failure is not None:
                self._process.kill()
                return

    def _memory(self) -> int:
        import psutil  # comes with Dask

        size = 0
        try:
            process = psutil.Process(self._process.pid)
            # On Windows, python.exe of a virtual environment only starts the one that does the work.
            for each in (process, *process.children(recursive=True)):
                size += int(each.memory_info().rss)
        except psutil.Error:
            return size
        return size

    @property
    def is_running(self) -> bool:
        """Whether it can take another job."""
        return self._failure is None and self._process.poll() is None

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                self._pipe(pipe).close()
            except OSError:  # bytes that it never read
                continue

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise RuntimeError("the process has no pipes")
        return pipe


def prepare() -> None:
    """Starts a process for runs, while there is nothing to do yet."""
    _IDLE.append(Child(HANDLE))


@atexit.register
def end_children() -> None:
    """Ends all processes that are idle."""
    while _IDLE:
        _IDLE.pop().end()


def run_task(job: str, n_runs: int, time_s: float, handle: str = HANDLE) -> list[str | Failure]:
    """Handles all runs of a job.

    Args:
        job: What the function gets.
        n_runs: Number of runs.
        time_s: How long a run may take.
        handle: ``module:function`` for each run's answer.

    Returns:
        Per run the answer, or why there is none.

    Raises:
        RuntimeError: the job cannot be handled here, such as by another version of reportgen.
    """
    limits = Limits(time_s, _memory_of_worker())
    results: list[str | Failure] = []
    child = _idle_child(handle)
    is_second = False
    try:
        child.send(job, 0, limits)
        while len(results) < n_runs:
            answer = child.answer(limits)
            retried = answer is Failure.DIED and not is_second  # the system may have ended it, as others need memory
            is_second = retried
            if not retried:
                results.append(answer)
            if not child.is_running and len(results) < n_runs:
                child.end()
                child = _idle_child(handle)
                child.send(job, len(results), limits)
    except BaseException:
        child.end()
        raise
    _IDLE.append(child)
    return results


def _idle_child(handle: str) -> Child:
    while _IDLE:
        child = _IDLE.pop()
        if child.is_running and child.handle == handle:
            return child
        child.end()
    return Child(handle)


def _memory_of_worker() -> int | None:
    """The memory that this worker's process for runs may take; None outside of Dask, or if it is not limited."""
    from distributed import get_worker

    try:
        worker: Any = get_worker()
        limit = worker.memory_manager.memory_limit
        n_threads = worker.state.nthreads
    except (ValueError, AttributeError):
        return None
    return int(_MEMORY_SHARE * limit / n_threads) if limit else None
