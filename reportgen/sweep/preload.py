"""Prepares a worker on this machine: Dask calls `dask_setup` when it starts one."""

import signal
import threading
from typing import Any

from reportgen.sweep.worker import end_children, prepare


def dask_setup(worker: Any) -> None:
    """Ignores Ctrl-C, which the main process handles, and starts the process that handles runs."""
    del worker
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare()


def dask_teardown(worker: Any) -> None:
    """Ends the process that handles runs."""
    del worker
    end_children()
