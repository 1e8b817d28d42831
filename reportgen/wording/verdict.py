"""The verdict in words: headline, evidence, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.early_stopping import evaluations_ahead
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.verdict import UNCOMPARED
from reportgen.languages import marked
from reportgen.text import printable
from reportgen.wording.answers import REASONS, word_answer
from reportgen.wording.diagnosis import Diagnosis, Sentences
from reportgen.wording.subject import WORTH_SAYING, Subject, as_percent, part_shown

_AWAY: Final = 0.02  # of the best value: the last weights are not recommended if they are further away
_MAX_NAMED: Final = 3  # outputs in the text of a verdict
_GRAVE: Final = ("diverged", "not-learning", "overfitting")
_LOG_LOSS: Final = marked("Log a loss for training and validation data.")
_LOG_INSTEAD: Final = {
    "competing-losses": marked(
        "Log a metric of quality in each epoch, such as FID, or choose a curve with monitor= (--monitor)."
    ),
    "reinforcement-learning": marked("Log the mean reward of each epoch, or choose a curve with monitor= (--monitor)."),
    "changing-weights": marked("Log the other terms of the loss as well, or choose a curve with monitor= (--monitor)."),
}
_PATIENCE: Final = 5  # minimum patience, in evaluations, advised for further training


def word_verdict(subject: Subject, outputs: Mapping[str, Diagnosis]) -> Sentences:
    """The verdict. The text also names the first outputs that did worse than the whole model, and counts the others."""
    words, say = _WORDS[subject.judged.verdict](subject), subject.say
    worse = [
        say("Output {output}: {headline}", output=printable(name, 60), headline=output.verdict_words.title)
        for name, output in outputs.items()
        if output.verdict in _GRAVE and output.verdict != subject.judged.verdict
    ]
    said, more = worse[:_MAX_NAMED], len(worse) - _MAX_NAMED
    if more > 0:
        said.append(
            subject.language.say_count(
                "{n} more output did worse than the whole model.",
                "{n} more outputs did worse than the whole model.",
                more,
            )
        )
    return replace(words, text=subject.join(part_shown(subject.excerpt, subject.language), words.text, *said))


def _diverged(subject: Subject) -> Sentences:
    say, rate, best = subject.say, subject.rate, subject.judged.best_epoch
    epoch = subject.judged.answers["diverged"].epoch or 1
    lower = say("Lower the learning rate to a tenth and train again.")
    if rate is not None:
        old, new = formatting.setting(rate), formatting.setting(rate / 10)
        lower = say("Lower the learning rate from {old} to {new} and train again.", old=old, new=new)
    check = say("Clip gradients, and check the inputs for NaN and unscaled columns.")
    if subject.terms.clipping:
        clip = subject.terms.clipping
        check = say("Clip gradients ({code}), and check the inputs for NaN and unscaled columns.", code=clip)
    if subject.terms.is_boosting:
        check = say("Check the inputs and the target for NaN and extreme values.")
    advice = [lower, check]
    if (restored := _restored(subject)) is not None:
        advice.append(restored)
    elif best is not None and best < epoch:
        use = say("If you need a model now, use the weights of epoch {epoch}, the best ones.", epoch=best)
        if subject.terms.is_boosting:
            use = say("If you need a model now, predict with the first {epoch} epochs only.", epoch=best)
        advice.append(use)
    title = say("Training diverged at epoch {epoch}.", epoch=epoch)
    return Sentences(title, word_answer("diverged", subject), tuple(advice))


def _not_learning(subject: Subject) -> Sentences:
    say, rate = subject.say, subject.rate
    rates = say("Try learning rates ten times higher and ten times lower.")
    if rate is not None:
        rates = say(
            "Try learning rates of {higher} and {lower} instead of {rate}.",
            higher=formatting.setting(rate * 10),
            lower=formatting.setting(rate / 10),
            rate=formatting.setting(rate),
        )
    return Sentences(
        say("The model did not learn."),
        word_answer("learning", subject),
        (
            say("Check that the inputs are scaled and that the labels fit the loss."),
            rates,
            say("Try to overfit a few rows first; if that fails, the problem is in the model or the data."),
        ),
    )


def _overfitting(subject: Subject) -> Sentences:
    say, best = subject.say, subject.judged.best_epoch
    since = subject.judged.answers["overfitting"].epoch
    improve = say("To improve further, add data, augmentation, dropout or weight decay, or use a smaller model.")
    if subject.terms.is_boosting:
        improve = say("To improve further, add data, use shallower trees or stronger regularisation.")
    title = say("The model overfits from epoch {epoch} on; its best epoch is {best}.", epoch=since, best=best)
    if subject.excerpt is not None:
        title = say("The model overfits; of the epochs shown, {best} is the best.", best=best)
    return Sentences(
        title,
        subject.join(word_answer("overfitting", subject), _confidence(subject)),
        (_use_best(subject), improve),
    )


def _still_improving(subject: Subject) -> Sentences:
    say, given = subject.say, subject.judged.answers["more_training_helps"]
    low, high = given.evidence.gain_low, given.evidence.gain_high
    train_on = subject.language.say_count(
        "Train for about one more epoch.", "Train for about {n} more epochs.", subject.judged.reading.epochs_ahead
    )
    hope = ""
    if given.expected_gain is not None and given.expected_gain >= WORTH_SAYING and low is not None and high is not None:
        values = {
            "curve": subject.curve,
            "gain": formatting.percent(given.expected_gain),
            "low": formatting.percent(low),
            "high": formatting.percent(high),
        }
        if subject.is_score(subject.metric):
            hope = say(
                "Expect the {curve} to come {gain} closer to its best possible value ({low} to {high} in two of three "
                "runs).",
                **values,
            )
        else:
            hope = say("Expect the {curve} to improve by {gain} ({low} to {high} in two of three runs).", **values)
    title = say("Still improving when training ended at epoch {epoch}.", epoch=subject.judged.epochs)
    if subject.excerpt is not None:
        title = say("Still improving in the last epoch of the log, {epoch}.", epoch=subject.judged.epochs)
    return Sentences(
        title,
        word_answer("more_training_helps", subject),
        tuple(filter(None, (subject.join(train_on, hope), _ending(subject), _faster(subject)))),
    )


def _healthy(subject: Subject) -> Sentences:
    say, best, answers = subject.say, subject.judged.best_epoch, subject.judged.answers
    clean = answers["overfitting"].answer == "no"
    if answers["converged"].answer != "yes":
        return _slowing(subject, clean)
    epoch, restored = answers["converged"].epoch, _restored(subject)
    keep = restored or say("The best epoch was {best}.", best=best)
    if clean:
        title = say("The model converged at epoch {epoch} without overfitting.", epoch=epoch)
        advice = restored or say("Use it as it is; the best epoch was {best}.", best=best)
        if restored is None and subject.rise >= _AWAY:
            advice = _use_best(subject)
    elif (reason := answers["overfitting"].reason) in UNCOMPARED:
        unknown = REASONS[reason or "no-validation"]
        title = say("The model converged at epoch {epoch} on its training data.", epoch=epoch)
        if reason == "reward":
            title = say("The agent's reward converged at epoch {epoch}.", epoch=epoch)
        advice = subject.join(keep, say(unknown))
    else:
        title = say("The model converged at epoch {epoch}.", epoch=epoch)
        advice = subject.join(keep, say("It may overfit: watch the validation curve."))
    change = say("To get better results, change the model or the data: more epochs alone will not help.")
    return Sentences(title, word_answer("converged", subject), (advice, change))


def _slowing(subject: Subject, clean: bool) -> Sentences:
    """A model that learned, and may or may not learn more."""
    say = subject.say
    likely = (subject.judged.answers["more_training_helps"].probability or 0.0) >= 0.5
    if clean and likely:
        title = say("The model learned without overfitting; it may still improve.")
    elif clean:
        title = say("The model learned without overfitting; progress has become slow.")
    elif subject.judged.answers["overfitting"].reason == "reward":
        title = say("The agent learned; progress has become slow.")
        if likely:
            title = say("The agent learned; it may still improve.")
    elif likely:
        title = say("The model learned its training data; it may still improve.")
    else:
        title = say("The model learned its training data; progress has become slow.")
    unclear = say("It is unclear whether more epochs would help much.")
    text = subject.join(word_answer("more_training_helps", subject), unclear)
    epochs = subject.judged.reading.epochs_ahead
    if likely or subject.rise >= _AWAY:
        train = subject.language.say_count("Train one more epoch and see.", "Train {n} more epochs and see.", epochs)
    else:
        train = subject.language.say_count(
            "Use it as it is, or train one more epoch and see.",
            "Use it as it is, or train {n} more epochs and see.",
            epochs,
        )
    more = say("If that is not enough, change the model, the learning rate or the data.")
    return Sentences(title, text, (train, more))


def _overfitting_possible(subject: Subject) -> Sentences:
    say, best = subject.say, subject.judged.best_epoch
    if (subject.judged.answers["overfitting"].probability or 0.0) >= 0.5:
        title = say("The model has probably begun to overfit; its best epoch is {best}.", best=best)
    else:
        title = say("The model may be starting to overfit; its best epoch is {best}.", best=best)
    return Sentences(
        title,
        subject.join(word_answer("overfitting", subject), _confidence(subject)),
        (_use_best(subject), say("To be sure, use a larger validation set, or repeat the run with other seeds.")),
    )


def _got_worse(subject: Subject) -> Sentences:
    say, lost = subject.say, subject.judged.answers["converged"].evidence.lost_ratio
    text = say(
        "At the end, the {curve} has lost {percent} of its total improvement again.",
        curve=subject.curve,
        percent=as_percent(lost),
    )
    if lost is not None and lost > 1:
        text = say("At the end, the {curve} is worse than at its beginning.", curve=subject.curve)
    return Sentences(
        say("The model got worse again after epoch {best}.", best=subject.judged.best_epoch),
        text,
        (_use_best(subject), say("Lower the learning rate, from the start or towards the end, and train again.")),
    )


def _unclear(subject: Subject) -> Sentences:
    text = subject.say(
        "The {curve} has not clearly converged, is not clearly improving, and shows no clear overfitting.",
        curve=subject.curve,
    )
    advice = _longer(subject)
    if subject.excerpt is not None:
        text, advice = subject.say(REASONS["excerpt"]), subject.say("Make the report from the complete log.")
    return Sentences(subject.say("No clear verdict."), text, (advice,))


def _not_judged(subject: Subject) -> Sentences:
    say, reason = subject.say, subject.judged.answers["more_training_helps"].reason or "unknown-direction"
    suggested = subject.judged.reading.choice.suggested
    if subject.excerpt is not None:
        advice = say("Make the report from the complete log.")
    elif reason == "too-few-epochs":
        advice = _longer(subject)
    elif suggested is not None:
        advice = say(
            "Choose the curve to judge by, such as monitor={code} (--monitor {name} on the command line).",
            code=repr(suggested),
            name=printable(suggested, 60),
        )
    else:
        advice = say(_LOG_INSTEAD.get(reason, _LOG_LOSS))
        if reason == "zero-loss":
            choose = say("Or choose a curve with monitor= (--monitor).")
            advice = subject.join(say(subject.terms.returning), choose)
    return Sentences(say("This run cannot be judged."), say(REASONS[reason]), (advice,))


def _longer(subject: Subject) -> str:
    if subject.judged.reading.is_sparse and subject.judged.axis == "epoch":
        return subject.say("Before you decide, validate more often, train longer, or repeat the run with other seeds.")
    return subject.say("Before you decide, train longer, or repeat the run with other seeds.")


_WORDS: Final[Mapping[VerdictCode, Callable[[Subject], Sentences]]] = {
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


def _confidence(subject: Subject) -> str:
    """What overfitting means if the loss got worse but the accuracy did not."""
    if not subject.found("over-confidence"):
        return ""
    return subject.say("The validation accuracy hardly suffered: the probabilities got worse, not the classes.")


def _faster(subject: Subject) -> str:
    """Advice for a higher learning rate if the curves suggest it; otherwise empty."""
    if not subject.found("learning-rate-too-low"):
        return ""
    if subject.rate is None:
        return subject.say("Or try three times the learning rate: the curve is smooth enough for that.")
    return subject.say(
        "Or try a learning rate of {new} instead of {rate}: the curve is smooth enough for that.",
        new=formatting.setting(3 * subject.rate),
        rate=formatting.setting(subject.rate),
    )


def _use_best(subject: Subject) -> str:
    """How to get the weights of the best epoch: already restored, saved, or kept by early stopping."""
    say, best, stop = subject.say, subject.judged.best_epoch, subject.stop
    if (restored := _restored(subject)) is not None:
        return restored
    if subject.excerpt is not None:
        return say(
            "Use the weights of epoch {best} if you saved them, unless an epoch that the log does not show is better.",
            best=best,
        )
    if subject.restores_best_weights:
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again: early stopping restores the best "
            "weights when it ends a training.",
            best=best,
        )
    code = "" if stop is None else subject.stopping_code(stop.patience)
    if stop is None or not code:
        if subject.terms.is_boosting:
            return say("Predict with the first {best} epochs only, or train again and stop there.", best=best)
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again, stop at epoch {best} and keep "
            "that checkpoint.",
            best=best,
        )
    values = {"best": best, "code": code, "kept": stop.kept_epoch, "stopped": stop.stopped_epoch}
    if not subject.terms.simulated:
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again with {code}, which stops soon "
            "after the best epoch.",
            **values,
        )
    if subject.terms.is_boosting and stop.stopped_epoch is not None:
        return say(
            "Predict with the first {best} epochs only, or train again with {code}, which would have stopped at epoch "
            "{stopped} and kept the first {kept}.",
            **values,
        )
    if stop.stopped_epoch is None:
        text = say(
            "Use the weights of epoch {best} if you saved them; otherwise train again with {code}, which keeps epoch "
            "{kept}.",
            **values,
        )
    else:
        text = say(
            "Use the weights of epoch {best} if you saved them; otherwise train again with {code}, which would have "
            "stopped at epoch {stopped} and kept epoch {kept}.",
            **values,
        )
    return subject.join(text, _patience_unit(subject))


def _restored(subject: Subject) -> str | None:
    """A sentence if early stopping restored the best weights; None if that is unknown."""
    run = subject.judged.reading.history.run
    used = run.early_stopping
    if used is None or (used.restored_epoch is None and not (used.restores and run.status == "stopped-early")):
        return None
    if used.restored_epoch is None:
        return subject.say("Use the model as it is: early stopping restored the best weights.")
    if not used.monitor:
        return subject.say(
            "Use the model as it is: early stopping restored the weights of epoch {epoch}.", epoch=used.restored_epoch
        )
    return subject.say(
        "Use the model as it is: early stopping on {monitor} restored the weights of epoch {epoch}.",
        monitor=printable(used.monitor, 60),
        epoch=used.restored_epoch,
    )


def _ending(subject: Subject) -> str:
    """Early stopping for further training; empty if the run has it, or if the training would be too short for it."""
    run = subject.judged.reading.history.run
    if subject.restores_best_weights:
        if run.status != "stopped-early" or run.early_stopping is None or not run.early_stopping.patience:
            return ""
        return subject.say(
            "Early stopping ended this run: give it a patience above {patience}.", patience=run.early_stopping.patience
        )
    if subject.excerpt is not None:
        return ""  # the patience would depend on all epochs
    reading, patience = subject.judged.reading, max(_PATIENCE, subject.stop.patience if subject.stop else 0)
    if reading.monitor is None or evaluations_ahead(reading.monitor, reading.epochs_ahead) <= patience + 1:
        return ""
    code = subject.stopping_code(patience)
    if not code:
        return subject.say("Keep the checkpoint of the best epoch, in case the curve turns.")
    text = subject.say("Use {code} to stop training early.", code=code)
    return subject.join(text, _patience_unit(subject))


def _patience_unit(subject: Subject) -> str:
    """What patience means if not every epoch was validated, or if the run counts steps; otherwise empty."""
    if subject.judged.axis == "step":
        return subject.say("The patience counts evaluations.")
    return subject.say("The patience counts validated epochs.") if subject.judged.reading.is_sparse else ""
