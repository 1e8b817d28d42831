"""Prints what a comparison of many runs costs, compared with one report.

    python -m benchmarks.bench_comparison                  about two minutes
    python -m benchmarks.bench_comparison --rounds 3       faster
    python -m benchmarks.bench_comparison --cold           also whole commands, with start-up

All figures are processor time beyond reading: warm, in one process whose runs have been read before, from the runs to
the finished page; cold, of the whole command minus one that only reads. Each run has 150 epochs of 4 metrics.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import reportgen
from benchmarks.cold import run_cold

EPOCHS = 150
SIZES = {(50, 2): 3.0, (50, 8): 3.0, (50, 10): 3.0, (1_000, 2): 20.0, (1_000, 8): 20.0, (1_000, 20): 20.0}
# (runs, groups): the most that is aimed at; UNPAIRED is that of 1,000 runs in 20 groups of different sizes
UNPAIRED = 20.0
READ_ALL = "import sys, reportgen; [reportgen.load(path) for path in sys.argv[1:]]"


def make_columns(group: int, seed: int) -> dict[str, np.ndarray]:
    """A noisy run that learns and levels off, the lower the smaller the number of its group."""
    random, done = np.random.default_rng([group, seed]), np.arange(EPOCHS) / EPOCHS
    level = 0.3 + 0.02 * group + 0.01 * random.standard_normal()
    loss = level + 1.2 * np.exp(-5 * done) + 0.01 * random.standard_normal(EPOCHS)
    held_out = level + 0.05 + 1.15 * np.exp(-5 * done) + 0.02 * random.standard_normal(EPOCHS)
    return {"accuracy": 1 - loss / 4, "loss": loss, "val_accuracy": 1 - held_out / 4, "val_loss": held_out}


def make_runs(runs: int, groups: int) -> dict[str, dict[str, np.ndarray]]:
    """The columns of some runs by name, spread evenly over groups."""
    return {
        f"group{run % groups}_seed{run // groups}": make_columns(run % groups, run // groups) for run in range(runs)
    }


def processor_time(work: Callable[[Any], object], prepare: Callable[[], Any], rounds: int) -> float:
    """The median processor time of some work on something new, in seconds. The first round is not counted."""
    found = []
    for _ in range(1 + rounds):
        given = prepare()
        start = time.process_time()
        work(given)
        found.append(time.process_time() - start)
    return statistics.median(found[1:])


def load_runs(runs: int, groups: int) -> dict[str, reportgen.TrainingHistory]:
    """The runs as read."""
    return {name: reportgen.load(columns) for name, columns in make_runs(runs, groups).items()}


def load_unpaired() -> dict[str, list[reportgen.TrainingHistory]]:
    """1,000 runs without seeds, in 20 groups of 31, 33, ... 69 runs."""
    return {
        f"group{group}": [reportgen.load(make_columns(group, run)) for run in range(31 + 2 * group)]
        for group in range(20)
    }


def bench_warm(rounds: int) -> bool:
    """Measures and prints comparisons in this process. Returns whether all meet their aims."""
    columns = make_columns(0, 0)

    def one() -> float:
        return processor_time(lambda run: reportgen.build(run).to_html(), lambda: reportgen.load(columns), 3 * rounds)

    def compared(prepare: Callable[[], Any], rounds: int) -> float:
        return processor_time(lambda loaded: reportgen.compare(loaded).to_html(), prepare, rounds)

    before, few = one(), max(1, rounds // 3)
    costs = [
        (
            f"{runs:5,} runs in {groups:2} groups",
            compared(partial(load_runs, runs, groups), few if runs > 99 else rounds),
            aim,
        )
        for (runs, groups), aim in SIZES.items()
    ]
    costs.append(("  the same, unpaired and uneven", compared(load_unpaired, few), UNPAIRED))
    report = (before + one()) / 2
    print(f"warm: one report takes {1000 * report:.0f} ms")
    for name, cost, aim in costs:
        print(f"  {name}: {1000 * cost:6.0f} ms, {cost / report:5.1f} times one report (aim: at most {aim:g})")
    return all(cost / report <= aim for _, cost, aim in costs)


def bench_cold(rounds: int) -> None:
    """Measures and prints whole commands."""
    with tempfile.TemporaryDirectory() as place:
        logs = {}
        for runs, groups in [(1, 1), *SIZES]:
            folder = Path(place) / f"{runs}-{groups}"
            folder.mkdir()
            for name, columns in make_runs(runs, groups).items():
                pd.DataFrame({"epoch": np.arange(EPOCHS), **columns}).to_csv(folder / f"{name}.csv", index=False)
            logs[runs, groups] = sorted(map(str, folder.glob("*.csv")))
        target, costs = str(Path(place) / "page.html"), {}
        for size, paths in logs.items():
            command = ("build", paths[0]) if size == (1, 1) else ("compare", *paths)
            costs[size] = statistics.median(
                run_cold("-m", "reportgen", *command, "-o", target).cpu_s - run_cold("-c", READ_ALL, *paths).cpu_s
                for _ in range(rounds if size[0] < 100 else 1)
            )
    report = costs.pop((1, 1))
    print(f"cold, beyond importing and reading: one report takes {1000 * report:.0f} ms")
    for (runs, groups), cost in costs.items():
        print(f"  {runs:5,} runs in {groups:2} groups: {1000 * cost:6.0f} ms, {cost / report:5.1f} times one report")


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_comparison", description="What a comparison costs, compared with one report."
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="number of rounds")
    parser.add_argument("--cold", action="store_true", help="also measure whole commands")
    chosen = parser.parse_args(argv)
    met = bench_warm(chosen.rounds)
    if chosen.cold:
        bench_cold(chosen.rounds)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
