"""Prints how a sweep scales with its workers, and how much memory its processes take.

    python -m benchmarks.bench_sweep                        10,000 runs of 150 epochs, with one worker and with two
    python -m benchmarks.bench_sweep --runs 300             faster; the rate is less certain

Whole processes of `reportgen sweep` run one after the other. The rate covers the time from the first rows of a sweep to
the last, without starting the cluster and writing the index. Memory is the resident set of each process, sampled four
times a second; the growth is that of the largest worker from the second quarter to the last. A sweep with more workers
than idle cores cannot be measured, so the load of other programs is printed too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LEAST_SHARE = 0.85  # minimum share of N times the rate of one worker
MOST_MEMORY = 700_000_000  # bytes, for any process
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Result:
    """The cost of one sweep.

    Attributes:
        rate: Runs per second.
        cpu_s: Processor time per run, of all processes.
        peak: Memory of the largest process in bytes.
        growth: Growth of the largest worker from the second quarter to the last, in bytes.
        whole_s: Elapsed time, including cluster and index.
        others: Mean number of cores used by other programs.
    """

    rate: float
    cpu_s: float
    peak: int
    growth: int
    whole_s: float
    others: float


def write_runs(folder: Path, n: int, epochs: int) -> None:
    """Writes the logs of runs that learn, overfit or diverge, all different."""
    done = np.arange(epochs) / epochs
    for number in range(n):
        random = np.random.default_rng(number)
        floor, speed = random.uniform(0.1, 0.5), random.uniform(2, 12)
        loss = floor + np.exp(-speed * done) + 0.02 * random.standard_normal(epochs)
        validation = loss + 0.05 + 0.02 * random.standard_normal(epochs) + (number % 3 == 1) * 0.5 * done
        if number % 17 == 2:
            loss[epochs // 2 :] = np.nan
        columns = (np.arange(epochs), 1 - loss / 2, loss, 1 - validation / 2, validation)
        path = folder / f"group{number % 50}" / f"run{number:06d}" / "history.csv"
        path.parent.mkdir(parents=True)
        np.savetxt(
            path, np.column_stack(columns), delimiter=",", header="epoch,accuracy,loss,val_accuracy,val_loss",
            comments="", fmt=["%d", *["%.9g"] * 4],
        )  # fmt: skip


def processes(root: int) -> dict[int, tuple[int, int]]:
    """Resident bytes and ticks of processor time of a process and all its descendants."""
    seen = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        seen[int(entry.parent.name)] = (int(words[1]), int(words[21]) * PAGE, int(words[11]) + int(words[12]))
    ours, grown = {root}, True
    while grown:
        more = {pid for pid, (parent, _, _) in seen.items() if parent in ours} - ours
        ours, grown = ours | more, bool(more)
    return {pid: seen[pid][1:] for pid in ours if pid in seen}


def busy_ticks() -> int:
    """Ticks of processor time used by all programs since the machine started."""
    words = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(words) - words[3] - words[4]


def measure(runs: Path, site: Path, workers: int) -> Result:
    """Runs one sweep into an empty site."""
    command = [sys.executable, "-m", "reportgen", "sweep", f"{runs}/**/history.csv", "-o", str(site)]
    ledger, began, busy = site / "runs.jsonl", time.monotonic(), busy_ticks()
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    rows, memory, ticks, read, at = [], [], {}, 0, 0
    while process.poll() is None:
        now = processes(process.pid)
        memory.append({pid: resident for pid, (resident, _) in now.items()})
        ticks |= {pid: used for pid, (_, used) in now.items()}
        if ledger.exists():
            with ledger.open("rb") as stream:
                stream.seek(at)
                text = stream.read()
            read, at = read + text.count(b"\n"), at + len(text)
            if text and read:
                rows.append((time.monotonic(), read))
        time.sleep(0.25)
    whole_s = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"the sweep exited with code {process.returncode}")
    (first, before), (last, after) = rows[0], rows[-1]
    used, quarter = sum(ticks.values()) / TICK, len(memory) // 4
    workers_only = [max((size for pid, size in each.items() if pid != process.pid), default=0) for each in memory]
    early, late = workers_only[quarter : 2 * quarter], workers_only[3 * quarter : 4 * quarter]
    return Result(
        rate=(after - before) / max(last - first, 1e-9),
        cpu_s=used / after,
        peak=max(max(each.values(), default=0) for each in memory),
        growth=int(statistics.median(late or [0]) - statistics.median(early or [0])),
        whole_s=whole_s,
        others=max(0.0, (busy_ticks() - busy) / TICK - used) / whole_s,
    )


def main() -> None:
    """Measures, prints, and exits with 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-sweep-") as name:
        folder = Path(name)
        write_runs(folder / "runs", given.runs, given.epochs)
        results = {n: measure(folder / "runs", folder / f"site{n}", n) for n in (1, given.workers)}
    print("workers  runs/s  CPU s/run  largest process  growth of a worker  elapsed other programs")
    for n, result in results.items():
        print(
            f"{n:7}  {result.rate:6.2f}  {result.cpu_s:9.3f}  {result.peak / 1e6:12.0f} MB  "
            f"{result.growth / 1e6:+15.0f} MB  {result.whole_s:5.0f} s  {result.others:.2f} cores"
        )
    share = results[given.workers].rate / (given.workers * results[1].rate)
    print(f"{given.workers} workers: {share:.0%} of {given.workers} times one worker's rate (aim: {LEAST_SHARE:.0%})")
    met = share >= LEAST_SHARE and max(result.peak for result in results.values()) < MOST_MEMORY
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
