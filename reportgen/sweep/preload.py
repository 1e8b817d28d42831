"""Prepares a worker on this machine: Dask calls `dask_setup` when it starts one."""

import signal
import threading
from typing import Any

from reportgen.report import build
from reportgen.sweep import task  # noqa: F401  # loads what a worker needs before its first task


def dask_setup(worker: Any) -> None:
    """Ignores Ctrl-C, which the main process handles, and starts the drawing engine."""
    del worker
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    build({"loss": [2.0, 1.0]}).to_html()
