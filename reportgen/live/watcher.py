"""The watcher: a low-priority process that refreshes the report during training and writes the final one.

It also samples what the training uses of its machine.

It writes the report after a few seconds of training, then at most every 30 s while the journal grows, using at most 1 %
of the time. When training ends or is killed, even by SIGKILL, it writes a final report and exits. The training only
has to start the process (milliseconds) and, at the end, wait for one report while the process shows signs of life.

Started as ``python -m reportgen.live.watcher`` with the job on standard input. The pipe closes if the training
process dies.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from reportgen.journal import head_of
from reportgen.live.job import Job, Written, make_report, write_report
from reportgen.live.sampler import Sampler, sampler_of

FIRST_REFRESH_S: Final = 5.0  # our choice: shorter runs are not slowed down by a second process
REFRESH_S: Final = 30.0
MAX_TIME_SHARE: Final = 0.01  # largest share of the time spent on refreshing
_POLL_S: Final = 1.0
_FINISH_S: Final = 300.0  # for the last report, which takes about one second
_BEAT_S: Final = 1.0  # between two signs of life while the last report is made
_SILENCE_S: Final = 8.0  # after this without one the watcher is suspended or dead; our choice
_BEAT: Final = "working\n"
_FINISH: Final = "finish\n"
_LEAVE: Final = "leave\n"
_NICE: Final = 5  # our choice: lower priority than the training, but enough when the training waits for its last report


class Watcher:
    """The training's end of the pipe: starts the process and waits for its last report.

    Args:
        job: The report to make, as `Job.to_json` returns it.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, job: str) -> None:
        self._started = time.monotonic()
        places = [os.path.abspath(place) for place in sys.path]  # "" is the working folder
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl-C and a closed terminal end the training only
        if sys.platform == "win32":
            options = {"creationflags": subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reportgen.live.watcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            **options,
        )
        self._orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # In threads, because a suspended process reads and writes nothing and the training must not wait for it; from
        # now on, because Python 3.12 starts no thread at exit.
        self._threads = [
            threading.Thread(target=_send, args=(self._process.stdin, self._orders), daemon=True),
            threading.Thread(target=_receive, args=(self._process.stdout, self._lines), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._orders.put(job + "\n")

    def finish(self) -> Written | None:
        """Requests the final report, and waits for it as long as the watcher shows signs of life.

        Returns:
            What was written; None if it was not written. In any case, the watcher has exited.
        """
        warm = time.monotonic() - self._started > FIRST_REFRESH_S
        written = self._answer() if warm else None
        self.leave()
        return written

    def leave(self) -> None:
        """Ends the process without another report."""
        self._orders.put(_LEAVE)
        self._orders.put(None)
        try:
            self._process.wait(_SILENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(_POLL_S)

    def _answer(self) -> Written | None:
        self._orders.put(_FINISH)
        until = time.monotonic() + _FINISH_S
        with suppress(queue.Empty):
            while time.monotonic() < until:
                line = self._lines.get(timeout=_SILENCE_S)
                if line is None or (written := Written.from_json(line)) is not None:
                    return None if line is None else written
        self._process.kill()
        return None


def _send(stream: IO[bytes], orders: "queue.SimpleQueue[str | None]") -> None:
    """Writes orders until None; then, or if the process has died, closes the pipe."""
    with suppress(OSError), stream:
        while (order := orders.get()) is not None:
            data = order.encode()
            while data:
                data = data[stream.write(data) :]


def _receive(stream: IO[bytes], lines: "queue.SimpleQueue[str | None]") -> None:
    """Passes lines on, and None when the pipe is closed."""
    with suppress(OSError), stream:
        for line in stream:
            lines.put(line.decode("utf-8", "replace"))
    lines.put(None)


def _write(job: Job, sampler: Sampler | None, *, running: bool) -> Written:
    """Writes a report from the current journal, with what was sampled."""
    from reportgen.history.notes import STILL_RUNNING, Note
    from reportgen.report import load

    failures: list[tuple[str, str]] = []
    history = load(job.journal, format="journal")
    use = None if sampler is None else sampler.use
    if use is not None:
        history = history.with_run(replace(history.run, resources=use))
    if running:
        history = history.with_run(replace(history.run, notes=(*history.run.notes, Note(STILL_RUNNING))))
    report = make_report(history, job, lambda doing, error: failures.append((doing, str(error))))
    packed = None if use is None else use.to_dict()
    return replace(write_report(report, job), failures=tuple(failures), resources=packed)


def _is_of(job: Job) -> bool:
    """Whether the journal still belongs to the job, not to a run that began later."""
    with suppress(OSError):
        return head_of(job.journal).get("id") == job.run_id
    return True  # deleted, but not replaced: the folder may come back


def _synced_size(path: Path) -> int:
    """The size of the journal after flushing it to disk. The training itself never waits for the disk."""
    with suppress(OSError), open(path, "r+b") as stream:
        os.fsync(stream.fileno())
        return os.fstat(stream.fileno()).st_size
    return 0


def pause_after(cpu_s: float) -> float:
    """Seconds from the start of one refresh to the next, given the processor time that the refresh took."""
    return max(REFRESH_S, cpu_s / MAX_TIME_SHARE)


def watch(job: Job, next_order: Callable[[], str | None]) -> Written | None:
    """Refreshes the report until training ends.

    Args:
        job: The report to make.
        next_order: Waits for an order from the training. Returns None after a second without one, "" if it died.

    Returns:
        The final report, if it was written.
    """
    shown_size, due = 0, time.monotonic() + FIRST_REFRESH_S
    sampler = sampler_of(job.trainer_pid)
    while (order := next_order()) is None:
        if not _is_of(job):
            return None
        if sampler is not None:
            sampler.sample_if_due()
        if time.monotonic() >= due and (size := _synced_size(job.journal)) > shown_size:
            begun, spent, first = time.monotonic(), time.process_time(), shown_size == 0
            with suppress(Exception):  # perhaps the disk is full; the next refresh may succeed
                _write(job, sampler, running=True)
                shown_size = size
            # The first refresh loads all modules, so its cost says nothing about the next one.
            due = begun + pause_after(0 if first else time.process_time() - spent)
    if order == _LEAVE or not _is_of(job):
        return None
    with suppress(Exception):  # the training then writes the report itself, and warns if that fails, too
        return _write(job, sampler, running=False)
    return None


def _listen(stream: IO[str], orders: "queue.SimpleQueue[str]", asked: threading.Event) -> None:
    while line := stream.readline():
        if line == _FINISH:
            asked.set()
        orders.put(line)
    orders.put("")


def _private_output() -> IO[str]:
    """The pipe to the training, which nothing else that is printed here can reach."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return pipe


def _tell(pipe: IO[str], line: str) -> None:
    with suppress(OSError, ValueError):  # the training died
        pipe.write(line)
        pipe.flush()


def main() -> int:
    """Runs the job on standard input."""
    parent, pipe = os.getppid(), _private_output()
    try:
        job = Job.from_json(sys.stdin.readline())
    except (ValueError, KeyError, TypeError):  # the training died before it sent the job
        return 1
    if hasattr(os, "nice"):
        os.nice(_NICE)
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    asked, ended = threading.Event(), threading.Event()

    def beat() -> None:
        asked.wait()  # perhaps in the middle of a refresh, which comes before the last report
        while not ended.wait(_BEAT_S):
            _tell(pipe, _BEAT)

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    threading.Thread(target=_listen, args=(sys.stdin, orders, asked), daemon=True).start()

    def next_order() -> str | None:
        with suppress(queue.Empty):
            return orders.get(timeout=_POLL_S)
        # A process forked by the training may keep the pipe open after the training has died.
        return "" if sys.platform != "win32" and os.getppid() != parent else None

    written = watch(job, next_order)
    ended.set()
    if asked.is_set():
        beating.join()
    if written is not None and asked.is_set():  # not if the pipe was closed while the training goes on
        _tell(pipe, written.to_json() + "\n")
    with suppress(OSError):
        pipe.close()
    return 0 if written is not None else 1


if __name__ == "__main__":
    sys.exit(main())
