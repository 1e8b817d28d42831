"""Prints what one report costs, compared with what other tools write for the same history.

    make bench                                             everything: about four minutes
    python -m benchmarks.bench_report --rounds 3           faster; skips tools that are not installed
    python -m benchmarks.bench_report --check --rounds 3   what CI runs: exits with 1 if wide bounds are exceeded

All figures are for whole cold processes, from history.csv (150 epochs of 4 metrics) to the finished file. The processes
of a round run one after the other, so that other load on the machine affects them alike. The first round warms the
caches and is not counted. "warm" is one process on one core that makes one report after another.
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cold import Cost, run_cold
from benchmarks.peers import PEERS

OURS = {"reportgen": (), "reportgen --static": ("--static",), "reportgen --interactive": ("--interactive",)}
PACKAGES = {"altair": "altair", "plotly": "plotly", "bokeh": "bokeh", "dvclive": "dvclive", "matplotlib": "matplotlib"}
# Limits: CPU time as a multiple of the floor and of Altair's page; how many times smaller the file is than Altair's.
AIMS = (1.25, 0.7, 8.0)
BOUNDS = (1.8, 1.0, 8.0)  # for CI, where machines are noisy; sizes are the same everywhere
WARM = """
import os, sys, time
if hasattr(os, "sched_setaffinity"): os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import reportgen
history = reportgen.load(sys.argv[1])
def report(): return reportgen.build(history).to_html()
report()
start = time.process_time()
for _ in range(10): report()
print(10 / (time.process_time() - start))
"""


def write_history(path: Path, epochs: int = 150) -> None:
    """A run that learns and levels off, as CSVLogger writes it."""
    random = np.random.default_rng(3)
    done = np.arange(epochs) / epochs
    loss = 0.3 + 1.2 * np.exp(-5 * done) + 0.01 * random.standard_normal(epochs)
    held_out = 0.35 + 1.15 * np.exp(-5 * done) + 0.02 * random.standard_normal(epochs)
    columns = {"accuracy": 1 - loss / 4, "loss": loss, "val_accuracy": 1 - held_out / 4, "val_loss": held_out}
    pd.DataFrame({"epoch": np.arange(epochs), **columns}).to_csv(path, index=False)


def measure(names: list[str], rounds: int, folder: Path) -> tuple[dict[str, list[Cost]], dict[str, int]]:
    """The cost of each tool per round, and the bytes that it wrote."""
    log = folder / "history.csv"
    write_history(log)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    sizes = {}
    for _ in range(1 + rounds):
        for name in names:
            home = folder / name.replace(" ", "")
            home.mkdir(exist_ok=True)
            if name in OURS:
                command = ("-m", "reportgen", "build", str(log), "-o", str(home / "report.html"), *OURS[name])
            else:
                command = ("-m", "benchmarks.peers", name, str(log), str(home))
            costs[name].append(run_cold(*command))
            sizes[name] = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return {name: found[1:] for name, found in costs.items()}, sizes


def reports_per_second(log: Path) -> float:
    """Reports per second of processor time, in one warm process."""
    command = [sys.executable, "-c", WARM, str(log)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)  # noqa: S603  # ourselves


def middle(costs: list[Cost], what: str) -> float:
    """The median over the rounds."""
    return statistics.median(getattr(cost, what) for cost in costs)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_report", description="What one report costs.")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="number of rounds")
    parser.add_argument("--check", action="store_true", help="only reportgen, the floor and Altair, with wide bounds")
    chosen = parser.parse_args(argv)
    here = [name for name in PEERS if name not in PACKAGES or importlib.util.find_spec(PACKAGES[name])]
    names = ["floor", "reportgen", "altair"] if chosen.check else [*OURS, *here]
    with tempfile.TemporaryDirectory() as place:
        costs, sizes = measure(names, chosen.rounds, Path(place))
        warm = 0.0 if chosen.check else reports_per_second(Path(place) / "history.csv")
    base, wall = (middle(costs["reportgen"], what) for what in ("cpu_s", "wall_s"))
    print(f"150 epochs of 4 metrics, cold processes, medians of {chosen.rounds} rounds; ratios to our default report")
    print(f"  {'':26}{'CPU':>8}{'time':>8}{'memory':>10}{'bytes':>12}")
    for name, found in costs.items():
        cpu, time = middle(found, "cpu_s") / base, middle(found, "wall_s") / wall
        print(f"  {name:26}{cpu:8.2f}{time:8.2f}{middle(found, 'memory') / 1e6:7.0f} MB{sizes[name]:12,}")
    floor, altair = (base / middle(costs[name], "cpu_s") for name in ("floor", "altair"))
    smaller = sizes["altair"] / sizes["reportgen"]
    limits, said = (BOUNDS, "bound") if chosen.check else (AIMS, "aim")
    print(f"  {floor:.2f} times the floor by CPU ({said}: at most {limits[0]})")
    print(f"  {altair:.2f} times Altair's inline page by CPU ({said}: at most {limits[1]})")
    print(f"  {smaller:.1f} times smaller than Altair's page ({said}: at least {limits[2]:g})")
    if chosen.check:
        return 0 if floor <= limits[0] and altair <= limits[1] and smaller >= limits[2] else 1
    print(f"  warm: {warm:.1f} reports per second of one core (aim: 8)")
    for command in (("-c", "import reportgen"), ("-m", "reportgen", "--help")):
        more = statistics.median(run_cold(*command).cpu_s - run_cold("-c", "pass").cpu_s for _ in range(chosen.rounds))
        print(f"  {' '.join(command[1:])}: {1000 * more:.0f} ms of CPU more than bare Python")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
