"""The five questions: did it learn, does it overfit, has it converged, would more training help, did it diverge.

In: a `Reading` of one run. Out: one `Answer` per question. Numbers only; the words are chosen elsewhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import Curve, is_bounded, plateau_start, ratio, read_curve, relative_slope
from reportgen.diagnosis.features import extract
from reportgen.diagnosis.findings import Answer, AnswerWord, Forecast, Number, Question
from reportgen.diagnosis.forecast import as_judged, forecast
from reportgen.diagnosis.thresholds import Thresholds
from reportgen.diagnosis.trees import load_models
from reportgen.diagnosis.turning_points import choose_best, onset_epoch
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import Split

NEARLY_EQUAL: Final = 0.005  # of the value: an epoch is not called better than a lower one for less


@dataclass(frozen=True)
class Arrays:
    """Curves side by side, one value per epoch of the run, NaN where nothing usable was logged.

    Attributes:
        epochs: Shape (n,), int64, 1-based.
        train: Shape (n,), the judged metric as an error.
        validation: Shape (n,), likewise.
        train_accuracy: Shape (n,), shares; all NaN where there is none.
        validation_accuracy: Shape (n,), likewise.
        rate: Shape (n,), learning rate; all NaN where none was logged.
    """

    epochs: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    train_accuracy: np.ndarray
    validation_accuracy: np.ndarray
    rate: np.ndarray

    @cached_property
    def features(self) -> dict[str, float]:
        """The named features of the run that the fitted models ask for."""
        return extract(self.train, self.validation, self.train_accuracy, self.validation_accuracy, self.rate)


@dataclass(frozen=True)
class Reading:
    """What the questions look at: the run, the metric that is judged, and its curves.

    Attributes:
        history: The run.
        metric: Base name of the judged metric; None where no metric has a known direction.
        train: Its training curve; None where absent or without a finite value.
        validation: Its validation curve, likewise.
        arrays: The same two curves and the accuracies beside them, epoch by epoch, as the fitted models take them.
    """

    history: TrainingHistory
    metric: str | None
    train: Curve | None
    validation: Curve | None
    arrays: Arrays

    @property
    def monitor(self) -> Curve | None:
        """The curve that tells best what the model is worth: validation where there is one."""
        return self.validation if self.validation is not None else self.train

    @property
    def monitor_split(self) -> Split:
        """Which split `monitor` belongs to."""
        return "validation" if self.validation is not None else "train"

    @cached_property
    def best_epoch(self) -> int | None:
        """The epoch (1-based) whose weights are worth keeping; None where nothing can be judged.

        With validation a fitted model chooses among the lowest epochs; without, the lowest smoothed training error
        moved to the lowest logged one close by.
        """
        curve, arrays = self.monitor, self.arrays
        if curve is None:
            return None
        if self.train is not None and self.validation is not None and len(self.validation.errors) > 1:
            model = load_models()["best_epoch"]
            position = choose_best(arrays.train, arrays.validation, arrays.validation_accuracy, model)
            if position is not None:
                epoch = int(arrays.epochs[position - 1])
                lowest = int(np.argmin(curve.errors))  # of equal values the first, as EarlyStopping
                near = curve.errors[curve.position(epoch)] - curve.errors[lowest] <= NEARLY_EQUAL * curve.scale
                return int(curve.epochs[lowest]) if near or lowest == len(curve.errors) - 1 else epoch
        reach = max(1, round(len(curve.errors) * 0.02))
        low = max(0, curve.best - reach)
        return int(curve.epochs[low + int(np.argmin(curve.errors[low : curve.best + reach + 1]))])

    @property
    def forecast_as_logged(self) -> Forecast | None:
        """`forecast` in the metric's own unit: turned again where higher is better."""
        ahead = self.forecast
        if ahead is None or self.metric is None or self.history.direction(self.metric) != "higher":
            return ahead
        shares = is_bounded(self.history.series(self.metric, self.monitor_split).to_numpy())
        low, mid, high = ((1 - part if shares else -part) for part in (ahead.low, ahead.mid, ahead.high))
        return replace(ahead, low=high, mid=mid, high=low)

    @cached_property
    def forecast(self) -> Forecast | None:
        """How `monitor` would go on if training were continued; None where there is too little to say."""
        if self.monitor is None:
            return None
        judged, both = self.validation is not None, self.validation is not None and self.train is not None
        return forecast(
            self.arrays.validation if judged else self.arrays.train,
            as_judged(self.arrays.features, has_validation=judged),
            load_models(),
            beside=self.arrays.train if both else None,
            epochs=self.arrays.epochs,
        )


def choose_metric(history: TrainingHistory) -> str | None:
    """The metric to judge a run by: ``loss``, else another loss, else the first metric of known direction.

    Metrics with validation values go before those without.
    """
    known = [name for name in history.metric_names if history.direction(name) != "unknown"]
    return min(
        known,
        key=lambda name: (
            name != "loss",
            not metrics.is_loss(name),
            not history.has(name, "validation"),
            known.index(name),
        ),
        default=None,
    )


def read_run(history: TrainingHistory, thresholds: Thresholds) -> Reading:
    """Picks the judged metric of a run and prepares its curves."""
    metric = choose_metric(history)

    def curve(split: Split) -> Curve | None:
        if metric is None or not history.has(metric, split):
            return None
        series = history.series(metric, split)
        return read_curve(series, history.direction(metric), thresholds.window_ratio, thresholds.off_scale)

    train, validation = curve("train"), curve("validation")
    epochs = history.epochs

    def spread(found: Curve | None) -> np.ndarray:
        values = np.full(len(epochs), np.nan)
        if found is not None:
            values[np.searchsorted(epochs, found.epochs)] = found.errors
        return values

    def accuracy(split: Split) -> np.ndarray:
        name = accuracy_beside(history, metric)
        values = np.full(len(epochs), np.nan)
        if name is not None and history.has(name, split):
            series = history.series(name, split)
            shares = series.to_numpy(dtype=np.float64)
            if not np.any((shares < 0) | (shares > 1)):
                values[np.searchsorted(epochs, series.index.to_numpy())] = shares
        return values

    arrays = Arrays(
        epochs,
        spread(train),
        spread(validation),
        accuracy("train"),
        accuracy("validation"),
        _rates(history, thresholds),
    )
    return Reading(history, metric, train, validation, arrays)


def _rates(history: TrainingHistory, thresholds: Thresholds) -> np.ndarray:
    """The learning rate of every epoch; NaN where none, or none that can be reckoned with, was logged."""
    rates = np.full(len(history.epochs), np.nan)
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is not None and history.has(name, "train"):
        series = history.series(name, "train")
        values = series.to_numpy(dtype=np.float64)
        usable = np.abs(values) < thresholds.off_scale  # false for NaN
        rates[np.searchsorted(history.epochs, series.index.to_numpy()[usable])] = values[usable]
    return rates


def accuracy_beside(history: TrainingHistory, metric: str | None) -> str | None:
    """The accuracy that belongs to the judged loss: of the same output where there are several."""
    found = [name for name in history.metric_names if metrics.is_accuracy(name)]
    head = (metric or "").removesuffix("loss")
    return next((name for name in found if name.startswith(head)), found[0] if found else None)


def worded(probability: float, thresholds: Thresholds) -> AnswerWord:
    """The answer that a probability stands for."""
    return "yes" if probability >= thresholds.yes else "no" if probability <= thresholds.no else "unsure"


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def _answered(probability: float, thresholds: Thresholds, evidence: Mapping[str, Number], **details: Number) -> Answer:
    return Answer(worded(probability, thresholds), probability, details, evidence)


def first_broken(history: TrainingHistory, off_scale: float) -> tuple[int, str, float] | None:
    """The first epoch from which a curve is NaN, infinite or off-scale to its end, its name, and the value.

    None where every curve ends with a value that can be reckoned with. Of several in one epoch the first as logged.
    """
    found: list[tuple[int, str, float]] = []
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        if metrics.is_schedule(metric):
            continue
        series = history.series(metric, split)
        usable = np.flatnonzero(np.abs(series.to_numpy()) < off_scale)
        start = int(usable[-1]) + 1 if len(usable) else 0
        if start < len(series):
            found.append((int(series.index[start]), key, float(series.iloc[start])))
    return min(found, key=lambda item: item[0], default=None)


def answer_diverged(reading: Reading, thresholds: Thresholds) -> Answer:
    """Whether values became NaN or infinite, or the training error grew to a multiple of its first value."""
    broken = first_broken(reading.history, thresholds.off_scale)
    if broken is not None:
        epoch, name, value = broken
        where: dict[str, Number] = {"off_scale_in": name} if math.isfinite(value) else {"non_finite_in": name}
        return _answered(1.0, thresholds, where, epoch=epoch)
    curve = reading.train if reading.train is not None else reading.validation
    if curve is None:
        return Answer("not-assessed", details={"epoch": None}, reason="unknown-direction")
    first, last = float(curve.errors[0]), float(np.median(curve.errors[-3:]))
    growth = ratio(last, first, limit=thresholds.off_scale) if first > 0 else 0.0
    evidence = {"last_over_first": growth}
    score = (
        reading.history.direction(reading.metric or "") == "higher"
        and 0 <= curve.errors.min() <= curve.errors.max() <= 1
    )
    if score or growth < thresholds.explosion_ratio or len(curve.errors) < thresholds.min_epochs:
        return _answered(0.0, thresholds, evidence, epoch=None)
    above = curve.errors >= thresholds.explosion_ratio * first
    onset = int(len(above) - np.argmin(above[::-1])) if not above.all() else 0
    return _answered(0.95, thresholds, evidence, epoch=int(curve.epochs[min(onset, len(above) - 1)]))


def answer_learning(reading: Reading, thresholds: Thresholds) -> Answer:
    """Whether the training error fell, by more than its noise, below its first value."""
    curve = reading.train if reading.train is not None else reading.validation
    if curve is None:
        return Answer("not-assessed", reason="unknown-direction")
    if len(curve.errors) < 2:
        return Answer("not-assessed", reason="too-few-epochs", evidence={"epochs": len(curve.errors)})
    first, low = float(curve.errors[0]), float(curve.smooth.min())
    lowest_value = float(curve.errors.min())
    fall = ratio(first - 0.5 * (low + lowest_value), first)  # half as it was logged, half without its noise
    noise = ratio(curve.noise, first)
    split: Split = "train" if reading.train is not None else "validation"
    logged = reading.history.series(reading.metric or "", split).loc[curve.epochs]
    lowest = int(curve.epochs[int(np.argmin(curve.errors))])
    evidence: dict[str, Number] = {
        "fall_ratio": fall,
        "noise_ratio": noise,
        "first_value": float(logged.iloc[0]),
        "best_value": float(logged.loc[lowest]),
    }
    # One half at the threshold; certain where the fall differs from it by much more than the noise.
    if fall <= 0:
        return _answered(0.0, thresholds, evidence)
    margin = (fall - thresholds.learned_ratio) / max(thresholds.learned_width, thresholds.learned_noise * noise)
    if reading.train is None:
        evidence["split"] = "validation"
    return _answered(_logistic(margin), thresholds, evidence)


def rise_since_best(reading: Reading) -> dict[str, float] | None:
    """Logged values at the best epoch and at the end: how far validation rose, how far training went on falling.

    Returns:
        Ratios are of the error at the best epoch; values are as logged. None where training or validation is missing.
    """
    train, validation, best = reading.train, reading.validation, reading.best_epoch
    if train is None or validation is None or best is None:
        return None
    logged = reading.history.series(reading.metric or "", "validation")
    low, end = float(validation.errors[validation.position(best)]), float(validation.errors[-1])
    at_best = float(train.errors[train.position(best)])
    return {
        "rise_ratio": ratio(max(0.0, end - low), low if low > 0 else validation.scale),
        "train_fall_ratio": ratio(at_best - float(train.errors[-1]), at_best),
        "noise_ratio": ratio(validation.noise, low if low > 0 else validation.scale),
        "best_value": float(logged.loc[best]),
        "end_value": float(logged.loc[int(validation.epochs[-1])]),
    }


def overfitting_since(reading: Reading) -> int | None:
    """The first epoch after both the validation error's turning point and the best epoch; None where it ends lowest."""
    arrays = reading.arrays
    turn, best = onset_epoch(arrays.validation), reading.best_epoch
    if turn is None or best is None:
        return None
    after = max(int(arrays.epochs[turn - 1]), best)
    later = arrays.epochs[(arrays.epochs > after) & np.isfinite(arrays.validation)]
    return int(later[0]) if len(later) else None


def answer_overfitting(reading: Reading, thresholds: Thresholds) -> Answer:
    """Whether validation turned away from its best while training went on improving."""
    details: dict[str, Number] = {"since_epoch": None}
    rise = rise_since_best(reading)
    if reading.metric is None:
        return Answer("not-assessed", details=details, reason="unknown-direction")
    if rise is None or reading.validation is None or reading.train is None:
        reason = "no-validation" if reading.validation is None else "no-training-values"
        return Answer("not-assessed", details=details, reason=reason)
    if len(reading.validation.errors) < thresholds.min_epochs:
        evidence: dict[str, Number] = {"epochs": len(reading.validation.errors)}
        return Answer("not-assessed", details=details, evidence=evidence, reason="too-few-epochs")
    model = load_models()["overfitting"]
    probability = model.ask(reading.arrays.features)
    if is_unstable(reading.train, reading.validation, thresholds):
        probability = min(probability, model.unsure[0])
    since = overfitting_since(reading)
    if since is None:  # it ends at its best: whatever it resembles, it has not turned away
        probability = min(probability, sum(model.unsure) / 2)
    answer = model.answer(probability)
    details["since_epoch"] = since if answer == "yes" else None
    return Answer(answer, probability, details, rise)


def is_unstable(train: Curve, validation: Curve, thresholds: Thresholds) -> bool:
    """Whether the smoothed training error got worse together with validation, which is not overfitting."""
    tail = max(1, round(thresholds.end_ratio * len(validation.smooth)))
    low = float(validation.smooth[validation.best])
    rise = (float(validation.smooth[-tail:].mean()) - low) / validation.scale
    at_best = float(train.smooth[train.position(int(validation.epochs[validation.best]))])
    fall = ratio(at_best - float(train.smooth[-1]), at_best)
    return rise >= thresholds.unstable_rise_ratio and fall <= -thresholds.unstable_train_ratio


def recent_progress(curve: Curve, thresholds: Thresholds) -> float:
    """By how much the lowest smoothed error fell in the last part of the run, as a fraction of `Curve.scale`."""
    split = max(1, round((1 - thresholds.recent_ratio) * len(curve.smooth)))
    return float(curve.smooth[:split].min() - curve.smooth.min()) / curve.scale


def answer_more_training(reading: Reading, thresholds: Thresholds) -> Answer:
    """Whether the monitor would fall further.

    A fitted model answers; where there is only one curve, another that was fitted on the training loss alone.
    """
    curve = reading.monitor
    details: dict[str, Number] = {"expected_gain": None}
    if curve is None:
        return Answer("not-assessed", details=details, reason="unknown-direction")
    if len(curve.errors) < thresholds.min_epochs:
        return Answer("not-assessed", details=details, evidence={"epochs": len(curve.errors)}, reason="too-few-epochs")
    progress, noise = recent_progress(curve, thresholds), curve.noise / curve.scale
    before = float(curve.smooth.min()) + progress * curve.scale
    ahead = reading.forecast
    evidence: dict[str, Number] = {
        "recent_progress_ratio": ratio(progress * curve.scale, before),
        "recent_progress": progress * curve.scale,
        "slope_per_epoch_ratio": relative_slope(curve, thresholds.recent_ratio),
        "noise_ratio": noise,
    }
    both = reading.validation is not None and reading.train is not None
    model = load_models()["more_training_helps" if both else "training_loss_falls"]
    features = reading.arrays.features
    if reading.train is None:
        moved = {f"train_{k.removeprefix('val_')}": v for k, v in features.items() if k.startswith("val_")}
        features = features | moved
    probability = model.ask(features)
    answer = model.answer(probability)
    if answer == "yes" and progress <= 0:
        answer = "unsure"  # it looks like runs that went on falling, but did not fall of late
    details["expected_gain"] = 0.0 if answer == "no" else None if ahead is None else ahead.expected_gain
    if ahead is not None:
        evidence |= {"epochs_ahead": ahead.epochs_ahead, "gain_low": ahead.gain_low, "gain_high": ahead.gain_high}
    return Answer(answer, probability, details, evidence)


def lost_since_best(curve: Curve, thresholds: Thresholds) -> float:
    """How much of its whole improvement a curve has clearly lost again at its end, as a fraction.

    Twice the noise is taken off, so that a noisy plateau has lost nothing; 0 where the curve never improved.
    """
    tail = max(1, round(thresholds.end_ratio * len(curve.smooth)))
    low = float(curve.smooth.min())
    fall = float(curve.smooth[0]) - low
    lost = float(curve.smooth[-tail:].mean()) - low - 2 * curve.noise
    return ratio(max(0.0, lost), fall) if fall > 0 else 0.0


def answer_converged(reading: Reading, thresholds: Thresholds, more_training: Answer, learning: Answer) -> Answer:
    """Whether the monitor has come to rest: it fell, reached its plateau, and more training is unlikely to help."""
    curve = reading.monitor
    if curve is None or more_training.probability is None:
        return Answer(
            "not-assessed", details={"epoch": None}, evidence=more_training.evidence, reason=more_training.reason
        )
    start = plateau_start(curve, thresholds.plateau_ratio)
    evidence = {**more_training.evidence, "plateau_epoch": start, "lost_ratio": lost_since_best(curve, thresholds)}
    # What is left when more training would not help, given that anything was learned at all.
    learned = 0.5 if learning.probability is None else learning.probability
    probability = (1 - more_training.probability) * learned
    word = worded(probability, thresholds)
    if word == "yes" and (start is None or np.mean(curve.epochs >= start) < thresholds.plateau_share):
        word = "unsure"
    return Answer(word, probability, {"epoch": start if word == "yes" else None}, evidence)


def answer_all(reading: Reading, thresholds: Thresholds) -> dict[Question, Answer]:
    """Answers the five questions; a diverged run leaves those about its end unassessed."""
    diverged = answer_diverged(reading, thresholds)
    learning = answer_learning(reading, thresholds)
    if diverged.answer == "yes":
        return {
            "learning": learning,
            "overfitting": Answer("not-assessed", details={"since_epoch": None}, reason="diverged"),
            "converged": Answer("no", 0.0, {"epoch": None}, diverged.evidence),
            "more_training_helps": Answer("no", 0.0, {"expected_gain": 0.0}, diverged.evidence),
            "diverged": diverged,
        }
    more = answer_more_training(reading, thresholds)
    return {
        "learning": learning,
        "overfitting": answer_overfitting(reading, thresholds),
        "converged": answer_converged(reading, thresholds, more, learning),
        "more_training_helps": more,
        "diverged": diverged,
    }
