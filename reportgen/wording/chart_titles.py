"""Headings of charts: what the first one shows, and how to read the others."""

from reportgen import formatting
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

_KEY_LIMIT = 60  # characters


def word_message(diagnosis: Diagnosis, split: str) -> str:
    """What the chart of the judged curve shows, as a heading; empty if the verdict says nothing that it shows."""
    say, verdict = diagnosis.language.say, diagnosis.verdict
    diverged, converged = diagnosis.answers["diverged"].epoch, diagnosis.answers["converged"].epoch
    if verdict == "overfitting" and diagnosis.best_epoch is not None:
        return say("Validation gets worse after epoch {epoch}", epoch=diagnosis.best_epoch)
    if verdict == "still-improving":
        text = say("Validation still improves at the end")
        return text if split == "validation" else say("Training still improves at the end")
    if verdict == "diverged" and isinstance(diverged, int):
        return say("Training diverges in epoch {epoch}", epoch=diverged)
    if verdict == "large-gap":
        return say("Validation stays well behind training")
    if verdict == "finished" and isinstance(converged, int):
        return say("Little progress after epoch {epoch}", epoch=converged)
    return ""


def word_direction(key: str, direction: str, language: Language) -> str:
    """A metric as logged, and which of its values are better."""
    name = printable(key, _KEY_LIMIT)
    if direction == "lower":
        return language.say("{name}: lower is better.", name=name)
    if direction == "higher":
        return language.say("{name}: higher is better.", name=name)
    return name if key else ""


def word_dot(value: float, epoch: int, language: Language) -> str:
    """What the dot of a chart means."""
    return language.say("Dot: best {value} in epoch {epoch}.", value=formatting.short(value), epoch=epoch)


def word_ring(value: float, epoch: int, judged: str, language: Language) -> str:
    """What the ring of a chart means: the value in the chosen epoch. ``judged``: by what if by another metric, or ""."""
    if not judged:
        return language.say(
            "Ring: {value} in epoch {epoch}, taken as best: noise can explain the difference.",
            value=formatting.short(value),
            epoch=epoch,
        )
    return language.say(
        "Ring: {value} in epoch {epoch}, the best epoch by {key}.",
        value=formatting.short(value),
        epoch=epoch,
        key=printable(judged, _KEY_LIMIT),
    )
