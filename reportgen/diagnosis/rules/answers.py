"""Findings that follow from the answers."""

from dataclasses import replace
from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding, VerdictCode
from reportgen.diagnosis.grades import is_likely
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.history.notes import short_names

_TURNED: Final[tuple[VerdictCode, ...]] = ("overfitting", "not-generalising")
_PAST_THAT: Final[tuple[VerdictCode, ...]] = ("diverged", "frozen", "not-learning", "unstable")


def rule_diverged(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The values became NaN or infinite, or exploded."""
    given = run.answers["diverged"]
    if given.answer != "yes":
        return []
    return [
        Finding("diverged", "critical", run.reading.metric, (given.epoch or run.epochs, run.epochs), given.evidence)
    ]


def rule_not_learning(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The model cannot do more than at its start."""
    given = run.answers["learning"]
    if given.answer != "no" or run.answers["diverged"].answer == "yes":
        return []
    return [Finding("not-learning", "critical", run.reading.metric, run.reading.span, given.evidence)]


def rule_overfitting(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Validation got worse after its best epoch while training improved."""
    given = run.answers["overfitting"]
    if run.verdict not in _TURNED or not is_likely(given.probability) or given.epoch is None:
        return []
    return [Finding("overfitting", "warning", run.reading.metric, (given.epoch, run.epochs), given.evidence)]


def rule_overfitting_possible(run: Judgement, limits: Thresholds) -> list[Finding]:
    """It is uncertain whether the model overfits."""
    given = run.answers["overfitting"]
    possible = limits.possible <= (given.probability or 0.0) < limits.likely
    if run.verdict in _PAST_THAT or not possible:
        return []
    span = (run.best_epoch or 1, run.epochs)
    return [Finding("overfitting-possible", "note", run.reading.metric, span, given.evidence)]


def rule_converged(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The monitor reached a plateau."""
    given = run.answers["converged"]
    if run.verdict != "finished" or given.epoch is None:
        return []
    return [Finding("converged", "good", run.reading.metric, (given.epoch, run.epochs), given.evidence)]


def rule_still_improving(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The monitor was still falling when training ended."""
    given = run.answers["more_training_helps"]
    if run.verdict != "still-improving":
        return []
    evidence = replace(given.evidence, expected_gain=given.expected_gain)
    return [Finding("still-improving", "note", run.reading.metric, run.reading.span, evidence)]


def rule_best_epoch(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Which epoch was the best."""
    reading, best, curve = run.reading, run.best_epoch, run.reading.monitor
    unlearned = run.answers["learning"].answer == "no"
    if curve is None or best is None or len(reading.history.epochs) < 2 or unlearned:
        return []
    lowest = int(curve.epochs[int(np.argmin(curve.errors))])
    evidence = Evidence(
        epoch=best,
        value=reading.value(reading.monitor_split, best),
        split=reading.monitor_split,
        extreme_epoch=lowest,
        extreme_value=reading.value(reading.monitor_split, lowest),
    )
    return [Finding("best-epoch", "good", reading.metric, (best, best), evidence)]


def rule_no_validation(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Overfitting cannot be judged without validation values."""
    missing = run.answers["overfitting"].reason == "no-validation" and run.reading.choice.doubt is None
    return [Finding("no-validation", "note", run.reading.metric)] if missing else []


def rule_validation_not_used(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run has validation values that it is not judged by."""
    choice = run.reading.choice
    if not choice.unused or run.monitor is None:
        return []
    reason = "few" if choice.few else "others" if run.reading.validation is not None else "unknown"
    evidence = Evidence(
        keys=", ".join(short_names(choice.unused)), times=len(choice.unused), monitor=run.monitor, reason=reason
    )
    return [Finding("validation-not-used", "note", choice.metric, None, evidence)]


def rule_own_criterion(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run is judged by the metric by which the tool chose its best model."""
    facts = run.reading.history.run
    named = [str(note.get("name")) for note in facts.notes if note.code == "own-criterion"]
    bases = {metrics.parse_key(name.removeprefix("eval_"))[0] for name in named}
    if facts.monitor is None or run.monitor is None or run.reading.metric not in bases:
        return []
    return [Finding("own-criterion", "note", run.reading.metric, None, Evidence(monitor=run.monitor))]


def rule_too_few_epochs(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run is too short for a trend."""
    given, metric = run.answers["converged"], run.reading.metric
    if given.reason != "too-few-epochs":
        return []
    return [Finding("too-few-epochs", "note", metric, None, replace(given.evidence, needed=limits.min_epochs))]


def rule_unknown_direction(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Metrics that are not judged because it is unknown whether lower or higher is better."""
    history = run.reading.history
    return [
        Finding("unknown-direction", "note", name) for name in history.results if history.direction(name) == "unknown"
    ]


def rule_losses_not_judged(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run is judged by another metric, because its losses do not measure quality."""
    choice = run.reading.choice
    if choice.doubt is None or run.monitor is None:
        return []
    return [
        Finding("losses-not-judged", "note", choice.metric, None, Evidence(monitor=run.monitor, reason=choice.doubt))
    ]
