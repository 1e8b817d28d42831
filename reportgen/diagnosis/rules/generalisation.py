"""Findings that compare training with validation, and loss with accuracy."""

from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import ratio, smoothed
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.diagnosis.signs import is_unstable
from reportgen.diagnosis.smoothing import noise_level
from reportgen.diagnosis.thresholds import Thresholds

_ROUNDING: Final = 1e-9  # two equal accuracies may differ by this much
_FAR: Final = 0.2  # of the last epoch: smaller distances between two best epochs are not reported
_HIGHER: Final = 0.01  # accuracy: smaller differences between two best epochs are not reported


def rule_generalisation_gap(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Validation is clearly worse than training at the best epoch."""
    reading, best = run.reading, run.best_epoch
    train, validation = reading.train, reading.validation
    if train is None or validation is None or best is None or run.answers["diverged"].answer == "yes":
        return []
    here, there = train.position(best), validation.position(best)
    seen, unseen = float(train.errors[here]), float(validation.errors[there])
    if seen <= 0 or ratio(unseen - seen, seen) < limits.gap_ratio:
        return []
    evidence = Evidence(
        gap_ratio=ratio(unseen - seen, seen),
        train_value=reading.value("train", int(train.epochs[here])),
        validation_value=reading.value("validation", int(validation.epochs[there])),
    )
    return [Finding("generalisation-gap", "note", reading.metric, (best, best), evidence)]


def rule_validation_broken(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A validation loss is NaN or infinite to its end, although training is not."""
    broken = run.signs.broken
    if broken is None or run.verdict == "diverged":
        return []
    metric, _ = metrics.parse_key(broken.key)
    span = (broken.epoch, run.epochs)
    return [Finding("validation-broken", "warning", metric, span, Evidence(key=broken.key, epoch=broken.epoch))]


def rule_accuracy_peaks_elsewhere(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The best epoch of the accuracy is far from that of the judged loss."""
    reading, best = run.reading, run.best_epoch
    if best is None or not metrics.is_loss(reading.metric or "") or reading.validation is None:
        return []
    if run.answers["learning"].answer == "no":
        return []
    history = reading.history
    name = next((n for n in history.metric_names if metrics.is_accuracy(n) and history.has(n, "validation")), None)
    if name is None:
        return []
    series = history.series(name, "validation")
    series = series[np.isfinite(series.to_numpy())]
    if best not in series.index:
        return []
    peak = int(series.idxmax())
    if abs(peak - best) <= _FAR * run.epochs or float(series.loc[peak] - series.loc[best]) <= _HIGHER:
        return []
    evidence = Evidence(epoch=peak, value=float(series.loc[peak]), value_at_best_loss=float(series.loc[best]))
    return [Finding("accuracy-peaks-elsewhere", "note", name, (peak, peak), evidence)]


def rule_underfitting(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The run converged although the training loss stayed near its first value."""
    reading, answers = run.reading, run.answers
    train, validation = reading.train, reading.validation
    if train is None or not run.learned or len(train.errors) < limits.underfit_epochs:
        return []
    if run.verdict != "finished" or answers["converged"].answer != "yes":
        return []
    if answers["overfitting"].answer not in ("no", "not-assessed"):
        return []
    first, low = float(train.errors[0]), float(train.smooth.min())
    fall = ratio(first - low, first)
    gap = ratio(float(validation.smooth[-1]) - low, low) if validation is not None else 0.0
    accuracy = reading.arrays.train_accuracy[np.isfinite(reading.arrays.train_accuracy)]
    reached = float(np.median(accuracy[-3:])) if len(accuracy) else None
    if fall > limits.underfit_fall or gap > limits.underfit_gap or (reached or 0.0) > limits.underfit_accuracy:
        return []
    evidence = Evidence(
        fall_ratio=fall,
        first_value=reading.value("train", int(train.epochs[0])),
        best_value=reading.value("train", int(train.epochs[int(np.argmin(train.errors))])),
        train_accuracy=reached,
    )
    return [Finding("underfitting", "note", reading.metric, reading.span, evidence)]


def rule_validation_better(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Validation is clearly better than training during most of the second half."""
    reading, train, validation = run.reading, run.reading.train, run.reading.validation
    if train is None or validation is None or not run.learned or len(validation.errors) < limits.min_epochs:
        return []
    late = validation.epochs[len(validation.epochs) // 2 :]
    unseen = validation.errors[len(validation.epochs) // 2 :]
    seen = train.errors[np.maximum(0, np.searchsorted(train.epochs, late, side="right") - 1)]
    better = unseen <= (1 - limits.better_ratio) * seen
    if seen.min() <= 0 or better.mean() < limits.better_share:
        return []
    last = int(late[-1])
    evidence = Evidence(
        better_ratio=float(np.median(1 - unseen / seen)),
        share=float(better.mean()),
        train_value=reading.value("train", int(train.epochs[train.position(last)])),
        validation_value=reading.value("validation", last),
    )
    return [Finding("validation-better", "note", reading.metric, (int(late[0]), last), evidence)]


def rule_leakage_suspect(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The validation accuracy is perfect or nearly so, as if rows or answers leaked from training."""
    reading = run.reading
    if reading.validation is None or not run.learned:
        return []
    known = np.isfinite(reading.arrays.validation_accuracy)
    accuracy, epochs = reading.arrays.validation_accuracy[known], reading.arrays.epochs[known]
    if not len(epochs):
        return []
    perfect = accuracy >= limits.perfect_accuracy
    if perfect.sum() < limits.perfect_epochs or perfect[len(epochs) // 2 :].mean() < limits.perfect_share:
        return []
    evidence = Evidence(times=int(perfect.sum()), epochs=len(epochs), value=float(accuracy.max()))
    span = (int(epochs[int(np.argmax(perfect))]), int(epochs[-1]))
    return [Finding("leakage-suspect", "note", accuracy_beside(reading.history, reading.metric), span, evidence)]


def rule_over_confidence(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The validation loss rose although the accuracy did not fall: the wrong predictions became more confident."""
    reading = run.reading
    train, validation = reading.train, reading.validation
    if train is None or validation is None or not run.learned or not metrics.is_loss(reading.metric or ""):
        return []
    accuracy = reading.arrays.validation_accuracy[np.isin(reading.arrays.epochs, validation.epochs)]
    if len(accuracy) < limits.noisy_epochs or not np.isfinite(accuracy).all():
        return []
    if run.answers["overfitting"].answer not in ("yes", "unsure") or is_unstable(train, validation, limits):
        return []
    tail = max(1, round(limits.end_ratio * len(accuracy)))
    if validation.best >= len(accuracy) - tail:
        return []
    low, end = float(validation.smooth[validation.best]), float(validation.smooth[-tail:].mean())
    level = smoothed(accuracy, 1 + 2 * round(limits.window_ratio * len(accuracy) / 2))
    before, after = float(level[validation.best]), float(level[-tail:].mean())
    fell = before - after > max(noise_level(accuracy) / 2, _ROUNDING)
    if end - low < limits.confidence_rise * validation.scale or fell:
        return []
    best = run.best_epoch or int(validation.epochs[validation.best])
    at_best, last = validation.position(best), int(validation.epochs[-1])
    first_loss, last_loss = reading.value("validation", best), reading.value("validation", last)
    shown, shown_last = float(accuracy[at_best]), float(accuracy[-1])
    if last_loss <= first_loss or shown - shown_last > max(noise_level(accuracy), _ROUNDING):
        return []  # single values that are quoted must show it as well
    evidence = Evidence(
        rise_ratio=ratio(end - low, validation.scale),
        loss_at_best=first_loss,
        loss_at_end=last_loss,
        accuracy_at_best=shown,
        accuracy_at_end=shown_last,
    )
    return [Finding("over-confidence", "note", reading.metric, (best, last), evidence)]
