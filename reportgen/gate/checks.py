"""Checks a run against the rules of a gate, rule by rule."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final, Literal

import pandas as pd

from reportgen import metrics
from reportgen.diagnosis.reading import Reading, best_logged
from reportgen.diagnosis.score_names import final_scores
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.gate import wording
from reportgen.gate.rules import FINDINGS, TEST, UNWANTED, GateRules, Operator, Regression, Requirement
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.metrics import Direction
from reportgen.metrics.units import mixed_units
from reportgen.text import listed, quoted, shell_word
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.subject import part_shown

_SLACK: Final = 1e-9  # of the value: rounding of floating-point arithmetic
_KEEPS: Final[Mapping[Operator, Callable[[float, float], bool]]] = {">=": ge, ">": gt, "<=": le, "<": lt}
Outcome = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True)
class GateCheck:
    """The result of one rule.

    Attributes:
        rule: The rule as written: ``overfitting``, ``val_accuracy>=0.75``, ``max-regression 2%``.
        outcome: ``undecided`` if the answer is unsure or not assessed, or if there is no baseline; it is not a failure.
        text: The result in words, with the values.
        metric: The curve that it checks, named as Keras logs it; None without one.
        epoch: The epoch (1-based) that it is about; None for the run as a whole.
        value: The probability, or the value of the metric; None if it is not finite.
        limit: The limit in the same unit; None without one.
    """

    rule: str
    outcome: Outcome
    text: str
    metric: str | None = None
    epoch: int | None = None
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class GateResult:
    """The results of all rules of a gate.

    Attributes:
        checks: One per rule, in the order of the rules.

    Example:
        >>> import reportgen
        >>> report = reportgen.build({"loss": [0.9, 0.5, 0.4], "accuracy": [0.6, 0.7, 0.72]})
        >>> result = report.gate(require=["accuracy>=0.75"])
        >>> result.passed, result.failures[0].rule, result.failures[0].value
        (False, 'accuracy>=0.75', 0.72)
    """

    checks: tuple[GateCheck, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no rule is broken; true if there are no rules."""
        return not self.failures

    @property
    def failures(self) -> tuple[GateCheck, ...]:
        """The checks of broken rules."""
        return tuple(check for check in self.checks if check.outcome == "failed")

    @property
    def undecided(self) -> tuple[GateCheck, ...]:
        """The checks of rules that cannot be decided."""
        return tuple(check for check in self.checks if check.outcome == "undecided")

    def say(self, language: Language) -> str:
        """The result as a heading."""
        return wording.word_result(len(self.failures), len(self.undecided), len(self.checks), language)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data for `json.dumps`."""
        return {
            "passed": self.passed,
            "checks": [{name: _rounded(value) for name, value in vars(check).items()} for check in self.checks],
        }


def _rounded(value: object) -> object:
    """Rounds to nine significant digits; further digits are rounding errors."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def check_gate(
    history: TrainingHistory, diagnosis: Diagnosis, rules: GateRules, baseline: TrainingHistory | None = None
) -> GateResult:
    """Checks a run against the rules of a gate. The result is in the language of the diagnosis.

    Raises:
        UnknownMetricError: a rule is about a metric that the run or the baseline does not have.
        DiagnosisError: a rule needs the best value of a metric whose direction is unknown, or of one for which the
            baseline has no finite value.
    """
    answers = (
        _check_answer(name, rules.min_probability, diagnosis) if name in UNWANTED else _check_finding(name, diagnosis)
        for name in rules.fail_on
    )
    limits = (_check_requirement(rule, history, diagnosis) for rule in rules.require)
    losses = (_check_regression(rule, history, diagnosis, baseline) for rule in rules.max_regression)
    return GateResult((*answers, *limits, *losses))


def _check_answer(name: str, least: float, diagnosis: Diagnosis) -> GateCheck:
    question, unwanted = UNWANTED[name]
    given = diagnosis.answers[question]
    sure = given.probability if given.probability is None or unwanted == "yes" else 1 - given.probability
    outcome: Outcome = "passed"
    text = ""
    if FINDINGS.get(name) in diagnosis.ignores:
        text = wording.word_ignored(FINDINGS[name], diagnosis.language)
    elif given.answer == unwanted and sure is not None:
        outcome = "failed" if sure >= least * (1 - _SLACK) else "undecided"
    elif given.answer in ("unsure", "not-assessed"):
        outcome = "undecided"
    return GateCheck(
        rule=name,
        outcome=outcome,
        text=text or wording.word_answer_check(question, sure, least, outcome, diagnosis),
        metric=diagnosis.monitor,
        epoch=given.epoch,
        value=sure,
        limit=least,
    )


def _check_finding(name: str, diagnosis: Diagnosis) -> GateCheck:
    """Checks for a finding from the evaluation. Test data that give a better value than validation pass."""
    language = diagnosis.language
    if name in diagnosis.ignores:
        return GateCheck(name, "passed", wording.word_ignored(name, language))
    check = next((check for check in diagnosis.checks if check.code == name), None)  # none without an evaluation
    if check is None or check.state == "not-applicable":
        return GateCheck(name, "undecided", wording.word_unchecked(check, language))
    for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
        if finding.code == name:
            better = name == "test-differs" and finding.severity == "note"
            text = wording.word_found(words, language)
            return GateCheck(name, "passed" if better else "failed", text, value=finding.evidence.value)
    return GateCheck(name, "passed", wording.word_not_found(language))


def _check_requirement(rule: Requirement, history: TrainingHistory, diagnosis: Diagnosis) -> GateCheck:
    if rule.key.startswith(TEST) and not history.has(*metrics.parse_key(rule.key)):
        return _check_test_score(rule, history, diagnosis.language)
    series = _curve(history, rule.key, rule.text)
    way = None if rule.last else _direction(history, rule.key, rule.text)
    met = (float(series.iloc[-1]), int(series.index[-1])) if way is None else best_logged(history, rule.key, way)
    value, epoch = met or (math.nan, None)
    kept = _KEEPS[rule.operator](value, rule.limit) and math.isfinite(value)
    return GateCheck(
        rule=rule.text,
        outcome="passed" if kept else "failed",
        text=diagnosis.language.join(
            wording.word_requirement(rule, value, epoch, kept, diagnosis.language),
            "" if rule.last else part_shown(diagnosis.reading.excerpt, diagnosis.language),
        ),
        metric=rule.key,
        epoch=epoch,
        value=value if math.isfinite(value) else None,
        limit=rule.limit,
    )


def _check_test_score(rule: Requirement, history: TrainingHistory, language: Language) -> GateCheck:
    """Checks a score after training; its name is that of the metric, or of the score of the evaluation."""
    evaluation, name = history.run.evaluation, rule.key.removeprefix(TEST)
    scores = () if evaluation is None else evaluation.scores
    values = {each.name: each.value for each in scores} | final_scores(history)
    if not values:
        raise UnknownMetricError(
            f"{rule.text}: the run has no scores on test data. Pass predictions with --evaluation (in Python: "
            "evaluation=)."
        )
    if name not in values:
        names = [f"{TEST}{known}" for known in values]
        raise UnknownMetricError(f"{rule.text}: the run has no {quoted(rule.key)}; it has {listed(names)}. Correct it.")
    kept = _KEEPS[rule.operator](values[name], rule.limit)
    return GateCheck(
        rule=rule.text,
        outcome="passed" if kept else "failed",
        text=wording.word_test_score(rule, values[name], kept, language),
        metric=rule.key,
        value=values[name],
        limit=rule.limit,
    )


def _check_regression(
    rule: Regression, history: TrainingHistory, diagnosis: Diagnosis, baseline: TrainingHistory | None
) -> GateCheck:
    if baseline is None:
        return GateCheck(rule.text, "undecided", wording.word_no_baseline(rule, diagnosis.language), rule.key)
    key = rule.key or _judged_key(diagnosis.reading, rule.text)
    for run, whose in ((history, "run"), (baseline, "baseline")):
        _curve(run, key, rule.text, whose)
    way = _direction(history, key, rule.text)
    mine, theirs = best_logged(history, key, way), best_logged(baseline, key, way)
    if theirs is None:
        raise DiagnosisError(
            f"{rule.text}: the baseline has no finite value of {quoted(key)}; one is needed to compare with. Choose "
            "another baseline."
        )
    if mine is not None and mixed_units(metrics.parse_key(key)[0], {"run": mine[0], "baseline": theirs[0]}):
        raise DiagnosisError(
            f"{rule.text}: {quoted(key)} is {mine[0]:.4g} in the run and {theirs[0]:.4g} in the baseline; one of them "
            "seems to be in percent and the other one a fraction of 1. Log it in one unit, or choose another metric."
        )
    allowed = rule.limit * abs(theirs[0]) if rule.is_ratio else rule.limit
    sign = 1 if way == "lower" else -1
    worse = math.inf if mine is None else sign * (mine[0] - theirs[0])
    judged = diagnosis.comparison
    noise = judged if judged is not None and judged.key == key else None
    kept = worse <= allowed + _SLACK * abs(theirs[0])
    return GateCheck(
        rule=rule.text,
        outcome="passed" if kept else "failed",
        text=wording.word_regression(rule, key, mine, theirs[0], worse, None if kept else noise, diagnosis.language),
        metric=key,
        epoch=None if mine is None else mine[1],
        value=None if mine is None else mine[0],
        limit=theirs[0] + sign * allowed,
    )


def _judged_key(reading: Reading, rule: str) -> str:
    """The curve that a run is judged by, even if it has no finite values."""
    metric = reading.metric
    if metric is None:
        raise DiagnosisError(
            f"{rule}: the run has no metric that it can be judged by; one is needed to compare with the baseline. Pass "
            "--monitor METRIC, or --direction METRIC=higher, or =lower (in Python: monitor=, directions=)."
        )
    return metrics.join_key(metric, "validation" if reading.history.has(metric, "validation") else "train")


def _curve(history: TrainingHistory, key: str, rule: str, whose: str = "run") -> pd.Series:
    metric, split = metrics.parse_key(key)
    if not history.has(metric, split):
        raise UnknownMetricError(
            f"{rule}: the {whose} has no metric {quoted(key)}; it has {listed(list(history.keys))}. Correct the name."
        )
    return history.series(metric, split)


def _direction(history: TrainingHistory, key: str, rule: str) -> Direction:
    metric, _ = metrics.parse_key(key)
    way = history.direction(metric)
    if way == "unknown" or metrics.is_schedule(metric):
        name = shell_word(metric, 40)
        raise DiagnosisError(
            f"{rule}: it is unknown whether lower or higher values of {quoted(metric)} are better. Pass --direction "
            f"{name}=higher, or =lower (in Python: directions=), or require its last value: last({name})."
        )
    return way
