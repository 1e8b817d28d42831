"""Prints what the callback costs a training run: time, and memory of the training process.

    python -m benchmarks.bench_callback                  7 pairs of 150 epochs of the Pima network: about 10 minutes
    python -m benchmarks.bench_callback --pairs 3
    python -m benchmarks.bench_callback --batches 1000000        memory while each batch is logged: about 10 minutes
    python -m benchmarks.bench_callback --sampling 60            cost of sampling resources, in 60 seconds

Each training runs in its own process. Runs with and without the callback alternate, and the first pair is dropped.
"fit" is the duration of `fit`, including the final report. "inside" is the part spent in the callback's own methods,
nearly all of it waiting for the report at the end. Memory is the peak of the training process, without the process that
makes the reports.

With `--batches`, a network of one layer is trained in epochs of 10,000 batches of one row, and every batch is logged.
With `--update-freq epoch` none is logged, which shows how much memory TensorFlow itself takes over time.

With `--sampling`, a process with four forked workers that share 200 MB is sampled as the watcher does it. All costs
arise in the process that samples: its processor time is divided by the time that passed.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.cold import run_cold

HOOKS = ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")


def fit_once(report: str | None) -> dict[str, float]:
    """Trains in this process and measures it."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    from reportgen.callback import ReportCallback
    from reportgen.demo import EPOCHS, SEED, load_table

    inside: dict[str, float] = dict.fromkeys(HOOKS, 0.0)

    class Timed(ReportCallback):
        """The callback, with a timer around each of its methods."""

    def timed(name: str) -> Any:
        def method(self: Any, *arguments: Any) -> None:
            begun = time.perf_counter()
            getattr(super(Timed, self), name)(*arguments)
            inside[name] += time.perf_counter() - begun

        return method

    for name in HOOKS:
        setattr(Timed, name, timed(name))
    inputs, classes = load_table()
    keras.utils.set_random_seed(SEED)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(12, "relu"), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")]
    )
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    callbacks = [] if report is None else [Timed(report)]
    begun = time.perf_counter()
    model.fit(inputs, classes, validation_split=0.33, epochs=EPOCHS, batch_size=10, verbose=0, callbacks=callbacks)
    fit_s = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"fit": fit_s, "peak": peak_mb, **inside}


class Memory:
    """The resident memory of this process over time."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, float]] = []

    def look(self, n_batches: int) -> None:
        """Records the resident memory in MB."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.seen.append((n_batches, pages * resource.getpagesize() / 2**20))


def fit_batches(n_batches: int, folder: Path, update_freq: str | int) -> dict[str, Any]:
    """Trains the given number of batches with a real `fit` and measures memory and time."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy as np

    from reportgen.callback import ReportCallback

    per_epoch = min(10_000, n_batches)
    memory, inside = Memory(), [0.0]

    class Timed(ReportCallback):
        """The callback, with the work after each batch timed."""

        def _log_batch(self, batch: int, logs: Any = None) -> None:
            begun = time.perf_counter()
            super()._log_batch(batch, logs)
            inside[0] += time.perf_counter() - begun

    random = np.random.default_rng(1)
    inputs = random.standard_normal((per_epoch + 100, 4)).astype("float32")
    targets = inputs @ np.array([[1.0], [-2.0], [0.5], [0.0]]) + 0.3 * random.standard_normal((len(inputs), 1))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    callback = Timed(folder / "report.html", update_freq=update_freq)
    looking = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: memory.look((epoch + 1) * per_epoch))
    begun = time.perf_counter()
    model.fit(
        inputs[:per_epoch],
        targets[:per_epoch],
        validation_data=(inputs[per_epoch:], targets[per_epoch:]),
        epochs=-(-n_batches // per_epoch),
        batch_size=1,
        verbose=0,
        callbacks=[callback, looking],
    )
    return {"fit": time.perf_counter() - begun, "inside": inside[0], "memory": memory.seen}


def bench_batches(n_batches: int, update_freq: str | int) -> None:
    """Prints the cost of logging every batch."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found = fit_batches(n_batches, place, update_freq)
        seen = found["memory"]
        (first, warm), (last, end) = seen[min(len(seen) - 1, len(seen) // 10)], seen[-1]
        print(f"{last:,} batches logged, update_freq={update_freq!r}: {found['fit']:.0f} s")
        print(
            f"after a batch                {found['inside'] / last * 1e6:.1f} us, {found['inside'] / found['fit']:.2%}"
        )
        print(f"memory, training process     {warm:.1f} MB after {first:,} batches, {end:.1f} MB after {last:,}")
        print(f"  peak                       {max(mb for _, mb in seen):.1f} MB")
        for path in sorted(place.iterdir()):
            print(f"{path.name:<28} {path.stat().st_size / 1e6:.1f} MB")
        journal = str(place / "report.journal")
        if Path(journal).exists():
            read = run_cold("-c", "import sys; from reportgen import sources; sources.read(sys.argv[1])", journal)
            build = run_cold("-m", "reportgen", "build", journal, "-o", str(place / "again.html"))
            print(f"reading the journal          {read.cpu_s:.2f} s of CPU, {read.memory / 1e6:.0f} MB peak")
            print(f"making its report            {build.cpu_s:.2f} s of CPU, {build.memory / 1e6:.0f} MB peak")


def hold(n_workers: int) -> None:
    """Holds memory and computes, as a training run with data loaders does."""
    held = bytearray(200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    for _ in range(n_workers):
        if not os.fork():
            break
    while os.getppid() != 1 and held:
        sum(range(100_000))
        time.sleep(0.001)


def bench_sampling(seconds: float) -> None:
    """Prints what sampling costs."""
    begun = time.process_time()
    import psutil  # noqa: F401  # which the sampler loads

    from reportgen.live.sampler import sampler_of

    command = [sys.executable, "-c", "from benchmarks.bench_callback import hold; hold(4)"]
    with subprocess.Popen(command, start_new_session=True) as training:  # noqa: S603  # our own module
        time.sleep(2)
        sampler = sampler_of(training.pid)
        opened_s = time.process_time() - begun
        begun, until = time.process_time(), time.monotonic() + seconds
        while time.monotonic() < until:
            if sampler is not None:
                sampler.sample_if_due()
            time.sleep(1)
        spent_s = time.process_time() - begun
        os.killpg(training.pid, signal.SIGKILL)
    use = None if sampler is None else sampler.use
    if use is None:
        sys.exit("psutil is not installed, or nothing was sampled.")
    print(f"samples in {seconds:.0f} s            {len(use.seconds)}, of {use.memory_bytes[-1] / 1e6:.0f} MB")
    print(f"processor time per sample    {spent_s / len(use.seconds) * 1e3:.1f} ms")
    print(f"sampling / time passed       {spent_s / seconds:.3%} of one core")
    print(f"once, to begin               {opened_s * 1e3:.0f} ms")


def measured(report: Path | None) -> dict[str, float]:
    """One run in its own process."""
    command = [sys.executable, "-m", "benchmarks.bench_callback", "--one", str(report or "")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own module
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Trains in pairs and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--batches", type=int)
    parser.add_argument("--update-freq", default="batch")
    parser.add_argument("--sampling", type=float)
    options = parser.parse_args()
    if options.sampling is not None:
        bench_sampling(options.sampling)
        return
    if options.batches is not None:
        freq = options.update_freq
        bench_batches(options.batches, int(freq) if freq.isdigit() else freq)
        return
    if options.one is not None:
        print(json.dumps(fit_once(options.one or None)))
        return
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.pairs + 1):
            order = [None, Path(folder) / "report.html"]
            runs = {path: measured(path) for path in (order if number % 2 else order[::-1])}
            without, with_callback = (runs[path] for path in order)
            if number:
                pairs.append((without, with_callback))
                print(f"pair {number}: {without['fit']:.2f} s without, {with_callback['fit']:.2f} s with", flush=True)
    ratio = statistics.median(with_["fit"] / without["fit"] for without, with_ in pairs)
    inside = statistics.median(sum(with_[name] for name in HOOKS) / with_["fit"] for _, with_ in pairs)
    epochs = statistics.median(sum(with_[name] for name in HOOKS[:3]) / with_["fit"] for _, with_ in pairs)
    end = statistics.median(with_["on_train_end"] for _, with_ in pairs)
    more = statistics.median(with_["peak"] - without["peak"] for without, with_ in pairs)
    print(f"fit with / without           {ratio:.3f}")
    print(f"inside / fit                 {inside:.3%}")
    print(f"  while epochs run           {epochs:.3%}")
    print(f"  at the end                 {end:.2f} s")
    print(f"memory, training process     {more:+.0f} MB")


if __name__ == "__main__":
    main()
