"""Runs with a known truth, each made by a formula. Noise comes from a seeded generator, so a run is always the same."""

import math
from dataclasses import replace

import numpy as np

from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note


def _noise(n: int, size: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, size, n)


def _falling(n: int, start: float, floor: float, speed: float) -> np.ndarray:
    """An exponential fall from start towards floor; speed is the part of the remaining distance covered per epoch."""
    return floor + (start - floor) * np.exp(-speed * np.arange(n))


def _history(columns: dict[str, np.ndarray], run: RunFacts | None = None) -> TrainingHistory:
    n = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(1, n + 1), columns, run)


def healthy(n: int = 100) -> TrainingHistory:
    """Both losses fall to a floor within the first third and stay there; accuracies mirror them."""
    train = _falling(n, 0.7, 0.30, 12 / n) + _noise(n, 0.002)
    validation = _falling(n, 0.72, 0.32, 12 / n) + _noise(n, 0.003, 2)
    return _history(
        {
            "loss": train,
            "accuracy": 1 - train / 2,
            "val_loss": validation,
            "val_accuracy": 1 - validation / 2,
        }
    )


def overfit_from_12(n: int = 60) -> TrainingHistory:
    """Validation loss is lowest in epoch 12 and rises steadily after; training loss falls to the end."""
    epochs = np.arange(1, n + 1)
    validation = np.where(epochs <= 12, 0.40 + 0.03 * (12 - epochs), 0.40 + 0.012 * (epochs - 12))
    return _history({"loss": _falling(n, 0.75, 0.02, 0.07), "val_loss": validation})


def diverged_at_7(n: int = 10) -> TrainingHistory:
    """Losses fall for six epochs; from the seventh on they are NaN."""
    falling = _falling(n, 1.0, 0.2, 0.2)
    falling[6:] = math.nan
    return _history({"loss": falling, "val_loss": falling * 1.1})


def finite_explosion(n: int = 20) -> TrainingHistory:
    """Training loss falls to epoch 9, then grows to a hundred times its first value; every value is finite."""
    loss = _falling(n, 1.0, 0.2, 0.3)
    loss[9:] = np.geomspace(2.5, 100, n - 9)
    return _history({"loss": loss, "val_loss": loss * 1.05})


def validation_every_3(n: int = 30) -> TrainingHistory:
    """A run of 30 epochs with validation in epochs 3, 6, 9, ..."""
    train, validation = _falling(n, 0.8, 0.2, 0.2), _falling(n, 0.85, 0.25, 0.2)
    logged = [value if epoch % 3 == 0 else None for epoch, value in enumerate(validation.tolist(), start=1)]
    return TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": train, "val_loss": logged})


def resumed(n: int = 40) -> TrainingHistory:
    """Epochs 21 to 60 of a run, resumed once more at epoch 41, interrupted at 60 of 100."""
    loss = _falling(n, 0.5, 0.3, 0.2)
    run = RunFacts(title="Resumed", status="interrupted", epochs_planned=100, resumed_at=(41,))
    return TrainingHistory.from_columns(np.arange(21, 21 + n), {"loss": loss, "val_loss": loss + 0.02}, run)


def one_epoch() -> TrainingHistory:
    """A single epoch of each metric."""
    return TrainingHistory.from_columns(
        [1], {"loss": [0.7], "accuracy": [0.5], "val_loss": [0.69], "val_accuracy": [0.6]}
    )


def accuracy_only(n: int = 80) -> TrainingHistory:
    """Only accuracies, which rise to a ceiling and stay."""
    rising = 0.9 - 0.4 * np.exp(-0.15 * np.arange(n))
    return _history({"accuracy": rising, "val_accuracy": rising - 0.02})


def no_validation(n: int = 80) -> TrainingHistory:
    """Only a training loss, which converges."""
    return _history({"loss": _falling(n, 1.0, 0.25, 0.2) + _noise(n, 0.001)})


def not_learning(n: int = 50) -> TrainingHistory:
    """Both losses fluctuate around ln 2 and never improve on the first value by more than the noise."""
    loss = math.log(2) + np.abs(_noise(n, 0.004))
    loss[0] = math.log(2)
    return _history({"loss": loss, "val_loss": loss + 0.001})


def still_improving(n: int = 50) -> TrainingHistory:
    """Both losses fall in a straight line to the end."""
    line = np.linspace(1.0, 0.3, n)
    return _history({"loss": line, "val_loss": line + 0.02})


def worse_again(n: int = 60) -> TrainingHistory:
    """Both losses fall to epoch 20, then lose half of their progress; no divergence, no overfitting."""
    epochs = np.arange(1, n + 1)
    loss = np.where(epochs <= 20, 1.0 - 0.04 * epochs, 0.2 + 0.01 * (epochs - 20))
    return _history({"loss": loss, "val_loss": loss + 0.02})


def learning_rate_steps(n: int = 60) -> TrainingHistory:
    """Healthy losses; the learning rate falls to a tenth at epochs 21 and 41, and drifts by 0.1 % in between."""
    rate = np.repeat([1e-2, 1e-3, 1e-4], n // 3) * (1 - 0.001 * np.arange(n))
    base = healthy(n)
    columns = {
        "loss": base.series("loss", "train").to_numpy(),
        "val_loss": base.series("loss", "validation").to_numpy(),
    }
    return _history(columns | {"learning_rate": rate})


def by_steps(n: int = 240, every: int = 12) -> TrainingHistory:
    """Counted in steps, 50 apart: noisy training, less frequent validation that rises from about the middle on."""
    steps = 50 * np.arange(1, n + 1)
    train = _falling(n, 2.0, 0.3, 8 / n) + _noise(n, 0.04)
    held_out = _falling(n, 2.0, 0.4, 8 / n) + 0.3 * np.clip(np.arange(n) / n - 0.5, 0, None)
    validation = [value if place % every == 0 else None for place, value in enumerate(held_out, start=1)]
    return TrainingHistory.from_columns(steps, {"loss": train, "val_loss": validation}, axis="step")


def two_outputs(n: int = 60) -> TrainingHistory:
    """Two outputs: ``price`` converges; ``price_class`` overfits from epoch 12 on, and so does the sum of both."""
    calm, over = healthy(n), overfit_from_12(n)
    columns = {"loss": np.zeros(n), "val_loss": np.zeros(n)}
    for name, part in (("price", calm), ("price_class", over)):
        for split, prefix in (("train", ""), ("validation", "val_")):
            columns[f"{prefix}{name}_loss"] = part.series("loss", split).to_numpy()
            columns[f"{prefix}loss"] = columns[f"{prefix}loss"] + columns[f"{prefix}{name}_loss"]
    columns["price_class_accuracy"] = np.linspace(0.5, 1.0, n)
    columns["val_price_class_accuracy"] = np.linspace(0.5, 0.8, n)
    return _history(columns, RunFacts(title="Two outputs"))


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\"quoted\" & 'single'",
    "{{ 7 * 7 }}{% raw %}",
    "datum.x]] }",
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{FIRE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}egassem",
    "שלום",
    "损失",
    "nul\0bell\a\x1b[31m\r\n",
    "\u2028line\u2029paragraph",
    "\ufffe\uffff",
    "x" * 10_000,
    "constructor",
    "val_",
)


def hostile_names(n: int = 12) -> TrainingHistory:
    """A run with metric names that break careless software."""
    line = np.linspace(1.0, 0.4, n)
    columns = {"loss": line, "val_loss": line + 0.1}
    columns |= {f"{name}_loss" if index % 2 else name: line for index, name in enumerate(HOSTILE)}
    columns |= {f"val_{HOSTILE[0]}": line, f"val_{HOSTILE[5]}_loss": line}
    notes = (Note.of("text", text=HOSTILE[0]), Note.of("no-numbers", columns=HOSTILE))
    return _history(columns, RunFacts(title=HOSTILE[1], notes=notes))


ALL = (
    healthy,
    overfit_from_12,
    diverged_at_7,
    finite_explosion,
    validation_every_3,
    resumed,
    one_epoch,
    accuracy_only,
    no_validation,
    not_learning,
    still_improving,
    worse_again,
    learning_rate_steps,
    two_outputs,
    hostile_names,
)


def of_tool(history: TrainingHistory, tool: str | None = "keras") -> TrainingHistory:
    """The same run, trained by a tool."""
    return history.with_run(replace(history.run, tool=tool))
