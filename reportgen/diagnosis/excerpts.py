"""Recognises a log that shows only a part of its run: it begins late, lacks most of the epochs, or ends very early."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.diagnosis.smoothing import median
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import STILL_RUNNING

_LATE_STEPS: Final = 5.0  # first step over the usual distance of steps; our choice: the first ones are often irregular
_BEGINNING: Final = 0.1  # of the planned epochs; our choice: a run that ended by itself is rarely that short
_MISSING: Final = 0.5  # of the span between first and last epoch, in a single gap


@dataclass(frozen=True)
class Excerpt:
    """The part of a run that its log shows.

    Attributes:
        first: The first epoch shown, 1-based.
        last: The last epoch shown.
        count: How many epochs are shown.
        planned: The last planned epoch; None if unknown.
        has_gap: Whether epochs between the first and the last are missing, rather than those before the first.
    """

    first: int
    last: int
    count: int
    planned: int | None
    has_gap: bool

    @property
    def is_beginning(self) -> bool:
        """Whether it shows the first epochs without a gap; only what comes later is unknown then."""
        return self.first == 1 and not self.has_gap


def find_excerpt(history: TrainingHistory) -> Excerpt | None:
    """The part of the run that a history shows; None if it begins with the first epoch and is complete until its end.

    A log of a small part of the planned epochs is an excerpt if it does not say that the run ended or still runs.

    The first epoch may be late because values are only logged every few epochs. A resumed run is not an excerpt: its
    earlier part is another log.
    """
    epochs, run = history.epochs, history.run
    if run.resumed_at:
        return None
    first, last, planned = int(epochs[0]), int(epochs[-1]), run.epochs_planned
    if planned is not None and planned < last:
        planned = None
    if len(epochs) == 1:
        late = history.axis == "epoch" and first > 1 and planned is not None
        return Excerpt(first, last, 1, planned, has_gap=False) if late else None
    gaps = np.diff(epochs)
    running = any(note.code == STILL_RUNNING for note in run.notes)
    is_open = history.axis == "epoch" and run.status == "unknown" and not running
    begins = is_open and planned is not None and last < _BEGINNING * planned
    usual = median(gaps)
    late = first > usual if history.axis == "epoch" else first > _LATE_STEPS * usual
    others = np.delete(gaps, int(np.argmax(gaps)))
    broken = history.axis == "epoch" and gaps.max() > max(_MISSING * (last - first), 2 * usual)
    has_gap = bool(broken and len(others) > 1 and (others == usual).all())
    return Excerpt(first, last, len(epochs), planned, has_gap) if late or has_gap or begins else None
