"""Finds values of printed logs that may have been misread, so that the report says so."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_loss, is_reward, role
from reportgen.sources.printed.epochs import PrintedLog
from reportgen.sources.printed.names import is_a_count, is_metric_word, plain_key

_FEWEST: Final = 4  # values that count up; our choices
_FEWEST_OF_LOSS: Final = 3


def with_doubts(history: TrainingHistory) -> TrainingHistory:
    """A history with notes on metrics that count up, as a counter does, and on names that two metrics have.

    What known tools print is read by their rules, which take no counter for a metric.
    """
    if history.run.tool not in (None, "keras"):
        return history
    found = history.curves
    notes = []
    if names := [name for (name, _), series in found.items() if _counts_up(name, series.to_numpy())]:
        notes.append(Note.of("counts-up", names=short_names(dict.fromkeys(names))))
    if again := [name for name, _ in found if name.endswith(" (again)")]:
        notes.append(Note.of("same-name", names=short_names(dict.fromkeys(again))))
    return history.with_run(replace(history.run, notes=(*history.run.notes, *notes))) if notes else history


def _counts_up(name: str, values: np.ndarray) -> bool:
    if is_reward(name) or role(name) != "result":
        return False
    sound = values[np.isfinite(values)]
    if len(sound) < (_FEWEST_OF_LOSS if is_loss(name) else _FEWEST) or (sound % 1).any():
        return False
    steps = np.diff(sound)
    return bool((steps >= 0).all() and steps.any() and (is_loss(name) or (steps <= 1).all()))


def values_beside_entries(log: PrintedLog, names: Iterable[str]) -> list[str]:
    """The names of values of metrics that no entry has; one per value.

    Args:
        log: All that was printed.
        names: The names of all values of entries.
    """
    known = {plain_key(each) for name in names for each in (name, name.removeprefix("val_"))}
    left: list[str] = []
    for curves in (log.curves, log.evaluations, log.step_curves):
        for (name, split), curve in curves.items():
            keys = {plain_key(each) for each in (name, curve.printed, f"{split}_{name}", f"{split} {name}")}
            is_metric = is_metric_word((name.split() or [""])[-1]) and not is_a_count(name)
            if is_metric and known.isdisjoint(keys):
                left += [curve.printed or name] * len(curve.rows)
    return left
