"""The verdict in words: headline, evidence, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from reportgen import formatting, metrics
from reportgen.diagnosis.findings import Answer, Question, VerdictCode
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.answers import REASONS, word_answer
from reportgen.wording.diagnosis import Diagnosis, Sentences
from reportgen.wording.subject import WORTH_SAYING, Subject

Answers = Mapping[Question, Answer]

_AWAY: Final = 0.02  # of the best value, that the last one may be worse for the model to be used as it is
_GRAVE: Final = ("diverged", "not-learning", "overfitting")
_PATIENCE: Final = 5  # least epochs that a training that goes on should wait for something better


def word_verdict(code: VerdictCode, answers: Answers, subject: Subject) -> Sentences:
    """The verdict: headline, detail, and what to do."""
    return _WORDS[code](answers, subject)


def word_outputs(
    words: Sentences, verdict: VerdictCode, outputs: Mapping[str, Diagnosis], language: Language
) -> Sentences:
    """The verdict on a model with several outputs: it mentions each output that did worse than the whole model."""
    say = language.say
    for name, output in outputs.items():
        if output.verdict in _GRAVE and output.verdict != verdict:
            said = say("Output {output}: {headline}", output=printable(name, 60), headline=output.verdict_words.title)
            words = replace(words, text=say("{first} {second}", first=words.text, second=said))
    return words


def _diverged(answers: Answers, subject: Subject) -> Sentences:
    say, rate = subject.say, subject.rate
    epoch = answers["diverged"].details["epoch"]
    lower = say("Lower the learning rate to a tenth and train again.")
    if rate is not None:
        old, new = formatting.setting(rate), formatting.setting(rate / 10)
        lower = say("Lower the learning rate from {old} to {new} and train again.", old=old, new=new)
    advice = [
        lower,
        say("Clip gradients (clipnorm=1.0 in the optimizer) and check inputs for NaN and unscaled columns."),
    ]
    if subject.best_epoch is not None and subject.best_epoch < int(epoch or 1):
        advice.append(
            say("If you need a model now, the weights of epoch {epoch} were the best.", epoch=subject.best_epoch)
        )
    return Sentences(
        say("The training diverged at epoch {epoch}.", epoch=epoch),
        word_answer("diverged", answers["diverged"], subject),
        tuple(advice),
    )


def _not_learning(answers: Answers, subject: Subject) -> Sentences:
    say, rate = subject.say, subject.rate
    rates = say("Try learning rates ten times higher and lower.")
    if rate is not None:
        rates = say(
            "Try a learning rate of {higher} and one of {lower} in place of {rate}.",
            higher=formatting.setting(rate * 10),
            lower=formatting.setting(rate / 10),
            rate=formatting.setting(rate),
        )
    return Sentences(
        say("The model did not learn."),
        word_answer("learning", answers["learning"], subject),
        (
            say("Check that inputs are scaled and labels fit the loss."),
            rates,
            say("Try to overfit a handful of rows first; if that fails, the fault is in the model or the data."),
        ),
    )


def _overfitting(answers: Answers, subject: Subject) -> Sentences:
    say = subject.say
    since = answers["overfitting"].details["since_epoch"]
    return Sentences(
        say(
            "The model overfits from epoch {epoch} on; its best epoch is {best}.", epoch=since, best=subject.best_epoch
        ),
        subject.join(word_answer("overfitting", answers["overfitting"], subject), _confidence(subject)),
        (
            _use_best(subject),
            say("To get better than that, add data, augmentation, dropout or weight decay, or make the model smaller."),
        ),
    )


def _still_improving(answers: Answers, subject: Subject) -> Sentences:
    say = subject.say
    gain = answers["more_training_helps"].details["expected_gain"]
    low, high = (answers["more_training_helps"].evidence.get(name) for name in ("gain_low", "gain_high"))
    train_on = subject.language.say_count(
        "Train on for about one more epoch.", "Train on for about {n} more epochs.", subject.epochs_ahead
    )
    hope = ""
    if isinstance(gain, float) and gain >= WORTH_SAYING and isinstance(low, float) and isinstance(high, float):
        values = {
            "curve": subject.curve,
            "gain": formatting.percent(gain),
            "low": formatting.percent(low),
            "high": formatting.percent(high),
        }
        if subject.metric in subject.scores:
            hope = say(
                "Expect the {curve} to come {gain} nearer to its best possible value ({low} to {high} in two runs of three).",
                **values,
            )
        else:
            hope = say("Expect the {curve} to improve by {gain} ({low} to {high} in two runs of three).", **values)
    return Sentences(
        say("Still improving when training ended at epoch {epoch}.", epoch=subject.last_epoch),
        word_answer("more_training_helps", answers["more_training_helps"], subject),
        tuple(filter(None, (subject.join(train_on, hope), _ending(subject), _faster(subject)))),
    )


def _healthy(answers: Answers, subject: Subject) -> Sentences:
    say, best = subject.say, subject.best_epoch
    clean = answers["overfitting"].answer == "no"
    if answers["converged"].answer != "yes":
        return _slowing(answers, subject, clean)
    epoch = answers["converged"].details["epoch"]
    restored = _restored(subject)
    keep = restored or say("The best epoch was {best}.", best=best)
    if clean:
        title = say("The model converged at epoch {epoch} without overfitting.", epoch=epoch)
        advice = restored or say("Use it as it is; the best epoch was {best}.", best=best)
        if restored is None and _rise(answers) >= _AWAY:
            advice = _use_best(subject)
    elif answers["overfitting"].reason == "no-validation":
        unknown = REASONS["no-validation"]
        title = say("The model converged at epoch {epoch} on its training data.", epoch=epoch)
        advice = subject.join(keep, say(unknown))
    else:
        title = say("The model converged at epoch {epoch}.", epoch=epoch)
        advice = subject.join(keep, say("Whether it overfits is not certain: watch the validation curve."))
    return Sentences(
        title,
        word_answer("converged", answers["converged"], subject),
        (advice, say("To get better, change the model or the data: more epochs of the same will not.")),
    )


def _slowing(answers: Answers, subject: Subject, clean: bool) -> Sentences:
    """A model that learned, and of which it is open whether it would learn more."""
    say = subject.say
    likely = (answers["more_training_helps"].probability or 0.0) >= 0.5
    if clean and likely:
        title = say("The model learned without overfitting; it may still improve.")
    elif clean:
        title = say("The model learned without overfitting; progress has become slow.")
    elif likely:
        title = say("The model learned its training data; it may still improve.")
    else:
        title = say("The model learned its training data; progress has become slow.")
    text = subject.join(
        word_answer("more_training_helps", answers["more_training_helps"], subject),
        say("Whether more epochs would help much is open."),
    )
    if likely or _rise(answers) >= _AWAY:
        train = subject.language.say_count(
            "Train one more epoch and see.", "Train {n} more epochs and see.", subject.epochs_ahead
        )
    else:
        train = subject.language.say_count(
            "Use it as it is, or train one more epoch and see.",
            "Use it as it is, or train {n} more epochs and see.",
            subject.epochs_ahead,
        )
    return Sentences(
        title, text, (train, say("If that is not enough, change the model, its learning rate or the data."))
    )


def _unclear(answers: Answers, subject: Subject) -> Sentences:
    say, best = subject.say, subject.best_epoch
    overfitting, lost = answers["overfitting"], answers["converged"].evidence.get("lost_ratio")
    possible = overfitting.answer == "unsure" and (overfitting.probability or 0.0) >= DEFAULTS.possible
    if possible and _rise(answers) >= WORTH_SAYING:
        if (overfitting.probability or 0) >= 0.5:
            title = say("The model has probably begun to overfit; its best epoch is {best}.", best=best)
        else:
            title = say("The model may be starting to overfit; its best epoch is {best}.", best=best)
        return Sentences(
            title,
            subject.join(word_answer("overfitting", overfitting, subject), _confidence(subject)),
            (
                _use_best(subject),
                say("A larger validation set, or the same training with other seeds, would settle it."),
            ),
        )
    if isinstance(lost, float) and lost >= DEFAULTS.lost_ratio:
        text = say(
            "The {curve} ends having lost {percent} of its whole improvement again.",
            curve=subject.curve,
            percent=formatting.percent(lost),
        )
        return Sentences(
            say("The model got worse again after epoch {best}.", best=best),
            text,
            (_use_best(subject), say("Lower the learning rate, at once or towards the end, and train again.")),
        )
    longer = say("Train longer, or repeat with other seeds, before you decide.")
    reason = answers["more_training_helps"].reason
    if reason is None:
        text = say(
            "The {curve} is neither clearly at rest nor clearly improving, and does not clearly turn away.",
            curve=subject.curve,
        )
        return Sentences(say("No clear verdict."), text, (longer,))
    log = say("Log a loss for training and validation data.")
    return Sentences(
        say("This run cannot be judged."), say(REASONS[reason]), (longer if reason == "too-few-epochs" else log,)
    )


_WORDS: Final[Mapping[VerdictCode, Callable[[Answers, Subject], Sentences]]] = {
    "diverged": _diverged,
    "not-learning": _not_learning,
    "overfitting": _overfitting,
    "still-improving": _still_improving,
    "healthy": _healthy,
    "unclear": _unclear,
}


def _rise(answers: Answers) -> float:
    """How much worse validation ends than it was at its best, as a fraction; 0 where that is not known."""
    rise = answers["overfitting"].evidence.get("rise_ratio")
    return rise if isinstance(rise, float) else 0.0


def _confidence(subject: Subject) -> str:
    """Which of two things overfitting means here, where the loss and the accuracy do not agree."""
    if "over-confidence" not in subject.codes:
        return ""
    return subject.say("The validation accuracy hardly suffered: the probabilities got worse, not the classes.")


def _faster(subject: Subject) -> str:
    """A larger learning rate, where the curves ask for it; empty where they do not."""
    if "learning-rate-too-low" not in subject.codes:
        return ""
    if subject.rate is None:
        return subject.say("Or try three times the learning rate: the curve is smooth enough for longer steps.")
    return subject.say(
        "Or try a learning rate of {new} in place of {rate}: the curve is smooth enough for longer steps.",
        new=formatting.setting(3 * subject.rate),
        rate=formatting.setting(subject.rate),
    )


def _use_best(subject: Subject) -> str:
    """How to get at the weights of the best epoch: they are there, or the early stop that would have kept them."""
    say, best, stop = subject.say, subject.best_epoch, subject.stop
    if (restored := _restored(subject)) is not None:
        return restored
    if stop is None:
        return say("Go back to epoch {best} if you saved its weights; otherwise train again and save them.", best=best)
    code = _early_stopping(subject, stop.patience)
    values = {"best": best, "code": code, "kept": stop.kept_epoch, "stopped": stop.stopped_epoch}
    if stop.stopped_epoch is None:
        return say(
            "Go back to epoch {best} if you saved its weights; otherwise train again with {code}, which keeps epoch {kept}.",
            **values,
        )
    return say(
        "Go back to epoch {best} if you saved its weights; otherwise train again with {code}, which would have stopped at "
        "epoch {stopped} and kept epoch {kept}.",
        **values,
    )


def _restored(subject: Subject) -> str | None:
    """That the model holds its best weights already; None where that is not known."""
    used = subject.early_stopping
    if used is None or used.restored_epoch is None:
        return None
    return subject.say(
        "Use the model as it is: early stopping on {monitor} put the weights of epoch {epoch} back.",
        monitor=printable(used.monitor, 60),
        epoch=used.restored_epoch,
    )


def _ending(subject: Subject) -> str:
    """An early stop for a training that goes on; empty where it is too short for one to stop it."""
    patience = max(_PATIENCE, subject.stop.patience if subject.stop else 0)
    if subject.epochs_ahead <= patience + 1:
        return ""
    return subject.say("Let {code} end it.", code=_early_stopping(subject, patience))


def _early_stopping(subject: Subject, patience: int) -> str:
    """The line of code; Keras guesses by itself what is better of losses and accuracies only."""
    mode = ", mode='max'" if subject.metric in subject.scores and not metrics.is_accuracy(subject.metric or "") else ""
    return f"EarlyStopping(monitor={subject.monitor!r}{mode}, patience={patience}, restore_best_weights=True)"
