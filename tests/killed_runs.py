"""Runs that tests kill: a process loads Keras once and forks for each run, which saves most of the time.

It reads the arguments of `train` from standard input, one line of JSON per training, and prints the process id of the
fork, which prints the number of each finished epoch.
"""

import json
import os
import sys
import time
from typing import Any

import keras
import numpy as np

from reportgen import ReportCallback


def train(
    path: str,
    epochs: int,
    epoch_s: float,
    backup: str | None = None,
    forks: bool = False,
    update_freq: str | int = "epoch",
) -> None:
    """Trains a tiny network slowly."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    def on_epoch_end(epoch: int, logs: Any) -> None:
        say({"epoch": epoch + 1})

        if forks and not epoch and not os.fork():  # the fork inherits all open files
            time.sleep(600)

    slow = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: time.sleep(epoch_s / 4))
    said = keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)
    restoring = [] if backup is None else [keras.callbacks.BackupAndRestore(backup)]
    model.fit(
        np.ones((32, 3)),
        np.ones((32, 1)),
        validation_split=0.25,
        batch_size=6,
        epochs=epochs,
        verbose=0,
        callbacks=[*restoring, slow, ReportCallback(path, update_freq=update_freq, verbose=0), said],
    )
    say({"done": True})


def say(what: dict[str, Any]) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    say({"ready": True})
    for line in sys.stdin:
        if not (pid := os.fork()):
            try:
                train(**json.loads(line))
            finally:
                os._exit(0)
        say({"pid": pid})
        os.waitpid(pid, 0)
        say({"ended": pid})
