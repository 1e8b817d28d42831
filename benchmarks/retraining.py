"""Trains labelled runs again with one thing changed, many at once.

A `SeenRun` is a run as `make_runs` trains it, with the loss of each test row after every epoch. A `Retrained` is one
network that is trained again on the same rows with settings of its own; only its test loss at the end is measured.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.make_runs import RUNS_A_GROUP, draw_per_run, draw_setup
from benchmarks.networks import MEASURES, Networks, PerRun, Setup, epochs_of, held_out, layers, loss_of, noisy_targets
from benchmarks.tables import Table

Array = NDArray[Any]

AHEAD: Final = 1.0  # epochs after the stop, as a share of those before: longer advice on training is cut to this
MOST_STEPS: Final = 1500  # optimizer steps of a run up to its stop, so that a group takes seconds
MOST_WORK: Final = 4e6  # these steps times the number of weights, likewise
AT_ONCE: Final = 64  # networks in one array


@dataclass(frozen=True)
class Settings:
    """All that a network is trained with, but its seed.

    Attributes:
        setup: What it may share with others; its dropout is not used.
        rate: Learning rate.
        decay: Weight decay.
        dropout: Share of hidden units that are dropped.
        clip: Largest norm of the gradients; None if they are not clipped.
    """

    setup: Setup
    rate: float
    decay: float
    dropout: float
    clip: float | None = None


@dataclass(frozen=True)
class SeenRun:
    """A run, what its user saw, and the truth.

    Attributes:
        table: The table, shuffled.
        targets: Its targets with the label noise of this run, shape (n,).
        settings: What it was trained with; the user saw ``settings.setup.stopped_at`` epochs.
        history: `MEASURES` per epoch, shape (epochs, 6), some epochs longer than the user saw.
        test_rows: Loss of each test row after every epoch, shape (epochs, n_test).
        run_id: A name for it.
        number: Position in its group.
    """

    table: Table = field(repr=False)
    targets: Array = field(repr=False)
    settings: Settings
    history: NDArray[np.float64] = field(repr=False)
    test_rows: NDArray[np.float32] = field(repr=False)
    run_id: str
    number: int = 0

    @property
    def stopped_at(self) -> int:
        """Epochs the user saw."""
        return self.settings.setup.stopped_at

    @property
    def test_loss(self) -> NDArray[np.float64]:
        """Test loss per epoch, beyond the stop as well."""
        return self.history[:, MEASURES.index("test_loss")]

    @property
    def spare_rows(self) -> int:
        """Rows of the table in neither training, validation nor test."""
        setup = self.settings.setup
        return len(self.targets) - setup.n_train - setup.n_val - setup.n_test

    @property
    def guess(self) -> float:
        """Test loss of always predicting the mean, or the shares of the classes."""
        target = self.targets[held_out(self.settings.setup)[1]]
        if self.table.regression:
            return float(np.var(target))
        share = np.bincount(target.astype(np.int64)) / len(target)
        share = share[share > 0]
        return float(-(share * np.log(share)).sum())


@dataclass(frozen=True)
class Retrained:
    """One network to train again.

    Attributes:
        run: The run it repeats.
        settings: What it is trained with.
    """

    run: SeenRun
    settings: Settings


def train_group(table: Table, generator: np.random.Generator, name: str, runs: int = RUNS_A_GROUP) -> list[SeenRun]:
    """Trains the runs of one group, drawn as in `make_runs`, but shorter; see `MOST_STEPS`.

    Args:
        table: The table, shuffled.
        generator: Draws the settings and all else.
        name: Beginning of the runs' names.
        runs: How many of the group are kept; all are trained.
    """
    setup = draw_setup(len(table.inputs), generator)
    weights = sum(a * b for a, b in pairwise(layers(table, setup.hidden)))
    longest = max(8, int(min(MOST_STEPS, MOST_WORK / weights)) // math.ceil(setup.n_train / setup.batch))
    if setup.stopped_at > longest:
        share = longest / setup.stopped_at
        setup = replace(setup, stopped_at=longest, drop_at=round(share * setup.drop_at))
    per_run = draw_per_run(setup, table.regression, generator)
    targets = noisy_targets(table, per_run.noise, generator)
    nets = Networks(layers(table, setup.hidden), setup, per_run, generator)
    val, test = held_out(setup)
    epochs = setup.stopped_at + round(AHEAD * setup.stopped_at)
    history = np.full((epochs, len(MEASURES), len(targets)), np.nan)
    rows = np.empty((epochs, len(targets), setup.n_test), np.float32)

    def order() -> Array:
        return generator.permutation(setup.n_train)

    with np.errstate(all="ignore"):  # some runs diverge on purpose
        trained = epochs_of(nets, table.inputs, targets, order, regression=table.regression)
        for epoch, means in enumerate(islice(trained, epochs)):
            history[epoch, :2] = means
            for i, part in ((1, val), (2, test)):
                output = nets.forward(table.inputs[part], training=False)[0]
                loss, right, _ = loss_of(output, targets[:, part], table.regression)
                history[epoch, 2 * i : 2 * i + 2] = loss.mean(axis=1, dtype=np.float64), right.mean(axis=1)
            rows[epoch] = loss
    return [
        SeenRun(
            table=table,
            targets=targets[i],
            settings=Settings(setup, float(per_run.rate[i]), float(per_run.decay[i]), setup.dropout),
            history=history[:, :, i],
            test_rows=rows[:, i],
            run_id=f"{name}r{i}",
            number=i,
        )
        for i in range(runs)
    ]


def train_again(wanted: Sequence[Retrained], generator: np.random.Generator) -> list[float]:
    """The test loss of each network after its last epoch; NaN or infinite if it diverged.

    Those that share table and setup are trained in one array. Each has weights, an order and dropout of its own, so
    that the same settings twice are two seeds.
    """
    losses = [float("nan")] * len(wanted)
    alike: dict[tuple[int, Setup], list[int]] = {}
    for i, one in enumerate(wanted):
        alike.setdefault((id(one.run.table), replace(one.settings.setup, dropout=0.0)), []).append(i)
    for places in alike.values():
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            for i, loss in zip(part, _train_alike([wanted[i] for i in part], generator), strict=True):
                losses[i] = loss
    return losses


def _train_alike(wanted: Sequence[Retrained], generator: np.random.Generator) -> list[float]:
    first, table = wanted[0].settings.setup, wanted[0].run.table
    kept = wanted[0].run.settings.setup
    chosen = [one.settings for one in wanted]
    clipping = any(given.clip is not None for given in chosen)
    per_run = PerRun(
        rate=np.array([given.rate for given in chosen], np.float32),
        decay=np.array([given.decay for given in chosen], np.float32),
        noise=np.zeros(len(wanted)),
        dropout=np.array([given.dropout for given in chosen], np.float32),
        clip=np.array([given.clip or 1e30 for given in chosen], np.float32) if clipping else None,
    )
    nets = Networks(layers(table, first.hidden), first, per_run, generator)
    targets = np.stack([one.run.targets for one in wanted])
    pool = np.concatenate(
        [np.arange(kept.n_train), np.arange(len(table.inputs) - wanted[0].run.spare_rows, len(table.inputs))]
    )
    pool = np.tile(pool[: first.n_train], (len(wanted), 1))

    def order() -> Array:
        return generator.permuted(pool, axis=1)

    test = held_out(kept)[1]
    with np.errstate(all="ignore"):
        trained = epochs_of(nets, table.inputs, targets, order, regression=table.regression)
        for _ in islice(trained, first.stopped_at):
            pass
        output = nets.forward(table.inputs[test], training=False)[0]
        loss = loss_of(output, targets[:, test], table.regression)[0].mean(axis=1, dtype=np.float64)
    return [float(value) for value in loss]
