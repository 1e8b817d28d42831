"""Prints what one report costs, beside what others write of the same history.

    python -m benchmarks.bench_report                      everything: about four minutes
    python -m benchmarks.bench_report --rounds 3
    python -m benchmarks.bench_report --check              ours and the floor only; exits with 1 beyond generous bounds

Every figure is of a whole cold process, from history.csv (150 epochs of 4 metrics) to the finished file. All of a round
run one after the other, so that what else the machine does falls on all alike; the first round warms the caches and is
not counted. "warm" is one process that makes report after report.
"""

import argparse
import importlib.util
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cold import Cost, run_cold
from benchmarks.peers import PEERS

OURS = {"reportgen": (), "reportgen --static": ("--static",), "reportgen --interactive": ("--interactive",)}
PACKAGES = {"altair": "altair", "plotly": "plotly", "bokeh": "bokeh", "dvclive": "dvclive", "matplotlib": "matplotlib"}
MOST_TIMES_FLOOR, MOST_TIMES_ALTAIR, LEAST_SMALLER = 1.25, 0.7, 8.0
ALLOWED_TIMES_FLOOR = 1.8  # in CI, where machines are noisy
WARM = """
import sys, time
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
    """The cost of each by round, and the bytes that it wrote."""
    log = folder / "history.csv"
    write_history(log)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    sizes = {}
    for _ in range(1 + rounds):
        for name in names:
            home = folder / name.replace(" ", "")
            home.mkdir(exist_ok=True)
            if name in OURS:
                told = ("-m", "reportgen", "build", str(log), "-o", str(home / "report.html"), *OURS[name])
            else:
                told = ("-m", "benchmarks.peers", name, str(log), str(home))
            costs[name].append(run_cold(*told))
            sizes[name] = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return {name: found[1:] for name, found in costs.items()}, sizes


def middle(costs: list[Cost], what: str) -> float:
    """The median over the rounds."""
    return statistics.median(getattr(cost, what) for cost in costs)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the top of this module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_report", description="What one report costs.")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="rounds to take medians of")
    parser.add_argument("--check", action="store_true", help="ours against the floor only, with generous bounds")
    chosen = parser.parse_args(argv)
    here = [name for name in PEERS if name not in PACKAGES or importlib.util.find_spec(PACKAGES[name])]
    names = ["floor", "reportgen"] if chosen.check else [*OURS, *here]
    with tempfile.TemporaryDirectory() as place:
        costs, sizes = measure(names, chosen.rounds, Path(place))
    base = middle(costs["reportgen"], "cpu_s")
    print(f"150 epochs of 4 metrics, cold processes, medians of {chosen.rounds} rounds; ratios to our default report")
    print(f"  {'':26}{'CPU':>8}{'time':>8}{'memory':>10}{'bytes':>12}")
    wall = middle(costs["reportgen"], "wall_s")
    for name, found in costs.items():
        cpu, time = middle(found, "cpu_s") / base, middle(found, "wall_s") / wall
        print(f"  {name:26}{cpu:8.2f}{time:8.2f}{middle(found, 'memory') / 1e6:7.0f} MB{sizes[name]:12,}")
    floor = base / middle(costs["floor"], "cpu_s")
    if chosen.check:
        print(f"  {floor:.2f} times the floor (at most {ALLOWED_TIMES_FLOOR})")
        return 0 if floor <= ALLOWED_TIMES_FLOOR else 1
    beside = base / middle(costs["altair"], "cpu_s")
    smaller = sizes["altair"] / sizes["reportgen"]
    print(f"  {floor:.2f} times the floor by CPU (aim: {MOST_TIMES_FLOOR})")
    print(f"  {beside:.2f} times Altair's inline page by CPU (aim: {MOST_TIMES_ALTAIR})")
    print(f"  {smaller:.1f} times smaller than it (aim: {LEAST_SMALLER})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
