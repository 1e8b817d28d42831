"""How far predicted probabilities are from the truth, and the temperature that would bring them closer."""

from collections.abc import Callable
from typing import Final

import numpy as np

from reportgen.evaluation.bootstrap import DRAWS, generator, rounded, rounded_all
from reportgen.history.evaluation import Calibration

BINS: Final = 15  # of equal width, as in Guo et al. 2017 (arXiv 1706.04599)
_LEVEL: Final = 0.95
_LEAST: Final = 1e-7  # probability, so that the logarithm is finite; Keras clips at the same
_FITTED: Final = 300_000  # probabilities that a temperature is fitted on; our choice: about a second
_RANGE: Final = (np.log(0.05), np.log(20.0))  # of the temperature; our choice
_STEPS: Final = 30  # of a golden section search: its range shrinks to a millionth
_GOLDEN: Final = (5**0.5 - 1) / 2
MIN_ROWS: Final = 20  # to fit a temperature; our choice


def calibrate(true: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """Compares probabilities with the truth.

    For two classes the probability of the second one is compared with how often it is true; for more, the highest
    probability of each row is compared with how often that class is right.

    Args:
        true: Shape (n,), positions of the true classes.
        probabilities: Shape (n, k).
    """
    if probabilities.shape[1] == 2:
        confidence, right = probabilities[:, 1].astype(np.float64), true == 1
    else:
        confidence, right = probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == true
    places = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(places, minlength=BINS)
    filled = rows > 0
    rows = rows[filled]
    means = np.bincount(places, confidence, BINS)[filled] / rows
    shares = np.bincount(places, right, BINS)[filled] / rows
    error = calibration_error(rows, means, shares)
    drawn = generator().binomial(rows, means.clip(0, 1), (DRAWS, len(rows))) / rows
    by_chance = float(np.quantile(calibration_error(rows, means, drawn), _LEVEL))
    return Calibration(
        rounded(float(error)),
        rounded(by_chance),
        rounded_all(means),
        rounded_all(shares),
        tuple(rows.tolist()),
        *_temperature(true, probabilities),
    )


def calibration_error(rows: np.ndarray, means: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The expected calibration error: the mean distance between probability and share, weighted by rows."""
    return np.asarray((np.abs(shares - means) * rows).sum(axis=-1) / rows.sum())


def row_losses(true: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The log loss of each row, shape (n,)."""
    return np.asarray(-np.log(probabilities[np.arange(len(true)), true].astype(np.float64).clip(_LEAST, 1)))


def _temperature(true: np.ndarray, probabilities: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """The temperature fitted on all rows; the log loss without and with one, each on the half it was not fitted on."""
    n_rows, n_classes = probabilities.shape
    order = generator().permutation(n_rows)[: max(MIN_ROWS, _FITTED // n_classes)]
    if n_rows < MIN_ROWS or (probabilities[order].max(axis=1) >= 1).all():
        return None, None, None
    true, logits = true[order], np.log(probabilities[order].astype(np.float64).clip(_LEAST, 1))
    half = len(order) // 2
    parts = (slice(None, half), slice(half, None))
    held = []
    for fitted, kept in (parts, parts[::-1]):
        temperature = _fitted(true[fitted], logits[fitted])
        held.append(_loss(true[kept], logits[kept], temperature) * len(true[kept]))
    before = _loss(true, logits, 1.0)
    return rounded(_fitted(true, logits)), rounded(before), rounded(sum(held) / len(order))


def _loss(true: np.ndarray, logits: np.ndarray, temperature: float) -> float:
    """Mean log loss with logits divided by a temperature."""
    scaled = logits / temperature
    highest = scaled.max(axis=1)
    sums = np.log(np.exp(scaled - highest[:, None]).sum(axis=1)) + highest
    return float((sums - scaled[np.arange(len(true)), true]).mean())


def _fitted(true: np.ndarray, logits: np.ndarray) -> float:
    """The temperature with the lowest log loss, which has a single minimum in 1 / temperature."""
    return float(np.exp(_lowest(lambda power: _loss(true, logits, float(np.exp(power))), *_RANGE)))


def _lowest(compute: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with a single minimum is lowest, by golden section."""
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_inner, at_outer = compute(inner), compute(outer)
    for _ in range(_STEPS):
        if at_inner <= at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - _GOLDEN * (high - low)
            at_inner = compute(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + _GOLDEN * (high - low)
            at_outer = compute(outer)
    return (low + high) / 2
