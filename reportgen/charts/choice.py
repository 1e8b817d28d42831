"""Chooses the metrics that have a large chart in a report: a bounded number, the most informative ones."""

import re
from typing import Final

from reportgen import metrics
from reportgen.charts.metric_groups import grouped_metrics, stem_of
from reportgen.diagnosis.reading import accuracy_beside
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis

MAX_CARDS: Final = 5  # large charts of metrics in a report, the first of which is beside the verdict; our choice
MAX_CARDS_OF_GROUPS: Final = 4  # the same if small charts show groups
MAX_ALL: Final = 6  # metrics of a run that all have a large chart; our choice: two small ones would look lost
MAX_SINGLE: Final = 12  # metrics of a run that are shown one by one; more are shown in groups
MAX_SETTINGS: Final = 4  # charts of settings
_MOST_ALIKE: Final = 2  # large charts of metrics with similar names, such as mAP50-95 and mAP50, if others are left
# Words of metrics of quality, the most informative first; in a row, words of the same kind.
_QUALITY: Final = (
    ("map", "ap", "nds", "pq"),
    ("iou", "miou", "jaccard"),
    ("dice", "mdice", "dsc"),
    ("accuracy", "acc", "accs", "acc1", "prec1", "oa", "aacc", "macc"),
    ("f1", "fscore", "hmean", "mcc", "kappa"),
    ("auc", "auroc", "auprc"),
    ("bleu", "sacrebleu", "chrf", "rouge", "rougel", "wer", "cer", "em", "exact"),
    ("reward", "rewards", "rew", "return", "success"),
)
_PARTIAL: Final = frozenset({"precision", "recall", "sensitivity", "specificity"})  # each tells half of it
_ASIDE: Final = frozenset({"ar", "mar", "tp", "tn", "fp", "fn", "positives", "negatives"})
_UNSCALED: Final = "unscaled"  # as DETR logs parts of its loss once more, only to look at
_THRESHOLDS: Final = re.compile(r"0?\.?50?[-_:]{1,2}(?:0?\.)?95")  # mAP50-95, mAP_0.5:0.95
_THRESHOLD: Final = re.compile(r"[a-z@_]0?\.?[0-9]{2,3}(?![0-9])|top[-_]?(?:k|[2-9])")  # AP50, mAP_0.5, top_5_accuracy
_SIZE: Final = re.compile(r"a[pr]_?[sml]$|_(?:small|medium|large)$")
_TOTAL: Final = frozenset({"total", "overall", "combined"})  # of a loss
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 200  # characters of a name that are looked at


def by_importance(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """All results of a run, the most informative first; settings and diagnostics are left out.

    First the judged metric, the accuracy that the verdict also uses, and the main loss. Then what shows the quality of
    the model: scores and errors with validation values. Then parts of the loss, metrics with validation values, and
    metrics with a known direction. Within each of these, the order of the log. Last come metrics of single layers
    beside those of the last one (``loss_ce_0`` beside ``loss_ce``), unscaled ones, and values per batch.
    """
    judged = judged_metric(diagnosis)
    used = (judged, (accuracy_beside(history, judged) or "").removeprefix(metrics.BATCH_PREFIX))
    names = frozenset(history.metric_names)

    def rank(name: str) -> tuple[int, ...]:
        return (
            name != judged,
            metrics.is_of_batches(name, names),
            name not in used,
            _is_auxiliary(name, names),
            name != "loss" and not (metrics.is_loss(name) and _TOTAL.intersection(metrics.words_of(name))),
            *_quality(name, history),
            not metrics.is_loss(name),
            not history.has(name, "validation"),
            history.direction(name) == "unknown",
        )

    return sorted(history.results, key=rank)


def _quality(name: str, history: TrainingHistory) -> tuple[int, int, int]:
    """The place of a metric among those of quality, the same last place for all other metrics.

    First metrics of everything, by their kind, then those of one threshold, then those that tell half of it. After the
    other metrics come those of one class or size.
    """
    words = frozenset(_SEPARATORS.split(stem_of(name[-_LONGEST:]).lower()))
    if (
        history.direction(name) == "unknown"
        or not history.has(name, "validation")
        or metrics.is_loss(name)
        or metrics.is_part_of_loss(name)
    ):
        return 3, 0, 0
    if metrics.before_class(name) or not _ASIDE.isdisjoint(words) or _SIZE.search(name[-_LONGEST:].lower()):
        return 4, 0, 0  # of some objects only
    kind = next((place for place, kind in enumerate(_QUALITY) if not words.isdisjoint(kind)), len(_QUALITY))
    if not words.isdisjoint(_PARTIAL):
        return 2, kind, 0
    text = name[-_LONGEST:].lower()
    if _THRESHOLDS.search(text):  # the mean over them
        return 0, kind, 0
    return (1, kind, 0) if _THRESHOLD.search(text) else (0, kind, 1)


def _is_auxiliary(name: str, names: frozenset[str]) -> bool:
    """Whether a metric repeats another one for a single layer, or unscaled."""
    stem, _, number = name.rpartition("_")
    if number == _UNSCALED:
        return True
    return stem in names and number.isdecimal() and metrics.direction(name) != "higher"


def carded_metrics(history: TrainingHistory, diagnosis: Diagnosis) -> list[str]:
    """The metrics with a large chart, the most informative first, and only a few of each group of similar ones.

    If there are fewer groups than charts, also the next ones of a group.
    """
    telling = by_importance(history, diagnosis)
    if len(telling) <= MAX_ALL:
        return telling
    alike = _MOST_ALIKE if len(telling) <= MAX_SINGLE else 1
    first = {name for names in grouped_metrics(telling).values() for name in names[:alike]}
    chosen = sorted(telling, key=lambda name: name not in first)[: MAX_CARDS if alike > 1 else MAX_CARDS_OF_GROUPS]
    return [name for name in telling if name in chosen]


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
