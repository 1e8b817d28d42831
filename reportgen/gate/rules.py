"""What a gate may ask of a run, and how its rules are written.

In: texts such as ``val_accuracy>=0.75``. Out: frozen rules. No run is looked at here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reportgen.diagnosis.findings import Question
from reportgen.errors import DiagnosisError
from reportgen.text import listed, quoted

Operator = Literal[">=", ">", "<=", "<"]

DEFAULT_MIN_PROBABILITY: Final = 0.8  # the certainty from which a verdict says "yes", see `Thresholds`
# What a run can fail on: the answer that nobody wants. "yes" to "did it learn?" is wanted, so its name says "not".
UNWANTED: Final[Mapping[str, tuple[Question, Literal["yes", "no"]]]] = {
    "diverged": ("diverged", "yes"),
    "not-learning": ("learning", "no"),
    "overfitting": ("overfitting", "yes"),
    "not-converged": ("converged", "no"),
    "more-training-helps": ("more_training_helps", "yes"),
}
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_REQUIREMENT: Final = re.compile(
    rf"\s*(?:last\(\s*(?P<last>.+?)\s*\)|(?P<best>.+?))\s*(?P<operator>[<>]=?)\s*(?P<limit>{_NUMBER})\s*", re.DOTALL
)
_REGRESSION: Final = re.compile(rf"\s*(?:(?P<key>.*\S)\s*=)?\s*(?P<limit>{_NUMBER})\s*(?P<percent>%?)\s*", re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """A limit that a curve has to keep to.

    Attributes:
        key: The curve, named as Keras logs it.
        operator: How its value stands to the limit where it is kept.
        limit: In the metric's own unit.
        last: Whether the last value counts; else the best one.
        text: The rule as it was written.
    """

    key: str
    operator: Operator
    limit: float
    last: bool
    text: str


@dataclass(frozen=True)
class Regression:
    """How much worse than the baseline's the best value of a curve may be.

    Attributes:
        key: The curve, named as Keras logs it; None for the one that the run is judged by.
        limit: In the metric's own unit, or as a fraction of the baseline's best value.
        is_ratio: Which of the two.
        text: What the rule is called: ``max-regression 2%``.
    """

    key: str | None
    limit: float
    is_ratio: bool
    text: str


@dataclass(frozen=True)
class GateRules:
    """All that a gate asks of a run.

    Attributes:
        fail_on: Names of unwanted answers, of `UNWANTED`.
        min_probability: From which probability on an unwanted answer fails, 0 to 1.
        require: Limits for curves.
        max_regression: Limits for what may be lost against the baseline.
    """

    fail_on: tuple[str, ...] = ()
    min_probability: float = DEFAULT_MIN_PROBABILITY
    require: tuple[Requirement, ...] = ()
    max_regression: tuple[Regression, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.fail_on or self.require or self.max_regression)


def read_rules(
    fail_on: str | Iterable[str] = (),
    min_probability: float = DEFAULT_MIN_PROBABILITY,
    require: str | Iterable[str] = (),
    max_regression: str | float | Iterable[str | float] = (),
) -> GateRules:
    """Rules as they are written, one or several of each kind.

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
    return [str(rule) for rule in ([given] if isinstance(given, str | int | float) else given)]


def read_answers(text: str) -> tuple[str, ...]:
    """The names in ``overfitting,diverged``; ``more_training_helps``, as JSON has it, is read as well.

    Raises:
        DiagnosisError: a name is none of `UNWANTED`.
    """
    names = dict.fromkeys(name for part in text.split(",") if (name := part.strip().lower().replace("_", "-")))
    for name in names:
        if name not in UNWANTED:
            raise DiagnosisError(
                f"{quoted(name)} is nothing a run can fail on; one of {listed(list(UNWANTED))} is needed. Choose one."
            )
    return tuple(names)


def read_probability(value: float) -> float:
    """A probability as it is.

    Raises:
        DiagnosisError: it is not within 0 to 1.
    """
    if not 0 <= value <= 1:
        raise DiagnosisError(f"The probability {quoted(value)} is none; a number from 0 to 1 is needed, such as 0.8.")
    return float(value)


def read_requirement(text: str) -> Requirement:
    """A rule such as ``val_accuracy>=0.75`` or ``last(val_loss)<0.4``.

    Raises:
        DiagnosisError: the text is no such rule.
    """
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise DiagnosisError(
            f"{quoted(text)} is no requirement; a metric, one of >=, >, <=, < and a number are needed. Write it like "
            "val_accuracy>=0.75, or last(val_accuracy)>=0.75 for the last value."
        )
    last = found["last"] is not None
    operator: Operator = found["operator"]  # type: ignore[assignment]  # the pattern knows no other
    return Requirement(
        found["last"] if last else found["best"], operator, _finite(found["limit"], text), last, " ".join(text.split())
    )


def read_regression(text: str) -> Regression:
    """A limit such as ``2%``, ``0.01`` or ``val_accuracy=0.01``.

    Raises:
        DiagnosisError: the text is no such limit, or a negative one.
    """
    found = _REGRESSION.fullmatch(text)
    limit = -1.0 if found is None else _finite(found["limit"], text)
    if found is None or limit < 0:
        raise DiagnosisError(
            f"{quoted(text)} is no limit for a regression; a percentage, or a number in the metric's own unit, of 0 or "
            "more is needed. Write it like 2% or 0.01, or val_accuracy=0.01 for another metric than the judged one."
        )
    is_ratio = found["percent"] == "%"
    rule = f"max-regression {' '.join(text.split())}"
    return Regression(found["key"], limit / 100 if is_ratio else limit, is_ratio, rule)


def _finite(digits: str, text: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        raise DiagnosisError(f"The number in {quoted(text)} is too large to be compared with; a smaller one is needed.")
    return value
