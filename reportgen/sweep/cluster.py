"""The batches of a sweep on Dask: on this machine, or on a cluster that is there already.

In: batches. Out: their rows, as they are done. A bounded number of batches is with the cluster at any time, whatever
their number in all. A batch whose worker dies is done again elsewhere. The runs of one that dies again and again are
tried one at a time at the end, so that only the run that kills its workers gets a row that says so.
"""

import logging
import signal
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing import resource_tracker
from typing import Any, Final

from reportgen.errors import ClusterError, MissingExtraError
from reportgen.sweep.places import INSTALL
from reportgen.sweep.rows import Row, failed_row
from reportgen.sweep.task import Batch, run_batch
from reportgen.text import printable

_AHEAD: Final = 3  # batches per thread with the cluster: one that runs, and enough that none waits for us
_LOOK_EVERY_S: Final = 5.0  # at how many threads a cluster has, which may grow and shrink
_CONNECT_S: Final = 20
_SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 1,  # more tries would only take longer
    "distributed.worker.profile.enabled": False,  # its samples of an hour would fill a hundred megabytes
}
_DEADLY: Final = "Its worker died each time that it was tried; it may need more memory. Try it alone: reportgen build."


@contextmanager
def open_cluster(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """A client of the scheduler at an address, or of one for this machine, which ends with it.

    Ctrl-C waits while processes start or end, which they do not survive in order. Threads and processes inherit that
    they do not hear it, so the workers of this machine, and those that replace them, leave it to this process.

    Args:
        scheduler: Such as ``tcp://10.0.0.5:8786``; None for this machine.
        workers: Processes on this machine; as many as it has cores where None.

    Raises:
        ClusterError: there is none at the address.
        MissingExtraError: Dask is not installed.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError(f"A sweep needs Dask, which is not installed. {INSTALL}") from None
    opened = ExitStack()
    try:
        with _ctrl_c_waits():
            if scheduler is not None:
                client = opened.enter_context(_client_of(scheduler))
            else:
                opened.enter_context(dask.config.set(_SETTINGS))
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",  # the usual port may be taken, as by another sweep
                    worker_dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,  # a worker that is killed and replaced is nothing to tell
                    preload=["reportgen.sweep.preload"],
                )
                opened.enter_context(cluster)
                client = opened.enter_context(Client(cluster))
        yield client
    finally:
        with _ctrl_c_waits():
            opened.close()


def _client_of(scheduler: str) -> Any:
    """A client of the scheduler at an address."""
    from distributed import Client

    try:
        return Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"{printable(scheduler, 100)}: there is no Dask scheduler ({type(error).__name__}); the address of one is "
            "needed, such as tcp://10.0.0.5:8786. Check it, or leave --scheduler out."
        ) from None


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Puts Ctrl-C off to the end of the block, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it lets Ctrl-C through again in the thread that starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def map_batches(client: Any, batches: Iterable[Batch]) -> Generator[list[Row | None], None, None]:
    """The rows of every batch, in the order in which batches are done.

    Raises:
        ClusterError: the scheduler is lost, or its workers cannot do the work.
    """
    from distributed import as_completed

    waiting = iter(batches)
    suspects: list[Batch] = []
    done = as_completed()
    sent: dict[Any, Batch] = {}
    room, looked_at = 0, -_LOOK_EVERY_S

    def send(batch: Batch) -> None:
        future = client.submit(run_batch, batch, pure=False)
        sent[future] = batch
        done.add(future)

    try:
        while True:
            if time.monotonic() - looked_at > _LOOK_EVERY_S:
                room, looked_at = _AHEAD * max(1, sum(client.nthreads().values())), time.monotonic()
            while len(sent) < room and (batch := next(waiting, None)) is not None:
                send(batch)
            if not sent and not suspects:
                return
            alone = not sent
            if alone:
                send(suspects.pop())
            future = next(done)
            batch = sent.pop(future)
            if future.status == "finished":
                yield future.result()
            elif future.status == "error":
                _refuse_other_errors(future.exception())
                if alone:
                    yield [failed_row(batch.items[0].source, _DEADLY)]
                else:
                    suspects += [replace(batch, items=(item,)) for item in batch.items]
            else:
                raise ClusterError("The Dask scheduler is lost; one is needed. Start the sweep again: it goes on.")
    finally:
        client.cancel(list(sent))


def _refuse_other_errors(error: BaseException) -> None:
    """Lets the death of workers pass.

    Raises:
        ClusterError: it is something else, such as a worker without reportgen.
    """
    from distributed import KilledWorker

    if not isinstance(error, KilledWorker):
        raise ClusterError(
            f"A worker cannot do its work ({printable(f'{type(error).__name__}: {error}', 200)}); reportgen is needed "
            f"on all machines. {INSTALL}"
        )
