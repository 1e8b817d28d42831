"""The verdict: one code that sums up the answers and the signs. The headline is worded from the code."""

from collections.abc import Mapping
from typing import Final

from reportgen.diagnosis.findings import Answer, Question, VerdictCode
from reportgen.diagnosis.grades import is_likely, is_probable
from reportgen.diagnosis.signs import Signs
from reportgen.diagnosis.thresholds import Thresholds

# Reasons why overfitting cannot be seen.
UNCOMPARED: Final = ("no-validation", "broken-validation", "few-evaluations", "validation-not-used", "reward")
GRAVITY: Final[tuple[VerdictCode, ...]] = (
    "diverged",
    "frozen",
    "not-learning",
    "not-generalising",
    "unstable",
    "overfitting",
    "large-gap",
    "unclear",
    "not-judged",
    "still-improving",
    "finished",
)  # worst first


def choose_verdict(answers: Mapping[Question, Answer], signs: Signs, thresholds: Thresholds) -> VerdictCode:
    """What matters most about the run; the gravest that is at least probable."""
    if answers["diverged"].answer == "yes":
        return "diverged"
    if answers["learning"].answer == "no":
        return "frozen" if signs.stuck in ("zero-rate", "constant") else "not-learning"
    unknown = answers["more_training_helps"].reason not in (None, "excerpt")
    if unknown and answers["overfitting"].reason is not None:
        return "large-gap" if signs.gap is not None and answers["diverged"].answer == "no" else "not-judged"
    overfitting, more, converged = (
        answers[question].probability for question in ("overfitting", "more_training_helps", "converged")
    )
    learned = answers["learning"].answer == "yes"
    excerpt = answers["overfitting"].reason == "excerpt"
    late = excerpt and answers["learning"].reason == "excerpt"  # it had learned before the part that is shown
    if learned and not excerpt and signs.validation_stuck is not None:
        return "not-generalising"
    if signs.explodes and not is_likely(overfitting):
        return "unstable"
    if signs.stays_exploded:
        return "unstable"
    if learned and not excerpt and _is_unsteady(signs, thresholds, overfitting):
        return "unstable"
    if is_overfitting(answers, thresholds):
        return "overfitting"
    if learned and signs.swings:
        return "unstable"
    if (learned or late) and signs.gap is not None and not is_likely(more):
        return "large-gap"
    if is_probable(more):
        return "still-improving"
    if is_probable(converged):
        return "finished"
    return "not-judged" if answers["more_training_helps"].reason is not None else "unclear"


def _is_unsteady(signs: Signs, thresholds: Thresholds, overfitting: float | None) -> bool:
    """Whether training and validation got worse together, bounce, or end far above their best without overfitting."""
    if is_probable(overfitting):
        return not is_likely(overfitting) and (signs.worse_together or signs.bounce is not None)
    return signs.worse_together or signs.bounce is not None or signs.far_end >= thresholds.far_end


def is_overfitting(answers: Mapping[Question, Answer], thresholds: Thresholds) -> bool:
    """Whether overfitting is likely, or probable and visible at the end."""
    given = answers["overfitting"]
    return is_likely(given.probability) or (
        is_probable(given.probability) and (given.evidence.rise_ratio or 0.0) >= thresholds.visible_ratio
    )
