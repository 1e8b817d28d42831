"""Chooses the metrics that a report draws: a bounded number, the most telling ones."""

from typing import Final

from reportgen import metrics
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis

MAX_METRICS: Final = 16  # charts of metrics in a report; our choice: the others have a sparkline in the table
MAX_SETTINGS: Final = 4  # charts of settings
MAX_OPEN: Final = 12  # charts of a page that are not folded; our choice: about four screens


def by_importance(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """All results of a run, the most telling first; settings and diagnostics are left out.

    First the judged metric and the accuracy that the verdict also uses; then losses, metrics with validation values,
    and metrics with a known direction. Within each of these, the order of the log. Last come metrics of single layers
    beside those of the last one (``loss_ce_0`` beside ``loss_ce``), unscaled ones, and values per batch.
    """
    judged = judged_metric(diagnosis)
    used = (judged, accuracy_beside(history, judged))
    names = frozenset(history.metric_names)

    def rank(name: str) -> tuple[bool, ...]:
        return (
            name != judged,
            name not in used,
            metrics.is_of_batches(name, names),
            _is_auxiliary(name, names),
            not metrics.is_loss(name),
            not history.has(name, "validation"),
            history.direction(name) == "unknown",
        )

    return sorted(history.results, key=rank)


def _is_auxiliary(name: str, names: frozenset[str]) -> bool:
    """Whether a metric repeats another one for a single layer, or unscaled."""
    base = name.removesuffix("_unscaled")
    stem, _, number = base.rpartition("_")
    return (base if base != name else stem) in names and (base != name or number.isdecimal())


def charted_metrics(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """The results that a report draws: the `MAX_METRICS` most telling ones, in reading order, the judged one first."""
    chosen = by_importance(history, diagnosis)[:MAX_METRICS]
    judged = judged_metric(diagnosis)
    return sorted(metrics.reading_order(chosen), key=lambda name: name != judged)


def charted_settings(history: TrainingHistory) -> list[str]:
    """The settings that a report draws, as far as they change: the first few, each of several equal curves once."""
    found: dict[bytes, str] = {}
    for name in history.metric_names:
        if metrics.is_schedule(name) and history.has(name, "train"):
            found.setdefault(history.series(name, "train").to_numpy().tobytes(), name)
    return list(found.values())[:MAX_SETTINGS]


def judged_metric(diagnosis: Diagnosis) -> str | None:
    """Base name of the judged metric."""
    return metrics.parse_key(diagnosis.monitor)[0] if diagnosis.monitor else None
