"""The five questions, their answers and the sentence under each."""

from collections.abc import Mapping
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.findings import Answer, Question
from reportgen.languages import Language, marked
from reportgen.wording.subject import (
    PLATEAU_SHARE,
    WORTH_SAYING,
    Subject,
    as_value,
    explosion,
    improvement,
    is_ratio_scale,
    times_worse,
)

REASONS: Final = {
    "no-validation": marked("The run has no validation values, so what the model does on unseen data is not known."),
    "no-training-values": marked("The run has no training values to compare validation with."),
    "too-few-epochs": marked("Too few epochs were logged to tell a trend from chance."),
    "unknown-direction": marked("No metric was logged of which it is known whether lower or higher is better."),
    "diverged": marked("The training diverged, so its course says nothing about this."),
}


QUESTION_WORDS: Final[Mapping[Question, str]] = {
    "learning": marked("Did it learn?"),
    "overfitting": marked("Does it overfit?"),
    "converged": marked("Has it converged?"),
    "more_training_helps": marked("Would more training help?"),
    "diverged": marked("Did it diverge?"),
}


ANSWER_WORDS: Final = {
    "yes": marked("Yes"),
    "no": marked("No"),
    "unsure": marked("Unsure"),
    "not-assessed": marked("Not assessed"),
}


def certainty(given: Answer, language: Language) -> str:
    """How sure an answer is; for "unsure" how likely "yes" is; empty where nothing was assessed."""
    if given.probability is None:
        return ""
    if given.answer == "unsure":
        return language.say("{percent} yes", percent=f"{given.probability * 100:.0f}%")
    return formatting.certainty(given.probability)


def word_short(question: Question, given: Answer, language: Language) -> str:
    """An answer in a word or two, with the epoch that belongs to a "yes"."""
    answer = language.say(ANSWER_WORDS[given.answer])
    epoch = given.details.get("since_epoch" if question == "overfitting" else "epoch")
    if given.answer != "yes" or epoch is None:
        return answer
    if question == "overfitting":
        return language.say("{answer}, from epoch {epoch} on", answer=answer, epoch=epoch)
    return language.say("{answer}, at epoch {epoch}", answer=answer, epoch=epoch)


def word_answer(question: Question, given: Answer, subject: Subject) -> str:
    """The sentence under an answer, with its numbers."""
    if given.reason is not None:
        return subject.say(REASONS[given.reason])
    return _WORDS[question](given, subject)


def _learning(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    curve = subject.curve_of(facts.get("split"), subject.metric)
    if given.answer != "yes":
        return subject.say("The {curve} never got clearly better than in its first epoch.", curve=curve)
    return subject.say(
        "The {curve} went from {first} in the first epoch to {best} at best.",
        curve=curve,
        first=as_value(facts, "first_value"),
        best=as_value(facts, "best_value"),
    )


def _overfitting(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    rise, fall = facts.get("rise_ratio"), facts.get("train_fall_ratio")
    if not isinstance(rise, float) or not isinstance(fall, float):
        return ""
    if rise < WORTH_SAYING:
        return subject.say(
            "The {curve} ends within {percent} of its best: it has not turned away.",
            curve=subject.curve,
            percent=formatting.percent(WORTH_SAYING),
        )
    course = subject.say(
        "The {curve} was {best} in epoch {epoch} and ends at {end}",
        curve=subject.curve,
        best=as_value(facts, "best_value"),
        epoch=subject.best_epoch,
        end=as_value(facts, "end_value"),
    )
    if is_ratio_scale(facts, "best_value", subject.metric, subject):
        course = subject.say("{course}, {change}", course=course, change=times_worse(rise, subject))
    if given.answer == "no" and fall > 0:
        return subject.say("{course}: too little, for its noise and length, to call it a turn.", course=course)
    train = subject.curve_of("train", subject.metric)
    if abs(fall) < WORTH_SAYING:
        return subject.say("{course}, while the {train} hardly changed.", course=course, train=train)
    if fall > 0:
        return subject.say("{course}, while the {train} went on improving.", course=course, train=train)
    return subject.say("{course}, while the {train} got worse too.", course=course, train=train)


def _converged(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    if "plateau_epoch" not in facts:
        return subject.say("The training diverged, so it cannot come to rest.")
    start = facts["plateau_epoch"]
    if start is None:
        return subject.say("The {curve} never improved on its first value.", curve=subject.curve)
    early = isinstance(start, int) and start <= subject.last_epoch / 2
    if given.answer == "yes" or early:
        return subject.say(
            "By epoch {epoch} of {last} the {curve} had made {share} of its whole improvement.",
            share=PLATEAU_SHARE,
            epoch=start,
            last=subject.last_epoch,
            curve=subject.curve,
        )
    return subject.say(
        "The {curve} came near its best only at epoch {epoch} of {last}.",
        curve=subject.curve,
        epoch=start,
        last=subject.last_epoch,
    )


def _more_training(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    if "recent_progress_ratio" not in facts:
        return subject.say("The training diverged; more of the same does not help.")
    progress = facts["recent_progress_ratio"]
    if isinstance(progress, float) and progress <= 0:
        return subject.say("In the last third of the run the {curve} did not improve.", curve=subject.curve)
    return subject.say(
        "In the last third of the run the {curve} improved by {progress}.",
        curve=subject.curve,
        progress=improvement(facts, subject.metric, subject),
    )


def _diverged(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    if given.answer != "yes":
        return subject.say("All values are finite and none exploded.")
    epoch = given.details["epoch"]
    if "non_finite_in" in facts:
        return subject.say("From epoch {epoch} on values are not finite (NaN or infinite).", epoch=epoch)
    if "off_scale_in" in facts:
        return subject.say("From epoch {epoch} on values are too large to be reckoned with.", epoch=epoch)
    return explosion(subject.metric, facts, subject)


_WORDS: Final = {
    "learning": _learning,
    "overfitting": _overfitting,
    "converged": _converged,
    "more_training_helps": _more_training,
    "diverged": _diverged,
}
