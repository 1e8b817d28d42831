"""The verdict: one code that sums up the five answers."""

from collections.abc import Mapping

from reportgen.diagnosis.findings import Answer, Question, VerdictCode
from reportgen.diagnosis.thresholds import Thresholds


def choose_verdict(answers: Mapping[Question, Answer], thresholds: Thresholds) -> VerdictCode:
    """The most serious of the answers.

    A run that probably overfits or lost much of its improvement is not called healthy, even after a plateau.
    """
    if answers["diverged"].answer == "yes":
        return "diverged"
    if answers["learning"].answer == "no":
        return "not-learning"
    if answers["overfitting"].answer == "yes":
        return "overfitting"
    if answers["more_training_helps"].answer == "yes":
        return "still-improving"
    if (answers["overfitting"].probability or 0.0) >= 0.5:
        return "unclear"
    lost = answers["converged"].evidence.lost_ratio
    if lost is not None and lost >= thresholds.lost_ratio:
        return "unclear"
    unspoilt = answers["overfitting"].answer == "no" or answers["overfitting"].reason == "no-validation"
    settled = unspoilt and answers["learning"].answer == "yes"
    if answers["converged"].answer == "yes" or (settled and answers["more_training_helps"].answer in ("unsure", "no")):
        return "healthy"
    return "unclear"
