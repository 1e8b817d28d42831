"""The verdict in words: headline and evidence, with the advice."""

from collections.abc import Callable, Mapping
from typing import Final

from reportgen.diagnosis.advice import has_restored
from reportgen.diagnosis.findings import Finding, VerdictCode
from reportgen.diagnosis.grades import is_likely
from reportgen.diagnosis.outputs import kind_of_parts
from reportgen.diagnosis.rules.evaluation import evaluation_warnings
from reportgen.diagnosis.track_record import find_record
from reportgen.diagnosis.verdict import GRAVITY, UNCOMPARED
from reportgen.text import printable
from reportgen.wording.advice import word_advice
from reportgen.wording.answers import REASONS, word_answer, word_held
from reportgen.wording.diagnosis import Diagnosis, Sentences
from reportgen.wording.findings import word_finding
from reportgen.wording.parts import word_more_worse, word_worse_part, word_worst_part
from reportgen.wording.subject import WORTH_SAYING, Subject, as_percent, as_setting, as_value, part_shown

_MAX_NAMED: Final = 3  # outputs in the text of a verdict
_GRAVE: Final = GRAVITY[: GRAVITY.index("large-gap") + 1]


def word_verdict(subject: Subject, outputs: Mapping[str, Diagnosis]) -> Sentences:
    """The verdict. The headline names the worst output if it did worse than the whole model, and the text the others."""
    (title, text), judged, rank = _WORDS[subject.judged.verdict](subject), subject.judged, GRAVITY.index
    kind = kind_of_parts(judged.reading.history, outputs)
    worse = [(n, o) for n, o in outputs.items() if o.verdict in _GRAVE and rank(o.verdict) < rank(judged.verdict)]
    worse.sort(key=lambda item: rank(item[1].verdict))
    tested = evaluation_warnings(judged)
    if worse:
        title = word_worst_part(title, worse[0][0], worse[0][1], kind)
    elif tested and judged.verdict in ("finished", "still-improving"):
        title, tested = _with_test_results(title, tested, subject)
    said = [word_worse_part(name, output, kind) for name, output in worse[:_MAX_NAMED]]
    more = len(worse) - _MAX_NAMED
    if more > 0:
        said.append(word_more_worse(more, kind, subject.language))
    said += [subject.say("{text}.", text=word_finding(finding, subject).title) for finding in tested]
    advice = tuple(word_advice(item, subject) for item in judged.advice)
    if record := _word_record(subject):
        advice = (subject.join(advice[0], record), *advice[1:])
    shown = part_shown(subject.excerpt, subject.language)
    detail = subject.join(shown, text, _exploded(subject), _broken_validation(subject), *said, _few(subject))
    return Sentences(title, detail, advice)


def _with_test_results(
    headline: str, warnings: tuple[Finding, ...], subject: Subject
) -> tuple[str, tuple[Finding, ...]]:
    """A headline on curves that also says what is wrong on test data, and the warnings that it does not name."""
    (first, *others), values = warnings, {"headline": headline.rstrip(".\u3002")}
    if first.code == "test-differs":
        name = subject.name(first.metric)
        return subject.say("{headline}, but the test {metric} is worse.", metric=name, **values), tuple(others)
    return subject.say("{headline}, but test results show a problem.", **values), warnings


def _exploded(subject: Subject) -> str:
    """A sentence about an explosion after which the loss fell again."""
    found = subject.judged.signs.explosion
    if found is None or subject.judged.verdict == "diverged":
        return ""
    values = {"epoch": found.epoch, "key": printable(found.key, 60), "value": as_value(found.value)}
    if not found.is_over:
        return subject.say("In epoch {epoch}, {key} exploded to {value}, and it has not come back.", **values)
    return subject.say("In epoch {epoch}, {key} exploded to {value} and came back.", **values)


def _broken_validation(subject: Subject) -> str:
    """A sentence about a validation loss that became NaN although training did not diverge."""
    broken = subject.judged.signs.broken
    if broken is None or broken.always or subject.judged.verdict == "diverged":
        return ""  # if it always was, the text on missing validation values says so
    values = {"key": printable(broken.key, 60), "epoch": broken.epoch}
    return subject.say(
        "{key} is NaN or infinite from epoch {epoch} on, although the training loss is finite.", **values
    )


def _few(subject: Subject) -> str:
    """A sentence if few evaluations make the verdict less certain."""
    curve, verdict = subject.judged.reading.monitor, subject.judged.verdict
    if curve is None or not subject.has_few_values or verdict in ("diverged", "frozen", "not-judged"):
        return ""
    if verdict == "still-improving" and _is_brief(subject):
        return ""  # the headline says so
    return subject.language.say_count(
        "With one value of the {curve}, this is less certain.",
        "With {n} values of the {curve}, this is less certain.",
        len(curve.errors),
        curve=subject.curve,
    )


def _word_record(subject: Subject) -> str:
    """How often the first advice helped in tests; empty if the run is of another kind than the tested ones."""
    judged = subject.judged
    if judged.monitor != "val_loss" or subject.excerpt is not None or not judged.advice or _is_brief(subject):
        return ""
    if judged.overfitting_output is not None:
        return ""
    if judged.advice[0].code == "use-it" and judged.verdict == "finished" and not has_restored(judged):
        return subject.say(
            "Further tuning may still pay off: in reportgen's benchmark, it did in about 4 of 10 similar runs."
        )
    record = find_record(judged.advice[0].code, judged.verdict)
    if record is None:
        return ""
    return subject.say(
        "In reportgen's benchmark, this helped in {helped} of {tested} similar runs.",
        helped=record.helped,
        tested=record.tested,
    )


def _diverged(subject: Subject) -> tuple[str, str]:
    epoch = subject.judged.answers["diverged"].epoch or 1
    return subject.say("Training diverged at epoch {epoch}.", epoch=epoch), word_answer("diverged", subject)


def _frozen(subject: Subject) -> tuple[str, str]:
    if subject.judged.signs.stuck == "zero-rate":
        return subject.say("Nothing can be learned: the learning rate is 0."), word_answer("learning", subject)
    return subject.say("Nothing changes: all values stay the same."), word_answer("learning", subject)


def _not_learning(subject: Subject) -> tuple[str, str]:
    say, signs = subject.say, subject.judged.signs
    title = say("The model did not learn.")
    if signs.stuck == "chance":
        title = say("The model did not learn: it guesses among {n} classes.", n=signs.classes)
    elif signs.stuck == "one-class":
        title = say("The model did not learn: it seems to predict one class only.")
    elif subject.excerpt is not None and subject.excerpt.is_beginning:
        title = say("The model has not learned so far.")
    return title, word_answer("learning", subject)


def _not_generalising(subject: Subject) -> tuple[str, str]:
    title = subject.say("The model learns its training data but does not generalise.")
    return title, word_held(subject)


def _unstable(subject: Subject) -> tuple[str, str]:
    say, signs, reading = subject.say, subject.judged.signs, subject.judged.reading
    best, curve = subject.judged.best_epoch, reading.monitor
    title = say("Training is unstable; its best epoch is {best}.", best=best)
    if signs.swings and not signs.worse_together:
        title = say("The {curve} swings widely; its best epoch is {best}.", curve=subject.curve, best=best)
    if signs.bounce is not None:
        title = say("Training is unstable: the learning rate may be too high.")
    if curve is None or best is None:
        return title, ""
    split = reading.monitor_split
    values = {
        "curve": subject.curve,
        "best": as_value(reading.value(split, best)),
        "epoch": best,
        "end": as_value(reading.value(split, int(curve.epochs[-1]))),
    }
    text = say("The {curve} was {best} in epoch {epoch} and is {end} at the end.", **values)
    if signs.bounce is None:
        return title, text
    lost = say("Training has lost {percent} of its progress.", percent=as_percent(signs.bounce.lost))
    return title, subject.join(text, lost)


def _overfitting(subject: Subject) -> tuple[str, str]:
    say, best, given = subject.say, subject.judged.best_epoch, subject.judged.answers["overfitting"]
    text = subject.join(word_answer("overfitting", subject), _confidence(subject))
    values = {"epoch": given.epoch, "best": best}
    if subject.excerpt is not None:
        return say("The model overfits; of the epochs shown, {best} is the best.", **values), text
    if given.epoch is None:
        return say("The model probably overfits; its best epoch is {best}.", **values), text
    if is_likely(given.probability):
        return say("The model overfits from epoch {epoch} on.", **values), text
    return say("The model probably overfits from epoch {epoch} on.", **values), text


def _large_gap(subject: Subject) -> tuple[str, str]:
    say, gap = subject.say, subject.judged.signs.gap
    title = say("The model fits its training data far better than new data.")
    if gap is None:
        return title, ""
    values = {
        "metric": subject.name(gap.metric),
        "train": as_value(gap.train),
        "validation": as_value(gap.validation),
        "times": as_setting(gap.times),
    }
    text = say(
        "At the end, the {metric} is about {train} on training data and {validation} on validation data.", **values
    )
    if gap.times:
        text = say(
            "At the end, the {metric} is about {train} on training data and {validation} on validation data, {times} times "
            "as high.",
            **values,
        )
    if subject.excerpt is not None or (subject.judged.answers["overfitting"].probability or 0.0) >= 0.5:
        return title, text
    return title, subject.join(text, say("The {curve} has not clearly started to get worse yet.", curve=subject.curve))


def _is_brief(subject: Subject) -> bool:
    """Whether the answer on more training follows from two or three values."""
    return subject.judged.answers["more_training_helps"].evidence.epochs is not None


def _still_improving(subject: Subject) -> tuple[str, str]:
    say, values = subject.say, {"epoch": subject.judged.epochs}
    curve = subject.judged.reading.monitor
    if _is_brief(subject) and curve is not None:
        title = subject.language.say_count(
            "Still improving, as far as {n} value shows.",
            "Still improving, as far as {n} values show.",
            len(curve.errors),
        )
        return title, subject.join(word_answer("more_training_helps", subject), _unseen(subject))
    likely = is_likely(subject.judged.answers["more_training_helps"].probability)
    if subject.excerpt is not None and likely:
        title = say("Still improving in epoch {epoch}, the last one logged.", **values)
    elif subject.excerpt is not None:
        title = say("Probably still improving in epoch {epoch}, the last one logged.", **values)
    elif likely:
        title = say("Still improving when training ended at epoch {epoch}.", **values)
    else:
        title = say("Probably still improving when training ended at epoch {epoch}.", **values)
    return title, subject.join(word_answer("more_training_helps", subject), _unseen(subject))


def _unseen(subject: Subject) -> str:
    """Why it is unknown whether the model overfits; empty if that was judged."""
    reason = subject.judged.answers["overfitting"].reason
    return subject.say(REASONS[reason]) if reason in UNCOMPARED else ""


def _finished(subject: Subject) -> tuple[str, str]:
    say, answers, signs = subject.say, subject.judged.answers, subject.judged.signs
    values, given = {"epoch": answers["converged"].epoch}, answers["overfitting"]
    likely = is_likely(answers["converged"].probability)
    text = subject.join(word_answer("converged", subject), _unseen(subject))
    if signs.ended_rate is not None:
        rate = word_answer("more_training_helps", subject)
        return say("The run has finished its learning rate schedule."), subject.join(rate, text)
    if subject.begins_late:
        title = say("No longer improving in the epochs shown.")
    elif (
        values["epoch"] == subject.judged.reading.span[0]
        and subject.judged.best_epoch == subject.judged.reading.span[1]
    ):
        title = say("More training is unlikely to help.")  # the last value is the best one
    elif values["epoch"] == subject.judged.reading.span[0]:
        title = say("The {curve} hardly improved after the first epoch.", curve=subject.curve)
    elif given.reason == "reward":
        title = say("The agent's reward converged at epoch {epoch}.", **values)
    elif given.reason in UNCOMPARED:
        title = say("The model converged at epoch {epoch} on its training data.", **values)
        if not likely:
            title = say("Probably converged at epoch {epoch} on its training data.", **values)
    elif likely and given.answer == "no":
        title = say("The model converged at epoch {epoch} without overfitting.", **values)
    elif likely:
        title = say("The model converged at epoch {epoch}.", **values)
    else:
        title = say("The model probably converged at epoch {epoch}.", **values)
    return title, text


def _confidence(subject: Subject) -> str:
    """What overfitting means if the loss got worse but the accuracy did not."""
    if not subject.found("over-confidence"):
        return ""
    return subject.say(
        "The validation accuracy barely dropped: the model became overconfident rather than wrong more often."
    )


def _unclear(subject: Subject) -> tuple[str, str]:
    say, answers = subject.say, subject.judged.answers
    if subject.excerpt is not None:
        return say("No clear verdict."), say(REASONS["excerpt"])
    if answers["learning"].answer != "yes":
        return say("It is unclear whether the model learned."), word_answer("learning", subject)
    more = word_answer("more_training_helps", subject)
    if (answers["overfitting"].probability or 0.0) >= 0.5 and subject.rise >= WORTH_SAYING:
        title = say("It is unclear whether the model has begun to overfit.")
        return title, word_answer("overfitting", subject)
    title = say("It is unclear whether more epochs would help.")
    return title, subject.join(more, _unseen(subject))


def _not_judged(subject: Subject) -> tuple[str, str]:
    reason = subject.judged.answers["more_training_helps"].reason or "unknown-direction"
    if reason == "too-few-epochs":
        return subject.say("The log is too short for a verdict."), subject.say(REASONS[reason])
    return subject.say("This run cannot be judged."), subject.say(REASONS[reason])


_WORDS: Final[Mapping[VerdictCode, Callable[[Subject], tuple[str, str]]]] = {
    "diverged": _diverged,
    "frozen": _frozen,
    "not-learning": _not_learning,
    "not-generalising": _not_generalising,
    "unstable": _unstable,
    "overfitting": _overfitting,
    "large-gap": _large_gap,
    "still-improving": _still_improving,
    "finished": _finished,
    "unclear": _unclear,
    "not-judged": _not_judged,
}
