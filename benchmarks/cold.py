"""Runs cold processes and measures their cost."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

# The peak memory of a process includes that of its parent at the fork, so a small process starts it.
WATCH = """
import json, os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(process, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@dataclass(frozen=True)
class Cost:
    """The cost of one process.

    Attributes:
        wall_s: Elapsed time.
        cpu_s: Processor time of all threads, user and system.
        memory: Peak memory in bytes.
    """

    wall_s: float
    cpu_s: float
    memory: int


def run_cold(*arguments: str) -> Cost:
    """Runs Python with these arguments in a new process, which may cache bytecode as installed packages do."""
    watch = [sys.executable, "-c", WATCH, sys.executable, *arguments]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(watch, stdout=subprocess.PIPE, text=True, check=True, env=surroundings)  # noqa: S603
    code, wall, cpu, memory = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{' '.join(arguments)} exited with code {code}. Fix the error above first.")
    return Cost(wall, cpu, memory * (1 if sys.platform == "darwin" else 1024))
