"""The five questions, their answers and the sentence under each."""

from collections.abc import Mapping
from typing import Final

from reportgen import figures
from reportgen.diagnosis.findings import Answer, Question
from reportgen.diagnosis.wording.subject import (
    WORTH_SAYING,
    Subject,
    as_value,
    explosion,
    improvement,
    is_ratio_scale,
    times_worse,
)

REASONS: Final = {
    "no-validation": "The run has no validation values, so what the model does on unseen data is not known.",
    "no-training-values": "The run has no training values to compare validation with.",
    "too-few-epochs": "Too few epochs were logged to tell a trend from chance.",
    "unknown-direction": "No metric was logged of which it is known whether lower or higher is better.",
    "diverged": "The training diverged, so its course says nothing about this.",
}


QUESTION_WORDS: Final[Mapping[Question, str]] = {
    "learning": "Did it learn?",
    "overfitting": "Does it overfit?",
    "converged": "Has it converged?",
    "more_training_helps": "Would more training help?",
    "diverged": "Did it diverge?",
}


ANSWER_WORDS: Final = {"yes": "Yes", "no": "No", "unsure": "Unsure", "not-assessed": "Not assessed"}


def certainty(given: Answer) -> str:
    """How sure an answer is; for "unsure" how likely "yes" is; empty where nothing was assessed."""
    if given.probability is None:
        return ""
    return f"{given.probability * 100:.0f}% yes" if given.answer == "unsure" else figures.certainty(given.probability)


def answer_when(question: Question, given: Answer) -> str:
    """The epoch that belongs to a "yes", as the continuation of the answer; empty where there is none."""
    epoch = given.details.get("since_epoch" if question == "overfitting" else "epoch")
    if given.answer != "yes" or epoch is None:
        return ""
    return f", since epoch {epoch}" if question == "overfitting" else f", at epoch {epoch}"


def word_answer(question: Question, given: Answer, subject: Subject) -> str:
    """The sentence under an answer, with its numbers."""
    if given.reason is not None:
        return REASONS[given.reason]
    facts = given.evidence
    if question == "learning":
        which = "validation" if facts.get("split") == "validation" else "training"
        name = subject.name(subject.metric)
        if given.answer == "yes":
            went = (
                f"from {as_value(facts, 'first_value')} in the first epoch to {as_value(facts, 'best_value')} at best"
            )
            return f"The {which} {name} went {went}."
        return f"The {which} {name} never got clearly better than in its first epoch."
    if question == "overfitting":
        rise, fall = facts.get("rise_ratio"), facts.get("train_fall_ratio")
        if not isinstance(rise, float) or not isinstance(fall, float):
            return ""
        name = subject.name(subject.metric)
        went = f"the training {name} hardly changed"
        if abs(fall) >= WORTH_SAYING:
            went = f"the training {name} " + ("went on improving" if fall > 0 else "got worse too")
        if rise < WORTH_SAYING:
            return (
                f"The {subject.curve} ends within {figures.percent(WORTH_SAYING)} of its best: it has not turned away."
            )
        worse = f", {times_worse(rise)}" if is_ratio_scale(facts, "best_value", subject.metric, subject) else ""
        course = (
            f"The {subject.curve} was {as_value(facts, 'best_value')} in epoch {subject.best_epoch} and ends at "
            f"{as_value(facts, 'end_value')}{worse}"
        )
        if given.answer == "no" and fall > 0:
            return f"{course}: too little, for its noise and length, to call it a turn."
        return f"{course}, while {went}."
    if question == "converged":
        if "plateau_epoch" not in facts:
            return "The training diverged, so it cannot come to rest."
        start = facts["plateau_epoch"]
        if given.answer == "yes":
            return f"By epoch {start} the {subject.curve} had made 95% of its whole improvement."
        if start is None:
            return f"The {subject.curve} never improved on its first value."
        return f"The {subject.curve} came near its best only at epoch {start} of {subject.last_epoch}."
    if question == "more_training_helps":
        if "recent_progress_ratio" not in facts:
            return "The training diverged; more of the same does not help."
        progress = facts["recent_progress_ratio"]
        if isinstance(progress, float) and progress <= 0:
            return f"In the last third of the run the {subject.curve} did not improve."
        return f"In the last third of the run the {subject.curve} improved by {improvement(facts, subject.metric, subject)}."
    if given.answer == "yes":
        if "non_finite_in" in facts:
            return f"From epoch {given.details['epoch']} on values are not finite (NaN or infinite)."
        if "off_scale_in" in facts:
            return f"From epoch {given.details['epoch']} on values are too large to be reckoned with."
        return explosion(subject.metric, facts, subject)
    return "All values are finite and none exploded."
