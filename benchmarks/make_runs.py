"""Trains labelled runs: small networks on public tables, labelled with a truth that a user would not see.

    python -m benchmarks.make_runs --runs 480 --seed 1 --out benchmarks/data/labelled_runs.csv.gz

Writes the curves to ``--out`` and the labels next to it (``labelled_runs_labels.csv``). A run is trained for three
times as many epochs as its user "saw" and measured on independent test rows in every epoch; `labels` derives the truth.
The same arguments give the same files on the same machine with the same NumPy; elsewhere rounding differs, and so can
single labels near their limits. ``--tables extra`` uses the tables of `extra_tables`.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks import extra_tables, tables
from benchmarks.labels import label_run, labels_path
from benchmarks.networks import MEASURES, PerRun, Setup, train

RUNS_A_GROUP: Final = 6  # trained together; they differ in learning rate, weight decay and label noise
SPOILT: Final = 0.05  # share of runs with a far too low learning rate, and of runs with a far too high one
TOO_LOW, TOO_HIGH = 1e-4, 30.0  # factors for the learning rate: one does not learn, the other explodes or diverges
MAX_STEPS: Final = 18_000  # optimizer steps per run, so that the slowest group takes seconds
DIGITS: Final = 5  # significant digits kept in the file; Keras prints 4


def draw_setup(rows: int, generator: np.random.Generator) -> Setup:
    """Draws what the runs of a group share.

    Args:
        rows: Rows of the table: at most two fifths for training, at most a fifth for validation, the rest for the test.
        generator: Source of randomness.
    """
    n_train = min(int(generator.choice([60, 120, 250, 500, 1000, 2000])), int(rows * 0.4))
    n_val = min(int(generator.choice([30, 60, 120, 300, 1000])), int(rows * 0.2))
    batch = int(generator.choice([8, 16, 32, 32, 64, 128]))
    stopped_at = int(generator.choice([10, 15, 20, 30, 50, 80, 120, 180]))
    steps_an_epoch = math.ceil(n_train / batch)
    stopped_at = max(8, min(stopped_at, MAX_STEPS // (3 * steps_an_epoch)))
    return Setup(
        n_train=n_train,
        n_val=n_val,
        n_test=min(2500, rows - n_train - n_val),
        hidden=((8,), (16,), (32,), (64,), (128,), (64, 32), (128, 64))[generator.integers(7)],
        batch=batch,
        optimizer=str(generator.choice(["adam", "adam", "adam", "sgd", "momentum"])),
        dropout=float(generator.choice([0, 0, 0.2, 0.5])),
        schedule=str(generator.choice(["constant", "constant", "step", "cosine"])),
        stopped_at=stopped_at,
        drop_at=round(stopped_at * generator.uniform(0.4, 0.8)),
    )


def draw_per_run(setup: Setup, regression: bool, generator: np.random.Generator) -> PerRun:
    """Draws what differs between the runs of a group; see `SPOILT` for the learning rate."""
    highest = 0.1 if setup.optimizer == "adam" else 0.8 if regression else 3.0
    lowest = 2e-4 if setup.optimizer == "adam" else 2e-3
    rate = np.exp(generator.uniform(np.log(lowest), np.log(highest), RUNS_A_GROUP))
    if setup.optimizer == "momentum":
        rate *= 0.3
    rate *= generator.choice([1.0, TOO_LOW, TOO_HIGH], RUNS_A_GROUP, p=[1 - 2 * SPOILT, SPOILT, SPOILT])
    return PerRun(
        rate=rate.astype(np.float32),
        decay=generator.choice([0, 0, 1e-4, 1e-2], RUNS_A_GROUP).astype(np.float32),
        noise=generator.choice([0, 0, 0.1, 0.3], RUNS_A_GROUP),
    )


def rounded(values: np.ndarray, digits: int = DIGITS) -> np.ndarray:
    """Values rounded to this many significant digits; NaN, infinities and 0 are unchanged."""
    size = np.floor(np.log10(np.abs(values), where=np.isfinite(values) & (values != 0), out=np.zeros(values.shape)))
    factor = 10.0 ** (digits - 1 - size)
    return np.asarray(np.round(values * factor) / factor)


def make_group(
    group: int, name: str, seed: int, load: Callable[[str, np.random.Generator], tables.Table] = tables.load
) -> tuple[list[pd.DataFrame], list[dict[str, Any]]]:
    """Trains and labels the runs of one group, which depends only on its number, table and seed."""
    generator = np.random.default_rng([seed, group])
    table = load(name, generator)
    setup = draw_setup(len(table.inputs), generator)
    per_run = draw_per_run(setup, table.regression, generator)
    with np.errstate(all="ignore"):  # some runs diverge on purpose
        history = train(table, setup, per_run, generator)
        history = rounded(history)
    curves, facts = [], []
    for i in range(RUNS_A_GROUP):
        run_id = f"s{seed}g{group:03d}r{i}"
        curve = pd.DataFrame(history[:, :, i], columns=list(MEASURES))
        curve.insert(0, "epoch", np.arange(1, len(curve) + 1))
        curve.insert(0, "run_id", run_id)
        curve["seen"] = (curve["epoch"] <= setup.stopped_at).astype(int)
        curves.append(curve)
        labels = label_run(history[:, 0, i], history[:, 2, i], history[:, 4, i], setup.stopped_at)
        settings = {"lr": per_run.rate[i], "weight_decay": per_run.decay[i], "label_noise": per_run.noise[i]}
        fact = {"run_id": run_id, **dataclasses.asdict(labels), "dataset": name, "regression": int(table.regression)}
        facts.append(fact | dataclasses.asdict(setup) | settings | {"group": group})
    return curves, facts


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.make_runs", description="Train labelled runs.")
    parser.add_argument("--runs", type=int, default=480, help="number of runs, made in groups of 6")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tables", choices=("bundled", "extra"), default="bundled", help="which tables to train on")
    parser.add_argument("--out", type=Path, required=True, help="a .csv.gz file; the labels are written next to it")
    chosen = parser.parse_args(argv)
    source = extra_tables if chosen.tables == "extra" else tables
    order = np.random.default_rng(chosen.seed).permutation(source.TABLES)
    curves: list[pd.DataFrame] = []
    facts: list[dict[str, Any]] = []
    for group in range(math.ceil(chosen.runs / RUNS_A_GROUP)):
        name = str(order[group % len(order)])
        new_curves, new_facts = make_group(group, name, chosen.seed, source.load)
        curves += new_curves
        facts += new_facts
        print(f"group {group}: {name}, {new_facts[0]['stopped_at']} epochs", file=sys.stderr)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    kept = pd.concat(curves[: chosen.runs], ignore_index=True)
    # No timestamp in the archive, so that the same runs give the same bytes.
    kept.to_csv(
        chosen.out,
        index=False,
        float_format=f"%.{DIGITS}g",
        compression={"method": "gzip", "mtime": 0, "compresslevel": 9},
    )
    labelled = pd.DataFrame(facts[: chosen.runs]).convert_dtypes()
    labelled.to_csv(labels_path(chosen.out), index=False, float_format="%.6g")
    print(
        labelled["overfitting"].value_counts().to_string(), labelled["more_training_helps"].value_counts().to_string()
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
