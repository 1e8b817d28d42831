"""The advice: what to do about a judged run, the most important first."""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from reportgen.diagnosis.early_stopping import advise_early_stop, evaluations_ahead
from reportgen.diagnosis.findings import Advice, AdviceCode, VerdictCode
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.questions import SETTLED, falls_late
from reportgen.diagnosis.thresholds import DEFAULTS

BOOSTERS: Final = frozenset({"xgboost", "lightgbm", "catboost", "boosting"})  # a shorter model is part of a longer one
_AWAY: Final = 0.05  # of the best value: the last weights are not recommended if they are further away. Our choice.
_LATE: Final = 0.1  # of the run: a best epoch within its end is as good as the last one. Our choice.
_PATIENCE: Final = 5  # minimum patience, in evaluations, advised for further training. Our choice.
_FAR: Final = 2.0  # of the best value: a run that ends further above it needs a far lower learning rate. Our choice.
_TENTH: Final = 0.1
_HALF: Final = 0.5  # of its first value: a run below it had learned well. Our choice.
_HUGE: Final = 0.25  # training accuracy minus validation accuracy, with which no epoch is good. Our choice.
_MANY: Final = 12.0  # a loss from which it is not that of guessing among classes
_SUDDEN: Final = 5  # epochs that went well before a sudden NaN, if the log shows only the last of them. Our choice.
_WORSE: Final = 1.1  # last training loss over the first, from which the rate is the likely cause. Our choice.
_RISEN: Final = 0.02  # of its first value: a training loss that rose by more suggests a lower rate. Our choice.
_DOUBLE: Final = 2.0  # last over first learning rate, from which it is the likely cause of divergence. Our choice.
_STEADY: Final = 0.5  # share of epochs in which the learning rate falls, if it follows a schedule. Our choice.
_LOW: Final = 0.25  # of its highest value: a learning rate at the end of its schedule. Our choice.
_AT_BEST: Final = (
    0.97  # of the loss of guessing: a validation loss that is never lower shows no good epoch. Our choice.
)
_GUESSED: Final = 1.3  # times the accuracy of guessing: validation up to it is hardly better. Our choice.


def choose_advice(run: Judgement) -> tuple[Advice, ...]:
    """What to do about a run; never empty."""
    advice = _BY_VERDICT[run.verdict](run)
    if run.signs.broken is not None and run.verdict != "diverged":
        advice = [Advice("check-validation"), *(item for item in advice if item.code != "check-validation")]
    if run.overfitting_output is not None and all(item.code != "regularise" for item in advice):
        advice.append(Advice("regularise"))
    return tuple(advice)


def restores_best_weights(run: Judgement) -> bool:
    """Whether early stopping was set to restore the best weights, as far as known."""
    used = run.reading.history.run.early_stopping
    return used is not None and (bool(used.restores) or used.restored_epoch is not None)


def has_restored(run: Judgement) -> bool:
    """Whether early stopping is known to have restored the best weights."""
    facts = run.reading.history.run
    used = facts.early_stopping
    return used is not None and (used.restored_epoch is not None or (used.restores is True and _stopped_early(run)))


def _stopped_early(run: Judgement) -> bool:
    return run.reading.history.run.status == "stopped-early"


def _rise(run: Judgement) -> float:
    """How much worse validation is at the end than at its best, as a fraction; 0 if unknown."""
    return run.answers["overfitting"].evidence.rise_ratio or 0.0


def _keep_best(run: Judgement) -> Advice:
    """How to get the weights of the best epoch, or the model as it is if it has them."""
    used = run.reading.history.run.early_stopping
    if has_restored(run) and used is not None:
        return Advice("use-it", epoch=used.restored_epoch)
    best, curve = run.best_epoch, run.reading.monitor
    if best is None or curve is None or run.reading.excerpt is not None or restores_best_weights(run):
        return Advice("use-epoch", epoch=best)
    stop = advise_early_stop(curve, best)
    if stop.kept_epoch != best:
        return Advice("use-epoch", best)  # early stopping would keep a value that noise made lower, not this epoch
    return Advice(
        "use-epoch", best, patience=stop.patience, kept_epoch=stop.kept_epoch, stopped_epoch=stop.stopped_epoch
    )


def _keep(run: Judgement) -> Advice:
    """The weights as they are, or those of the best epoch if the last ones are clearly worse."""
    if has_restored(run) or _rise(run) >= _AWAY:
        return _keep_best(run)
    return Advice("use-it")


def _keep_early(run: Judgement) -> Advice:
    """The weights of the best epoch if it was clearly before the end, or if the last ones are clearly worse."""
    best = run.best_epoch
    early = best is not None and best < run.epochs - _LATE * (run.epochs - run.reading.span[0])
    return _keep_best(run) if early and run.reading.validation is not None else _keep(run)


def _rate(run: Judgement, factor: float, epoch: int | None = None) -> Advice:
    code: AdviceCode = "lower-learning-rate" if factor < 1 else "raise-learning-rate"
    return Advice(code, factor=factor, rate=run.reading.rate_at(run.best_epoch if epoch is None else epoch))


def _diverged(run: Judgement) -> list[Advice]:
    epoch = run.answers["diverged"].epoch or 1
    advice = [_rate(run, _TENTH, epoch)]
    if run.reading.history.run.tool not in BOOSTERS:
        advice.insert(0 if _broke_suddenly(run) and not has_raised_rate(run) else 1, Advice("clip-gradients"))
    advice.append(Advice("check-data"))
    if has_restored(run):
        advice.append(_keep_best(run))
    elif run.best_epoch is not None and run.best_epoch < epoch:
        advice.append(Advice("use-epoch", run.best_epoch))
    return advice


def has_raised_rate(run: Judgement) -> bool:
    """Whether a run diverged at a learning rate far above its first one."""
    epoch, rates = run.answers["diverged"].epoch, run.reading.arrays.rate
    known = rates[np.isfinite(rates) & (run.reading.arrays.epochs <= (epoch or 0))]
    return len(known) > 1 and bool(known[-1] >= _DOUBLE * known[0] > 0)


def ends_schedule(run: Judgement) -> bool:
    """Whether the learning rate fell steadily to the end of the run, as planned for its length."""
    planned, rates = run.reading.history.run.epochs_planned, run.reading.arrays.rate
    rates = rates[np.isfinite(rates)]
    if len(rates) < DEFAULTS.min_epochs or (planned is not None and planned > run.epochs):
        return False
    later = np.diff(rates[int(rates.argmax()) :])
    steady = len(later) >= len(rates) / 2 and np.mean(later < 0) >= _STEADY and bool((later <= 0).all())
    return bool(steady and 0 < rates[-1] <= _LOW * rates.max())


def _broke_suddenly(run: Judgement) -> bool:
    """Whether a run that had learned well became NaN from one value to the next."""
    trained = run.reading.trained
    if trained is None or run.answers["diverged"].evidence.non_finite_in is None:
        return False
    errors, excerpt = trained[0].errors, run.reading.excerpt
    if len(errors) == 1 and excerpt is not None:  # it had trained for long before the first epoch that is shown
        return excerpt.first > _SUDDEN
    return len(errors) > 1 and errors[-1] <= _HALF * errors[0] and errors[-1] <= 1.1 * errors.min()


def _frozen(run: Judgement) -> list[Advice]:
    if run.signs.stuck == "zero-rate":
        return [Advice("raise-learning-rate", rate=0.0), Advice("check-training")]
    return [_rate(run, _TENTH), Advice("check-training"), Advice("check-data"), Advice("try-few-rows")]


def _not_learning(run: Judgement) -> list[Advice]:
    if run.signs.explosion is not None:
        return [_rate(run, _TENTH), Advice("check-data"), Advice("try-few-rows")]
    if run.signs.stuck == "one-class":
        return [Advice("balance-classes"), Advice("check-data"), _rate(run, _TENTH), Advice("try-few-rows")]
    given, steady = run.answers["learning"].evidence.fall_ratio or 0.0, run.reading.train
    if steady is not None and steady.errors[-1] > _WORSE * steady.errors[0] > 0:
        return [_rate(run, _TENTH), Advice("check-data"), Advice("try-few-rows")]
    slow = run.signs.stuck is None and given > 0 and steady is not None and steady.best == len(steady.errors) - 1
    return [Advice("check-data"), _rate(run, 10.0 if slow else _TENTH), Advice("try-few-rows")]


def _not_generalising(run: Judgement) -> list[Advice]:
    return [Advice("check-validation"), Advice("regularise"), Advice("more-data")]


def _unstable(run: Judgement) -> list[Advice]:
    far = run.signs.explosion is not None or run.signs.far_end > _FAR
    advice = [_rate(run, _TENTH if far else 1 / 3), _keep_best(run)]
    if run.reading.history.run.tool not in BOOSTERS:
        advice.append(Advice("clip-gradients"))
    return advice


def _overfitting(run: Judgement) -> list[Advice]:
    if _never_generalised(run) and not has_restored(run):
        return [Advice("more-data"), Advice("regularise"), _keep_best(run)]  # no epoch is good on new data
    return [_keep_best(run), Advice("regularise"), Advice("more-data")]


def _never_generalised(run: Judgement) -> bool:
    """Whether the model fits its training data although validation never got clearly better than guessing."""
    curve, gap, shares = run.reading.validation, run.signs.gap, run.reading.arrays.validation_accuracy
    known = shares[np.isfinite(shares)]
    if curve is None or gap is None or gap.metric != "accuracy" or gap.train - gap.validation < _HUGE or not len(known):
        return False
    low = float(curve.errors.min())
    classes = round(math.exp(low)) if low < _MANY else 0  # among which a guess has that loss
    guessed = classes > 1 and low >= _AT_BEST * math.log(classes)
    return guessed and float(known.max()) * classes <= _GUESSED


def _large_gap(run: Judgement) -> list[Advice]:
    """An earlier epoch if it is clearly better; else more data, which helps most often (`benchmarks.bench_advice`)."""
    keep = _keep(run)
    if keep.code == "use-it" and not has_restored(run):
        return [Advice("more-data"), Advice("regularise"), keep]
    return [keep, Advice("regularise"), Advice("more-data")]


def _train_on(run: Judgement) -> Advice:
    """For the planned epochs that are missing, or for as long as the forecast reaches."""
    planned, last = run.reading.history.run.epochs_planned, run.epochs
    if planned is not None and planned > last and not _stopped_early(run):
        return Advice("train-on", epoch=planned, epochs=planned - last)
    if ends_schedule(run):
        rates = run.reading.arrays.rate
        return Advice("longer-schedule", rate=float(rates[np.isfinite(rates)][-1]))
    return Advice("train-on", epochs=run.reading.epochs_ahead)


def _still_improving(run: Judgement) -> list[Advice]:
    train = _train_on(run)
    if train.code == "longer-schedule":
        return [train, *_log_validation(run)]
    advice = [train, *_ending(run, train.epochs or 1)]
    if run.found("learning-rate-too-low"):
        advice.append(_rate(run, 3.0))
    if run.signs.gap is not None:
        advice.append(Advice("regularise"))
    return [*advice, *_log_validation(run)]


def _log_validation(run: Judgement) -> list[Advice]:
    return [Advice("log-validation")] if run.answers["overfitting"].reason == "no-validation" else []


def _kept(run: Judgement, keep: Advice) -> list[Advice]:
    """Advice to use weights, but not those of the last epoch if validation is unknown."""
    return [] if _log_validation(run) and keep.code == "use-it" and not has_restored(run) else [keep]


def _ending(run: Judgement, ahead: int) -> list[Advice]:
    """Early stopping for further training; empty if the run has it, or if the training would be too short for it."""
    used = run.reading.history.run.early_stopping
    if restores_best_weights(run):
        if not _stopped_early(run) or used is None or not used.patience:
            return []
        return [Advice("stop-early", patience=used.patience)]
    curve, best = run.reading.monitor, run.best_epoch
    if run.reading.excerpt is not None or curve is None or best is None:
        return []  # the patience would depend on all epochs
    patience = max(_PATIENCE, advise_early_stop(curve, best).patience)
    if evaluations_ahead(curve, ahead) <= patience + 1:
        return []
    return [Advice("stop-early", patience=patience)]


def _finished(run: Judgement) -> list[Advice]:
    advice = [*_log_validation(run), *_kept(run, _keep(run))]
    if run.reading.excerpt is not None and not run.reading.excerpt.is_beginning:
        return [*advice, Advice("complete-log")]
    if run.signs.ended_rate is not None:
        return [*advice, Advice("longer-schedule")]
    return [*advice, Advice("larger-model" if run.found("underfitting") else "change-model")]


def _unclear(run: Judgement) -> list[Advice]:
    if run.reading.excerpt is not None and not run.reading.excerpt.is_beginning:
        return [Advice("complete-log")]
    given, asked = run.answers["overfitting"], run.answers["more_training_helps"]
    may_go_on = asked.answer != "no" and run.signs.ended_rate is None
    if given.probability is not None and given.probability > 1 - DEFAULTS.probably:
        return [_keep(run), Advice("larger-validation-set")]
    curve, best, unseen = run.reading.monitor, run.best_epoch, _log_validation(run)
    if run.answers["learning"].answer != "yes" or curve is None or best is None:
        return [Advice("repeat-run"), *unseen]
    if may_go_on and falls_late(curve, DEFAULTS) and (asked.probability or 0.0) > 1 - DEFAULTS.probably:
        return [*unseen, _train_on(run)]
    keep = _keep_early(run)
    trained = run.reading.trained
    if (
        may_go_on
        and len(curve.errors) < SETTLED
        and trained is not None
        and trained[0].errors.argmin() == len(trained[0].errors) - 1
    ):
        return [*unseen, Advice("repeat-run"), *_kept(run, keep)]  # too few values, and the training loss still falls
    train = [_train_on(run)] if may_go_on and (asked.probability or 0.0) > 1 - DEFAULTS.probably else []
    if unseen:
        return [*unseen, *_kept(run, keep), *train]
    return [keep, *train, Advice("repeat-run")]


def _not_judged(run: Judgement) -> list[Advice]:
    suggested = run.reading.choice.suggested
    if run.reading.excerpt is not None:
        return [Advice("complete-log")]
    if run.answers["more_training_helps"].reason == "too-few-epochs":
        trained, best = run.reading.trained, run.reading.best_epoch
        if run.reading.train is None and run.reading.validation is not None and best not in (None, run.epochs):
            return [Advice("use-epoch", best), Advice("repeat-run")]  # only validation was logged, and it got worse
        rose = trained is not None and trained[0].errors[-1] > (1 + _RISEN) * trained[0].errors[0] > 0
        return [_rate(run, _TENTH), Advice("repeat-run")] if rose else [Advice("repeat-run")]
    return [Advice("log-loss") if suggested is None else Advice("choose-monitor", curve=suggested)]


_BY_VERDICT: Final[Mapping[VerdictCode, Callable[[Judgement], list[Advice]]]] = {
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
