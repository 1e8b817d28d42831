"""Findings on the shape of single curves."""

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import ratio
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.questions import telling_metrics
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.diagnosis.shape import spike_positions
from reportgen.diagnosis.signs import find_flat_accuracy
from reportgen.diagnosis.smoothing import validation_size
from reportgen.diagnosis.thresholds import Thresholds


def rule_broken_in_passing(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A curve had unusable values and recovered afterwards."""
    found, history = [], run.reading.history
    telling = telling_metrics(history, run.reading.metric)
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        series = history.series(metric, split)
        usable = np.abs(series.to_numpy()) < limits.off_scale
        last = np.flatnonzero(usable)
        broken = np.flatnonzero(~usable[: last[-1]]) if len(last) else last
        if len(broken) and metric in telling:
            span = (int(series.index[broken[0]]), int(series.index[broken[-1]]))
            evidence = Evidence(times=len(broken), key=key)
            found.append(Finding("broken-in-passing", "warning", metric, span, evidence))
    return found


def rule_values_missing(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A curve other than a loss has unusable values, although training did not diverge."""
    if run.verdict == "diverged":
        return []
    history = run.reading.history
    telling = telling_metrics(history, run.reading.metric)
    broken: dict[str, int] = {}
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        if metric in telling or history.role(metric) == "setting":
            continue
        series = history.series(metric, split)
        unusable = np.flatnonzero(~(np.abs(series.to_numpy()) < limits.off_scale))
        if len(unusable):
            broken[key] = int(series.index[unusable[0]])
    if not broken:
        return []
    key, first = next(iter(broken.items()))
    return [
        Finding(
            "values-missing", "note", metrics.parse_key(key)[0], None, Evidence(key=key, epoch=first, times=len(broken))
        )
    ]


def rule_unstable(run: Judgement, limits: Thresholds) -> list[Finding]:
    """Validation and training got worse together, or validation ends far above its best, without overfitting."""
    reading, train, validation = run.reading, run.reading.train, run.reading.validation
    if run.verdict != "unstable" or train is None or validation is None or run.signs.bounce is not None:
        return []
    if not run.signs.worse_together and run.signs.far_end < limits.far_end:
        return []  # it exploded and came back: RG104
    best, last = int(validation.epochs[int(np.argmin(validation.errors))]), int(validation.epochs[-1])
    evidence = Evidence(
        train_at_best=reading.value("train", int(train.epochs[train.position(best)])),
        train_at_end=reading.value("train", int(train.epochs[-1])),
        validation_at_best=reading.value("validation", best),
        validation_at_end=reading.value("validation", last),
    )
    return [Finding("unstable", "warning", reading.metric, (best, run.epochs), evidence)]


def rule_recovered_explosion(run: Judgement, limits: Thresholds) -> list[Finding]:
    """A loss exploded once and came back."""
    found = run.signs.explosion
    if found is None or not found.is_over or run.verdict == "diverged":
        return []
    metric, _ = metrics.parse_key(found.key)
    evidence = Evidence(key=found.key, epoch=found.epoch, value=found.value)
    return [Finding("recovered-explosion", "warning", metric, (found.epoch, found.epoch), evidence)]


def rule_noisy_validation(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The validation curve jumps from epoch to epoch, far more than the training curve."""
    reading, train, validation = run.reading, run.reading.train, run.reading.validation
    if train is None or validation is None or not run.learned or len(validation.errors) < limits.noisy_epochs:
        return []
    noise = ratio(validation.noise, validation.scale)
    if noise < limits.noisy_ratio or validation.noise < limits.noisy_times * train.noise:
        return []
    rows = validation_size(reading.arrays.validation_accuracy)
    evidence = Evidence(
        noise=validation.noise,
        noise_ratio=noise,
        train_noise=train.noise,
        validation_rows=int(rows) if np.isfinite(rows) else None,
    )
    span = (int(validation.epochs[0]), int(validation.epochs[-1]))
    return [Finding("noisy-validation", "note", reading.metric, span, evidence)]


def rule_spikes(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The training loss jumps up in single epochs and recovers."""
    reading, train = run.reading, run.reading.train
    if train is None or run.answers["diverged"].answer != "no" or len(train.errors) < limits.spike_epochs:
        return []
    if run.signs.explosion is not None:
        return []
    at = spike_positions(train.errors, limits.spike_ratio, limits.spike_noise, limits.spike_reach)
    if not len(at) or len(at) > limits.spike_share * len(train.errors):
        return []
    highest = int(at[np.argmax(train.errors[at])])
    evidence = Evidence(
        times=len(at),
        highest_epoch=int(train.epochs[highest]),
        highest_value=reading.value("train", int(train.epochs[highest])),
        value_before=reading.value("train", int(train.epochs[highest - 1])),
    )
    span = (int(train.epochs[at[0]]), int(train.epochs[at[-1]]))
    return [Finding("spikes", "note", reading.metric, span, evidence)]


def rule_flat_accuracy(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The accuracy stays at one value while the loss changes: the model may predict the same class for every row."""
    flat = find_flat_accuracy(run.reading, limits)
    if flat is None or run.answers["diverged"].answer != "no":
        return []
    evidence = Evidence(
        value=flat.value,
        share=flat.share,
        split="validation" if flat.is_validation else "train",
        train_spread=flat.wobble,
    )
    name = accuracy_beside(run.reading.history, run.reading.metric)
    return [Finding("flat-accuracy", "note", name, run.reading.span, evidence)]
