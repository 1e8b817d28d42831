"""The five questions, their answers and the sentence under each."""

from collections.abc import Mapping
from typing import Final

from reportgen import formatting, metrics
from reportgen.diagnosis.findings import Answer, Question
from reportgen.languages import Language, marked
from reportgen.wording.subject import WORTH_SAYING, Subject, as_value

REASONS: Final = {
    "no-validation": marked("The run has no validation values, so it is unknown how the model does on unseen data."),
    "no-training-values": marked("The judged metric has no training values to compare with its validation values."),
    "few-evaluations": marked("The run was evaluated too few times to compare validation with training."),
    "validation-not-used": marked("The validation values cannot be compared with the judged training values."),
    "too-few-epochs": marked("The log has too few values to tell a trend from noise."),
    "unknown-direction": marked("The log has no metric with a known direction (lower or higher is better)."),
    "competing-losses": marked(
        "The losses are those of networks that compete: when one improves, the other gets worse, so neither shows how good "
        "the results are."
    ),
    "reinforcement-learning": marked("In reinforcement learning, losses do not show how well the agent does."),
    "changing-weights": marked(
        "The weight of a term of the loss changed during training, so its values are not comparable between epochs."
    ),
    "no-total-loss": marked("The run has several losses but no total, so it is unclear which one to judge by."),
    "zero-loss": marked("The loss is 0 in every epoch, so it was probably never computed."),
    "reward": marked("A reward is measured in training only; whether the agent overfits cannot be seen from it."),
    "excerpt": marked("The rest of the run would be needed to judge this."),
    "diverged": marked("Training diverged, so this cannot be judged."),
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
    """How certain an answer is; for "unsure", how likely "yes" is; empty if it was not assessed."""
    if given.probability is None:
        return ""
    if given.answer == "unsure":
        return language.say("{percent} yes", percent=f"{given.probability * 100:.0f}%")
    return formatting.certainty(given.probability)


def word_short(question: Question, given: Answer, language: Language) -> str:
    """An answer in a word or two, with the epoch for a "yes"."""
    answer = language.say(ANSWER_WORDS[given.answer])
    if given.answer != "yes" or given.epoch is None:
        return answer
    if question == "overfitting":
        return language.say("{answer}, from epoch {epoch} on", answer=answer, epoch=given.epoch)
    return language.say("{answer}, at epoch {epoch}", answer=answer, epoch=given.epoch)


def word_answer(question: Question, subject: Subject) -> str:
    """The sentence under an answer, with its numbers."""
    given = subject.judged.answers[question]
    return _WORDS[question](given, subject) if given.reason is None else subject.say(REASONS[given.reason])


def _learning(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    metric, _ = metrics.parse_key(facts.key or subject.metric or "")
    curve = subject.curve_of(facts.split, metric)
    if given.answer != "yes":
        return subject.say("The {curve} never got clearly better than in the first epoch.", curve=curve)
    if subject.excerpt is not None:
        return subject.say(
            "The {curve} went from {first} in epoch {epoch}, the first one shown, to {best} at its best.",
            curve=curve,
            first=as_value(facts.first_value),
            epoch=subject.excerpt.first,
            best=as_value(facts.best_value),
        )
    return subject.say(
        "The {curve} went from {first} in the first epoch to {best} at its best.",
        curve=curve,
        first=as_value(facts.first_value),
        best=as_value(facts.best_value),
    )


def _overfitting(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    fall = facts.train_fall_ratio or 0.0
    if subject.rise < WORTH_SAYING:
        return subject.say(
            "The {curve} ends within {percent} of its best value.",
            curve=subject.curve,
            percent=formatting.percent(WORTH_SAYING),
        )
    course = subject.say(
        "The {curve} was {best} in epoch {epoch} and is {end} at the end",
        curve=subject.curve,
        best=as_value(facts.best_value),
        epoch=subject.judged.best_epoch,
        end=as_value(facts.end_value),
    )
    if change := subject.worse(subject.rise, facts.best_value, subject.metric):
        course = subject.say("{course}, {change}", course=course, change=change)
    if given.answer == "no" and fall > 0:
        return subject.say("{course}: too little, given its noise and length, to be overfitting.", course=course)
    train = subject.curve_of("train", subject.metric)
    if abs(fall) < WORTH_SAYING:
        return subject.say("{course}, while the {train} hardly changed.", course=course, train=train)
    if fall > 0:
        return subject.say("{course}, while the {train} kept improving.", course=course, train=train)
    return subject.say("{course}, while the {train} got worse too.", course=course, train=train)


def _converged(given: Answer, subject: Subject) -> str:
    start, last = given.evidence.plateau_epoch, subject.judged.epochs
    if subject.judged.verdict == "diverged":
        return subject.say("Training diverged, so it cannot converge.")
    if start is None:
        return subject.say("The {curve} never improved on its first value.", curve=subject.curve)
    if given.answer == "yes" or start <= last / 2:
        return subject.plateau(start)
    return subject.say(
        "The {curve} came close to its best value only at epoch {epoch} of {last}.",
        curve=subject.curve,
        epoch=start,
        last=last,
    )


def _more_training(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    if facts.recent_progress_ratio is None:
        return subject.say("Training diverged; more epochs do not help.")
    if subject.excerpt is not None and facts.recent_progress_ratio <= 0:
        return subject.say("In the last third of the epochs shown, the {curve} did not improve.", curve=subject.curve)
    if subject.excerpt is not None:
        return subject.say(
            "In the last third of the epochs shown, the {curve} improved by {progress}.",
            curve=subject.curve,
            progress=subject.improvement(facts, subject.metric),
        )
    if facts.recent_progress_ratio <= 0:
        return subject.say("In the last third of the run, the {curve} did not improve.", curve=subject.curve)
    return subject.say(
        "In the last third of the run, the {curve} improved by {progress}.",
        curve=subject.curve,
        progress=subject.improvement(facts, subject.metric),
    )


def _diverged(given: Answer, subject: Subject) -> str:
    if given.answer != "yes":
        return subject.say("All values are finite, and none exploded.")
    if given.evidence.non_finite_in is not None:
        return subject.say("From epoch {epoch} on, values are NaN or infinite.", epoch=given.epoch)
    if given.evidence.off_scale_in is not None:
        return subject.say("From epoch {epoch} on, values are out of range (1e100 or more).", epoch=given.epoch)
    return subject.explosion(given.evidence, subject.metric)


_WORDS: Final = {
    "learning": _learning,
    "overfitting": _overfitting,
    "converged": _converged,
    "more_training_helps": _more_training,
    "diverged": _diverged,
}
