"""Rules: one pure function per kind of finding. Most return no finding or one."""

from collections.abc import Callable
from typing import Final

from reportgen.diagnosis.findings import Finding, Severity
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.rules import answers, generalisation, learning_rate, shapes, status
from reportgen.diagnosis.thresholds import Thresholds

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "note", "good")

RULES: Final[tuple[Callable[[Judgement, Thresholds], list[Finding]], ...]] = (
    answers.rule_diverged,
    shapes.rule_broken_in_passing,
    shapes.rule_values_missing,
    answers.rule_not_learning,
    answers.rule_overfitting,
    answers.rule_overfitting_possible,
    shapes.rule_unstable,
    learning_rate.rule_learning_rate_too_high,
    generalisation.rule_leakage_suspect,
    shapes.rule_flat_accuracy,
    answers.rule_still_improving,
    learning_rate.rule_learning_rate_too_low,
    answers.rule_converged,
    generalisation.rule_underfitting,
    answers.rule_best_epoch,
    generalisation.rule_over_confidence,
    generalisation.rule_generalisation_gap,
    generalisation.rule_validation_better,
    generalisation.rule_accuracy_peaks_elsewhere,
    shapes.rule_noisy_validation,
    shapes.rule_spikes,
    learning_rate.rule_learning_rate_changed,
    learning_rate.rule_plateau_after_drop,
    status.rule_excerpt_shown,
    status.rule_interrupted,
    status.rule_stopped_early,
    status.rule_resumed,
    answers.rule_no_validation,
    answers.rule_validation_not_used,
    answers.rule_own_criterion,
    answers.rule_too_few_epochs,
    answers.rule_losses_not_judged,
    answers.rule_unknown_direction,
)


def find_all(run: Judgement, limits: Thresholds) -> tuple[Finding, ...]:
    """All findings of a run, most severe first, otherwise in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(run, limits)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
