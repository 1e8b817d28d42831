"""The parts of a judgement: answers, findings, the forecast.

Numbers are in the metric's own unit unless the name says ``_ratio`` (a fraction of 1). None means "unknown" or "does
not apply"; no number is NaN.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from reportgen.diagnosis.evidence import Evidence, Number

AdviceCode = Literal[
    "use-it",  # the weights as they are; `epoch` if early stopping restored it
    "use-epoch",  # its weights, or stop there
    "train-on",  # for `epochs` more
    "stop-early",  # during that, with a patience
    "longer-schedule",  # train again: the learning rate has ended
    "lower-learning-rate",
    "raise-learning-rate",
    "clip-gradients",
    "batch-size",
    "regularise",
    "more-data",
    "smaller-model",
    "larger-model",
    "change-model",  # or the data, or the learning rate: which one is unknown
    "check-data",
    "check-validation",  # whether it is prepared like the training data
    "check-training",  # whether the optimizer changes the weights at all
    "balance-classes",
    "try-few-rows",
    "repeat-run",
    "larger-validation-set",
    "log-validation",
    "log-loss",
    "choose-monitor",
    "complete-log",
]
AnswerWord = Literal["yes", "no", "unsure", "not-assessed"]
CheckState = Literal["found", "passed", "not-applicable", "ignored"]
Severity = Literal["good", "note", "warning", "critical"]
Question = Literal["learning", "overfitting", "converged", "more_training_helps", "diverged"]
VerdictCode = Literal[
    "diverged",
    "frozen",
    "not-learning",
    "not-generalising",
    "unstable",
    "overfitting",
    "large-gap",
    "still-improving",
    "finished",
    "unclear",
    "not-judged",
]

QUESTIONS: Final[tuple[Question, ...]] = ("learning", "overfitting", "converged", "more_training_helps", "diverged")
NO_EVIDENCE: Final = Evidence()


@dataclass(frozen=True)
class Answer:
    """The answer to one of the five questions.

    Attributes:
        answer: ``unsure`` if the probability is between the thresholds, ``not-assessed`` if the data gives no answer.
        probability: That the true answer is "yes", 0 to 1; None if not assessed.
        epoch: The epoch (1-based) from which the model overfits, or in which it converged or diverged; None if it did
            not, and for other questions.
        expected_gain: How far the forecast ends below the best value so far, as a fraction of it; None if unknown, and
            for other questions.
        evidence: The numbers behind the answer.
        reason: Code for why it was not assessed; None otherwise.
    """

    answer: AnswerWord
    probability: float | None = None
    epoch: int | None = None
    expected_gain: float | None = None
    evidence: Evidence = NO_EVIDENCE
    reason: str | None = None


@dataclass(frozen=True)
class OwnWords:
    """The words and numbers of a finding of another package's rule.

    Attributes:
        title: A few words.
        text: A sentence or two.
        numbers: The numbers behind it, by name.
    """

    title: str
    text: str
    numbers: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True)
class Finding:
    """One observation about a run.

    Attributes:
        code: What was found.
        severity: How serious it is.
        metric: Base name of the metric it is about; None for the run as a whole.
        epochs: First and last epoch that it covers, 1-based, inclusive; None for the run as a whole.
        evidence: The numbers behind it.
        rule: The code of its rule, such as ``RG203``; docs/findings.md explains each. `find_all` sets it.
        words: Its words, if the rule is one of another package; None for built-in rules.
    """

    code: str
    severity: Severity
    metric: str | None = None
    epochs: tuple[int, int] | None = None
    evidence: Evidence = NO_EVIDENCE
    rule: str = ""
    words: OwnWords | None = None


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one rule.

    Attributes:
        rule: Its code, such as ``RG203``.
        code: Its name, which is the code of its findings.
        state: ``found`` if the run has such a finding, ``passed`` if it has none, ``not-applicable`` if it lacks what
            the rule needs, ``ignored`` if the caller ignores it.
        reason: Code of what the run lacks; None in the other states.
        needed: How many values the rule needs, if there are too few; otherwise None.
    """

    rule: str
    code: str
    state: CheckState
    reason: str | None = None
    needed: int | None = None


@dataclass(frozen=True)
class Advice:
    """One thing to do, in numbers. Parameters that a code does not need are None.

    Attributes:
        code: What to do.
        epoch: Whose weights to use, or where to stop, 1-based.
        epochs: How many more epochs to train; in the run's own unit.
        factor: What to multiply the learning rate by.
        rate: The learning rate so far, which ``factor`` refers to; None if it was not logged.
        patience: Evaluations for early stopping to wait.
        kept_epoch: The epoch that early stopping with this patience would have kept.
        stopped_epoch: The epoch after which it would have stopped; None if it would not have.
        curve: A curve to judge by, named as Keras logs it.
    """

    code: AdviceCode
    epoch: int | None = None
    epochs: int | None = None
    factor: float | None = None
    rate: float | None = None
    patience: int | None = None
    kept_epoch: int | None = None
    stopped_epoch: int | None = None
    curve: str | None = None


@dataclass(frozen=True)
class Forecast:
    """How a curve would continue with more training.

    Attributes:
        epochs_ahead: How many epochs ahead.
        epochs: Shape (m,), float, beginning with the epoch of the last value.
        low: Shape (m,), in the unit of the given curve (lower is better). One run in ten ends lower.
        mid: Shape (m,), half of the runs end below it. It begins at the end of the smoothed curve.
        high: Shape (m,), nine runs in ten end below it. About two in three real logs end between low and high.
        expected_gain: How far ``mid`` ends below the lowest value so far, as a fraction of that value; at least 0.
        gain_low: The same of ``high``.
        gain_high: The same of ``low``.
    """

    epochs_ahead: int
    epochs: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    mid: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    expected_gain: float
    gain_low: float
    gain_high: float
