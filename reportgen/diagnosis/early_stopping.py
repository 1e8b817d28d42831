"""What Keras' EarlyStopping would have done to a run.

In: a judged curve. Out: the patience that would have kept its best weights, and where it would have stopped. Nothing
here knows a word.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.diagnosis.curves import Curve

LEAST_PATIENCE: Final = 3  # advised; with less a single unlucky epoch ends a training


@dataclass(frozen=True)
class EarlyStop:
    """One setting of ``EarlyStopping(restore_best_weights=True)`` and its effect on the run.

    Attributes:
        patience: Epochs without improvement that it waits.
        kept_epoch: Epoch (1-based) whose weights it would have kept.
        stopped_epoch: Epoch (1-based) after which it would have stopped; None where it would not have.
    """

    patience: int
    kept_epoch: int
    stopped_epoch: int | None


def advise_early_stop(curve: Curve, best: int) -> EarlyStop:
    """The smallest patience that would have kept the best epoch, or the first lower value after it.

    EarlyStopping knows only the lowest logged value so far. Where the best epoch is none of those (noise made a worse
    one lower), the last such epoch before it is aimed at.

    Args:
        curve: The judged curve.
        best: The best epoch, 1-based.

    Returns:
        What `simulate` says of that patience, which is at least 3.
    """
    records = _records(curve.errors)
    aim = int(np.searchsorted(records, curve.position(best), side="right")) - 1
    waits = np.diff(records)
    longest = int(waits[:aim].max(initial=0))
    return simulate(curve, max(LEAST_PATIENCE, longest))


def simulate(curve: Curve, patience: int) -> EarlyStop:
    """What EarlyStopping with this patience would have done; epochs without a value do not count as waiting."""
    records = _records(curve.errors)
    waits = np.append(np.diff(records), len(curve.errors) - records[-1])
    too_long = waits > patience
    kept = int(records[int(np.argmax(too_long))]) if too_long.any() else int(records[-1])
    stopped = int(curve.epochs[kept + patience]) if too_long.any() else None
    return EarlyStop(patience, int(curve.epochs[kept]), stopped)


def _records(errors: np.ndarray) -> np.ndarray:
    """Positions at which the error was lower than ever before; the first always is."""
    lower = errors[1:] < np.minimum.accumulate(errors)[:-1]
    return np.flatnonzero(np.concatenate([[True], lower]))
