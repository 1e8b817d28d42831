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
from reportgen.diagnosis.rules.generalisation import (
    rule_accuracy_best,
    rule_generalisation_gap,
    rule_leakage_suspect,
    rule_over_confidence,
    rule_underfitting,
    rule_validation_better,
)
from reportgen.diagnosis.rules.learning_rate import (
    rule_learning_rate_too_high,
    rule_learning_rate_too_low,
    rule_plateau_after_drop,
)
from reportgen.diagnosis.rules.settings import rule_learning_rate, rule_status
from reportgen.diagnosis.rules.shapes import (
    rule_flat_accuracy,
    rule_noisy_validation,
    rule_passing_breaks,
    rule_spikes,
    rule_unstable,
)

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note", "good")

RULES: Final[tuple[Callable[[Case], list[Finding]], ...]] = (
    rule_diverged,
    rule_passing_breaks,
    rule_not_learning,
    rule_overfitting,
    rule_unstable,
    rule_learning_rate_too_high,
    rule_leakage_suspect,
    rule_flat_accuracy,
    rule_still_improving,
    rule_learning_rate_too_low,
    rule_converged,
    rule_underfitting,
    rule_best_epoch,
    rule_over_confidence,
    rule_generalisation_gap,
    rule_validation_better,
    rule_accuracy_best,
    rule_noisy_validation,
    rule_spikes,
    rule_learning_rate,
    rule_plateau_after_drop,
    rule_status,
    rule_not_assessed,
)


def find_all(case: Case) -> tuple[Finding, ...]:
    """All findings of a run, most severe first, otherwise in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
