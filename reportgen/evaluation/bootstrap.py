"""95% intervals by the bootstrap: the same score on rows drawn again with replacement.

Every draw is vectorised, and the work is bounded. Scores that depend only on which class was predicted for which are
drawn exactly for any number of rows. For others, at most `MAX_DRAWN` rows are drawn from, and the deviations are scaled
by the square root of the ratio of the numbers of rows (m out of n bootstrap).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.history.evaluation import Score

DRAWS: Final = 1_000  # of rows; our choice: the ends of an interval then vary by about a twentieth of its width
FEW_DRAWS: Final = 300  # for scores that need a sorted list per class
MAX_DRAWN: Final = 10_000  # rows drawn from; our choice
LEAST_DRAWN: Final = 1_000
WORK: Final = 15_000_000  # numbers computed per kind of score; our choice: about a second
_CHUNK: Final = 4_000_000  # numbers in memory at a time
_TAILS: Final = (0.025, 0.975)
_SEED: Final = 20_240  # so that the same predictions always give the same numbers


def generator() -> np.random.Generator:
    """The source of all random numbers of an evaluation."""
    return np.random.default_rng(_SEED)


@dataclass(frozen=True, eq=False)
class RowDraws:
    """How often each of some rows is drawn.

    Attributes:
        rows: Shape (m,), the indices of the rows that are drawn from, ascending.
        share: m of n, as a fraction.
        draws: How many draws there are.
    """

    rows: np.ndarray
    share: float
    draws: int

    @classmethod
    def plan(cls, n_rows: int, per_row: int = 1, draws: int = DRAWS) -> "RowDraws":
        """Chooses rows so that the work stays bounded, given how many numbers a draw computes for each row."""
        limit = min(MAX_DRAWN, max(LEAST_DRAWN, WORK // (draws * per_row)))
        if n_rows <= limit:
            return cls(np.arange(n_rows), 1.0, draws)
        rows = np.sort(generator().choice(n_rows, limit, replace=False))
        return cls(rows, limit / n_rows, draws)

    def weights(self) -> Iterator[np.ndarray]:
        """Yields arrays of shape (some draws, m), float64: how often each row is drawn."""
        random, m = generator(), len(self.rows)
        step = max(1, _CHUNK // m)
        for first in range(0, self.draws, step):
            n = min(step, self.draws - first)
            drawn = random.integers(0, m, (n, m)) + np.arange(n)[:, None] * m
            yield np.bincount(drawn.ravel(), minlength=n * m).reshape(n, m).astype(np.float64)

    def scores(self, compute: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What a function computes from the weights of each draw: shape (draws, ...)."""
        return np.concatenate([compute(weights) for weights in self.weights()])


def scored(
    name: str,
    value: float,
    drawn: np.ndarray,
    *,
    share: float = 1.0,
    centred: bool = False,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Score:
    """A score with its interval.

    Args:
        name: Its name.
        value: The score of all rows.
        drawn: The score in each draw; NaN where it is undefined.
        share: The share of the rows that was drawn from.
        centred: Whether to move the draws so that their mean is the value, for scores that are higher in every draw.
        limits: The lowest and highest possible value.
    """
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < 2 or np.ptp(drawn) == 0:
        return Score(name, rounded(value))
    low, high = np.quantile(drawn, _TAILS).tolist()
    if centred or share < 1:
        middle, scale = float(drawn.mean()), math.sqrt(share)
        low, high = value + scale * (low - middle), value + scale * (high - middle)
    low, high = max(limits[0], min(low, value)), min(limits[1], max(high, value))
    return Score(name, rounded(value), rounded(low), rounded(high))


def rounded_all(values: np.ndarray) -> tuple[float, ...]:
    """Numbers with six significant digits."""
    return tuple(map(rounded, values.tolist()))


def rounded(value: float) -> float:
    """Six significant digits: further ones are noise, and differ between machines."""
    return float(f"{value:.6g}")


def drawn_cells(counts: np.ndarray) -> Iterator[np.ndarray]:
    """Yields arrays of shape (some draws, n_cells): the counts of cells when all rows are drawn again."""
    random, total = generator(), int(counts.sum())
    step = max(1, _CHUNK // len(counts))
    for first in range(0, DRAWS, step):
        yield random.multinomial(total, counts / total, min(step, DRAWS - first))


def ranking_scores(scores: np.ndarray, positive: np.ndarray, draws: RowDraws) -> np.ndarray:
    """Area under the ROC curve and average precision of each draw: shape (draws, 2); NaN without both classes.

    Args:
        scores: Shape (m,), the scores of the rows that are drawn from.
        positive: Shape (m,), bool.
        draws: The draws.
    """
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))  # of rows with equal scores
    signs = positive[order].astype(np.float64)

    def compute(weights: np.ndarray) -> np.ndarray:
        ranked = weights[:, order]
        hits = np.add.reduceat(ranked * signs, starts, axis=1)
        all_rows = np.add.reduceat(ranked, starts, axis=1)
        true_positives, predicted = hits.cumsum(axis=1), all_rows.cumsum(axis=1)
        misses = all_rows - hits
        n_positive, n_negative = true_positives[:, -1], predicted[:, -1] - true_positives[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            area = (misses * (true_positives - hits / 2)).sum(axis=1) / (n_positive * n_negative)
            precision = np.where(predicted > 0, true_positives / predicted, 0.0)
            average = (hits * precision).sum(axis=1) / n_positive
        return np.column_stack([area, average])

    return draws.scores(compute)
