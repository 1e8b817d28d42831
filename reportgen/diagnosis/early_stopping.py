"""What Keras' EarlyStopping would have done in a run: which weights it would keep, and where it would stop."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.diagnosis.curves import Curve, spacing

LEAST_PATIENCE: Final = 3  # evaluations; with less, a single bad value would end a run


@dataclass(frozen=True)
class EarlyStop:
    """One setting of ``EarlyStopping(restore_best_weights=True)`` and its effect on the run.

    Attributes:
        patience: Number of evaluations without improvement to wait; one per epoch if every epoch is validated.
        kept_epoch: Epoch (1-based) whose weights it would have kept.
        stopped_epoch: Epoch (1-based) after which it would have stopped; None if it would not have.
    """

    patience: int
    kept_epoch: int
    stopped_epoch: int | None


def advise_early_stop(curve: Curve, best: int) -> EarlyStop:
    """The smallest patience (at least 3) that would have kept the best epoch or the first lower value after it.

    EarlyStopping only knows the lowest logged value so far. If noise made a worse epoch lower than the best one, the
    patience is for the last lowest value before it.

    Args:
        curve: The judged curve.
        best: The best epoch, 1-based.
    """
    records = _records(curve.errors)
    aim = int(np.searchsorted(records, curve.position(best), side="right")) - 1
    waits = np.diff(records)
    longest = int(waits[:aim].max(initial=0))
    return simulate(curve, max(LEAST_PATIENCE, longest))


def simulate(curve: Curve, patience: int) -> EarlyStop:
    """What EarlyStopping with this patience would have done; epochs without a value do not count."""
    records = _records(curve.errors)
    waits = np.append(np.diff(records), len(curve.errors) - records[-1])
    too_long = waits > patience
    kept = int(records[int(np.argmax(too_long))]) if too_long.any() else int(records[-1])
    stopped = int(curve.epochs[kept + patience]) if too_long.any() else None
    return EarlyStop(patience, int(curve.epochs[kept]), stopped)


def evaluations_ahead(curve: Curve, epochs_ahead: int) -> int:
    """How many evaluations fit into further training, given in epochs, or in steps if the run counts steps."""
    return round(epochs_ahead / spacing(curve.epochs))


def _records(errors: np.ndarray) -> np.ndarray:
    """Positions of errors lower than all earlier ones; the first position is always included."""
    lower = errors[1:] < np.minimum.accumulate(errors)[:-1]
    return np.flatnonzero(np.concatenate([[True], lower]))
