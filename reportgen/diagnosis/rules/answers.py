"""Findings that follow from the answers, and what could not be answered."""

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.rules.case import Case


def rule_diverged(case: Case) -> list[Finding]:
    """The values became NaN or infinite, or exploded."""
    given = case.answers["diverged"]
    if given.answer != "yes":
        return []
    epoch = int(given.details["epoch"] or case.last_epoch)
    return [Finding("diverged", "critical", case.reading.metric, (epoch, case.last_epoch), given.evidence)]


def rule_not_learning(case: Case) -> list[Finding]:
    """The training error never fell below its first value."""
    given = case.answers["learning"]
    if given.answer != "no" or case.answers["diverged"].answer == "yes":
        return []
    return [Finding("not-learning", "critical", case.reading.metric, case.span, given.evidence)]


def rule_overfitting(case: Case) -> list[Finding]:
    """Validation turned away from its best while training improved."""
    given = case.answers["overfitting"]
    if given.answer not in ("yes", "unsure") or (given.probability or 0.0) < case.thresholds.possible:
        return []
    since, best = given.details["since_epoch"], case.reading.best_epoch
    first = int(since) if since else (best or 1)
    code, severity = ("overfitting", "warning") if given.answer == "yes" else ("overfitting-possible", "note")
    return [Finding(code, severity, case.reading.metric, (first, case.last_epoch), given.evidence)]  # type: ignore[arg-type]


def rule_converged(case: Case) -> list[Finding]:
    """The monitor came to rest."""
    given = case.answers["converged"]
    epoch = given.details.get("epoch")
    if given.answer != "yes" or not epoch or (case.answers["overfitting"].probability or 0.0) >= 0.5:
        return []
    return [Finding("converged", "good", case.reading.metric, (int(epoch), case.last_epoch), given.evidence)]


def rule_still_improving(case: Case) -> list[Finding]:
    """The monitor was still falling when the training ended."""
    given = case.answers["more_training_helps"]
    if given.answer != "yes":
        return []
    evidence = {**given.evidence, "expected_gain": given.details["expected_gain"]}
    return [Finding("still-improving", "note", case.reading.metric, case.span, evidence)]


def rule_best_epoch(case: Case) -> list[Finding]:
    """Which epoch was best, when that is not the last one anyway."""
    reading, best = case.reading, case.reading.best_epoch
    unlearned = case.answers["learning"].answer == "no"
    if (
        reading.metric is None
        or reading.monitor is None
        or best is None
        or len(reading.history.epochs) < 2
        or unlearned
    ):
        return []
    series = reading.history.series(reading.metric, reading.monitor_split)
    lowest = int(reading.monitor.epochs[int(np.argmin(reading.monitor.errors))])
    evidence: dict[str, Number] = {
        "epoch": best,
        "value": float(series.loc[best]),
        "split": reading.monitor_split,
        "extreme_epoch": lowest,
        "extreme_value": float(series.loc[lowest]),
    }
    return [Finding("best-epoch", "good", reading.metric, (best, best), evidence)]


def rule_not_assessed(case: Case) -> list[Finding]:
    """What could not be judged, and why."""
    reading = case.reading
    found = []
    if case.answers["overfitting"].reason == "no-validation":
        found.append(Finding("no-validation", "note", reading.metric))
    if case.answers["more_training_helps"].reason == "too-few-epochs":
        evidence: dict[str, Number] = {
            "epochs": len(reading.monitor.errors) if reading.monitor is not None else 0,
            "needed": case.thresholds.min_epochs,
        }
        found.append(Finding("too-few-epochs", "note", reading.metric, None, evidence))
    found.extend(
        Finding("unknown-direction", "note", name)
        for name in reading.history.metric_names
        if reading.history.direction(name) == "unknown" and not metrics.is_schedule(name)
    )
    return found
