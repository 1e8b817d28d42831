"""The verdict in words: headline and evidence, with the advice."""

from collections.abc import Callable, Mapping
from typing import Final

from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.track_record import find_record
from reportgen.diagnosis.verdict import UNCOMPARED
from reportgen.wording.advice import word_advice
from reportgen.wording.answers import REASONS, word_answer
from reportgen.wording.diagnosis import Diagnosis, Sentences
from reportgen.wording.parts import kind_of_parts, word_more_worse, word_worse_part
from reportgen.wording.subject import Subject, as_percent, part_shown

_MAX_NAMED: Final = 3  # outputs in the text of a verdict
_GRAVE: Final = ("diverged", "not-learning", "overfitting")


def word_verdict(subject: Subject, outputs: Mapping[str, Diagnosis]) -> Sentences:
    """The verdict. The text also names the first outputs that did worse than the whole model, and counts the others."""
    title, text = _WORDS[subject.judged.verdict](subject)
    kind = kind_of_parts(subject.judged.reading.history, outputs)
    worse = [
        word_worse_part(name, output, kind)
        for name, output in outputs.items()
        if output.verdict in _GRAVE and output.verdict != subject.judged.verdict
    ]
    said, more = worse[:_MAX_NAMED], len(worse) - _MAX_NAMED
    if more > 0:
        said.append(word_more_worse(more, kind, subject.language))
    advice = tuple(word_advice(item, subject) for item in subject.judged.advice)
    if record := _word_record(subject):
        advice = (subject.join(advice[0], record), *advice[1:])
    return Sentences(title, subject.join(part_shown(subject.excerpt, subject.language), text, *said), advice)


def _word_record(subject: Subject) -> str:
    """How often the first advice helped in tests; empty if the run is of another kind than the tested ones."""
    judged = subject.judged
    if judged.monitor != "val_loss" or subject.excerpt is not None or not judged.advice:
        return ""
    record = find_record(judged.advice[0].code, judged.verdict)
    if record is None:
        return ""
    return subject.say(
        "In our tests this helped in {helped} of {tested} such runs (docs/verdicts.md).",
        helped=record.helped,
        tested=record.tested,
    )


def _diverged(subject: Subject) -> tuple[str, str]:
    epoch = subject.judged.answers["diverged"].epoch or 1
    return subject.say("Training diverged at epoch {epoch}.", epoch=epoch), word_answer("diverged", subject)


def _not_learning(subject: Subject) -> tuple[str, str]:
    return subject.say("The model did not learn."), word_answer("learning", subject)


def _overfitting(subject: Subject) -> tuple[str, str]:
    say, best = subject.say, subject.judged.best_epoch
    since = subject.judged.answers["overfitting"].epoch
    title = say("The model overfits from epoch {epoch} on; its best epoch is {best}.", epoch=since, best=best)
    if subject.excerpt is not None:
        title = say("The model overfits; of the epochs shown, {best} is the best.", best=best)
    return title, subject.join(word_answer("overfitting", subject), _confidence(subject))


def _still_improving(subject: Subject) -> tuple[str, str]:
    say = subject.say
    title = say("Still improving when training ended at epoch {epoch}.", epoch=subject.judged.epochs)
    if subject.excerpt is not None:
        title = say("Still improving in the last epoch of the log, {epoch}.", epoch=subject.judged.epochs)
    return title, word_answer("more_training_helps", subject)


def _healthy(subject: Subject) -> tuple[str, str]:
    say, answers = subject.say, subject.judged.answers
    if answers["converged"].answer != "yes":
        return _slowing(subject)
    epoch, given, more = answers["converged"].epoch, answers["overfitting"], ""
    if given.answer == "no":
        title = say("The model converged at epoch {epoch} without overfitting.", epoch=epoch)
    elif given.reason in UNCOMPARED:
        more = say(REASONS[given.reason or "no-validation"])
        title = say("The model converged at epoch {epoch} on its training data.", epoch=epoch)
        if given.reason == "reward":
            title = say("The agent's reward converged at epoch {epoch}.", epoch=epoch)
    else:
        title = say("The model converged at epoch {epoch}.", epoch=epoch)
        more = say("It may overfit: watch the validation curve.")
    return title, subject.join(word_answer("converged", subject), more)


def _slowing(subject: Subject) -> tuple[str, str]:
    """A model that learned, and may or may not learn more."""
    say, given = subject.say, subject.judged.answers["overfitting"]
    likely = (subject.judged.answers["more_training_helps"].probability or 0.0) >= 0.5
    if given.answer == "no" and likely:
        title = say("The model learned without overfitting; it may still improve.")
    elif given.answer == "no":
        title = say("The model learned without overfitting; progress has become slow.")
    elif given.reason == "reward":
        title = say("The agent learned; progress has become slow.")
        if likely:
            title = say("The agent learned; it may still improve.")
    elif likely:
        title = say("The model learned its training data; it may still improve.")
    else:
        title = say("The model learned its training data; progress has become slow.")
    unclear = say("It is unclear whether more epochs would help much.")
    return title, subject.join(word_answer("more_training_helps", subject), unclear)


def _overfitting_possible(subject: Subject) -> tuple[str, str]:
    say, best = subject.say, subject.judged.best_epoch
    if (subject.judged.answers["overfitting"].probability or 0.0) >= 0.5:
        title = say("The model has probably begun to overfit; its best epoch is {best}.", best=best)
    else:
        title = say("The model may be starting to overfit; its best epoch is {best}.", best=best)
    return title, subject.join(word_answer("overfitting", subject), _confidence(subject))


def _got_worse(subject: Subject) -> tuple[str, str]:
    say, lost = subject.say, subject.judged.answers["converged"].evidence.lost_ratio
    text = say(
        "At the end, the {curve} has lost {percent} of its total improvement again.",
        curve=subject.curve,
        percent=as_percent(lost),
    )
    if lost is not None and lost > 1:
        text = say("At the end, the {curve} is worse than at its beginning.", curve=subject.curve)
    return say("The model got worse again after epoch {best}.", best=subject.judged.best_epoch), text


def _unclear(subject: Subject) -> tuple[str, str]:
    text = subject.say(
        "The {curve} has not clearly converged, is not clearly improving, and shows no clear overfitting.",
        curve=subject.curve,
    )
    if subject.excerpt is not None:
        text = subject.say(REASONS["excerpt"])
    return subject.say("No clear verdict."), text


def _not_judged(subject: Subject) -> tuple[str, str]:
    reason = subject.judged.answers["more_training_helps"].reason or "unknown-direction"
    return subject.say("This run cannot be judged."), subject.say(REASONS[reason])


def _confidence(subject: Subject) -> str:
    """What overfitting means if the loss got worse but the accuracy did not."""
    if not subject.found("over-confidence"):
        return ""
    return subject.say("The validation accuracy hardly suffered: the probabilities got worse, not the classes.")


_WORDS: Final[Mapping[VerdictCode, Callable[[Subject], tuple[str, str]]]] = {
    "diverged": _diverged,
    "not-learning": _not_learning,
    "overfitting": _overfitting,
    "overfitting-possible": _overfitting_possible,
    "got-worse": _got_worse,
    "still-improving": _still_improving,
    "healthy": _healthy,
    "unclear": _unclear,
    "not-judged": _not_judged,
}
