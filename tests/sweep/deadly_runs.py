"""Runs that end or block their process, for `reportgen.sweep.worker`: a job is a list of what each run does."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator

HANDLE = "deadly_runs:handle"
WORKER_HANDLE = "deadly_runs:kill_worker"


def handle(job: str, start: int) -> Iterator[str]:
    for what in json.loads(job)[start:]:
        print("printed")  # must not get between the answers
        match what:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                os._exit(0)
            case "sleep":
                time.sleep(300)
            case "busy":
                re.match(r"(a+)+b", "a" * 60)  # no other thread runs meanwhile
            case "grow":
                taken = b"x" * 400_000_000
                time.sleep(300)
                del taken
            case "raise":
                raise ValueError("it cannot be read")
        yield f"{what} {os.getpid()}"


def kill_worker(job: str, start: int) -> Iterator[str]:
    """Kills the Dask worker if the job contains run 7."""
    runs = json.loads(job)["runs"]
    if any(run["path"] == "run7" for run in runs):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(300)
    yield from ("null" for _ in runs[start:])
