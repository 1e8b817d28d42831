"""Findings on the shape of single curves."""

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import ratio
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.questions import is_unstable
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.diagnosis.rules.case import Case
from reportgen.diagnosis.shape import commonest, one_class_loss, spike_positions
from reportgen.diagnosis.smoothing import validation_size


def rule_passing_breaks(case: Case) -> list[Finding]:
    """A curve had values that cannot be reckoned with, and usable ones again afterwards."""
    found = []
    history = case.reading.history
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        series = history.series(metric, split)
        usable = np.abs(series.to_numpy()) < case.thresholds.off_scale
        last = np.flatnonzero(usable)
        broken = np.flatnonzero(~usable[: last[-1]]) if len(last) else last
        if len(broken) and not metrics.is_schedule(metric):
            span = (int(series.index[broken[0]]), int(series.index[broken[-1]]))
            evidence: dict[str, Number] = {"times": len(broken), "key": key}
            found.append(Finding("broken-in-passing", "warning", metric, span, evidence))
    return found


def rule_unstable(case: Case) -> list[Finding]:
    """Validation and training got worse together: the training lost its way, which is not overfitting."""
    train, validation = case.reading.train, case.reading.validation
    if train is None or validation is None or not case.is_usable:
        return []
    if len(validation.errors) < case.thresholds.min_epochs or not is_unstable(train, validation, case.thresholds):
        return []
    best, last = int(validation.epochs[validation.best]), int(validation.epochs[-1])
    if (
        float(validation.smooth[-1]) - float(validation.smooth.min())
        < case.thresholds.unstable_noise * validation.noise
    ):
        return []
    evidence: dict[str, Number] = {
        "train_at_best": case.value("train", int(train.epochs[train.position(best)])),
        "train_at_end": case.value("train", int(train.epochs[-1])),
        "validation_at_best": case.value("validation", best),
        "validation_at_end": case.value("validation", last),
    }
    return [Finding("unstable", "warning", case.reading.metric, (best, case.last_epoch), evidence)]


def rule_noisy_validation(case: Case) -> list[Finding]:
    """The validation curve jumps from epoch to epoch, far more than training does."""
    train, validation, limits = case.reading.train, case.reading.validation, case.thresholds
    if train is None or validation is None or not case.is_usable or len(validation.errors) < limits.noisy_epochs:
        return []
    noise = ratio(validation.noise, validation.scale)
    if noise < limits.noisy_ratio or validation.noise < limits.noisy_times * train.noise:
        return []
    rows = validation_size(case.reading.arrays.validation_accuracy)
    evidence: dict[str, Number] = {
        "noise": validation.noise,
        "noise_ratio": noise,
        "train_noise": train.noise,
        "validation_rows": int(rows) if np.isfinite(rows) else None,
    }
    span = (int(validation.epochs[0]), int(validation.epochs[-1]))
    return [Finding("noisy-validation", "note", case.reading.metric, span, evidence)]


def rule_spikes(case: Case) -> list[Finding]:
    """The training loss leaps up in single epochs and comes back."""
    train, limits = case.reading.train, case.thresholds
    if train is None or case.answers["diverged"].answer != "no" or len(train.errors) < limits.spike_epochs:
        return []
    at = spike_positions(train.errors, limits.spike_ratio, limits.spike_noise, limits.spike_reach)
    if not len(at) or len(at) > limits.spike_share * len(train.errors):
        return []
    highest = int(at[np.argmax(train.errors[at])])
    evidence: dict[str, Number] = {
        "times": len(at),
        "highest_epoch": int(train.epochs[highest]),
        "highest_value": case.value("train", int(train.epochs[highest])),
        "value_before": case.value("train", int(train.epochs[highest - 1])),
    }
    span = (int(train.epochs[at[0]]), int(train.epochs[at[-1]]))
    return [Finding("spikes", "note", case.reading.metric, span, evidence)]


def rule_flat_accuracy(case: Case) -> list[Finding]:
    """The accuracy stands at one value while the loss moves: the model may give every row the same class."""
    train, limits, arrays = case.reading.train, case.thresholds, case.reading.arrays
    if train is None or case.answers["diverged"].answer != "no" or len(train.errors) < limits.min_epochs:
        return []
    validation, training = (a[np.isfinite(a)] for a in (arrays.validation_accuracy, arrays.train_accuracy))
    told = validation if len(validation) else training
    if len(told) < limits.flat_epochs or not np.ptp(train.errors) > limits.learned_ratio * abs(train.errors[0]):
        return []
    value, share = commonest(told)
    wobble = float(np.ptp(np.sort(training)[len(training) // 10 :])) if len(training) else 0.0
    if share < limits.flat_share or value >= limits.perfect_accuracy or wobble > limits.flat_wobble:
        return []
    if train.smooth.min() < limits.flat_loss * one_class_loss(value):
        return []  # it tells rows apart: no single class for all gives so low a loss
    name = accuracy_beside(case.reading.history, case.reading.metric)
    evidence: dict[str, Number] = {
        "value": value,
        "share": share,
        "split": "validation" if len(validation) else "train",
        "train_spread": wobble,
    }
    return [Finding("flat-accuracy", "note", name, case.span, evidence)]
