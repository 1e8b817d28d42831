"""What a diagnosis is made of: answers, findings, a verdict.

Plain frozen data. Numbers are in the metric's own unit unless the name says ``_ratio`` (a fraction of 1). None means
"not known" or "does not apply"; NaN never stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

AnswerWord = Literal["yes", "no", "unsure", "not-assessed"]
Severity = Literal["good", "note", "warning", "critical"]
Question = Literal["learning", "overfitting", "converged", "more_training_helps", "diverged"]
VerdictCode = Literal["diverged", "not-learning", "overfitting", "still-improving", "healthy", "unclear"]
Number = float | int | str | None

QUESTIONS: Final[tuple[Question, ...]] = ("learning", "overfitting", "converged", "more_training_helps", "diverged")


@dataclass(frozen=True)
class Answer:
    """The answer to one of the five questions.

    Attributes:
        answer: ``unsure`` where the probability is between the thresholds, ``not-assessed`` where nothing can be said.
        probability: That the true answer is "yes", 0 to 1; None where not assessed.
        details: The question's own results: ``since_epoch``, ``epoch`` or ``expected_gain``.
        evidence: The numbers the answer stands on.
        reason: Why it was not assessed, as a code that the wording knows; None otherwise.
    """

    answer: AnswerWord
    probability: float | None = None
    details: Mapping[str, Number] = field(default_factory=dict)
    evidence: Mapping[str, Number] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing worth telling about a run.

    Attributes:
        code: What was found; the wording is chosen by it.
        severity: How much it matters.
        metric: Base name of the metric it is about; None for the run as a whole.
        epochs: First and last epoch concerned, 1-based, inclusive; None for the run as a whole.
        evidence: The numbers it stands on.
    """

    code: str
    severity: Severity
    metric: str | None = None
    epochs: tuple[int, int] | None = None
    evidence: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True)
class Forecast:
    """How a curve would go on.

    Attributes:
        epochs_ahead: How many epochs are forecast.
        epochs: Shape (m,), float, from the last value's epoch on; the first point is where the band begins.
        low: Shape (m,), in the unit of the curve as it was given (lower is better). One run in ten ends below.
        mid: Shape (m,), half of the runs end below. It begins at the end of the smoothed curve.
        high: Shape (m,), nine runs in ten end below; of real logs about two in three end within both.
        expected_gain: How much the lowest value would fall further, as a fraction of the lowest so far: the median.
        gain_low: The gain that nine runs in ten reach, at least 0.
        gain_high: The gain that one run in ten reaches.
    """

    epochs_ahead: int
    epochs: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    mid: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    expected_gain: float
    gain_low: float
    gain_high: float
