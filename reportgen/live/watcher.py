"""The watcher: a process of low priority beside a training that keeps its report fresh, and outlives it by one report.

In: the journal that the training writes. Out: the report, after a few seconds of training, then every 30 s as long as
it grows, or less often, so that reports take no more than 1 % of the time; and once more when the training says so or
dies, even by SIGKILL. Then it ends by itself. The training pays for its start (some milliseconds) and, at the very end,
for one report drawn by an engine that is warm.

Started as ``python -m reportgen.live.watcher`` with the job on its standard input; the pipe closes if
the training dies.
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
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from reportgen.journal import head_of

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report

FIRST_REFRESH_S: Final = 5.0  # our choice: who trains for less wants no second process at work
REFRESH_S: Final = 30.0
MOST_OF_TIME: Final = 0.01  # that may be spent on refreshing
_LOOK_S: Final = 1.0
_FINISH_S: Final = 300.0  # beyond it the watcher is taken for dead; a report takes about one second
_FINISH: Final = "finish\n"
_LEAVE: Final = "leave\n"
_NICE: Final = 5  # our choice: behind the training, yet not starved when the training waits for its last report


@dataclass(frozen=True)
class Job:
    """What is to be made of a journal.

    Attributes:
        run_id: Whose journal it has to be.
        journal: Its path, absolute.
        report: Path of the report, absolute.
        lang: Language of the report.
        directions: "lower" or "higher" by metric.
        baseline: Path or URL of an earlier run.
        baseline_data: An earlier run itself, as `TrainingHistory.to_json` wrote it, in place of a path.
    """

    run_id: str
    journal: str
    report: str
    lang: str = "en"
    directions: dict[str, str] = field(default_factory=dict)
    baseline: str | None = None
    baseline_data: str | None = None


class Watcher:
    """The training's side of it: starts the process, and is told by it that a report is written.

    Args:
        job: What it is to do.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, job: Job) -> None:
        self._begun = time.monotonic()
        places = [os.path.abspath(place) for place in sys.path]  # "" is the working folder
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl-C and a closing terminal are the training's
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
        self.pid: int = self._process.pid
        with suppress(BrokenPipeError):  # it died already; `finish` will tell
            print(json.dumps(asdict(job)), file=self._process.stdin, flush=True)

    def finish(self) -> bool:
        """Has the report written that the journal now gives.

        Returns:
            Whether it is written as the job says. If not, the caller has to, and the watcher has ended.
        """
        warm = time.monotonic() - self._begun > FIRST_REFRESH_S
        return self._end(_FINISH if warm else _LEAVE) and warm

    def leave(self) -> None:
        """Ends it without another report."""
        self._end(_LEAVE)

    def _end(self, order: str) -> bool:
        try:
            self._process.communicate(order, timeout=_FINISH_S)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        return self._process.returncode == 0


def make_report(
    history: "TrainingHistory",
    *,
    baseline: Any,
    directions: dict[str, str],
    lang: str,
    failed: Callable[[str, Exception], None],
) -> "Report":
    """A report without what cannot be had for it.

    Args:
        history: The run.
        baseline: As for `build`.
        directions: As for `build`.
        lang: As for `build`.
        failed: Is told what could not be done, and why.
    """
    from reportgen.report import build, load

    try:
        baseline = None if baseline is None else load(baseline)
    except Exception as error:
        failed("read the baseline", error)
        baseline = None
    try:
        history = history.with_directions(directions)
    except Exception as error:
        failed("take the directions", error)
    return build(history, baseline=baseline, language=lang)


def _write(job: Job, *, running: bool) -> bool:
    """Writes the report that the journal gives.

    Returns:
        Whether nothing had to be left out of it.
    """
    from reportgen.history import notes
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import load

    whole = True

    def failed(doing: str, error: Exception) -> None:
        nonlocal whole
        whole = False

    history = load(job.journal)
    if running:
        history = history.with_run(replace(history.run, notes=(*history.run.notes, notes.STILL_RUNNING)))
    baseline = job.baseline if job.baseline_data is None else TrainingHistory.from_json(job.baseline_data)
    report = make_report(history, baseline=baseline, directions=job.directions, lang=job.lang, failed=failed)
    report.save(job.report)
    return whole


def _is_of(job: Job) -> bool:
    """Whether the journal is still that of the job, not one of a training that began later."""
    with suppress(OSError):
        return head_of(Path(job.journal)).get("id") == job.run_id
    return True  # gone, but nobody else's: the folder may come back


def _secured_size(path: str) -> int:
    """How long the journal is by now, all of that being on the disk; the training itself never waits for the disk."""
    with suppress(OSError), open(path, "r+b") as stream:
        os.fsync(stream.fileno())
        return os.fstat(stream.fileno()).st_size
    return 0


def pause_after(cpu_s: float) -> float:
    """How many seconds after the beginning of a refresh the next one may begin."""
    return max(REFRESH_S, cpu_s / MOST_OF_TIME)


class _Desk:
    """The watcher's side of it."""

    def __init__(self, job: Job, orders: "queue.SimpleQueue[str]", parent: int) -> None:
        self.job = job
        self._orders = orders
        self._parent = parent
        self._shown_size = 0

    def watch(self) -> int:
        """Works until the training ends.

        Returns:
            The exit code: 0 where the report is written as the job says.
        """
        due = time.monotonic() + FIRST_REFRESH_S
        while (order := self._next_order()) is None:
            if not _is_of(self.job):
                return 1
            if time.monotonic() >= due and (size := _secured_size(self.job.journal)) > self._shown_size:
                begun, spent, first = time.monotonic(), time.process_time(), self._shown_size == 0
                with suppress(Exception):  # the disk is full, perhaps: it may have room again next time
                    _write(self.job, running=True)
                    self._shown_size = size
                # The first one loads what all of them need; its cost says nothing of the next.
                due = begun + pause_after(0 if first else time.process_time() - spent)
        if order == _LEAVE or not _is_of(self.job):
            return 1
        try:
            return 0 if _write(self.job, running=False) else 1
        except Exception:
            return 1  # the training tries it itself, and says why it fails

    def _next_order(self) -> str | None:
        """What the training says within the next second; empty once it is dead."""
        with suppress(queue.Empty):
            return self._orders.get(timeout=_LOOK_S)
        # Processes that the training forked may hold the pipe open beyond its death.
        return "" if sys.platform != "win32" and os.getppid() != self._parent else None


def _listen(stream: TextIO, orders: "queue.SimpleQueue[str]") -> None:
    orders.put(stream.readline())


def main() -> int:
    """Works off the job on standard input."""
    parent = os.getppid()
    job: Any = None
    with suppress(ValueError):
        job = json.loads(sys.stdin.readline())
    if job is None:
        return 1
    if hasattr(os, "nice"):
        os.nice(_NICE)
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, orders), daemon=True).start()
    return _Desk(Job(**job), orders, parent).watch()


if __name__ == "__main__":
    sys.exit(main())
