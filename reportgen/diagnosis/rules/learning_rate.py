"""Findings on the learning rate: too high, too low, lowered too early.

The first two judge by the curves alone, since most logs do not hold the rate.
"""

from itertools import pairwise

import numpy as np

from reportgen.diagnosis.curves import ratio, spacing
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.reading import learning_rate_steps
from reportgen.diagnosis.rules.case import Case
from reportgen.diagnosis.shape import late_noise, line_slope, regained, straightness


def rule_learning_rate_too_high(case: Case) -> list[Finding]:
    """Validation jumps from epoch to epoch, and training has lost part of its progress again."""
    train, validation, limits = case.reading.train, case.reading.validation, case.thresholds
    if train is None or validation is None or not case.is_usable or len(train.errors) < limits.rate_epochs:
        return []
    if case.answers["overfitting"].answer == "yes":
        return []
    lost, noise = regained(train, limits.end_ratio), ratio(validation.noise, validation.scale)
    if lost < limits.bounce_lost or noise < limits.bounce_noise:
        return []
    best = int(train.epochs[train.best])
    evidence: dict[str, Number] = {
        "lost_ratio": lost,
        "noise_ratio": noise,
        "best_value": case.value("train", best),
        "end_value": case.value("train", int(train.epochs[-1])),
    }
    return [Finding("learning-rate-too-high", "note", case.reading.metric, (best, case.last_epoch), evidence)]


def rule_learning_rate_too_low(case: Case) -> list[Finding]:
    """Training still falls almost in a straight line, with hardly any noise: it could take longer steps."""
    train, limits = case.reading.train, case.thresholds
    if train is None or case.answers["more_training_helps"].answer != "yes" or not case.is_usable:
        return []
    if len(train.errors) < limits.slow_epochs or len(learning_rate_steps(case.reading.history, limits)) > 1:
        return []
    straight, noise = straightness(train), late_noise(train)
    fall = ratio(float(train.errors[0]) - float(train.smooth.min()), float(train.errors[0]))
    if straight < limits.slow_straightness or noise > limits.slow_noise or fall > limits.slow_fall:
        return []
    evidence: dict[str, Number] = {
        "straightness": straight,
        "noise_of_fall": noise,
        "fall_ratio": fall,
        "first_value": case.value("train", int(train.epochs[0])),
        "end_value": case.value("train", int(train.epochs[-1])),
    }
    return [Finding("learning-rate-too-low", "note", case.reading.metric, case.span, evidence)]


def rule_plateau_after_drop(case: Case) -> list[Finding]:
    """Progress was good until the learning rate was lowered, and almost none came after."""
    curve, limits = case.reading.monitor, case.thresholds
    rates = learning_rate_steps(case.reading.history, limits)
    if curve is None or not case.is_usable or len(rates) < 2:
        return []
    steps = [(int(e), float(a), float(b)) for (_, a), (e, b) in pairwise(rates.items())]  # type: ignore[call-overload]
    edges = [int(rates.index[0]), *(epoch for epoch, _, _ in steps), case.last_epoch + 1]
    for before, (epoch, old, new), after in zip(edges, steps, edges[2:], strict=False):
        if not 0 <= new <= limits.drop_ratio * old:
            continue
        early = curve.errors[(curve.epochs >= before) & (curve.epochs < epoch)]
        late = curve.errors[(curve.epochs >= epoch) & (curve.epochs < after)]
        if min(len(early), len(late)) < limits.drop_epochs:
            continue
        early = early[-max(limits.drop_epochs, len(early) // 3) :]
        level = float(np.median(early[-3:]))
        was, rest = -line_slope(early), (level - float(np.sort(late)[:3].mean())) / len(late)
        if was * len(early) < max(limits.drop_progress * level, 2 * curve.noise):
            continue
        if rest > was / limits.drop_times or rest * len(late) > limits.drop_rest * abs(level):
            continue
        apart = spacing(curve.epochs)
        evidence: dict[str, Number] = {
            "rate_before": old,
            "rate_after": new,
            "progress_before": was / apart,
            "progress_after": rest / apart,
        }
        return [Finding("plateau-after-drop", "note", case.reading.metric, (epoch, after - 1), evidence)]
    return []
