"""Findings on how training and validation, and loss and accuracy, stand to each other."""

from typing import Final

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import ratio, smoothed
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.questions import is_unstable
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.diagnosis.rules.case import Case
from reportgen.diagnosis.smoothing import noise_level
from reportgen.history.checks import SPLITS

_ROUNDING: Final = 1e-9  # two equal accuracies may differ by so much


def rule_generalisation_gap(case: Case) -> list[Finding]:
    """At the best epoch validation is clearly worse than training."""
    reading, best = case.reading, case.reading.best_epoch
    train, validation = reading.train, reading.validation
    if train is None or validation is None or best is None or case.answers["diverged"].answer == "yes":
        return []
    seen, unseen = float(train.errors[train.position(best)]), float(validation.errors[validation.position(best)])
    if seen <= 0 or ratio(unseen - seen, seen) < case.thresholds.gap_ratio:
        return []
    gap = ratio(unseen - seen, seen)
    sides = {split: reading.history.series(reading.metric or "", split) for split in SPLITS}
    evidence: dict[str, Number] = {
        "gap_ratio": gap,
        "train_value": float(sides["train"].loc[int(train.epochs[train.position(best)])]),
        "validation_value": float(sides["validation"].loc[int(validation.epochs[validation.position(best)])]),
    }
    return [Finding("generalisation-gap", "note", reading.metric, (best, best), evidence)]


def rule_accuracy_best(case: Case) -> list[Finding]:
    """The accuracy peaks in another part of the run than the judged loss."""
    reading, best = case.reading, case.reading.best_epoch
    if best is None or reading.metric is None or not metrics.is_loss(reading.metric) or reading.validation is None:
        return []
    for name in reading.history.metric_names:
        if metrics.is_accuracy(name) and reading.history.has(name, "validation"):
            series = reading.history.series(name, "validation")
            series = series[np.isfinite(series.to_numpy())]
            if best not in series.index:
                return []
            peak = int(series.idxmax())
            gain = float(series.loc[peak] - series.loc[best])
            if abs(peak - best) > 0.2 * case.last_epoch and gain > 0.01:
                evidence: dict[str, Number] = {
                    "epoch": peak,
                    "value": float(series.loc[peak]),
                    "value_at_best_loss": float(series.loc[best]),
                }
                return [Finding("accuracy-peaks-elsewhere", "note", name, (peak, peak), evidence)]
            return []
    return []


def rule_underfitting(case: Case) -> list[Finding]:
    """The run came to rest with little learned: the training loss itself stays near where it began."""
    reading, limits, answers = case.reading, case.thresholds, case.answers
    train, validation = reading.train, reading.validation
    if train is None or not case.is_usable or len(train.errors) < limits.underfit_epochs:
        return []
    if answers["converged"].answer != "yes":
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
    evidence: dict[str, Number] = {
        "fall_ratio": fall,
        "first_value": case.value("train", int(train.epochs[0])),
        "best_value": case.value("train", int(train.epochs[int(np.argmin(train.errors))])),
        "train_accuracy": reached,
    }
    return [Finding("underfitting", "note", reading.metric, case.span, evidence)]


def rule_validation_better(case: Case) -> list[Finding]:
    """Through most of the second half validation is clearly better than training."""
    train, validation, limits = case.reading.train, case.reading.validation, case.thresholds
    if train is None or validation is None or not case.is_usable or len(validation.errors) < limits.min_epochs:
        return []
    late = validation.epochs[len(validation.epochs) // 2 :]
    unseen = validation.errors[len(validation.epochs) // 2 :]
    seen = train.errors[np.maximum(0, np.searchsorted(train.epochs, late, side="right") - 1)]
    better = unseen <= (1 - limits.better_ratio) * seen
    if seen.min() <= 0 or better.mean() < limits.better_share:
        return []
    last = int(late[-1])
    evidence: dict[str, Number] = {
        "better_ratio": float(np.median(1 - unseen / seen)),
        "share": float(better.mean()),
        "train_value": case.value("train", int(train.epochs[train.position(last)])),
        "validation_value": case.value("validation", last),
    }
    return [Finding("validation-better", "note", case.reading.metric, (int(late[0]), last), evidence)]


def rule_leakage_suspect(case: Case) -> list[Finding]:
    """Validation is perfect, or as good as: the rows, or the answer, may be known from training."""
    reading, limits = case.reading, case.thresholds
    if reading.validation is None or not case.is_usable:
        return []
    accuracy = reading.arrays.validation_accuracy
    known = np.isfinite(accuracy)
    if not known.any():
        return []
    epochs = reading.arrays.epochs[known]
    late = accuracy[known][len(epochs) // 2 :]
    perfect = accuracy[known] >= limits.perfect_accuracy
    if perfect.sum() < limits.perfect_epochs or np.mean(late >= limits.perfect_accuracy) < limits.perfect_share:
        return []
    evidence: dict[str, Number] = {
        "times": int(perfect.sum()),
        "epochs": len(epochs),
        "value": float(accuracy[known].max()),
    }
    first = int(epochs[int(np.argmax(perfect))])
    return [
        Finding(
            "leakage-suspect",
            "note",
            accuracy_beside(reading.history, reading.metric),
            (first, int(epochs[-1])),
            evidence,
        )
    ]


def rule_over_confidence(case: Case) -> list[Finding]:
    """The validation loss rose although the validation accuracy did not fall: wrong answers became surer."""
    reading, limits = case.reading, case.thresholds
    train, validation = reading.train, reading.validation
    if train is None or validation is None or not case.is_usable or not metrics.is_loss(reading.metric or ""):
        return []
    accuracy = reading.arrays.validation_accuracy[np.isin(reading.arrays.epochs, validation.epochs)]
    if len(accuracy) < limits.noisy_epochs or not np.isfinite(accuracy).all():
        return []
    if case.answers["overfitting"].answer not in ("yes", "unsure") or is_unstable(train, validation, limits):
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
    evidence: dict[str, Number] = {
        "rise_ratio": ratio(end - low, validation.scale),
        "loss_at_best": low,
        "loss_at_end": end,
        "accuracy_at_best": before,
        "accuracy_at_end": after,
    }
    best, last = int(validation.epochs[validation.best]), int(validation.epochs[-1])
    return [Finding("over-confidence", "note", reading.metric, (best, last), evidence)]
