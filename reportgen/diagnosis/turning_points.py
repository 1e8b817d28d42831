"""Finds the best epoch and the epoch from which a run overfits.

Positions are 1-based positions in the given arrays, which have NaN where nothing was measured.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from reportgen.diagnosis.features import epoch_candidates
from reportgen.diagnosis.smoothing import (
    MAX_POINTS,
    Array,
    as_curve,
    local_linear,
    log_losses,
    noise_level,
    running_mean,
    thin,
)
from reportgen.diagnosis.trees import TreeModel

_WITHIN_NOISE: Final = 2.0  # how far the best epoch may be above the lowest value, in standard deviations of the noise


def choose_best(train_loss: ArrayLike, val_loss: ArrayLike, val_acc: ArrayLike | None, model: TreeModel) -> int | None:
    """The epoch with the best weights.

    Args:
        train_loss: Shape (n,), NaN = not measured.
        val_loss: Shape (n,), NaN = not measured.
        val_acc: Shape (n,) or None.
        model: The fitted model "best_epoch"; it scores the twenty lowest epochs.

    Returns:
        1-based epoch; None if no epoch has a validation loss.
    """
    n = max(np.size(train_loss), np.size(val_loss))
    train, val = as_curve(train_loss, n), as_curve(val_loss, n)
    acc = as_curve(val_acc, n) if val_acc is not None else None
    keep = np.isfinite(val)
    if not keep.any():
        return None
    where = np.flatnonzero(keep)
    val, train = val[keep], train[keep]
    known = np.isfinite(train)
    train = np.interp(where, where[known], train[known]) if known.any() else val
    acc = None if acc is None or not np.isfinite(acc[keep]).all() else acc[keep]
    if val.size > MAX_POINTS:
        size = -(-val.size // MAX_POINTS)
        block = _best_of(thin(train), thin(val), None if acc is None else thin(acc), model) * size
        return int(where[block + int(np.argmin(val[block : block + size]))]) + 1
    return int(where[_best_of(train, val, acc, model)]) + 1


def _best_of(train: Array, val: Array, acc: Array | None, model: TreeModel) -> int:
    c = epoch_candidates(train, val, acc)
    near = np.argsort(np.minimum(c["raw"], c["smooth"]), kind="stable")[:20]
    noise = noise_level(log_losses(train, val)[1]) if val.size > 3 else 0.0
    near = near[c["raw"][near] <= _WITHIN_NOISE * noise]
    if not len(near):
        return int(np.argmin(c["raw"]))
    rows = np.column_stack([c[name][near] for name in model.features])
    return int(near[int(np.argmax(model.log_odds(rows)))])


def onset_epoch(val_loss: ArrayLike) -> int | None:
    """The turning point of the smoothed validation loss: the last epoch before it rises.

    Args:
        val_loss: Shape (n,), NaN = not measured.

    Returns:
        1-based epoch; None for fewer than 3 values, or if the smoothed curve ends at its minimum.
    """
    values = np.asarray(val_loss, dtype=np.float64).ravel()
    finite = np.isfinite(values)
    a, epochs = thin(values[finite]), thin((np.flatnonzero(finite) + 1).astype(np.float64))
    if a.size < 3:
        return None
    _, y = log_losses(a, a)
    smooth = local_linear(y, epochs) if y.size >= 4 else running_mean(y, 3)
    mixed = 0.5 * y + 0.25 * smooth + 0.25 * running_mean(y, 3)
    best = int(np.argmin(mixed))
    return int(epochs[best]) if best < y.size - 1 else None
