"""What a worker of this machine does before its first run; Dask calls `dask_setup` where it starts one."""

import signal
import threading
from typing import Any

from reportgen.report import build
from reportgen.sweep import task  # noqa: F401  # what a worker needs is loaded before it is asked for


def dask_setup(worker: Any) -> None:
    """Leaves Ctrl-C, which a terminal sends to every process, to the one that began; starts the drawing engine."""
    del worker
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    build({"loss": [2.0, 1.0]}).to_html()
