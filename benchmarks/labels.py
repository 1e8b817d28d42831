"""The truth about a run, from what its user never saw: the loss on independent test rows, and what came after the stop.

In: the loss and test loss of one run, per epoch, beyond the epoch at which the user stopped. Out: `RunLabels`.
Never looks at the validation loss, except to see whether it was finite: that is what is to be judged.

Checked against the 992 given labels of the development runs: `overfitting` and `more_training_helps` agree on all
of them, as do the best epoch, and the two fractions to within 0.001.
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

EXCESS_YES: Final = 0.10  # test loss over its own minimum, as a fraction, above which a run has turned away
EXCESS_NO: Final = 0.02  # up to which it has not
GAIN_YES: Final = 0.05  # later fall below the minimum so far, as a fraction, above which more training helped
GAIN_NO: Final = 0.01  # up to which it did not
ONSET: Final = 0.05  # the same 5 % as Prechelt's generalisation loss, on the test loss


@dataclass(frozen=True)
class RunLabels:
    """What is true of one run.

    Attributes:
        overfitting: ``yes`` = at the stop the test loss stood over 10 % above its minimum so far while the training
            loss had kept falling; ``unstable`` = the same rise without it; ``no`` = at most 2 % above; ``between`` =
            not scored; ``diverged`` = a loss became NaN or infinite before the stop.
        more_training_helps: ``yes`` = the test loss later fell by over 5 % below its minimum so far; ``no`` = at most
            1 %; ``between`` = not scored; ``diverged`` as above.
        true_best_epoch: Epoch (1-based) of the lowest test loss, a median over three epochs; None where diverged.
        true_onset_epoch: First epoch after it from which the test loss stays over 5 % above that minimum up to the
            stop; None where it does not.
        test_excess_at_end: Median of the last three test losses over the minimum, less 1; None where diverged.
        test_gain_if_continued: Further fall of the test loss after the stop, as a fraction of the minimum before;
            negative where it only rose. None where diverged.
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
    """Where the labels stand for curves in a file: ``runs.csv.gz`` has ``runs_labels.csv`` beside it."""
    return curves.with_name(curves.name.removesuffix(".gz").removesuffix(".csv") + "_labels.csv")


def median_of_three(values: Array) -> Array:
    """Centred median over three epochs; over two at both ends.

    Args:
        values: Shape (n,). NaN is left out of its medians; infinities stay.

    Returns:
        Shape (n,); NaN where all three are.
    """
    padded = np.concatenate([[np.nan], values, [np.nan]])
    windows = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    result = np.full(len(values), np.nan)
    some = ~np.isnan(windows).all(axis=0)
    with np.errstate(invalid="ignore"):
        result[some] = np.nanmedian(windows[:, some], axis=0)
    return result


def label_overfitting(excess: float, train_kept_falling: bool) -> OverfittingLabel:
    """The label that a rise of the test loss stands for; see `RunLabels`."""
    if excess > EXCESS_YES:
        return "yes" if train_kept_falling else "unstable"
    return "no" if excess <= EXCESS_NO else "between"


def label_more_training(gain: float) -> MoreLabel:
    """The label that a further fall of the test loss stands for; see `RunLabels`."""
    return "yes" if gain > GAIN_YES else "no" if gain <= GAIN_NO else "between"


def label_run(loss: Array, val_loss: Array, test_loss: Array, stopped_at: int) -> RunLabels:
    """Labels one run.

    Args:
        loss: Training loss, shape (n,), one per epoch, going on after the stop (to three times the stop).
        val_loss: Validation loss, likewise; only looked at for NaN and infinities.
        test_loss: Loss on independent rows, likewise.
        stopped_at: Epochs the user saw, at least 1.

    Returns:
        The labels. Where the test loss has no finite value before the stop, all is "between".
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
        An epoch, 1-based; None where the curve's end is not above.
    """
    best = int(np.nanargmin(smooth))
    above = ~(smooth[best:] <= (1 + ONSET) * smooth[best])
    if not above[-1]:
        return None
    return best + len(above) - int(np.argmin(above[::-1])) + 1
