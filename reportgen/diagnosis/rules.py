"""Findings: what is worth telling about a run, one pure function per rule.

In: the reading of a run, the answers, the thresholds. Out: findings, most often none or one. No words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reportgen import metrics
from reportgen.diagnosis.curves import ratio
from reportgen.diagnosis.findings import Answer, Finding, Number, Question, Severity
from reportgen.diagnosis.questions import Reading, best_epoch
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.history import SPLITS, TrainingHistory

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note", "good")


@dataclass(frozen=True)
class Case:
    """All that a rule may look at."""

    reading: Reading
    answers: Mapping[Question, Answer]
    thresholds: Thresholds

    @property
    def last_epoch(self) -> int:
        """The last epoch of the run."""
        return int(self.reading.history.epochs[-1])


def rule_diverged(case: Case) -> list[Finding]:
    """The values became NaN or infinite, or exploded."""
    given = case.answers["diverged"]
    if given.answer != "yes":
        return []
    epoch = int(given.details["epoch"] or case.last_epoch)
    return [Finding("diverged", "critical", case.reading.metric, (epoch, case.last_epoch), given.evidence)]


def rule_passing_breaks(case: Case) -> list[Finding]:
    """A curve had values that cannot be reckoned with, and usable ones again afterwards."""
    found = []
    history = case.reading.history
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        series = history.series(metric, split)
        usable = np.abs(series.to_numpy()) < case.thresholds.off_scale
        last = np.flatnonzero(usable)
        broken = np.flatnonzero(~usable[: last[-1]]) if len(last) else last
        if len(broken) and not metrics.is_schedule(metric):
            span = (int(series.index[broken[0]]), int(series.index[broken[-1]]))
            evidence: dict[str, Number] = {"times": len(broken), "key": key}
            found.append(Finding("broken-in-passing", "warning", metric, span, evidence))
    return found


def rule_not_learning(case: Case) -> list[Finding]:
    """The training error never fell below its first value."""
    given = case.answers["learning"]
    if given.answer != "no" or case.answers["diverged"].answer == "yes":
        return []
    return [Finding("not-learning", "critical", case.reading.metric, (1, case.last_epoch), given.evidence)]


def rule_overfitting(case: Case) -> list[Finding]:
    """Validation turned away from its best while training improved."""
    given = case.answers["overfitting"]
    if given.answer not in ("yes", "unsure"):
        return []
    since, best = given.details["since_epoch"], best_epoch(case.reading)
    first = int(since) if since else (best or 1)
    code, severity = ("overfitting", "warning") if given.answer == "yes" else ("overfitting-possible", "note")
    return [Finding(code, severity, case.reading.metric, (first, case.last_epoch), given.evidence)]  # type: ignore[arg-type]


def rule_converged(case: Case) -> list[Finding]:
    """The monitor came to rest."""
    given = case.answers["converged"]
    epoch = given.details.get("epoch")
    if given.answer != "yes" or not epoch or case.answers["overfitting"].answer == "yes":
        return []
    return [Finding("converged", "good", case.reading.metric, (int(epoch), case.last_epoch), given.evidence)]


def rule_still_improving(case: Case) -> list[Finding]:
    """The monitor was still falling when the training ended."""
    given = case.answers["more_training_helps"]
    if given.answer != "yes":
        return []
    evidence = {**given.evidence, "expected_gain": given.details["expected_gain"]}
    return [Finding("still-improving", "note", case.reading.metric, (1, case.last_epoch), evidence)]


def rule_best_epoch(case: Case) -> list[Finding]:
    """Which epoch was best, when that is not the last one anyway."""
    reading, best = case.reading, best_epoch(case.reading)
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


def rule_generalisation_gap(case: Case) -> list[Finding]:
    """At the best epoch validation is clearly worse than training."""
    reading, best = case.reading, best_epoch(case.reading)
    train, validation = reading.train, reading.validation
    if train is None or validation is None or best is None or case.answers["diverged"].answer == "yes":
        return []
    seen, unseen = float(train.errors[train.position(best)]), float(validation.errors[validation.position(best)])
    if seen <= 0 or ratio(unseen - seen, seen) < case.thresholds.gap_ratio:
        return []
    gap = ratio(unseen - seen, seen)
    sides = {split: reading.history.series(reading.metric or "", split) for split in SPLITS}
    evidence: dict[str, Number] = {
        "gap_ratio": gap,
        "train_value": float(sides["train"].loc[int(train.epochs[train.position(best)])]),
        "validation_value": float(sides["validation"].loc[int(validation.epochs[validation.position(best)])]),
    }
    return [Finding("generalisation-gap", "note", reading.metric, (best, best), evidence)]


def learning_rate_steps(history: TrainingHistory, thresholds: Thresholds) -> pd.Series:
    """The learning rate where it differs from the one before by more than the threshold.

    Returns:
        Finite rates with epochs as index: the first one, then each after a step; empty where none was logged.
    """
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is None or not history.has(name, "train"):
        return pd.Series(dtype=np.float64)
    rates = history.series(name, "train")
    rates = rates[np.abs(rates.to_numpy()) < thresholds.off_scale]
    values = rates.to_numpy()
    changed = np.abs(np.diff(values)) > thresholds.learning_rate_ratio * np.abs(values[:-1])
    return rates[np.concatenate([[True], changed])[: len(values)]]


def rule_learning_rate(case: Case) -> list[Finding]:
    """The learning rate changed during the run."""
    history = case.reading.history
    rates = learning_rate_steps(history, case.thresholds)
    if len(rates) < 2:
        return []
    name = str(rates.name)
    logged = history.series(name, "train")
    evidence: dict[str, Number] = {
        "changes": len(rates) - 1,
        "first_value": float(rates.iloc[0]),
        "last_value": float(logged[np.isfinite(logged.to_numpy())].iloc[-1]),
    }
    return [Finding("learning-rate-changed", "note", name, (int(rates.index[1]), int(rates.index[-1])), evidence)]


def rule_status(case: Case) -> list[Finding]:
    """The run ended before its planned last epoch, or was put together of several trainings."""
    run = case.reading.history.run
    found = []
    if run.status in ("interrupted", "stopped-early"):
        severity: Severity = "warning" if run.status == "interrupted" else "note"
        evidence: dict[str, Number] = {"last_epoch": case.last_epoch, "planned_epochs": run.epochs_planned}
        found.append(Finding(run.status, severity, None, (case.last_epoch, case.last_epoch), evidence))
    if run.resumed_at:
        span = (run.resumed_at[0], run.resumed_at[-1])
        found.append(Finding("resumed", "note", None, span, {"times": len(run.resumed_at)}))
    return found


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
        if metrics.direction(name) == "unknown" and not metrics.is_schedule(name)
    )
    return found


def rule_accuracy_best(case: Case) -> list[Finding]:
    """The accuracy peaks in another part of the run than the judged loss."""
    reading, best = case.reading, best_epoch(case.reading)
    if best is None or reading.metric is None or not metrics.is_loss(reading.metric) or reading.validation is None:
        return []
    for name in reading.history.metric_names:
        if metrics.is_accuracy(name) and reading.history.has(name, "validation"):
            series = reading.history.series(name, "validation")
            series = series[np.isfinite(series.to_numpy())]
            if best not in series.index:
                return []
            peak = int(series.idxmax())
            gain = float(series.loc[peak] - series.loc[best])
            if abs(peak - best) > 0.2 * case.last_epoch and gain > 0.01:
                evidence: dict[str, Number] = {
                    "epoch": peak,
                    "value": float(series.loc[peak]),
                    "value_at_best_loss": float(series.loc[best]),
                }
                return [Finding("accuracy-peaks-elsewhere", "note", name, (peak, peak), evidence)]
            return []
    return []


RULES: Final[tuple[Callable[[Case], list[Finding]], ...]] = (
    rule_diverged,
    rule_passing_breaks,
    rule_not_learning,
    rule_overfitting,
    rule_still_improving,
    rule_converged,
    rule_best_epoch,
    rule_generalisation_gap,
    rule_accuracy_best,
    rule_learning_rate,
    rule_status,
    rule_not_assessed,
)


def find_all(case: Case) -> tuple[Finding, ...]:
    """All findings of a run, most severe first, otherwise in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
