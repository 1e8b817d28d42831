"""Prints the processor time and the peak memory of evaluating a million rows, each task in a cold process.

python -m benchmarks.bench_evaluation
python -m benchmarks.bench_evaluation --rows 10000
"""

import argparse

from benchmarks.cold import run_cold

TASKS = ("binary", "ten classes", "hundred classes", "labels", "regression")
_CODE = """
import sys
import numpy as np
import reportgen

task, n_rows = {task!r}, {rows}
random = np.random.default_rng(1)
if task == "regression":
    true = random.normal(size=n_rows)
    predicted = true + random.normal(size=n_rows)
elif task == "labels":
    true = random.random((n_rows, 8)) < 0.3
    predicted = np.clip(true * 0.4 + random.random((n_rows, 8)) * 0.6, 0, 1)
    true = true.astype(int)
else:
    n_classes = {{"binary": 2, "ten classes": 10}}.get(task, 100)
    true = random.integers(0, n_classes, n_rows)
    predicted = random.normal(size=(n_rows, n_classes)).astype("float32")
    predicted[np.arange(n_rows), true] += 2
    predicted = np.exp(predicted)
    predicted /= predicted.sum(axis=1, keepdims=True)
"""
_EVALUATE = "reportgen.evaluate(true, predicted)"


def main() -> None:
    """Measures each task, with and without the evaluation, and prints the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    for task in TASKS:
        made = _CODE.format(task=task, rows=rows)
        before, after = run_cold("-c", made), run_cold("-c", made + _EVALUATE)
        print(f"{task}: {after.cpu_s - before.cpu_s:.1f} s of processor time, {after.memory / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
