"""The watcher: a low-priority process that refreshes the report during training and writes the final one.

It writes the report after a few seconds of training, then at most every 30 s while the journal grows, using at most 1 %
of the time. When training ends or is killed, even by SIGKILL, it writes a final report and exits. The training only
has to start the process (milliseconds) and, at the end, wait for one report.

Started as ``python -m reportgen.live.watcher`` with the job on standard input. The pipe closes if the training
process dies.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from reportgen.journal import head_of, journal_path
from reportgen.options import DEFAULT_LOOK, DEFAULT_READ, READ_NAMES, Look, ReadOptions

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report

FIRST_REFRESH_S: Final = 5.0  # our choice: shorter runs are not slowed down by a second process
REFRESH_S: Final = 30.0
MAX_TIME_SHARE: Final = 0.01  # largest share of the time spent on refreshing
_POLL_S: Final = 1.0
_FINISH_S: Final = 300.0  # after this the watcher is considered dead; a report takes about one second
_FINISH: Final = "finish\n"
_LEAVE: Final = "leave\n"
_NICE: Final = 5  # our choice: lower priority than the training, but enough when the training waits for its last report


@dataclass(frozen=True)
class Job:
    """The report to make of a run."""

    report: Path  # absolute path of the report; the journal is next to it
    baseline: Any = None
    options: ReadOptions = DEFAULT_READ  # for the baseline; directions and monitor also apply to the run
    look: Look = DEFAULT_LOOK
    run_id: str = ""  # the ``id`` of the training's journal
    baseline_data: str = ""  # the baseline as `TrainingHistory.to_json` returns it, if it is not a path

    @property
    def journal(self) -> Path:
        """Path of the journal."""
        return journal_path(self.report)

    def to_json(self) -> str:
        """The job as one line; a baseline that is not a path is read now, which may fail."""
        job = self
        if self.baseline is not None and not isinstance(self.baseline, str | os.PathLike):
            job = replace(self, baseline=None, baseline_data=_read_baseline(self).to_json())
        return json.dumps(asdict(job), default=os.fspath)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Parses the line of a job."""
        data = json.loads(line)
        data |= {
            "report": Path(data["report"]),
            "options": ReadOptions(**data["options"]),
            "look": Look(**data["look"]),
        }
        return cls(**data)


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
            options = {"creationflags": subprocess.IDLE_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reportgen.live.watcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            **options,
        )
        with suppress(BrokenPipeError):  # it has already died; `finish` will notice
            print(job, file=self._process.stdin, flush=True)

    def finish(self) -> bool:
        """Requests the final report, and waits for it.

        Returns:
            Whether the report was written as requested. If not, the watcher has exited and the caller writes it.
        """
        warm = time.monotonic() - self._started > FIRST_REFRESH_S
        return self._end(_FINISH if warm else _LEAVE) and warm

    def leave(self) -> None:
        """Ends the process without another report."""
        self._end(_LEAVE)

    def _end(self, order: str) -> bool:
        try:
            self._process.communicate(order, timeout=_FINISH_S)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        return self._process.returncode == 0


def _read_baseline(job: Job) -> "TrainingHistory":
    from reportgen import sources  # loads pandas
    from reportgen.history.frame import TrainingHistory

    if job.baseline_data:
        return TrainingHistory.from_json(job.baseline_data)
    return sources.read(job.baseline, job.options, lenient=READ_NAMES).history


def make_report(history: "TrainingHistory", job: Job, failed: Callable[[str, Exception], None]) -> "Report":
    """Makes the report of a run. A baseline, directions or a monitor that cannot be used are left out.

    ``failed`` is called with what failed ("read the baseline") and the error.
    """
    from reportgen.report import build

    earlier = None
    try:
        if job.baseline is not None or job.baseline_data:
            earlier = _read_baseline(job)
    except Exception as error:
        failed("read the baseline", error)
    try:
        history = history.with_directions(job.options.directions)
    except Exception as error:
        failed("use the directions", error)
    try:
        history = history.with_monitor(job.options.monitor)
    except Exception as error:
        failed("use the monitor", error)
    return build(history, baseline=earlier, look=job.look)


def _write(job: Job, *, running: bool) -> bool:
    """Writes a report from the current journal. Returns whether everything succeeded."""
    from reportgen.history.notes import STILL_RUNNING, Note
    from reportgen.report import load

    failures: list[str] = []
    history = load(job.journal)
    if running:
        history = history.with_run(replace(history.run, notes=(*history.run.notes, Note(STILL_RUNNING))))
    make_report(history, job, lambda doing, error: failures.append(doing)).save(job.report)
    return not failures


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


def watch(job: Job, next_order: Callable[[], str | None]) -> int:
    """Refreshes the report until training ends.

    Args:
        job: The report to make.
        next_order: Waits for an order from the training. Returns None after a second without one, "" if it died.

    Returns:
        The exit code: 0 if the final report was written as requested.
    """
    shown_size, due = 0, time.monotonic() + FIRST_REFRESH_S
    while (order := next_order()) is None:
        if not _is_of(job):
            return 1
        if time.monotonic() >= due and (size := _synced_size(job.journal)) > shown_size:
            begun, spent, first = time.monotonic(), time.process_time(), shown_size == 0
            with suppress(Exception):  # perhaps the disk is full; the next refresh may succeed
                _write(job, running=True)
                shown_size = size
            # The first refresh loads all modules, so its cost says nothing about the next one.
            due = begun + pause_after(0 if first else time.process_time() - spent)
    if order == _LEAVE or not _is_of(job):
        return 1
    try:
        return 0 if _write(job, running=False) else 1
    except Exception:
        return 1  # the training then writes the report itself, and warns if that fails, too


def _listen(stream: TextIO, orders: "queue.SimpleQueue[str]") -> None:
    orders.put(stream.readline())


def main() -> int:
    """Runs the job on standard input."""
    parent = os.getppid()
    try:
        job = Job.from_json(sys.stdin.readline())
    except (ValueError, KeyError, TypeError):  # the training died before it sent the job
        return 1
    if hasattr(os, "nice"):
        os.nice(_NICE)
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, orders), daemon=True).start()

    def next_order() -> str | None:
        with suppress(queue.Empty):
            return orders.get(timeout=_POLL_S)
        # A process forked by the training may keep the pipe open after the training has died.
        return "" if sys.platform != "win32" and os.getppid() != parent else None

    return watch(job, next_order)


if __name__ == "__main__":
    sys.exit(main())
