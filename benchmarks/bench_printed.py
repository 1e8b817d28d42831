"""Prints the time of reading ten megabytes of printed log, compared with pandas reading the same values from a CSV.

    python -m benchmarks.bench_printed
    python -m benchmarks.bench_printed --megabytes 100
    python -m benchmarks.bench_printed --kinds fastai Trainer

Each log and each CSV is read by a cold process, one after the other, so that other load on the machine affects them
alike. The first round warms the caches and is not counted.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.bench_long_runs import READ
from benchmarks.cold import run_cold

MOST_TIMES = 4.0  # as a multiple of pandas' read_csv
MOST_MEMORY = 500_000_000  # bytes
_READ_CSV = "import sys, pandas; pandas.read_csv(sys.argv[1])"


def keras_row(epoch: int, values: np.ndarray) -> str:
    """What Keras prints for an epoch."""
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    shown = " - ".join(f"{name}: {value:.4f}" for name, value in zip(names, values, strict=True))
    return f"Epoch {epoch}/900000\n10/10 [==============================] - 1s 9ms/step - {shown}\n"


def script_row(epoch: int, values: np.ndarray) -> str:
    """What a script prints for an epoch."""
    train, val, train_acc, val_acc = values
    losses = f"Train Loss: {train:.4f}, Val Loss: {val:.4f}"
    return f"Epoch {epoch}, {losses}, Train Acc: {train_acc:.4f}, Val Acc: {val_acc:.4f}\n"


def logged_row(epoch: int, values: np.ndarray) -> str:
    """The same through a logger."""
    return f"2024-01-01 10:{epoch % 60:02d}:00,123 - INFO - " + script_row(epoch, values)


def trainer_row(epoch: int, values: np.ndarray) -> str:
    """A dict of Hugging Face's Trainer."""
    loss, norm, rate, _ = values
    return f"{{'loss': {loss:.4f}, 'grad_norm': {norm:.4f}, 'learning_rate': {rate:.4f}, 'epoch': {epoch}.0}}\n"


def xgboost_row(epoch: int, values: np.ndarray) -> str:
    """A round of XGBoost."""
    names = ("train-logloss", "train-error", "test-logloss", "test-error")
    shown = "\t".join(f"{name}:{value:.4f}" for name, value in zip(names, values, strict=True))
    return f"[{epoch - 1}]\t{shown}\n"


def fastai_row(epoch: int, values: np.ndarray) -> str:
    """A row of fastai's table, below its header."""
    header = "epoch     train_loss  valid_loss  accuracy  f1_score  time    \n" if epoch == 1 else ""
    return header + f"{epoch - 1:<8}  " + "  ".join(f"{value:<10.6f}" for value in values) + "  00:10     \n"


def mmengine_row(epoch: int, values: np.ndarray) -> str:
    """A line of MMEngine's logger."""
    cls, box, rate, loss = values
    times = "eta: 0:11:29  time: 0.0354  data_time: 0.0077  memory: 392"
    return (
        f"2024/01/01 10:00:00 - mmengine - INFO - Epoch(train) [{epoch}][100/100]  lr: {rate:.4e}  {times}  "
        f"loss: {loss:.4f}  loss_cls: {cls:.4f}  loss_bbox: {box:.4f}\n"
    )


ROWS: dict[str, Callable[[int, np.ndarray], str]] = {
    "Keras": keras_row,
    "script": script_row,
    "logger": logged_row,
    "Trainer": trainer_row,
    "XGBoost": xgboost_row,
    "fastai": fastai_row,
    "MMEngine": mmengine_row,
}


def measure(name: str, megabytes: int, rounds: int) -> bool:
    """Measures and prints one kind of log. Returns whether it meets the aims."""
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        log, table = Path(folder, "log.txt"), Path(folder, "log.csv")
        size = epoch = 0
        with open(log, "w", encoding="utf-8") as printed, open(table, "w", encoding="utf-8") as csv:
            csv.write("epoch,loss,accuracy,val_loss,val_accuracy\n")
            while size < megabytes * 1_000_000:
                epoch += 1
                values = random.random(4)
                size += printed.write(ROWS[name](epoch, values))
                csv.write(f"{epoch}," + ",".join(f"{value:.4f}" for value in values) + "\n")
        costs = [(run_cold("-c", READ, str(log)), run_cold("-c", _READ_CSV, str(table))) for _ in range(rounds + 1)][1:]
    times = statistics.median(ours.cpu_s / theirs.cpu_s for ours, theirs in costs)
    memory = max(ours.memory for ours, _ in costs)
    met = times <= MOST_TIMES and memory < MOST_MEMORY
    print(
        f"  {'met   ' if met else 'MISSED'}  {name}: {epoch:,} epochs in {size / 1e6:,.0f} MB, {times:.1f} times the "
        f"time of pandas, peak memory {memory / 1e6:,.0f} MB"
    )
    return met


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring. Returns 1 if an aim was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_printed", description="Reading printed logs.")
    parser.add_argument("--megabytes", type=int, default=10, metavar="N", help="size of each log")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds that are counted")
    parser.add_argument("--kinds", nargs="+", choices=ROWS, default=list(ROWS), metavar="KIND", help="kinds of logs")
    chosen = parser.parse_args(argv)
    met = [measure(name, chosen.megabytes, chosen.rounds) for name in chosen.kinds]  # all, even if one fails
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
