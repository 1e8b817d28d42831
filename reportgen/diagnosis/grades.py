"""Grades of probability: the fixed ranges behind "yes", "likely", "probably" and "unsure"."""

from typing import Final, Literal

from reportgen.diagnosis.thresholds import DEFAULTS

Grade = Literal["no", "unlikely", "probably-not", "unsure", "probably", "likely", "yes"]

CERTAIN: Final = 0.9  # probability from which a sentence says "yes". Our choice: nine in ten.


def grade_of(probability: float) -> Grade:
    """The grade of a probability of "yes"; each range includes its outer end."""
    if probability >= 0.5:
        if probability >= CERTAIN:
            return "yes"
        if probability >= DEFAULTS.likely:
            return "likely"
        return "probably" if probability >= DEFAULTS.probably else "unsure"
    mirrored: dict[Grade, Grade] = {"yes": "no", "likely": "unlikely", "probably": "probably-not", "unsure": "unsure"}
    return mirrored[grade_of(1 - probability)]


def is_likely(probability: float | None) -> bool:
    """Whether a sentence says that something is so."""
    return probability is not None and probability >= DEFAULTS.likely


def is_probable(probability: float | None) -> bool:
    """Whether a sentence says at least that something is probably so."""
    return probability is not None and probability >= DEFAULTS.probably


def limited(probability: float, evaluations: int, sureness: float) -> float:
    """A probability that few evaluations keep away from 0 and 1."""
    margin = min(0.5, sureness / max(1, evaluations) ** 2)
    return min(max(probability, margin), 1 - margin)
