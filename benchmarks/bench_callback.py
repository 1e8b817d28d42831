"""Prints what the callback costs a training: time, and memory of the training's process.

    python -m benchmarks.bench_callback                  7 pairs of 150 epochs of the Pima network: about 10 minutes
    python -m benchmarks.bench_callback --pairs 3

Each training has a process of its own, those with and without callback taking turns, the first pair being thrown away.
"fit" is the time from calling `fit` until it returns, the report being written; "inside" the part of it that was spent
in the callback's own methods, nearly all of which is the wait for the report at the end. Memory is the peak of the
process that trains; the process beside it, which makes the reports, has its own.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HOOKS = ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")


def fit_once(report: str | None) -> dict[str, float]:
    """Trains in this process, and measures it."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    from reportgen.callback import ReportCallback
    from reportgen.demo import EPOCHS, SEED, load_table

    inside: dict[str, float] = dict.fromkeys(HOOKS, 0.0)

    class Timed(ReportCallback):
        """The callback with a clock around each of its methods."""

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


def measured(report: Path | None) -> dict[str, float]:
    """One training in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_callback", "--one", str(report or "")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own module
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Trains in pairs and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
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
    print(f"memory, training's process   {more:+.0f} MB")


if __name__ == "__main__":
    main()
