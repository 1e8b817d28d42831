"""Prints what the report of a very long run costs, compared with a short one, and that of many metrics with few.

    python -m benchmarks.bench_long_runs                       1,000,000 steps of 4 series against 1,000
    python -m benchmarks.bench_long_runs --rounds 3 --steps 200000
    python -m benchmarks.bench_long_runs --metrics 2000        only 2,000 metrics of 50 epochs against 24

All figures are for cold processes. Reading is measured with a process that only reads the history; the cost beyond
reading is that of a process that builds the report, minus reading. All processes of a round run one after the other, so
that other load on the machine affects them alike. The first round warms the caches and is not counted.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cold import Cost, run_cold

SHORT = 1_000  # steps
MOST_TIMES = 4.0  # as a multiple of the short run's report, beyond parsing
MOST_MEMORY = 1_500_000_000  # bytes
MOST_SIZE = 1_000_000  # bytes of the default report
FEW = 24  # metrics: as many as a report draws
EPOCHS = 50  # of the run with many metrics
MOST_TIMES_METRICS = 3.0  # as a multiple of the report with few metrics, beyond parsing
MOST_SIZE_METRICS = 6_000_000  # bytes of the default report, with up to 200,000 values in it

Columns = dict[str, np.ndarray]


def make_columns(steps: int) -> Columns:
    """The steps and four series of a noisy run that learns and levels off."""
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


def write_events(folder: Path, columns: Columns) -> Path:
    """The run as a TensorBoard event file written by TensorFlow, with one event per step."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorflow.io import TFRecordWriter

    names = [name for name in columns if name != "step"]
    path = folder / "events.out.tfevents.1700000000.bench"
    with TFRecordWriter(str(path)) as writer:
        writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for step, *values in zip(columns["step"].tolist(), *(columns[name].tolist() for name in names), strict=True):
            event = Event(wall_time=1.7e9 + step / 100, step=step)
            for name, value in zip(names, values, strict=True):
                event.summary.value.add(tag=name, simple_value=value)
            writer.write(event.SerializeToString())
    return path


# Each function writes the log into a folder and returns the source for `reportgen build`.
SOURCES: dict[str, Callable[[Path, Columns], Path]] = {"Parquet": write_parquet, "TensorBoard events": write_events}


def write_metrics(folder: Path, metrics: int) -> Path:
    """A CSV table of a loss and many other metrics, one in four of them with validation values."""
    random, falling = np.random.default_rng(6), 0.3 + 1.5 * np.exp(-np.arange(EPOCHS) / 8)
    names = ["loss", *(f"{'class' if place % 4 == 0 else 'probe'}_{place}_accuracy" for place in range(metrics - 1))]
    columns = {"epoch": np.arange(EPOCHS, dtype=float)}
    for place, name in enumerate(names):
        columns[name] = falling + 0.02 * random.standard_normal(EPOCHS)
        if place % 4 == 0:
            columns[f"val_{name}"] = columns[name] + 0.05
    path = folder / "log.csv"
    np.savetxt(path, np.column_stack(list(columns.values())), "%.6g", ",", header=",".join(columns), comments="")
    return path


READ = "import sys; from reportgen import sources; sources.read(sys.argv[1])"


@dataclass(frozen=True)
class Measured:
    """What reading one run and making its report cost, per round."""

    read: list[Cost]
    build: list[Cost]

    def middle(self, what: str) -> tuple[float, float]:
        """Median cost of reading, and of the report beyond reading."""
        read, build = (statistics.median(getattr(cost, what) for cost in costs) for costs in (self.read, self.build))
        return read, build - read


def bench(name: str, steps: int, rounds: int) -> bool:
    """Measures and prints one source. Returns whether it meets the aims."""
    print(f"\n== {name}: {steps:,} steps of 4 series against {SHORT:,}; medians of {rounds} rounds")
    return _compare(
        lambda folder, length: SOURCES[name](folder, make_columns(length)),
        (SHORT, steps),
        ("steps", "the short run"),
        rounds,
        (MOST_TIMES, MOST_SIZE),
    )


def bench_metrics(metrics: int, rounds: int) -> bool:
    """Measures and prints a run with many metrics. Returns whether it meets the aims."""
    print(f"\n== CSV: {metrics:,} metrics of {EPOCHS} epochs against {FEW}; medians of {rounds} rounds")
    aims = (MOST_TIMES_METRICS, MOST_SIZE_METRICS)
    return _compare(write_metrics, (FEW, metrics), ("metrics", f"{FEW} metrics"), rounds, aims)


def _compare(
    write: Callable[[Path, int], Path],
    sizes: tuple[int, int],
    words: tuple[str, str],
    rounds: int,
    limits: tuple[float, int],
) -> bool:
    """Measures a small and a large run in turn.

    Args:
        write: Writes the log of a size into a folder and returns its path.
        sizes: The small and the large size.
        words: What a size counts, and what the small run is called.
        rounds: Number of rounds that count.
        limits: How many times the cost of the small run, and how many bytes the report of the large run may have.
    """
    small, large = sizes
    with tempfile.TemporaryDirectory() as folder:
        logs, reports = {}, {}
        for size in sizes:
            home = Path(folder, str(size))
            home.mkdir()
            logs[size], reports[size] = write(home, size), home / "report.html"
        found = {size: Measured([], []) for size in logs}
        for _ in range(1 + rounds):
            for size, measured in found.items():
                log, report = str(logs[size]), str(reports[size])
                measured.read.append(run_cold("-c", READ, log))
                measured.build.append(run_cold("-m", "reportgen", "build", log, "-o", report))
        written = {size: path.stat().st_size for size, path in reports.items()}
    counted = {size: Measured(measured.read[1:], measured.build[1:]) for size, measured in found.items()}
    for size, measured in counted.items():
        (read_cpu, cpu), (read_wall, wall) = measured.middle("cpu_s"), measured.middle("wall_s")
        memory = statistics.median(cost.memory for cost in measured.build)
        print(f"  {size:>9,} {words[0]}  reading      {read_cpu:5.2f} s of CPU, {read_wall:5.2f} s elapsed")
        print(f"  {'':15}  beyond it    {cpu:5.2f} s of CPU, {wall:5.2f} s elapsed")
        print(f"  {'':15}  peak memory  {memory / 1e6:5.0f} MB; the default report has {written[size]:,} bytes")
    by_cpu, by_wall = (counted[large].middle(what)[1] / counted[small].middle(what)[1] for what in ("cpu_s", "wall_s"))
    most = max(cost.memory for cost in counted[large].build)
    aims = (
        (
            f"beyond reading, times {words[1]}: {by_cpu:.2f} by CPU, {by_wall:.2f} by elapsed time",
            by_cpu,
            limits[0],
        ),
        (f"peak memory, bytes: {most:,}", most, MOST_MEMORY),
        (f"size, bytes: {written[large]:,}", written[large], limits[1]),
    )
    for text, value, limit in aims:
        print(f"  {'met   ' if value < limit else 'MISSED'}  {text} (aim: under {limit:,.0f})")
    return all(value < limit for _, value, limit in aims)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring. Returns 1 if an aim was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_long_runs", description="What the report of a very long run costs."
    )
    parser.add_argument("--steps", type=int, default=1_000_000, metavar="N", help="length of the long run")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="number of rounds")
    parser.add_argument("--metrics", type=int, metavar="N", help="compare N metrics with 24 instead")
    chosen = parser.parse_args(argv)
    if chosen.metrics is not None:
        return 0 if bench_metrics(chosen.metrics, chosen.rounds) else 1
    met = [
        bench(name, chosen.steps, chosen.rounds) for name in SOURCES
    ]  # measure all of them, even if the first one fails
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
