"""The five questions, their answers and the sentence under each."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.diagnosis.findings import Answer, Question
from reportgen.diagnosis.grades import Grade, grade_of, is_likely, is_probable
from reportgen.languages import Language, marked
from reportgen.wording.subject import WORTH_SAYING, Subject, as_setting, as_value

REASONS: Final = {
    "no-validation": marked(
        "The run has no validation values, so it is unknown how well the model does on unseen data."
    ),
    "broken-validation": marked(
        "The validation loss is NaN or infinite, so it is unknown how well the model does on unseen data."
    ),
    "no-training-values": marked("The judged metric has no training values to compare with its validation values."),
    "few-evaluations": marked("The run was evaluated too few times to compare validation with training."),
    "validation-not-used": marked("The validation values cannot be compared with the judged training values."),
    "too-few-epochs": marked("The log has too few values to judge this."),
    "unknown-direction": marked("The log has no metric with a known direction (lower or higher is better)."),
    "competing-losses": marked(
        "The losses are those of networks that compete: when one improves, the other gets worse, so neither shows how good "
        "the results are."
    ),
    "reinforcement-learning": marked("In reinforcement learning, losses do not show how well the agent performs."),
    "changing-weights": marked(
        "The weight of a term of the loss changed during training, so its values are not comparable between epochs."
    ),
    "no-total-loss": marked("The run has several losses but no total, so it is unclear which one to judge by."),
    "zero-loss": marked("The loss is 0 in every epoch, so it was probably never computed."),
    "reward": marked("Rewards are measured during training only, so they cannot show whether the agent overfits."),
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
GRADE_WORDS: Final[Mapping[Grade, str]] = {
    "yes": marked("Yes"),
    "likely": marked("Likely"),
    "probably": marked("Probably"),
    "unsure": marked("Unsure"),
    "probably-not": marked("Probably not"),
    "unlikely": marked("Unlikely"),
    "no": marked("No"),
}


def certainty(given: Answer, language: Language) -> str:
    """How certain an answer is, in words of `word_short`; empty if it was not assessed."""
    if given.probability is None:
        return ""
    if grade_of(given.probability) == "unsure":
        return language.say("{percent} yes", percent=f"{given.probability * 100:.0f}%")
    return formatting.certainty(given.probability)


def word_short(question: Question, given: Answer, language: Language) -> str:
    """An answer in a word or two, which follows from its probability; with the epoch if it is at least probable."""
    if given.probability is None:
        return language.say("Not assessed")
    answer = language.say(GRADE_WORDS[grade_of(given.probability)])
    if given.epoch is None or not is_probable(given.probability):
        return answer
    if question == "overfitting":
        return language.say("{answer}, from epoch {epoch} on", answer=answer, epoch=given.epoch)
    return language.say("{answer}, at epoch {epoch}", answer=answer, epoch=given.epoch)


def word_answer(question: Question, subject: Subject) -> str:
    """The sentence under an answer, with its numbers."""
    given = subject.judged.answers[question]
    return _WORDS[question](given, subject) if given.reason is None else subject.say(REASONS[given.reason])


def _learning(given: Answer, subject: Subject) -> str:
    facts, signs = given.evidence, subject.judged.signs
    metric, _ = metrics.parse_key(facts.key or subject.metric or "")
    curve = subject.curve_of(facts.split, metric)
    if given.answer == "no" and signs.stuck is not None:
        return _stuck(curve, subject)
    values = {
        "curve": curve,
        "first": as_value(facts.first_value),
        "best": as_value(facts.best_value),
        "epoch": facts.epoch,
    }
    if given.answer == "unsure" and signs.risen_score is not None and not is_probable(given.probability):
        return subject.say(
            "The {curve} never got clearly better than its first value, but the {score} rose to several times "
            "its first value.",
            score=subject.name(signs.risen_score),
            **values,
        )
    if not is_probable(given.probability) and not subject.begins_late:
        return subject.say("The {curve} never got clearly better than in the first epoch.", **values)
    if not is_probable(given.probability):
        return subject.say(
            "The {curve} never got clearly better than in epoch {epoch}, its first value shown.", **values
        )
    if not is_likely(given.probability):
        return subject.say(
            "The {curve} went from {first} to {best} at its best, which is little compared with its noise.", **values
        )
    if subject.begins_late:
        return subject.say(
            "The {curve} went from {first} in epoch {epoch}, its first value shown, to {best} at its best.", **values
        )
    return subject.say("The {curve} went from {first} in the first epoch to {best} at its best.", **values)


def _stuck(curve: str, subject: Subject) -> str:
    """Why the model cannot have learned anything."""
    say, signs = subject.say, subject.judged.signs
    if signs.stuck == "zero-rate":
        return say("The learning rate is 0 in every epoch, so the weights cannot change.")
    if signs.stuck == "constant":
        return say("All values are the same in every epoch, so the weights do not change.")
    if signs.stuck == "chance":
        return _guesses(curve, signs.level, signs.classes, subject)
    if metrics.is_accuracy(subject.metric or ""):
        return say(
            "The accuracy stays at {value}, as if every sample got the same answer.", value=as_value(signs.level)
        )
    return say(
        "The accuracy stays at {value}, and the loss is no better than if every sample got the same answer.",
        value=as_value(signs.level),
    )


def _guesses(curve: str, level: float | None, classes: int | None, subject: Subject) -> str:
    return subject.say(
        "The {curve} stays at {value}, close to ln({classes}) = {chance}: the model guesses among {classes} classes.",
        curve=curve,
        value=as_value(level),
        classes=classes,
        chance=as_value(math.log(classes or 1)),
    )


def word_held(subject: Subject) -> str:
    """How validation stays while training learns."""
    signs, curve = subject.judged.signs, subject.judged.reading.validation
    if signs.validation_stuck == "chance" and curve is not None:
        return _guesses(subject.curve, float(np.median(curve.errors[-3:])), signs.validation_classes, subject)
    return subject.say("The {curve} stays at its first value while training improves.", curve=subject.curve)


def _overfitting(given: Answer, subject: Subject) -> str:
    facts = given.evidence
    fall = facts.train_fall_ratio or 0.0
    if subject.rise < WORTH_SAYING and is_likely(given.probability):
        return subject.say(
            "The {curve} ends within {percent} of its best value, but was mostly worse in between.",
            curve=subject.curve,
            percent=formatting.percent(WORTH_SAYING),
        )
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
    if subject.judged.signs.stays_exploded:
        return subject.say("{course}: it exploded, which is not overfitting.", course=course)
    if not is_probable(given.probability) and fall > 0 and (given.probability or 0.0) < 0.5:
        if subject.has_few_values:
            return subject.say(
                "{course}: with so few values, that is not enough to call it overfitting.", course=course
            )
        return subject.say(
            "{course}: given its noise and length, that is not enough to call it overfitting.", course=course
        )
    train = subject.curve_of("train", subject.metric)
    if abs(fall) < WORTH_SAYING:
        return subject.say("{course}, while the {train} hardly changed.", course=course, train=train)
    if fall > 0:
        return subject.say("{course}, while the {train} kept improving.", course=course, train=train)
    return subject.say("{course}, while the {train} got worse as well.", course=course, train=train)


def _converged(given: Answer, subject: Subject) -> str:
    start, answers = given.evidence.plateau_epoch, subject.judged.answers
    if subject.judged.verdict == "diverged":
        return subject.say("Training diverged, so it cannot converge.")
    if answers["learning"].answer == "no":
        return subject.say("The model did not learn, so it has not converged.")
    if start is None:
        return subject.say("The {curve} never improved on its first value.", curve=subject.curve)
    if is_probable(answers["overfitting"].probability):
        return subject.say(
            "The {curve} was best in epoch {epoch} and is not expected to get better than that.",
            curve=subject.curve,
            epoch=start,
        )
    if subject.excerpt is not None:
        return subject.say("In the epochs shown, the {curve} hardly changes.", curve=subject.curve)
    if subject.judged.verdict == "unstable":
        return subject.say("At the end, the {curve} is far from its best value.", curve=subject.curve)
    if not is_probable(given.probability) and is_probable(answers["more_training_helps"].probability):
        return subject.say("The {curve} was still improving at the end.", curve=subject.curve)
    return subject.plateau(start, is_doubtful=not is_probable(given.probability))


def _more_training(given: Answer, subject: Subject) -> str:
    say, facts, signs = subject.say, given.evidence, subject.judged.signs
    values = {"curve": subject.curve, "progress": subject.improvement(facts, subject.metric)}
    if facts.recent_progress_ratio is None:
        return say("Training diverged; more epochs do not help.")
    if signs.stuck == "zero-rate":
        return say("Not at a learning rate of 0.")
    if signs.ended_rate is not None:
        return say(
            "The learning rate has fallen to {rate}, so more epochs change almost nothing.",
            rate=as_setting(signs.ended_rate),
        )
    if facts.epochs is not None:  # two or three values
        return say("Each value of the {curve} is better than the one before.", **values)
    if facts.recent_progress_ratio <= 0 and subject.excerpt is not None:
        return say("In the last third of the epochs shown, the {curve} did not improve.", **values)
    if facts.recent_progress_ratio <= 0:
        return say("In the last third of the run, the {curve} did not improve.", **values)
    if subject.excerpt is not None:
        return say("In the last third of the epochs shown, the {curve} improved by {progress}.", **values)
    if facts.recent_progress_ratio < WORTH_SAYING and is_probable(given.probability):
        return say(
            "In the last third of the run, the {curve} improved by {progress}; runs with similar curves kept "
            "improving.",
            **values,
        )
    if facts.recent_progress_ratio < WORTH_SAYING:
        return say("In the last third of the run, the {curve} hardly improved ({progress}).", **values)
    return say("In the last third of the run, the {curve} improved by {progress}.", **values)


def _diverged(given: Answer, subject: Subject) -> str:
    if given.answer != "yes" and subject.judged.signs.broken is not None:
        return subject.say("No training values were NaN or infinite, and none exploded.")
    if given.answer != "yes":
        return subject.say("No values were NaN or infinite, and none exploded.")
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
