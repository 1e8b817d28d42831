"""The verdict: one code that sums up the five answers. The headline is worded from the code alone."""

from collections.abc import Mapping
from typing import Final

from reportgen.diagnosis.findings import Answer, Question, VerdictCode
from reportgen.diagnosis.thresholds import Thresholds

UNCOMPARED: Final = ("no-validation", "few-evaluations", "validation-not-used", "reward")  # overfitting cannot be seen


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
    return "healthy" if _is_healthy(answers, thresholds) else _choose_doubt(answers, thresholds)


def _is_healthy(answers: Mapping[Question, Answer], thresholds: Thresholds) -> bool:
    """Whether a run that neither overfits nor still improves has reached its best."""
    if (answers["overfitting"].probability or 0.0) >= 0.5 or _got_worse(answers, thresholds):
        return False
    if answers["converged"].reason == "excerpt":
        return False
    unspoilt = answers["overfitting"].answer == "no" or answers["overfitting"].reason in UNCOMPARED
    settled = unspoilt and answers["learning"].answer == "yes"
    return answers["converged"].answer == "yes" or (
        settled and answers["more_training_helps"].answer in ("unsure", "no")
    )


def _choose_doubt(answers: Mapping[Question, Answer], thresholds: Thresholds) -> VerdictCode:
    """Why a run has no clear verdict."""
    given = answers["overfitting"]
    possible = given.answer == "unsure" and (given.probability or 0.0) >= thresholds.possible
    if possible and (given.evidence.rise_ratio or 0.0) >= thresholds.visible_ratio:
        return "overfitting-possible"
    if _got_worse(answers, thresholds):
        return "got-worse"
    return "unclear" if answers["more_training_helps"].reason is None else "not-judged"


def _got_worse(answers: Mapping[Question, Answer], thresholds: Thresholds) -> bool:
    lost = answers["converged"].evidence.lost_ratio
    return lost is not None and lost >= thresholds.lost_ratio
