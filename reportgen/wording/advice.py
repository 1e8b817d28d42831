"""Advice in words, in the terms of the tool that trained the run."""

from collections.abc import Callable, Mapping
from typing import Final

from reportgen import formatting
from reportgen.diagnosis.advice import has_restored, restores_best_weights
from reportgen.diagnosis.findings import Advice, AdviceCode
from reportgen.languages import marked
from reportgen.text import printable
from reportgen.wording.subject import WORTH_SAYING, Subject

_LOG_LOSS: Final = marked("Log a loss for training and validation data.")
_LOG_INSTEAD: Final = {
    "competing-losses": marked(
        "Log a metric of quality in each epoch, such as FID, or choose a curve with monitor= (--monitor)."
    ),
    "reinforcement-learning": marked("Log the mean reward of each epoch, or choose a curve with monitor= (--monitor)."),
    "changing-weights": marked("Log the other terms of the loss as well, or choose a curve with monitor= (--monitor)."),
}
_FRACTIONS: Final[Mapping[int, str]] = {2: marked("half"), 3: marked("a third"), 10: marked("a tenth")}


def word_advice(advice: Advice, subject: Subject) -> str:
    """One piece of advice: a sentence or two."""
    return _WORDS[advice.code](advice, subject)


def _use_it(advice: Advice, subject: Subject) -> str:
    say, used = subject.say, subject.judged.reading.history.run.early_stopping
    if advice.epoch is not None and subject.terms.is_boosting:
        return say("Use the model as it is: early stopping chose epoch {epoch}.", epoch=advice.epoch)
    if advice.epoch is not None and used is not None and used.monitor:
        return say(
            "Use the model as it is: early stopping on {monitor} restored the weights of epoch {epoch}.",
            monitor=printable(used.monitor, 60),
            epoch=advice.epoch,
        )
    if advice.epoch is not None:
        return say("Use the model as it is: early stopping restored the weights of epoch {epoch}.", epoch=advice.epoch)
    if has_restored(subject.judged):
        return say("Use the model as it is: early stopping restored the best weights.")
    if subject.judged.best_epoch is None:
        return say("Use it as it is.")
    if subject.excerpt is not None:
        return say("Use it as it is; of the epochs shown, {best} was the best.", best=subject.judged.best_epoch)
    return say("Use it as it is; the best epoch was {best}.", best=subject.judged.best_epoch)


def _use_epoch(advice: Advice, subject: Subject) -> str:
    """How to get the weights of the best epoch: saved, or kept by early stopping in another run."""
    say, best = subject.say, advice.epoch
    if subject.judged.verdict == "diverged":
        if subject.terms.is_boosting:
            return say("If you need a model now, predict with the first {epoch} epochs only.", epoch=best)
        return say("If you need a model now, use the weights from epoch {epoch}, the best epoch.", epoch=best)
    if subject.excerpt is not None:
        return say(
            "Use the weights of epoch {best} if you saved them, unless an epoch that the log does not show is better.",
            best=best,
        )
    if restores_best_weights(subject.judged):
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again: early stopping restores the best "
            "weights when it ends a run.",
            best=best,
        )
    code = "" if advice.patience is None else subject.stopping_code(advice.patience)
    if not code:
        if subject.terms.is_boosting:
            return say("Predict with the first {best} epochs only, or train again and stop there.", best=best)
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again, stop at epoch {best} and keep "
            "that checkpoint.",
            best=best,
        )
    values = {"best": best, "code": code, "kept": advice.kept_epoch, "stopped": advice.stopped_epoch}
    if not subject.terms.simulated:
        return say(
            "Use the weights of epoch {best} if you saved them; otherwise train again with {code}, which stops soon "
            "after the best epoch.",
            **values,
        )
    if subject.terms.is_boosting and advice.stopped_epoch is not None:
        return say(
            "Predict with the first {best} epochs only, or train again with {code}, which would have stopped at epoch "
            "{stopped} and kept the first {kept}.",
            **values,
        )
    if advice.stopped_epoch is None:
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


def _train_on(advice: Advice, subject: Subject) -> str:
    say, count, given = subject.say, advice.epochs or 1, subject.judged.answers["more_training_helps"]
    if advice.epoch is not None:  # the planned end
        return subject.language.say_count(
            "Train the last of the {planned} planned epochs.",
            "Train the remaining {n} of the {planned} planned epochs.",
            count,
            planned=advice.epoch,
        )
    if subject.judged.verdict == "still-improving" and given.evidence.epochs is not None:
        return subject.say("Train longer, and judge the run again: so far, it has too few values to say for how long.")
    if subject.judged.verdict != "still-improving":
        return subject.language.say_count(
            "Training one more epoch may help.", "Training {n} more epochs may help.", count
        )
    train_on = subject.language.say_count("Train for about one more epoch.", "Train for about {n} more epochs.", count)
    low, high = given.evidence.gain_low, given.evidence.gain_high
    if given.expected_gain is None or low is None or high is None:
        return train_on
    if given.expected_gain < WORTH_SAYING:
        no_hope = say("The {curve} may not get better than its best value so far.", curve=subject.curve)
        return subject.join(train_on, no_hope)
    values = {
        "curve": subject.curve,
        "gain": formatting.percent(given.expected_gain),
        "low": formatting.percent(low) if low > 0 else say("no gain"),
        "high": formatting.percent(high),
    }
    if subject.is_score(subject.metric):
        hope = say(
            "The {curve} should end about {gain} closer to its best possible value than its best so far ({low} to "
            "{high} in two thirds of similar runs).",
            **values,
        )
    else:
        hope = say(
            "The {curve} should end about {gain} below its best value so far ({low} to {high} in two thirds of similar "
            "runs).",
            **values,
        )
    return subject.join(train_on, hope)


def _stop_early(advice: Advice, subject: Subject) -> str:
    say, patience = subject.say, advice.patience or 1
    if restores_best_weights(subject.judged):
        return say("Early stopping ended this run: give it a patience above {patience}.", patience=patience)
    code = subject.stopping_code(patience)
    if not code:
        return say("Keep the best checkpoint in case later epochs are worse.")
    return subject.join(
        say("Add {code}, so that a longer run stops once it no longer improves.", code=code), _patience_unit(subject)
    )


def _patience_unit(subject: Subject) -> str:
    """What patience means if not every epoch was validated, or if the run counts steps; otherwise empty."""
    if subject.judged.axis == "step":
        return subject.say("The patience counts evaluations.")
    return subject.say("The patience counts validated epochs.") if subject.judged.reading.is_sparse else ""


def _change_rate(advice: Advice, subject: Subject) -> str:
    factor = advice.factor or 1.0
    if advice.rate == 0:
        return subject.say("Set a learning rate above 0 and train again.")
    values = {"rate": formatting.setting(advice.rate or 0.0), "new": formatting.setting((advice.rate or 0.0) * factor)}
    if factor < 1:
        if advice.rate is not None:
            return subject.say("Lower the learning rate from {rate} to {new} and train again.", **values)
        part = subject.say(_FRACTIONS[round(1 / factor)])
        return subject.say("Lower the learning rate to {part} and train again.", part=part)
    if subject.found("learning-rate-too-low") and advice.rate is not None:
        return subject.say(
            "Or try a learning rate of {new} instead of {rate}: the curve is smooth enough for that.", **values
        )
    if subject.found("learning-rate-too-low"):
        return subject.say("Or try three times the learning rate: the curve is smooth enough for that.")
    if advice.rate is not None:
        return subject.say("Raise the learning rate from {rate} to {new} and train again.", **values)
    return subject.say("Raise the learning rate to {n} times its value and train again.", n=round(factor))


def _clip_gradients(advice: Advice, subject: Subject) -> str:
    if not subject.terms.clipping:
        return subject.say("Clip gradients.")
    return subject.say("Clip gradients ({code}).", code=subject.terms.clipping)


def _longer_schedule(advice: Advice, subject: Subject) -> str:
    if advice.rate is None:
        return subject.say("Train again with a schedule that lowers the learning rate later.")
    rate = formatting.setting(advice.rate)
    return subject.say(
        "Train again with a longer schedule: the learning rate had fallen to {rate} at the end.", rate=rate
    )


def _regularise(advice: Advice, subject: Subject) -> str:
    output = subject.judged.overfitting_output
    if output is not None:
        return subject.say(
            "Or, if output {name} matters most, train again with dropout or weight decay in its layers: it overfits.",
            name=printable(output, 60),
        )
    if subject.judged.verdict == "still-improving" and subject.terms.is_boosting:
        return subject.say("Or train again with shallower trees or stronger regularisation instead.")
    if subject.judged.verdict == "still-improving":
        return subject.say("Or train again with dropout or weight decay instead, or with a smaller model.")
    if subject.terms.is_boosting:
        return subject.say("Train again with shallower trees or stronger regularisation.")
    return subject.say("Train again with dropout or weight decay, or with a smaller model.")


def _check_data(advice: Advice, subject: Subject) -> str:
    if subject.judged.verdict == "diverged" and subject.terms.is_boosting:
        return subject.say("Check the inputs and the target for NaN and extreme values.")
    if subject.judged.verdict == "diverged":
        return subject.say("Check the inputs for NaN and unscaled columns.")
    return subject.say("Check that the inputs are scaled and that the labels fit the loss.")


def _check_validation(advice: Advice, subject: Subject) -> str:
    if subject.judged.signs.broken is not None:
        return subject.say(
            "Check whether the validation data is empty, or contains NaN or labels that the loss cannot take."
        )
    return subject.say("Check that the validation data is scaled, encoded and labelled like the training data.")


def _balance_classes(advice: Advice, subject: Subject) -> str:
    if not subject.terms.balancing:
        return subject.say("Look at the confusion matrix, and balance the classes.")
    return subject.say("Look at the confusion matrix, and balance the classes ({code}).", code=subject.terms.balancing)


def _repeat_run(advice: Advice, subject: Subject) -> str:
    if any(item.code in ("train-on", "longer-schedule", "lower-learning-rate") for item in subject.judged.advice):
        return subject.say("Before you decide, repeat the run with other seeds.")
    if subject.judged.reading.is_sparse and subject.judged.axis == "epoch":
        return subject.say("Before you decide, validate more often, train longer, or repeat the run with other seeds.")
    return subject.say("Before you decide, train longer, or repeat the run with other seeds.")


def _log_validation(advice: Advice, subject: Subject) -> str:
    return subject.say(subject.terms.validation)


def _log_loss(advice: Advice, subject: Subject) -> str:
    say, reason = subject.say, subject.judged.answers["more_training_helps"].reason or ""
    text = say(_LOG_INSTEAD.get(reason, _LOG_LOSS))
    if reason != "zero-loss":
        return text
    return subject.join(say(subject.terms.returning), say("Or choose a curve with monitor= (--monitor)."))


def _choose_monitor(advice: Advice, subject: Subject) -> str:
    return subject.say(
        "Choose the curve to judge by, such as monitor={code} (--monitor {name} on the command line).",
        code=repr(advice.curve),
        name=printable(advice.curve or "", 60),
    )


def _plain(sentence: str) -> Callable[[Advice, Subject], str]:
    """The words of advice that is the same for all runs."""
    return lambda advice, subject: subject.say(sentence)


_WORDS: Final[Mapping[AdviceCode, Callable[[Advice, Subject], str]]] = {
    "use-it": _use_it,
    "use-epoch": _use_epoch,
    "train-on": _train_on,
    "stop-early": _stop_early,
    "longer-schedule": _longer_schedule,
    "lower-learning-rate": _change_rate,
    "raise-learning-rate": _change_rate,
    "clip-gradients": _clip_gradients,
    "batch-size": _plain(marked("Try a larger batch size.")),
    "regularise": _regularise,
    "more-data": _plain(marked("Add training data or augmentation.")),
    "smaller-model": _plain(marked("Try a smaller model.")),
    "larger-model": _plain(marked("Try a larger model.")),
    "change-model": _plain(
        marked("To get better results, add training data or change the model: more epochs alone will not help.")
    ),
    "check-data": _check_data,
    "check-validation": _check_validation,
    "check-training": _plain(
        marked("Check that the layers are trainable and that the optimizer updates their weights.")
    ),
    "balance-classes": _balance_classes,
    "try-few-rows": _plain(
        marked("Try to overfit a few samples first; if that fails, the problem is in the model or the data.")
    ),
    "repeat-run": _repeat_run,
    "larger-validation-set": _plain(
        marked("To be sure, use a larger validation set, or repeat the run with other seeds.")
    ),
    "log-validation": _log_validation,
    "log-loss": _log_loss,
    "choose-monitor": _choose_monitor,
    "complete-log": _plain(marked("Make the report from the complete log.")),
}
