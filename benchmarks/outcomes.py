"""What following an advice did to the test loss, and the rule for what is beyond noise.

All changes are differences of logarithms: -0.1 is a test loss lower by about a tenth.

The comparison is always with the run at its end, because its last weights are what its user has. Two kinds of noise:

- An advice to train again is followed with two seeds. Its change is the mean of both, compared with the run itself. The
  noise is that between seeds: the standard deviation of the test losses of the run and of `NOISE_SEEDS` runs with
  the same settings. Standard error of the change: this deviation times the square root of 1 + 1/2.
- An advice to use another epoch, or to train on, needs no other seed. The noise is that of the test rows: the standard
  error of the mean difference, row by row.

A change counts if it is larger than two standard errors and than `SMALLEST`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.retraining import SeenRun

NOISE_SEEDS: Final = 4
SEEDS: Final = 2  # of an advice, and of the control
SMALLEST: Final = 0.01  # as in `labels.GAIN_NO`
WORST: Final = 10.0  # times the loss of guessing: a loss that is larger, or not finite, counts as this
LOWEST: Final = 1e-6  # a test loss below counts as this
SAVED: Final = 0.2  # share of the epochs that must be saved if the loss is only kept


@dataclass(frozen=True)
class Outcome:
    """What following one advice did.

    Attributes:
        change: Of the logarithm of the test loss; negative is better.
        noise: The largest change that counts as none.
        saved: Share of the run's epochs that are not needed.
    """

    change: float
    noise: float
    saved: float = 0.0

    @property
    def improved(self) -> bool:
        """Whether the test loss fell beyond noise."""
        return self.change < -self.noise

    @property
    def worse(self) -> bool:
        """Whether it rose beyond noise."""
        return self.change > self.noise

    @property
    def helped(self) -> bool:
        """Whether it fell beyond noise, or was kept with clearly fewer epochs."""
        return self.improved or (not self.worse and self.saved >= SAVED)


def scored(loss: float, guess: float) -> float:
    """The logarithm of a test loss, between `LOWEST` and `WORST` times the loss of guessing."""
    most = WORST * guess
    return math.log(max(LOWEST, min(loss, most))) if math.isfinite(loss) else math.log(most)


def retrained_outcome(run: SeenRun, again: Sequence[float], same: Sequence[float]) -> Outcome:
    """The outcome of training again.

    Args:
        run: The run.
        again: Test losses of following the advice, one per seed.
        same: Test losses of the run's own settings with other seeds.
    """
    end = scored(float(run.test_loss[run.stopped_at - 1]), run.guess)
    spread = float(np.std([end, *(scored(loss, run.guess) for loss in same)], ddof=1))
    change = float(np.mean([scored(loss, run.guess) for loss in again])) - end
    return Outcome(change, max(SMALLEST, 2 * spread * math.sqrt(1 + 1 / len(again))))


def epoch_outcome(run: SeenRun, epoch: int) -> Outcome:
    """The outcome of using the weights of another epoch (1-based) of the same run."""
    end = scored(float(run.test_loss[run.stopped_at - 1]), run.guess)
    change = scored(float(run.test_loss[epoch - 1]), run.guess) - end
    saved = max(0.0, 1 - epoch / run.stopped_at)
    before, after = run.test_rows[run.stopped_at - 1], run.test_rows[epoch - 1]
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return Outcome(change, SMALLEST, saved)
    off = after.astype(np.float64) - before
    error = float(off.std(ddof=1)) / math.sqrt(len(off)) / max(math.exp(end), LOWEST)
    return Outcome(change, max(SMALLEST, 2 * error), saved)


@dataclass(frozen=True)
class Tally:
    """The outcomes of one advice on many runs.

    Attributes:
        given: How often it was given.
        tested: How often it could be followed.
        improved: Of these, how often the test loss fell beyond noise.
        kept: How often it was kept within noise, with at least `SAVED` fewer epochs.
        worse: How often it rose beyond noise.
        median_change: Median change of the test loss, as a fraction; NaN without any.
        saved: Mean share of epochs saved.
    """

    given: int
    tested: int
    improved: int
    kept: int
    worse: int
    median_change: float
    saved: float

    @property
    def helped(self) -> int:
        """How often it improved the loss, or kept it with fewer epochs."""
        return self.improved + self.kept


def tally(outcomes: Sequence[Outcome | None]) -> Tally:
    """Counts outcomes; None stands for an advice that could not be followed."""
    done = [outcome for outcome in outcomes if outcome is not None]
    improved = sum(outcome.improved for outcome in done)
    changes = [outcome.change for outcome in done]
    return Tally(
        given=len(outcomes),
        tested=len(done),
        improved=improved,
        kept=sum(outcome.helped for outcome in done) - improved,
        worse=sum(outcome.worse for outcome in done),
        median_change=math.expm1(float(np.median(changes))) if done else math.nan,
        saved=float(np.mean([outcome.saved for outcome in done])) if done else math.nan,
    )
