"""Findings: what is worth telling about a run, one pure function per rule.

In: the reading of a run, the answers, the thresholds. Out: findings, most often none or one. No words.
"""

from collections.abc import Callable
from typing import Final

from reportgen.diagnosis.findings import Finding, Severity
from reportgen.diagnosis.rules.answers import (
    rule_best_epoch,
    rule_converged,
    rule_diverged,
    rule_not_assessed,
    rule_not_learning,
    rule_overfitting,
    rule_still_improving,
)
from reportgen.diagnosis.rules.case import Case
from reportgen.diagnosis.rules.generalisation import rule_accuracy_best, rule_generalisation_gap
from reportgen.diagnosis.rules.settings import rule_learning_rate, rule_status
from reportgen.diagnosis.rules.shapes import rule_passing_breaks

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note", "good")

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
