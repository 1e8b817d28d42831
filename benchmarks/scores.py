"""Measures of agreement between answers and the truth.

The functions take arrays of shape (n,) and return one number, NaN if there are no cases.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Array = NDArray[np.float64]

BINS: Final = 10  # equal bins for the calibration error


def f1(said: Bools, true: Bools) -> float:
    """F1 of the class "yes": 2 TP / (predicted yes + true yes); NaN if neither occurs."""
    whole = int(said.sum()) + int(true.sum())
    return 2 * int((said & true).sum()) / whole if whole else float("nan")


def macro_f1(said: Bools, true: Bools) -> float:
    """Mean of the F1 of "yes" and of "no"."""
    return (f1(said, true) + f1(~said, ~true)) / 2


def balanced_accuracy(said: Bools, true: Bools) -> float:
    """Mean of the recall of yes and of no; NaN if one of them does not occur."""
    if true.all() or not true.any():
        return float("nan")
    return float((said[true].mean() + (~said[~true]).mean()) / 2)


def share(flags: Bools) -> float:
    """Share of true flags; NaN if there are none."""
    return float(flags.mean()) if len(flags) else float("nan")


def brier(probability: Array, true: Bools) -> float:
    """Mean squared difference between probability and truth; NaN if there are no cases."""
    return float(np.mean((probability - true) ** 2)) if len(true) else float("nan")


def calibration_error(probability: Array, true: Bools) -> float:
    """Expected calibration error: mean distance between probability and share of yes in ten bins, weighted by cases.

    Args:
        probability: Probability of "yes", 0 to 1, shape (n,).
        true: Shape (n,).

    Returns:
        0 to 1; NaN if there are no cases.
    """
    if not len(true):
        return float("nan")
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    off = np.bincount(bins, weights=probability - true, minlength=BINS)
    return float(np.abs(off).sum() / len(true))


def exact_error(probability: Array, draws: int = 200) -> float:
    """The mean `calibration_error` if the probabilities were exact: what so few cases show by chance alone.

    Args:
        probability: Probability of "yes", shape (n,).
        draws: Number of simulated truths; the same arguments give the same result.
    """
    if not len(probability):
        return float("nan")
    generator = np.random.default_rng(0)
    return float(
        np.mean(
            [calibration_error(probability, generator.random(len(probability)) < probability) for _ in range(draws)]
        )
    )
