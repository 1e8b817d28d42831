"""Chooses the metrics that have a large chart in a report: a bounded number, the most telling ones."""

from typing import Final

from reportgen import metrics
from reportgen.charts.metric_groups import grouped_metrics, stem_of
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis

MAX_CARDS: Final = 4  # large charts of metrics in a report; our choice: the others have small ones
MAX_ALL: Final = 6  # metrics of a run that all have a large chart; our choice: two small ones would look lost
MAX_SINGLE: Final = 12  # metrics of a run that are shown one by one; more are shown in groups
MAX_SETTINGS: Final = 4  # charts of settings
# Words of scores of quality, the most telling first.
_QUALITY: Final = ("map", "ap", "accuracy", "acc", "f1", "auc", "dice", "iou", "bleu", "reward")


def by_importance(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """All results of a run, the most telling first; settings and diagnostics are left out.

    First the judged metric and the accuracy that the verdict also uses; then the main loss, scores of quality with
    validation values, losses, metrics with validation values, and metrics with a known direction. Within each of
    these, the order of the log. Last come metrics of single layers beside those of the last one (``loss_ce_0`` beside
    ``loss_ce``), unscaled ones, and values per batch.
    """
    judged = judged_metric(diagnosis)
    used = (judged, accuracy_beside(history, judged))
    names = frozenset(history.metric_names)

    def rank(name: str) -> tuple[int, ...]:
        return (
            name != judged,
            name not in used,
            metrics.is_of_batches(name, names),
            _is_auxiliary(name, names),
            name != "loss",
            _quality(name, history),
            not metrics.is_loss(name),
            not history.has(name, "validation"),
            history.direction(name) == "unknown",
        )

    return sorted(history.results, key=rank)


def _quality(name: str, history: TrainingHistory) -> int:
    """The place of a metric among scores of quality; the last place for all other metrics."""
    if history.direction(name) != "higher" or not history.has(name, "validation"):
        return len(_QUALITY)
    words = stem_of(name).lower().replace("/", "_").replace("(", "_").split("_")
    return next((place for place, word in enumerate(_QUALITY) if word in words), len(_QUALITY))


def _is_auxiliary(name: str, names: frozenset[str]) -> bool:
    """Whether a metric repeats another one for a single layer, or unscaled."""
    base = name.removesuffix("_unscaled")
    stem, _, number = base.rpartition("_")
    return (base if base != name else stem) in names and (base != name or number.isdecimal())


def carded_metrics(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """The metrics with a large chart, in reading order, the judged one first: the most telling one of each group.

    If there are fewer groups than charts, also the next ones of a group.
    """
    telling = by_importance(history, diagnosis)
    first = [names[0] for names in grouped_metrics(telling).values()]
    limit = MAX_ALL if len(telling) <= MAX_ALL else MAX_CARDS
    chosen = [*first, *(name for name in telling if name not in first)][:limit]
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
