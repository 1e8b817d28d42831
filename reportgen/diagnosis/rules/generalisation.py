"""Findings on how training and validation, and loss and accuracy, stand to each other."""

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.curves import ratio
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.questions import best_epoch
from reportgen.diagnosis.rules.case import Case
from reportgen.history import SPLITS


def rule_generalisation_gap(case: Case) -> list[Finding]:
    """At the best epoch validation is clearly worse than training."""
    reading, best = case.reading, best_epoch(case.reading)
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
    reading, best = case.reading, best_epoch(case.reading)
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
