"""Prints what the report of a very long run costs, beside that of a short one.

    python -m benchmarks.bench_long_runs                       1,000,000 steps of 4 series against 1,000
    python -m benchmarks.bench_long_runs --rounds 3 --steps 200000

Every figure is of a cold process. Parsing is a process that only reads the history; what a report costs beyond it is a
process that builds the report, less one that only reads. All processes of a round run one after the other, so that what
else the machine does falls on both runs alike; the first round warms the caches and is not counted.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHORT = 1_000  # steps
MOST_TIMES = 4.0  # times the short run's report, beyond parsing
MOST_MEMORY = 1_500_000_000  # bytes
MOST_SIZE = 1_000_000  # bytes of the default report

Columns = dict[str, np.ndarray]


def make_columns(steps: int) -> Columns:
    """A run that learns and levels off, noisy from step to step: the step and four series."""
    random = np.random.default_rng(6)
    done = np.arange(1, steps + 1) / steps
    loss = 0.2 + 1.8 * np.exp(-6 * done) + 0.05 * random.standard_normal(steps)
    validation = 0.3 + 1.7 * np.exp(-6 * done) + 0.02 * random.standard_normal(steps)
    return {
        "step": np.arange(1, steps + 1),
        "loss": loss,
        "accuracy": 1 - loss / 4,
        "val_loss": validation,
        "val_accuracy": 1 - validation / 4,
    }


def write_parquet(folder: Path, columns: Columns) -> Path:
    """The run as a Parquet table."""
    import pyarrow
    import pyarrow.parquet

    path = folder / "log.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


# What the run is read from: writes the log into a folder and gives what `reportgen build` is told. One more is a line.
SOURCES: dict[str, Callable[[Path, Columns], Path]] = {"Parquet": write_parquet}

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
READ = "import sys; from reportgen import sources; sources.read(sys.argv[1])"


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
    """Runs Python with these arguments in a process of its own."""
    watch = [sys.executable, "-c", WATCH, sys.executable, *arguments]
    done = subprocess.run(watch, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  # ourselves
    code, wall, cpu, memory = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}; see above. Mend that first.")
    return Cost(wall, cpu, memory * (1 if sys.platform == "darwin" else 1024))


@dataclass(frozen=True)
class Measured:
    """One run: what reading it and making its report cost, round by round."""

    read: list[Cost]
    build: list[Cost]

    def middle(self, what: str) -> tuple[float, float]:
        """Median cost of reading, and of the report beyond that; each by itself, as one round alone swings more."""
        read, build = (statistics.median(getattr(cost, what) for cost in costs) for costs in (self.read, self.build))
        return read, build - read


def bench(name: str, steps: int, rounds: int) -> bool:
    """Measures and prints one source; whether it meets the aims."""
    with tempfile.TemporaryDirectory() as folder:
        logs, reports = {}, {}
        for length in (SHORT, steps):
            home = Path(folder, str(length))
            home.mkdir()
            logs[length], reports[length] = SOURCES[name](home, make_columns(length)), home / "report.html"
        found = {length: Measured([], []) for length in logs}
        for _ in range(1 + rounds):
            for length, measured in found.items():
                log, report = str(logs[length]), str(reports[length])
                measured.read.append(run_cold("-c", READ, log))
                measured.build.append(run_cold("-m", "reportgen", "build", log, "-o", report))
        sizes = {length: path.stat().st_size for length, path in reports.items()}
    counted = {length: Measured(measured.read[1:], measured.build[1:]) for length, measured in found.items()}
    print(f"\n== {name}: {steps:,} steps of 4 series against {SHORT:,}; medians of {rounds} rounds")
    for length, measured in counted.items():
        (read_cpu, cpu), (read_wall, wall) = measured.middle("cpu_s"), measured.middle("wall_s")
        memory = statistics.median(cost.memory for cost in measured.build)
        print(f"  {length:>9,} steps  reading      {read_cpu:5.2f} s of CPU, {read_wall:5.2f} s in all")
        print(f"  {'':15}  beyond it    {cpu:5.2f} s of CPU, {wall:5.2f} s in all")
        print(f"  {'':15}  peak memory  {memory / 1e6:5.0f} MB; the default report has {sizes[length]:,} bytes")
    by_cpu, by_wall = (counted[steps].middle(what)[1] / counted[SHORT].middle(what)[1] for what in ("cpu_s", "wall_s"))
    most = max(cost.memory for cost in counted[steps].build)
    aims = (
        (f"beyond reading, times the short run: {by_cpu:.2f} by CPU, {by_wall:.2f} in all", by_cpu, MOST_TIMES),
        (f"peak memory, bytes: {most:,}", most, MOST_MEMORY),
        (f"size, bytes: {sizes[steps]:,}", sizes[steps], MOST_SIZE),
    )
    for text, value, limit in aims:
        print(f"  {'met   ' if value < limit else 'MISSED'}  {text} (aim: under {limit:,.0f})")
    return all(value < limit for _, value, limit in aims)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the top of this module. Returns 1 where an aim was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_long_runs", description="What the report of a very long run costs."
    )
    parser.add_argument("--steps", type=int, default=1_000_000, metavar="N", help="length of the long run")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds to take medians of")
    chosen = parser.parse_args(argv)
    met = [bench(name, chosen.steps, chosen.rounds) for name in SOURCES]  # all of them, whatever the first one gives
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
