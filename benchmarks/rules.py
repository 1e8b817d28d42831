"""Published simple rules for "does this run overfit?".

Each takes the training and validation loss of the epochs that a user saw. It follows its published definition; if that
leaves a number open, the docstring states our choice.

Prechelt = L. Prechelt, "Early Stopping - But When?", in Neural Networks: Tricks of the Trade, LNCS 1524, Springer,
1998, https://doi.org/10.1007/3-540-49430-8_3.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = Callable[[Array, Array], bool]

STRIP: Final = 5  # epochs; Prechelt's k, the value used throughout the paper
GL_LIMIT: Final = 5.0  # per cent; Prechelt's alpha of GL5
PQ_LIMIT: Final = 1.0  # Prechelt studies 0.5, 0.75, 1, 2 and 3; the middle one
UP_STRIPS: Final = 3  # Prechelt's s of UP3
PATIENCE: Final = 10  # epochs; a usual value in Keras' guides
DEBUGGER_RATIO: Final = 0.1  # SageMaker Debugger's default ratio_threshold
DEBUGGER_PATIENCE: Final = 1  # its default patience


def generalisation_loss(val_loss: Array) -> Array:
    """Prechelt's GL(t): how far validation is above its minimum so far, in per cent.

    Args:
        val_loss: Shape (n,), positive.

    Returns:
        Shape (n,), at least 0.
    """
    return 100 * (val_loss / np.minimum.accumulate(val_loss) - 1)


def training_progress(loss: Array, strip: int = STRIP) -> Array:
    """Prechelt's P_k(t): how far the mean training loss of a strip is above its minimum, in per mille.

    Args:
        loss: Shape (n,), positive.
        strip: Number of epochs in a strip, which ends with epoch t.

    Returns:
        Shape (n,), at least 0; NaN before the first full strip.
    """
    result = np.full(len(loss), np.nan)
    if len(loss) >= strip:
        strips = np.lib.stride_tricks.sliding_window_view(loss, strip)
        result[strip - 1 :] = 1000 * (strips.mean(axis=1) / strips.min(axis=1) - 1)
    return result


def rule_gl_at_end(loss: Array, val_loss: Array) -> bool:
    """GL5 at the end: the last epoch's generalisation loss is over 5 % (Prechelt, section 2.2, first class)."""
    return bool(generalisation_loss(val_loss)[-1] > GL_LIMIT)


def rule_gl_ever(loss: Array, val_loss: Array) -> bool:
    """GL5 ever: training would have been stopped by GL5 in some epoch (Prechelt, section 2.2, first class)."""
    return bool((generalisation_loss(val_loss) > GL_LIMIT).any())


def rule_pq(loss: Array, val_loss: Array) -> bool:
    """PQ1 ever: GL(t) / P_5(t) is over 1 at the end of some strip (Prechelt, section 2.2, second class).

    The quotient is computed after every fifth epoch, as in the paper; a strip without progress (P = 0) counts if GL is
    over 0.
    """
    ends = slice(STRIP - 1, None, STRIP)
    losses, progress = generalisation_loss(val_loss)[ends], training_progress(loss)[ends]
    return bool((losses > PQ_LIMIT * progress).any())


def rule_up(loss: Array, val_loss: Array) -> bool:
    """UP3 ever: validation was higher at the end of three strips in a row (Prechelt, section 2.2, third class).

    The end of each strip is compared with the end of the previous one, five epochs earlier.
    """
    rises = np.diff(val_loss[STRIP - 1 :: STRIP]) > 0
    run = 0
    for rise in rises:
        run = run + 1 if rise else 0
        if run >= UP_STRIPS:
            return True
    return False


def rule_early_stopping(loss: Array, val_loss: Array) -> bool:
    """EarlyStopping(patience=10) has fired: ten epochs in a row without a new lowest validation loss.

    Source: https://keras.io/api/callbacks/early_stopping/, monitor="val_loss", min_delta=0.
    """
    waited, lowest = 0, np.inf
    for value in val_loss:
        if value < lowest:
            waited, lowest = 0, value
        else:
            waited += 1
            if waited >= PATIENCE:
                return True
    return False


def rule_final_over_minimum(loss: Array, val_loss: Array) -> bool:
    """The last validation loss is over 1.1 times the lowest. Common practice; no single source."""
    return bool(val_loss[-1] > 1.1 * val_loss.min())


def ranks(values: Array) -> Array:
    """Ranks from 1, shape (n,); ties share their mean rank."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    means = np.cumsum(counts) - (counts - 1) / 2
    return np.asarray(means[group], dtype=np.float64)


def spearman(a: Array, b: Array) -> float:
    """Spearman's rank correlation of two curves of shape (n,); NaN if one of them is constant."""
    x, y = ranks(a) - (len(a) + 1) / 2, ranks(b) - (len(b) + 1) / 2
    size = np.sqrt((x * x).sum() * (y * y).sum())
    return float((x * y).sum() / size) if size > 0 else float("nan")


def rule_spearman(loss: Array, val_loss: Array) -> bool:
    """Training and validation loss are rank-correlated below 0.

    Source: the correlation method of Li et al., "Keeping Deep Learning Models in Check", 2024
    (github.com/asgaardlab/OverfitGuard). They fit the limit; we use 0.
    """
    return spearman(loss, val_loss) < 0


def rule_debugger_overfit(loss: Array, val_loss: Array) -> bool:
    """SageMaker Debugger's Overfit rule with its defaults.

    True when (validation - training) / training is over 0.1 for one step (here: epoch) or more in a row. Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html#overfit (ratio_threshold 0.1,
    patience 1, start_step 0).
    """
    over = (val_loss - loss) > DEBUGGER_RATIO * loss
    run = 0
    for is_over in over:
        run = run + 1 if is_over else 0
        if run >= DEBUGGER_PATIENCE:
            return True
    return False


RULES: Final[dict[str, Rule]] = {
    "GL5 at the end": rule_gl_at_end,
    "GL5 ever": rule_gl_ever,
    "PQ1 ever": rule_pq,
    "UP3 ever": rule_up,
    "EarlyStopping(patience 10) fired": rule_early_stopping,
    "final > 1.1 x minimum": rule_final_over_minimum,
    "Spearman(train, validation) < 0": rule_spearman,
    "SageMaker Debugger Overfit": rule_debugger_overfit,
}


def rule_best_is_late(loss: Array, val_loss: Array) -> bool:
    """More training helps: the lowest validation loss lies in the last tenth of the run. Our own baseline."""
    return bool(len(val_loss) - 1 - int(np.argmin(val_loss)) < max(1, round(0.1 * len(val_loss))))


def rule_fell_lately(loss: Array, val_loss: Array) -> bool:
    """More training helps: the lowest validation loss fell by over 5 % in the last third. Our own baseline."""
    before = max(1, round(len(val_loss) * 2 / 3))
    return bool(val_loss.min() < 0.95 * val_loss[:before].min())


MORE_RULES: Final[dict[str, Rule]] = {
    "best in the last tenth": rule_best_is_late,
    "fell over 5 % in the last third": rule_fell_lately,
}
