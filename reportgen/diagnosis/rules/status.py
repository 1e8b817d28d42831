"""Findings on how the run ended and whether it was resumed."""

import numpy as np

from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding, Severity
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.thresholds import Thresholds


def rule_excerpt_shown(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The log shows only a part of the run."""
    part = run.reading.excerpt
    if part is None:
        return []
    evidence = Evidence(epoch=part.first, last_epoch=part.last, epochs=part.count, planned_epochs=part.planned)
    return [Finding("excerpt-shown", "note", None, (part.first, part.last), evidence)]


def rule_interrupted(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run was interrupted before its planned last epoch."""
    return _ended(run, "interrupted", "warning")


def rule_stopped_early(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run stopped early; a warning if early stopping did not keep the best weights."""
    stopping, best = run.reading.history.run.early_stopping, run.best_epoch
    kept_last = stopping is not None and stopping.restored_epoch is None and not stopping.restores
    left = kept_last and best is not None and best < run.epochs
    return _ended(run, "stopped-early", "warning" if left else "note")


def _ended(run: Judgement, status: str, severity: Severity) -> list[Finding]:
    facts = run.reading.history.run
    if facts.status != status:
        return []
    evidence = Evidence(last_epoch=run.epochs, planned_epochs=facts.epochs_planned)
    if (stopping := facts.early_stopping) is not None:
        evidence = Evidence(
            last_epoch=run.epochs,
            planned_epochs=facts.epochs_planned,
            monitor=stopping.monitor,
            patience=stopping.patience if stopping.monitor else None,
            restored_epoch=stopping.restored_epoch,
            best_epoch=run.best_epoch,
        )
    return [Finding(status, severity, None, (run.epochs, run.epochs), evidence)]


def rule_resumed(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run was resumed at least once."""
    resumed = run.reading.history.run.resumed_at
    if not resumed:
        return []
    return [Finding("resumed", "note", None, (resumed[0], resumed[-1]), Evidence(times=len(resumed)))]


def rule_slower_epochs(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The last epochs took much longer than earlier ones."""
    history = run.reading.history
    seconds = np.array(history.run.durations_s, dtype=np.float64)[1:]  # the first one also prepares the training
    if len(seconds) + 1 < limits.timed_epochs:
        return []
    quarter = len(seconds) // 4
    before, after = float(np.median(seconds[:-quarter])), float(np.median(seconds[-quarter:]))
    if after < limits.slower * before or after - before < limits.slower_s:
        return []
    is_slow = seconds > (before + after) / 2
    fast = np.flatnonzero(~(is_slow[1:-1] | (is_slow[:-2] & is_slow[2:])))  # a single epoch may be fast or slow
    first = int(fast[-1]) + 3 if len(fast) else 1  # in `seconds`, counting the epoch that is left out
    epochs = history.epochs
    evidence = Evidence(epoch=int(epochs[min(first, len(epochs) - 1)]), seconds_before=before, seconds_after=after)
    return [Finding("slower-epochs", "note", None, (evidence.epoch or 1, int(epochs[-1])), evidence)]


def rule_own_rule_failed(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A rule of another package cannot be used, or failed on this run."""
    return [
        Finding(
            "own-rule-failed",
            "warning",
            evidence=Evidence(reason=fault.problem, own_rule=fault.rule, package=fault.package, fault=fault.text),
        )
        for fault in run.asked.faults
    ]
