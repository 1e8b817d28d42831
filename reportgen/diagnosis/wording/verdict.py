"""The verdict in words: headline, evidence, and what to do."""

from collections.abc import Callable, Mapping
from typing import Final

from reportgen import figures, metrics
from reportgen.diagnosis.findings import Answer, Question, Sentences, VerdictCode
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.diagnosis.wording.answers import REASONS, word_answer
from reportgen.diagnosis.wording.subject import WORTH_SAYING, Subject

Answers = Mapping[Question, Answer]

_AWAY: Final = 0.02  # of the best value, that the last one may be worse for the model to be used as it is
_PATIENCE: Final = 5  # least epochs that a training that goes on should wait for something better


def word_verdict(code: VerdictCode, answers: Answers, subject: Subject) -> Sentences:
    """The verdict: headline, detail, and what to do."""
    return _WORDS[code](answers, subject)


def _diverged(answers: Answers, subject: Subject) -> Sentences:
    epoch = answers["diverged"].details["epoch"]
    rate = subject.rate
    lower = "Lower the learning rate to a tenth"
    if rate is not None:
        lower = f"Lower the learning rate from {figures.setting(rate)} to {figures.setting(rate / 10)}"
    last_good: tuple[str, ...] = ()
    if subject.best_epoch is not None and subject.best_epoch < int(epoch or 1):
        last_good = (f"If you need a model now, the weights of epoch {subject.best_epoch} were the best.",)
    return Sentences(
        f"The training diverged at epoch {epoch}.",
        word_answer("diverged", answers["diverged"], subject),
        (
            f"{lower} and train again.",
            "Clip gradients (clipnorm=1.0 in the optimizer) and check inputs for NaN and unscaled columns.",
            *last_good,
        ),
    )


def _not_learning(answers: Answers, subject: Subject) -> Sentences:
    rate = subject.rate
    rates = "learning rates ten times higher and lower"
    if rate is not None:
        rates = f"a learning rate of {figures.setting(rate * 10)} and one of {figures.setting(rate / 10)} in place of {figures.setting(rate)}"
    return Sentences(
        "The model did not learn.",
        word_answer("learning", answers["learning"], subject),
        (
            "Check that inputs are scaled and labels fit the loss.",
            f"Try {rates}.",
            "Try to overfit a handful of rows first; if that fails, the fault is in the model or the data.",
        ),
    )


def _overfitting(answers: Answers, subject: Subject) -> Sentences:
    since, best = answers["overfitting"].details["since_epoch"], subject.best_epoch
    return Sentences(
        f"The model overfits since epoch {since}; its best epoch is {best}.",
        word_answer("overfitting", answers["overfitting"], subject) + _confidence(subject),
        (
            _use_best(subject),
            "To get better than that, add data, augmentation, dropout or weight decay, or make the model smaller.",
        ),
    )


def _still_improving(answers: Answers, subject: Subject) -> Sentences:
    gain = answers["more_training_helps"].details["expected_gain"]
    low, high = (answers["more_training_helps"].evidence.get(name) for name in ("gain_low", "gain_high"))
    hope = ""
    if isinstance(gain, float) and gain >= WORTH_SAYING and isinstance(low, float) and isinstance(high, float):
        span = f"{figures.percent(low)} to {figures.percent(high)}"
        hope = (
            f", which improves the {subject.curve} by an expected {figures.percent(gain)} ({span} in two runs of three)"
        )
    return Sentences(
        f"Still improving when training ended at epoch {subject.last_epoch}.",
        word_answer("more_training_helps", answers["more_training_helps"], subject),
        (
            f"Train on for about {subject.epochs_ahead} more epochs{hope}{_ending(subject)}.",
            *_faster(subject),
        ),
    )


def _healthy(answers: Answers, subject: Subject) -> Sentences:
    clean = answers["overfitting"].answer == "no"
    if answers["converged"].answer != "yes":
        learned = "without overfitting" if clean else "its training data"
        likely = (answers["more_training_helps"].probability or 0.0) >= 0.5
        course = "it may still improve" if likely else "progress has become slow"
        train = "Train" if likely or _rise(answers) >= _AWAY else "Use it as it is, or train"
        return Sentences(
            f"The model learned {learned}; {course}.",
            word_answer("more_training_helps", answers["more_training_helps"], subject)
            + " Whether more epochs would help much is open.",
            (
                f"{train} {subject.epochs_ahead} more epochs and see.",
                "If that is not enough, change the model, its learning rate or the data.",
            ),
        )
    restored, best = _restored(subject), f"the best epoch was {subject.best_epoch}"
    keep = restored or f"{_sentence(best)}."
    tail, advice = "", f"{keep} Whether it overfits is not certain: watch the validation curve."
    if clean:
        away = _rise(answers) >= _AWAY
        tail = " without overfitting"
        advice = restored or (_use_best(subject) if away else f"Use it as it is; {best}.")
    elif answers["overfitting"].reason == "no-validation":
        tail, advice = " on its training data", f"{keep} {REASONS['no-validation']}"
    return Sentences(
        f"The model converged at epoch {answers['converged'].details['epoch']}{tail}.",
        word_answer("converged", answers["converged"], subject),
        (advice, "To get better, change the model or the data: more epochs of the same will not."),
    )


def _unclear(answers: Answers, subject: Subject) -> Sentences:
    best = subject.best_epoch
    overfitting, lost = answers["overfitting"], answers["converged"].evidence.get("lost_ratio")
    possible = overfitting.answer == "unsure" and (overfitting.probability or 0.0) >= DEFAULTS.possible
    if possible and _rise(answers) >= WORTH_SAYING:
        likely = "has probably begun" if (overfitting.probability or 0) >= 0.5 else "may be starting"
        return Sentences(
            f"The model {likely} to overfit; its best epoch is {best}.",
            word_answer("overfitting", overfitting, subject) + _confidence(subject),
            (
                _use_best(subject),
                "A larger validation set, or the same training with other seeds, would settle it.",
            ),
        )
    if isinstance(lost, float) and lost >= DEFAULTS.lost_ratio:
        return Sentences(
            f"The model got worse again after epoch {best}.",
            f"The {subject.curve} ends having lost {figures.percent(lost)} of its whole improvement again.",
            (_use_best(subject), "Lower the learning rate, at once or towards the end, and train again."),
        )
    reason = answers["more_training_helps"].reason
    if reason is None:
        return Sentences(
            "No clear verdict.",
            f"The {subject.curve} is neither clearly at rest nor clearly improving, and does not clearly turn away.",
            ("Train longer, or repeat with other seeds, before you decide.",),
        )
    few = reason == "too-few-epochs"
    return Sentences(
        "This run cannot be judged.",
        REASONS[reason],
        (
            "Train longer, or repeat with other seeds, before you decide."
            if few
            else "Log a loss for training and validation data.",
        ),
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
    return " The validation accuracy did not suffer: the probabilities got worse, not the classes."


def _faster(subject: Subject) -> tuple[str, ...]:
    """A larger learning rate, where the curves ask for it."""
    if "learning-rate-too-low" not in subject.codes:
        return ()
    rate = "three times the learning rate"
    if subject.rate is not None:
        rate = f"a learning rate of {figures.setting(3 * subject.rate)} in place of {figures.setting(subject.rate)}"
    return (f"Or try {rate}: the curve is smooth enough for longer steps.",)


def _use_best(subject: Subject) -> str:
    """How to get at the weights of the best epoch: they are there, or the early stop that would have kept them."""
    best, stop = subject.best_epoch, subject.stop
    if (restored := _restored(subject)) is not None:
        return restored
    if stop is None:
        return f"Use the weights of epoch {best}."
    ended = "" if stop.stopped_epoch is None else f"have stopped at epoch {stop.stopped_epoch} and "
    kept = "kept them" if stop.kept_epoch == best else f"kept those of epoch {stop.kept_epoch}"
    return f"Use the weights of epoch {best}: {_early_stopping(subject, stop.patience)} would {ended or 'have '}{kept}."


def _restored(subject: Subject) -> str | None:
    """That the model holds its best weights already; None where that is not known."""
    used = subject.early_stopping
    if used is None or used.restored_epoch is None:
        return None
    on = metrics.printable(used.monitor, 60)
    return f"Use the model as it is: early stopping on {on} put the weights of epoch {used.restored_epoch} back."


def _ending(subject: Subject) -> str:
    """An early stop for a training that goes on; empty where it is too short for one to stop it."""
    patience = max(_PATIENCE, subject.stop.patience if subject.stop else 0)
    return f", and let {_early_stopping(subject, patience)} end it" if subject.epochs_ahead > patience + 1 else ""


def _early_stopping(subject: Subject, patience: int) -> str:
    """The line of code; Keras guesses by itself what is better of losses and accuracies only."""
    mode = ", mode='max'" if subject.metric in subject.scores and not metrics.is_accuracy(subject.metric or "") else ""
    return f"EarlyStopping(monitor={subject.monitor!r}{mode}, patience={patience}, restore_best_weights=True)"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
