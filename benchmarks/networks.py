"""Small dense networks in NumPy, several of them trained together on the same rows.

Runs share a `Setup` and differ in settings, given as arrays with one value per run. The first axis of all weights is
the run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Table

Array = NDArray[Any]

MEASURES: Final = ("loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy")

MOMENTUM, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-7  # Keras' defaults


@dataclass(frozen=True)
class Setup:
    """Settings that the runs of one group share.

    Attributes:
        n_train: Rows to train on.
        n_val: Rows for the validation a user sees.
        n_test: Independent rows for the truth.
        hidden: Widths of the hidden layers.
        batch: Rows per step.
        optimizer: ``adam`` (decoupled weight decay), ``sgd`` or ``momentum`` (weight decay as L2).
        dropout: Share of hidden units that are dropped.
        schedule: ``constant``, ``step`` (a tenth from ``drop_at``) or ``cosine`` (to a thousandth at the stop).
        stopped_at: Epochs the user saw; training continues to three times as many, with the same schedule.
        drop_at: Epoch of the drop.
    """

    n_train: int
    n_val: int
    n_test: int
    hidden: tuple[int, ...]
    batch: int
    optimizer: str
    dropout: float
    schedule: str
    stopped_at: int
    drop_at: int


class PerRun(NamedTuple):
    """Settings of single runs, each of shape (runs,).

    Attributes:
        rate: Learning rate.
        decay: Weight decay.
        noise: Label noise; see `noisy_targets`.
        dropout: Dropout; None for that of the setup.
        clip: Largest norm of all gradients together, as Keras' ``global_clipnorm``; None if they are not clipped.
    """

    rate: NDArray[np.float32]
    decay: NDArray[np.float32]
    noise: NDArray[np.float64]
    dropout: NDArray[np.float32] | None = None
    clip: NDArray[np.float32] | None = None


def noisy_targets(table: Table, noise: NDArray[np.float64], generator: np.random.Generator) -> Array:
    """Targets with label noise, the same in training, validation and test rows.

    Args:
        table: The table.
        noise: Shape (runs,): share of labels replaced at random; half the noise's standard deviation for regression.
        generator: Source of randomness.

    Returns:
        Shape (runs, n).
    """
    n = len(table.target)
    if table.regression:
        drawn = generator.normal(0, 1, (len(noise), n)) * noise[:, None] * 2
        return (table.target + drawn).astype(np.float32)
    anew = generator.random((len(noise), n)) < noise[:, None]
    return np.where(anew, generator.integers(0, int(table.target.max()) + 1, (len(noise), n)), table.target)


def rate_factor(schedule: str, epoch: int, stopped_at: int, drop_at: int) -> float:
    """The factor for the learning rate in a 0-based epoch; other arguments as in `Setup`."""
    if schedule == "step":
        return 0.1 if epoch >= drop_at else 1.0
    if schedule == "cosine":
        return float(0.4995 * (1 + np.cos(np.pi * min(epoch / stopped_at, 1))) + 0.001)
    return 1.0


def loss_of(output: Array, target: Array, regression: bool) -> tuple[Array, Array, Array]:
    """Squared error or cross-entropy, row by row.

    Args:
        output: Shape (runs, rows, outputs).
        target: Shape (runs, rows).
        regression: Squared error if true, else cross-entropy.

    Returns:
        Loss, shape (runs, rows); correctness, likewise (NaN for regression); gradient, shaped like ``output``.
    """
    if regression:
        off = output[..., 0] - target
        return off * off, np.full(off.shape, np.nan), 2 * off[..., None]
    shifted = output - output.max(axis=-1, keepdims=True)
    odds = np.exp(shifted)
    total = odds.sum(axis=-1, keepdims=True)
    run, row = np.ogrid[: output.shape[0], : output.shape[1]]
    gradient = odds / total
    gradient[run, row, target] -= 1
    return np.log(total[..., 0]) - shifted[run, row, target], shifted.argmax(axis=-1) == target, gradient


def clipped(gradients: list[Array], limit: NDArray[np.float32]) -> list[Array]:
    """Gradients whose norm over all parameters of a run is at most its limit, shape (runs,)."""
    norm = np.sqrt(sum(np.square(given, dtype=np.float64).sum(axis=(1, 2)) for given in gradients))
    factor = (limit / np.maximum(norm, limit)).astype(np.float32)[:, None, None]
    return [given * factor for given in gradients]


class Networks:
    """Dense networks with ReLU, one per run, and their optimizers' state."""

    def __init__(self, sizes: list[int], setup: Setup, per_run: PerRun, generator: np.random.Generator) -> None:
        runs = len(per_run.rate)
        self.setup, self.per_run, self.generator = setup, per_run, generator
        pairs = list(pairwise(sizes))
        self.weights = [
            generator.normal(0, np.sqrt((2 if i < len(pairs) - 1 else 1) / a), (runs, a, b)).astype(np.float32)
            for i, (a, b) in enumerate(pairs)
        ]
        self.biases = [np.zeros((runs, 1, b), np.float32) for _, b in pairs]
        self.first = [np.zeros_like(p) for p in self.parameters]
        self.second = [np.zeros_like(p) for p in self.parameters]
        self.steps = 0

    @property
    def parameters(self) -> list[Array]:
        """All weights, then all biases; not copies."""
        return self.weights + self.biases

    def forward(self, rows: Array, *, training: bool) -> tuple[Array, list[Array], list[Array]]:
        """Output, inputs of the layers, and dropout masks of the hidden layers.

        Args:
            rows: Shape (rows, columns), or (runs, rows, columns) if each run has rows of its own.
            training: Whether units are dropped.

        Returns:
            The output has the shape (runs, rows, outputs).
        """
        value = rows if rows.ndim == 3 else rows[None]
        values, masks = [value], []
        dropped = self.setup.dropout if self.per_run.dropout is None else self.per_run.dropout[:, None, None]
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            value = np.matmul(value, weight) + bias
            if i < len(self.weights) - 1:
                mask = (value > 0).astype(np.float32)
                if training and np.any(dropped):
                    kept = self.generator.random(value.shape, dtype=np.float32) >= dropped
                    mask *= kept / np.float32(1 - dropped)
                value = value * mask
                values.append(value)
                masks.append(mask)
        return value, values, masks

    def gradients(self, values: list[Array], masks: list[Array], gradient: Array) -> list[Array]:
        """Gradients in the order of `parameters`."""
        runs = len(self.per_run.rate)
        of_weights: list[Array] = []
        of_biases: list[Array] = []
        for i in range(len(self.weights) - 1, -1, -1):
            inputs = np.broadcast_to(values[i], (runs, *values[i].shape[1:]))
            of_weights.insert(0, np.matmul(inputs.swapaxes(-1, -2), gradient))
            of_biases.insert(0, gradient.sum(axis=1, keepdims=True))
            if i:
                gradient = np.matmul(gradient, self.weights[i].swapaxes(-1, -2)) * masks[i - 1]
        return of_weights + of_biases

    def update(self, gradients: list[Array], factor: float) -> None:
        """One step of the optimizer; ``factor`` scales the learning rate."""
        self.steps += 1
        if self.per_run.clip is not None:
            gradients = clipped(gradients, self.per_run.clip)
        rate = (self.per_run.rate * np.float32(factor))[:, None, None]
        decay = self.per_run.decay[:, None, None]
        momentum = MOMENTUM if self.setup.optimizer == "momentum" else 0.0
        for j, (parameter, given) in enumerate(zip(self.parameters, gradients, strict=True)):
            is_weight = j < len(self.weights)
            if self.setup.optimizer == "adam":
                self.first[j] = BETA_1 * self.first[j] + (1 - BETA_1) * given
                self.second[j] = BETA_2 * self.second[j] + (1 - BETA_2) * given * given
                size = np.sqrt(self.second[j] / (1 - BETA_2**self.steps)) + EPSILON
                parameter -= rate * (self.first[j] / (1 - BETA_1**self.steps)) / size
                if is_weight:
                    parameter -= rate * decay * parameter
            else:
                self.first[j] = momentum * self.first[j] + given + (decay * parameter if is_weight else 0)
                parameter -= rate * self.first[j]


def layers(table: Table, hidden: tuple[int, ...]) -> list[int]:
    """Widths of all layers, from the inputs to the outputs."""
    return [table.inputs.shape[1], *hidden, 1 if table.regression else int(table.target.max()) + 1]


def epochs_of(
    nets: Networks, inputs: Array, targets: Array, order: Callable[[], Array], *, regression: bool
) -> Iterator[Array]:
    """Trains epoch by epoch, without end; the first one is trained when it is asked for.

    Args:
        nets: The networks, changed in place.
        inputs: Shape (n, columns).
        targets: Shape (runs, n).
        order: Draws the rows of an epoch: shape (n_train,), or (runs, n_train) for an order per run.
        regression: Whether the target is a number.

    Yields:
        Loss and accuracy, shape (2, runs): means over the steps of the epoch, as Keras logs them.
    """
    setup = nets.setup
    epoch = 0
    while True:
        rows_of_epoch = order()
        sums = np.zeros((2, len(targets)))
        factor = rate_factor(setup.schedule, epoch, setup.stopped_at, setup.drop_at)
        for start in range(0, setup.n_train, setup.batch):
            rows = rows_of_epoch[..., start : start + setup.batch]
            output, values, masks = nets.forward(inputs[rows], training=True)
            wanted = targets[:, rows] if rows.ndim == 1 else np.take_along_axis(targets, rows, axis=1)
            loss, right, gradient = loss_of(output, wanted, regression)
            sums += loss.sum(axis=1), right.sum(axis=1)
            nets.update(nets.gradients(values, masks, (gradient / rows.shape[-1]).astype(np.float32)), factor)
        epoch += 1
        yield sums / setup.n_train


def held_out(setup: Setup) -> tuple[slice, slice]:
    """The rows for validation and for the test, after those for training."""
    ends = np.cumsum([setup.n_train, setup.n_val, setup.n_test])
    return slice(ends[0], ends[1]), slice(ends[1], ends[2])


def train(table: Table, setup: Setup, per_run: PerRun, generator: np.random.Generator) -> NDArray[np.float64]:
    """Trains one network per run.

    Returns:
        Shape (3 x stopped_at, 6, runs): `MEASURES` per epoch. Training values are means over the steps of the epoch,
        with changing weights and dropout, as Keras logs them; validation and test values are from the end of the epoch.
        Values of a diverged run can be NaN or infinite; accuracies of a regression are NaN.
    """
    targets = noisy_targets(table, per_run.noise, generator)
    nets = Networks(layers(table, setup.hidden), setup, per_run, generator)
    history = np.full((3 * setup.stopped_at, len(MEASURES), len(per_run.rate)), np.nan)

    def order() -> Array:
        return generator.permutation(setup.n_train)

    trained = epochs_of(nets, table.inputs, targets, order, regression=table.regression)
    for logged, means in zip(history, trained, strict=False):
        logged[:2] = means
        for i, part in enumerate(held_out(setup), start=1):
            loss, right, _ = loss_of(
                nets.forward(table.inputs[part], training=False)[0], targets[:, part], table.regression
            )
            logged[2 * i : 2 * i + 2] = loss.mean(axis=1, dtype=np.float64), right.mean(axis=1)
    return history
