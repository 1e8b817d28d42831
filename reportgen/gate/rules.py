"""The rules of a gate, read from text such as ``val_accuracy>=0.75``; invalid text raises DiagnosisError."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reportgen.diagnosis.findings import Question
from reportgen.errors import DiagnosisError
from reportgen.text import listed, quoted

Operator = Literal[">=", ">", "<=", "<"]

DEFAULT_MIN_PROBABILITY: Final = 0.8  # the probability from which an answer is "yes", see `Thresholds`
# The answers that can fail a run. The wanted answer to "Did it learn?" is "yes", so the name of its rule has "not".
UNWANTED: Final[Mapping[str, tuple[Question, Literal["yes", "no"]]]] = {
    "diverged": ("diverged", "yes"),
    "not-learning": ("learning", "no"),
    "overfitting": ("overfitting", "yes"),
    "not-converged": ("converged", "no"),
    "more-training-helps": ("more_training_helps", "yes"),
}
# The finding about each of these answers, if there is one. If it is ignored, the gate does not fail on it.
FINDINGS: Final[Mapping[str, str]] = {
    "diverged": "diverged",
    "not-learning": "not-learning",
    "overfitting": "overfitting",
    "more-training-helps": "still-improving",
}
# Findings from an evaluation on test data that can fail a run.
UNWANTED_FINDINGS: Final = ("test-differs", "class-never-predicted", "no-better-than-majority", "poor-calibration")
TEST: Final = "test_"  # begins the name of a score after training
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_REQUIREMENT: Final = re.compile(
    rf"\s*(?:last\(\s*(?P<last>.+?)\s*\)|(?P<best>.+?))\s*(?P<operator>[<>]=?)\s*(?P<limit>{_NUMBER})\s*", re.DOTALL
)
_REGRESSION: Final = re.compile(rf"\s*(?:(?P<key>.*\S)\s*=)?\s*(?P<limit>{_NUMBER})\s*(?P<percent>%?)\s*", re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """A limit for the best or the last value of a curve."""

    key: str  # the curve, named as Keras logs it
    operator: Operator  # how the value must compare with the limit
    limit: float  # in the metric's own unit
    last: bool  # whether the last value is compared instead of the best one
    text: str


@dataclass(frozen=True)
class Regression:
    """How much worse the best value of a curve may be than the baseline's."""

    key: str | None  # the curve, named as Keras logs it; None for the judged curve
    limit: float  # in the metric's own unit, or as a fraction of the baseline's best value
    is_ratio: bool  # whether the limit is a fraction
    text: str  # the name of the rule: ``max-regression 2%``


@dataclass(frozen=True)
class GateRules:
    """All rules of a gate."""

    fail_on: tuple[str, ...] = ()  # names of unwanted answers in `UNWANTED`, and of `UNWANTED_FINDINGS`
    min_probability: float = DEFAULT_MIN_PROBABILITY  # the probability from which an unwanted answer fails, 0 to 1
    require: tuple[Requirement, ...] = ()  # limits for curves
    max_regression: tuple[Regression, ...] = ()  # limits for how much worse than the baseline a curve may be

    def __bool__(self) -> bool:
        """Whether there are any rules."""
        return bool(self.fail_on or self.require or self.max_regression)


def read_rules(
    fail_on: str | Iterable[str] = (),
    min_probability: float = DEFAULT_MIN_PROBABILITY,
    require: str | Iterable[str] = (),
    max_regression: str | float | Iterable[str | float] = (),
) -> GateRules:
    """Reads the rules: one or several of each kind.

    Raises:
        DiagnosisError: a rule cannot be read.
    """
    return GateRules(
        fail_on=tuple(dict.fromkeys(name for text in _each(fail_on) for name in read_answers(text))),
        min_probability=read_probability(min_probability),
        require=tuple(read_requirement(text) for text in _each(require)),
        max_regression=tuple(read_regression(text) for text in _each(max_regression)),
    )


def _each(given: str | float | Iterable[str | float]) -> list[str]:
    """One rule, or several."""
    rules = [given] if isinstance(given, str | int | float) else given
    if not isinstance(rules, Iterable) or isinstance(rules, bytes | Mapping):
        raise DiagnosisError(f"{quoted(rules)} is not a rule; a text, a number or a list of these is needed.")
    return [str(rule) for rule in rules]


def read_answers(text: str) -> tuple[str, ...]:
    """Reads names such as ``overfitting,diverged``. Underscores are also accepted, as in JSON."""
    names = dict.fromkeys(name for part in text.split(",") if (name := part.strip().lower().replace("_", "-")))
    for name in names:
        if name not in UNWANTED and name not in UNWANTED_FINDINGS:
            raise DiagnosisError(
                f"{quoted(name)} is not an answer that a run can fail on. Choose one of {listed(list(UNWANTED))}, or a "
                f"finding on test data: {listed(list(UNWANTED_FINDINGS))}."
            )
    return tuple(names)


def read_probability(value: float) -> float:
    """Checks a probability."""
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise DiagnosisError(f"The probability is {quoted(value)}; a number from 0 to 1 is needed, such as 0.8.")
    return float(value)


def read_requirement(text: str) -> Requirement:
    """Reads a rule such as ``val_accuracy>=0.75`` or ``last(val_loss)<0.4``."""
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise DiagnosisError(
            f"{quoted(text)} is not a requirement; a metric, one of >=, >, <=, <, and a number are needed. Write it "
            "like val_accuracy>=0.75, or last(val_accuracy)>=0.75 for the last value."
        )
    last = found["last"] is not None
    operator: Operator = found["operator"]  # type: ignore[assignment]  # the pattern allows no other
    return Requirement(
        found["last"] if last else found["best"], operator, _finite(found["limit"], text), last, " ".join(text.split())
    )


def read_regression(text: str) -> Regression:
    """Reads a limit such as ``2%``, ``0.01`` or ``val_accuracy=0.01``; it must not be negative."""
    found = _REGRESSION.fullmatch(text)
    limit = -1.0 if found is None else _finite(found["limit"], text)
    if found is None or limit < 0:
        raise DiagnosisError(
            f"{quoted(text)} is not a limit for a regression; a percentage or a number of 0 or more is needed. Write "
            "it like 2% or 0.01, or val_accuracy=0.01 for a metric other than the judged one."
        )
    is_ratio = found["percent"] == "%"
    rule = f"max-regression {' '.join(text.split())}"
    return Regression(found["key"], limit / 100 if is_ratio else limit, is_ratio, rule)


def _finite(digits: str, text: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        raise DiagnosisError(f"The number in {quoted(text)} is too large. Write a smaller one.")
    return value
