"""The advice: what to do about a judged run, the most important first."""

from collections.abc import Callable, Mapping
from typing import Final

from reportgen.diagnosis.early_stopping import advise_early_stop, evaluations_ahead
from reportgen.diagnosis.findings import Advice, AdviceCode, VerdictCode
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.verdict import UNCOMPARED

BOOSTERS: Final = frozenset({"xgboost", "lightgbm", "catboost", "boosting"})  # a shorter model is part of a longer one
_AWAY: Final = 0.02  # of the best value: the last weights are not recommended if they are further away. Our choice.
_PATIENCE: Final = 5  # minimum patience, in evaluations, advised for further training. Our choice.
_TENTH: Final = 0.1


def choose_advice(run: Judgement) -> tuple[Advice, ...]:
    """What to do about a run; never empty."""
    return tuple(_BY_VERDICT[run.verdict](run))


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
    return Advice(
        "use-epoch", best, patience=stop.patience, kept_epoch=stop.kept_epoch, stopped_epoch=stop.stopped_epoch
    )


def _keep(run: Judgement) -> Advice:
    """The weights as they are, or those of the best epoch if the last ones are clearly worse."""
    if has_restored(run) or _rise(run) >= _AWAY:
        return _keep_best(run)
    return Advice("use-it")


def _rate(run: Judgement, factor: float, epoch: int | None = None) -> Advice:
    code: AdviceCode = "lower-learning-rate" if factor < 1 else "raise-learning-rate"
    return Advice(code, factor=factor, rate=run.reading.rate_at(run.best_epoch if epoch is None else epoch))


def _diverged(run: Judgement) -> list[Advice]:
    epoch = run.answers["diverged"].epoch or 1
    advice = [_rate(run, _TENTH, epoch)]
    if run.reading.history.run.tool not in BOOSTERS:
        advice.append(Advice("clip-gradients"))
    advice.append(Advice("check-data"))
    if has_restored(run):
        advice.append(_keep_best(run))
    elif run.best_epoch is not None and run.best_epoch < epoch:
        advice.append(Advice("use-epoch", run.best_epoch))
    return advice


def _not_learning(run: Judgement) -> list[Advice]:
    return [Advice("check-data"), _rate(run, 1 / _TENTH), _rate(run, _TENTH), Advice("try-few-rows")]


def _overfitting(run: Judgement) -> list[Advice]:
    return [_keep_best(run), Advice("regularise"), Advice("more-data")]


def _still_improving(run: Judgement) -> list[Advice]:
    advice = [Advice("train-on", epochs=run.reading.epochs_ahead), *_ending(run)]
    if run.found("learning-rate-too-low"):
        advice.append(_rate(run, 3.0))
    return advice


def _ending(run: Judgement) -> list[Advice]:
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
    if evaluations_ahead(curve, run.reading.epochs_ahead) <= patience + 1:
        return []
    return [Advice("stop-early", patience=patience)]


def _healthy(run: Judgement) -> list[Advice]:
    answers = run.answers
    if answers["converged"].answer == "yes":
        unseen = answers["overfitting"].reason in UNCOMPARED and answers["overfitting"].reason != "reward"
        return [_keep(run), *([Advice("log-validation")] if unseen else []), Advice("change-model")]
    train = Advice("train-on", epochs=run.reading.epochs_ahead)
    likely = (answers["more_training_helps"].probability or 0.0) >= 0.5
    return [train if likely or _rise(run) >= _AWAY else Advice("use-it"), Advice("change-model")]


def _got_worse(run: Judgement) -> list[Advice]:
    return [_keep_best(run), _rate(run, 1 / 3)]


def _overfitting_possible(run: Judgement) -> list[Advice]:
    return [_keep_best(run), Advice("larger-validation-set")]


def _unclear(run: Judgement) -> list[Advice]:
    return [Advice("complete-log") if run.reading.excerpt is not None else Advice("repeat-run")]


def _not_judged(run: Judgement) -> list[Advice]:
    suggested = run.reading.choice.suggested
    if run.reading.excerpt is not None:
        return [Advice("complete-log")]
    if run.answers["more_training_helps"].reason == "too-few-epochs":
        return [Advice("repeat-run")]
    return [Advice("log-loss") if suggested is None else Advice("choose-monitor", curve=suggested)]


_BY_VERDICT: Final[Mapping[VerdictCode, Callable[[Judgement], list[Advice]]]] = {
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
