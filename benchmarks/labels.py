"""The truth about a run, from data that its user did not see: the loss on independent test rows, and later epochs.

The validation loss is only checked for non-finite values, because it is what the diagnosis judges.

Compared with the 992 given labels of the development runs: `overfitting`, `more_training_helps` and the best epoch
agree on all of them, and the two fractions to within 0.001.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

OverfittingLabel = Literal["yes", "no", "between", "unstable", "diverged"]
MoreLabel = Literal["yes", "no", "between", "diverged"]

EXCESS_YES: Final = 0.10  # rise of the test loss above its minimum, as a fraction: above this the run overfits
EXCESS_NO: Final = 0.02  # up to this it does not
GAIN_YES: Final = 0.05  # later fall below the minimum so far, as a fraction: above this more training helped
GAIN_NO: Final = 0.01  # up to this it did not
ONSET: Final = 0.05  # of the test loss; 5 % as in Prechelt's generalisation loss


@dataclass(frozen=True)
class RunLabels:
    """The truth about one run.

    Attributes:
        overfitting: ``yes`` = at the stop the test loss was over 10 % above its minimum so far, while the training loss
            kept falling; ``unstable`` = the same rise, while the training loss did not; ``no`` = at most 2 % above;
            ``between`` = not scored; ``diverged`` = a loss became NaN or infinite before the stop.
        more_training_helps: ``yes`` = the test loss later fell by over 5 % below its minimum so far; ``no`` = at most
            1 %; ``between`` = not scored; ``diverged`` as above.
        true_best_epoch: Epoch (1-based) of the lowest test loss, a median over three epochs; None if diverged.
        true_onset_epoch: First epoch after it from which the test loss stays over 5 % above that minimum up to the
            stop; None if it does not.
        test_excess_at_end: Median of the last three test losses divided by the minimum, minus 1; None if diverged.
        test_gain_if_continued: Further fall of the test loss after the stop, as a fraction of the minimum before;
            negative if it only rose. None if diverged.
        nonfinite_from: First epoch with a loss or validation loss that is NaN or infinite, up to the stop; else None.
    """

    overfitting: OverfittingLabel
    more_training_helps: MoreLabel
    true_best_epoch: int | None = None
    true_onset_epoch: int | None = None
    test_excess_at_end: float | None = None
    test_gain_if_continued: float | None = None
    nonfinite_from: int | None = None


def labels_path(curves: Path) -> Path:
    """Path of the labels for a file of curves: ``runs_labels.csv`` next to ``runs.csv.gz``."""
    return curves.with_name(curves.name.removesuffix(".gz").removesuffix(".csv") + "_labels.csv")


def median_of_three(values: Array) -> Array:
    """Centred median over three epochs; over two at both ends.

    Args:
        values: Shape (n,). NaN is ignored; infinities are not.

    Returns:
        Shape (n,); NaN where all three are NaN.
    """
    padded = np.concatenate([[np.nan], values, [np.nan]])
    windows = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    result = np.full(len(values), np.nan)
    some = ~np.isnan(windows).all(axis=0)
    with np.errstate(invalid="ignore"):
        result[some] = np.nanmedian(windows[:, some], axis=0)
    return result


def label_overfitting(excess: float, train_kept_falling: bool) -> OverfittingLabel:
    """The label for a rise of the test loss; see `RunLabels`."""
    if excess > EXCESS_YES:
        return "yes" if train_kept_falling else "unstable"
    return "no" if excess <= EXCESS_NO else "between"


def label_more_training(gain: float) -> MoreLabel:
    """The label for a further fall of the test loss; see `RunLabels`."""
    return "yes" if gain > GAIN_YES else "no" if gain <= GAIN_NO else "between"


def label_run(loss: Array, val_loss: Array, test_loss: Array, stopped_at: int) -> RunLabels:
    """Labels one run.

    Args:
        loss: Training loss per epoch, shape (n,), up to three times the stop.
        val_loss: Validation loss, likewise; only checked for NaN and infinities.
        test_loss: Loss on independent rows, likewise.
        stopped_at: Epochs the user saw, at least 1.

    Returns:
        The labels; all "between" if the test loss has no finite value before the stop.
    """
    seen = np.isfinite(loss[:stopped_at]) & np.isfinite(val_loss[:stopped_at])
    if not seen.all():
        return RunLabels("diverged", "diverged", nonfinite_from=int(np.argmin(seen)) + 1)
    smooth = median_of_three(test_loss.astype(np.float64))
    before = smooth[:stopped_at]
    if not np.isfinite(before).any():
        return RunLabels("between", "between")
    best = int(np.nanargmin(before))
    low = float(before[best])
    last = slice(max(0, stopped_at - 3), stopped_at)
    excess = float(np.median(test_loss[last])) / low - 1
    falling = bool(np.median(loss[last]) <= median_of_three(loss.astype(np.float64))[best])
    later = smooth[stopped_at:]
    later = later[np.isfinite(later)]
    gain = 1 - float(later.min()) / low if len(later) else 0.0
    return RunLabels(
        overfitting="between" if math.isnan(excess) else label_overfitting(excess, falling),
        more_training_helps=label_more_training(gain),
        true_best_epoch=best + 1,
        true_onset_epoch=onset_epoch(before),
        test_excess_at_end=excess,
        test_gain_if_continued=gain,
    )


def onset_epoch(smooth: Array) -> int | None:
    """First epoch after the lowest value from which the curve stays more than 5 % above it.

    Args:
        smooth: Positive values, shape (n,), lower is better.

    Returns:
        A 1-based epoch; None if the end of the curve is not above.
    """
    best = int(np.nanargmin(smooth))
    above = ~(smooth[best:] <= (1 + ONSET) * smooth[best])
    if not above[-1]:
        return None
    return best + len(above) - int(np.argmin(above[::-1])) + 1
