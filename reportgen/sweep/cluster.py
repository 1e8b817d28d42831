"""Runs the tasks of a sweep on Dask: on this machine or on an existing cluster.

Only a few tasks per thread are submitted at a time. A run that hangs or needs too much memory only ends its own
process, see `worker`. If a whole worker dies, another one repeats its task. If a task keeps killing its workers, its
runs are retried one by one at the end, so that only the run that causes it fails.
"""

import logging
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import resource_tracker
from typing import Any, Final, TypeVar

from reportgen.errors import ClusterError, MissingExtraError
from reportgen.sweep.listing import INSTALL
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.results import RunResult, failed_result
from reportgen.sweep.task import SweepOptions, answer_of, job_of
from reportgen.sweep.worker import Failure, run_task
from reportgen.text import printable

Item = TypeVar("Item")
_TASKS_PER_THREAD: Final = 3  # submitted: one running, and enough queued to keep every thread busy
_COUNT_EVERY_S: Final = 5.0  # how often to count a cluster's threads, because a cluster may grow and shrink
_CONNECT_S: Final = 20
_POLL_S: Final = 0.02
_NO_WORKERS_S: Final = 300.0  # longer than a worker takes to start on a busy machine
_SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 1,  # more attempts only take longer
    "distributed.worker.profile.enabled": False,  # its samples use a hundred megabytes per hour
    "distributed.comm.timeouts.connect": "120s",  # a worker that cannot connect in time is given up
    "distributed.scheduler.http.routes": [],  # pages about tasks that any user of this machine could read
    "distributed.worker.http.routes": [],
}
_ALONE: Final = "or run reportgen build on it alone."
_FAILURES: Final = {
    Failure.TIME: f"It took longer than {{time_limit_s:g}} seconds. Raise --time-limit, {_ALONE}",
    Failure.MEMORY: f"It needs more memory than one worker has. Use fewer --workers, {_ALONE}",
    Failure.WORKER: f"Its worker died at each attempt; the run may need more memory. Use fewer --workers, {_ALONE}",
    Failure.DIED: f"Its process died twice; the run may need more memory. Use fewer --workers, {_ALONE}",
}


@contextmanager
def open_cluster(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """Connects to the scheduler at an address, or starts one on this machine for the duration of the block.

    Processes on this machine talk over TLS with a certificate that only they have, kept in memory: whoever can send
    them messages can run code in them. Their temporary files are in a folder of this user alone.

    Ctrl-C is delayed while processes start or end, because Dask does not survive it cleanly then. Threads and workers
    inherit this, so only this process reacts to Ctrl-C.

    Args:
        scheduler: An address such as ``tcp://10.0.0.5:8786``; None for this machine.
        workers: Number of processes on this machine (default: one per core).

    Raises:
        ClusterError: there is no scheduler at the address.
        MissingExtraError: Dask is not installed.
    """
    try:
        import dask
        from distributed import Client, LocalCluster, Security
    except ImportError:
        raise MissingExtraError(f"A sweep needs Dask, which is not installed. {INSTALL}") from None
    opened = ExitStack()
    try:
        with _delayed_ctrl_c():
            if scheduler is not None:
                client = opened.enter_context(_client_of(scheduler))
            else:
                opened.enter_context(dask.config.set(_SETTINGS))
                folder = opened.enter_context(_temporary_folder())
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    security=_temporary(Security),
                    local_directory=folder,
                    dashboard_address="127.0.0.1:0",  # the default port may be used by another sweep
                    scheduler_kwargs={"dashboard": False},
                    silence_logs=logging.CRITICAL,  # a killed worker is replaced
                    preload=["reportgen.sweep.preload"],
                )
                opened.enter_context(cluster)
                client = opened.enter_context(Client(cluster))
        yield client
    finally:
        with _delayed_ctrl_c():
            opened.close()


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for one sweep. On Windows, a file that an ending process still has open stays behind."""
    return tempfile.TemporaryDirectory(prefix="reportgen-", ignore_cleanup_errors=True)


def _temporary(security: Any) -> Any:
    """Credentials for one sweep."""
    try:
        return security.temporary()
    except ImportError:
        raise MissingExtraError(
            f"A sweep on this machine needs the package cryptography, which is not installed. {INSTALL}"
        ) from None


def _client_of(scheduler: str) -> Any:
    from distributed import Client

    try:
        return Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError, TypeError) as error:
        if scheduler.startswith("tls://"):
            raise ClusterError(
                f"{printable(scheduler, 100)}: no Dask scheduler accepts the connection ({type(error).__name__}); "
                "it needs a TLS certificate that the scheduler knows. Check the address and the files in Dask's "
                "settings, see docs/sweep.md."
            ) from None
        raise ClusterError(
            f"{printable(scheduler, 100)}: no Dask scheduler answers ({type(error).__name__}). Check the address, such "
            "as tcp://10.0.0.5:8786, or leave --scheduler out."
        ) from None


@contextmanager
def _delayed_ctrl_c() -> Iterator[None]:
    """Delays Ctrl-C until the end of the block, if the system supports that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it later would re-enable Ctrl-C in this thread
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def map_tasks(
    client: Any, tasks: Iterable[Sequence[FoundRun]], options: SweepOptions, site: Site, time_limit_s: float
) -> Generator[list[RunResult | None], None, None]:
    """Yields the results of each task's runs, in the order in which tasks finish.

    Args:
        client: A Dask client.
        tasks: Runs that one worker handles one after the other.
        options: How every run is read and presented.
        site: Where reports are written.
        time_limit_s: How long one run may take.

    Raises:
        ClusterError: the scheduler is lost, or its workers cannot do the work.
    """

    def job(runs: Sequence[FoundRun]) -> str:
        return job_of(runs, options, site)

    with closing(map_jobs(client, tasks, job, time_limit_s)) as finished:
        for runs, answers in finished:
            yield [
                failed_result(run, word_failure(answer, time_limit_s))
                if isinstance(answer, Failure)
                else answer_of(answer)
                for run, answer in zip(runs, answers, strict=True)
            ]


def word_failure(failure: Failure, time_limit_s: float) -> str:
    """Why an item has no answer."""
    return _FAILURES[failure].format(time_limit_s=time_limit_s)


def map_jobs(
    client: Any, tasks: Iterable[Sequence[Item]], job_of_items: Callable[[Sequence[Item]], str], time_limit_s: float
) -> Generator[tuple[Sequence[Item], Sequence[str | Failure]], None, None]:
    """Yields the items of each task with their answers, in the order in which tasks finish.

    Args:
        client: A Dask client.
        tasks: Items that one worker handles one after the other.
        job_of_items: What the worker gets.
        time_limit_s: How long one item may take.

    Raises:
        ClusterError: the scheduler is lost, or its workers cannot do the work.
    """
    from distributed import as_completed

    waiting = iter(tasks)
    suspects: list[Sequence[Item]] = []
    done = as_completed()
    submitted: dict[Any, Sequence[Item]] = {}
    most, counted_at = 0, -_COUNT_EVERY_S

    def submit(items: Sequence[Item]) -> None:
        future = client.submit(run_task, job_of_items(items), len(items), time_limit_s, pure=False)
        submitted[future] = items
        done.add(future)

    try:
        while True:
            if time.monotonic() - counted_at > _COUNT_EVERY_S:
                most, counted_at = _TASKS_PER_THREAD * max(1, sum(client.nthreads().values())), time.monotonic()
            while len(submitted) < most and (items := next(waiting, None)) is not None:
                submit(items)
            if not submitted and not suspects:
                return
            alone = not submitted
            if alone:
                submit(suspects.pop())
            future = _next_done(client, done)
            while future.status in ("lost", "pending"):  # its worker died with the result, so Dask reruns it
                done.add(future)
                future = _next_done(client, done)
            items = submitted.pop(future)
            if future.status == "finished":
                yield items, future.result()
            elif future.status == "error":
                _check_is_dead_worker(future.exception())
                if alone:
                    yield items, [Failure.WORKER]
                else:
                    suspects += [(item,) for item in items]
            else:
                raise ClusterError("Lost the Dask scheduler. Run the command again to resume the sweep.")
    finally:
        client.cancel(list(submitted))


def _next_done(client: Any, done: Any) -> Any:
    """The next finished task.

    Raises:
        ClusterError: all workers on this machine have ended; Dask gives up one that cannot start again.
    """
    workers_at = checked_at = time.monotonic()
    while not done.has_ready():
        time.sleep(_POLL_S)
        if (now := time.monotonic()) - checked_at < _COUNT_EVERY_S:
            continue
        checked_at = now
        if client.cluster is None or client.nthreads():
            workers_at = now
        elif now - workers_at > _NO_WORKERS_S:
            raise ClusterError(
                "All workers ended, and none could be started again. Free some memory, or use fewer --workers, and run "
                "the command again to resume the sweep."
            )
    return next(done)


def _check_is_dead_worker(error: BaseException) -> None:
    """Raises a ClusterError if a task failed for another reason, such as a worker without reportgen."""
    from distributed import KilledWorker

    if not isinstance(error, KilledWorker):
        raise ClusterError(
            f"A worker failed ({printable(f'{type(error).__name__}: {error}', 200)}); reportgen must be installed on "
            f"all machines. {INSTALL}"
        )
