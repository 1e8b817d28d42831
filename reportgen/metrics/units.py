"""Scores that are shares, such as an accuracy: some programs log them as fractions of 1, others in percent."""

from collections.abc import Mapping
from typing import Final

from reportgen.metrics import is_accuracy, is_part_of_loss
from reportgen.metrics.name_parts import words_of

_SHARES: Final = frozenset(
    {"precision", "recall", "auc", "auroc", "f1", "map", "map50", "iou", "miou", "dice", "jaccard"}
    | {"ap", "ap50", "ap75", "top1", "top5", "sensitivity", "specificity", "ndcg", "mrr"}
)
_FRACTIONS: Final = (0.2, 1.0)  # above, up to; our choice: less may be the percentage of a run that did not learn
_PERCENTAGES: Final = (1.5, 100.0)  # above, up to; our choice


def is_share(metric: str) -> bool:
    """Whether the name is a score between 0 and 1, or 0 and 100."""
    return is_accuracy(metric) or (not _SHARES.isdisjoint(words_of(metric)) and not is_part_of_loss(metric))


def mixed_units(metric: str, values: Mapping[str, float]) -> tuple[str, str] | None:
    """A run that seems to log a score in percent and one that logs it as a fraction of 1; None if it is not so.

    Args:
        metric: The name of the score, without the validation prefix.
        values: The best value of each run by its name; NaN without one.
    """
    if not is_share(metric):
        return None
    fractions = [name for name, value in values.items() if _FRACTIONS[0] < value <= _FRACTIONS[1]]
    percentages = [name for name, value in values.items() if _PERCENTAGES[0] < value <= _PERCENTAGES[1]]
    return (percentages[0], fractions[0]) if fractions and percentages else None
