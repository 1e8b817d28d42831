"""Cold processes and what they cost."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

# A process is charged with the memory of the one that starts it, so a small one does.
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
    """What one process cost.

    Attributes:
        wall_s: From start to end.
        cpu_s: Of all its threads, user and system.
        memory: Bytes at its peak.
    """

    wall_s: float
    cpu_s: float
    memory: int


def run_cold(*arguments: str) -> Cost:
    """Runs Python with these arguments in a process of its own; it may keep bytecode, as an installed package does."""
    watch = [sys.executable, "-c", WATCH, sys.executable, *arguments]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(watch, stdout=subprocess.PIPE, text=True, check=True, env=surroundings)  # noqa: S603
    code, wall, cpu, memory = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}; see above. Mend that first.")
    return Cost(wall, cpu, memory * (1 if sys.platform == "darwin" else 1024))
