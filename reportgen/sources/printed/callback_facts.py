"""What lines of callbacks say about a run: learning rates, a resumed run, and an end caused by NaN."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np

from reportgen.history.facts import EarlyStopping, Status
from reportgen.history.notes import Note
from reportgen.metrics import is_schedule
from reportgen.sources.printed.dialects import CallbackFact, PrintedSplit
from reportgen.sources.printed.epochs import PrintedCurve, PrintedLog
from reportgen.sources.printed.open_row import Key

_RATE: Final = "learning_rate"
PrintedEnding = tuple[Status, EarlyStopping | None, int | None]
"""How training ended, early stopping, and the epoch in which it stopped."""
_MOST: Final = 0.5  # of the epochs; a scheduler that prints fewer rates gives no curve; our choice


def facts_between(log: PrintedLog, first: int, end: int) -> list[CallbackFact]:
    """What callbacks printed from the first row of a run up to the first row of the next one."""
    return [fact for row, fact in log.facts if first <= row < end]


def add_rates(curves: dict[Key, PrintedCurve], facts: Sequence[CallbackFact], numbers: np.ndarray) -> list[Note]:
    """Adds the curve of a LearningRateScheduler, or returns a note on reductions; neither if the rate was logged.

    Args:
        curves: The curves of the run; changed in place.
        facts: What callbacks printed in the run.
        numbers: The printed epoch of each row.
    """
    if any(is_schedule(name) for name, _ in curves) or not len(numbers):
        return []
    shift = int(numbers.min() == 0)
    rates = {fact.epoch: fact.number for fact in facts if fact.kind == "scheduled" and fact.number is not None}
    rows = [row for row, number in enumerate(numbers.tolist()) if number + shift in rates]
    if len(rows) > max(1, _MOST * len(numbers)):
        curve = curves[_RATE, ""] = PrintedCurve(_RATE)
        for row in rows:
            curve.add(row, rates[int(numbers[row]) + shift] or 0.0, False, False)
        return []
    reduced = [fact for fact in facts if fact.kind == "rate" and fact.number is not None and fact.epoch is not None]
    if not reduced:
        return []
    first, last = reduced[0], reduced[-1]
    if first is last:
        return [Note.of("rate-reduced", epoch=(first.epoch or 0) + shift, rate=_rounded(first))]
    return [
        Note.of(
            "rates-reduced",
            count=len(reduced),
            first=(first.epoch or 0) + shift,
            rate=_rounded(first),
            last=(last.epoch or 0) + shift,
            end=_rounded(last),
        )
    ]


def _rounded(fact: CallbackFact) -> float:
    """A learning rate as it was set: Keras prints 0.0005 as 0.0005000000237487257."""
    return float(f"{fact.number or 0.0:.6g}")


def is_ended_by_nan(facts: Sequence[CallbackFact]) -> bool:
    """Whether TerminateOnNaN ended the run."""
    return any(fact.kind == "terminated" for fact in facts)


def resumed_rows(log: PrintedLog, first: int, end: int) -> list[int]:
    """The rows of a run before which its program said that it restored a training run, counted from the first row."""
    return [row - first for row, fact in log.facts if first <= row < end and fact.kind == "continues"]


def ending_of(found: Sequence[CallbackFact]) -> tuple[PrintedEnding, list[CallbackFact]]:
    """How training ended, as callbacks printed it, and the values that checkpoints printed."""
    stopped = [fact for fact in found if fact.kind == "stopped"]
    restored = [fact for fact in found if fact.kind == "restored"]
    status: Status = "unknown"
    epoch = None
    if stopped:
        status, epoch = "stopped-early", stopped[-1].epoch
    elif is_ended_by_nan(found):
        status = "interrupted"
    stopping = None
    if restored:
        stopping = EarlyStopping("", 0, restored[-1].epoch, restores=True)
    return (status, stopping, epoch), [fact for fact in found if fact.kind in ("improved", "scheduled")]


def add_checkpoint_values(curves: dict[Key, PrintedCurve], facts: Sequence[CallbackFact], numbers: np.ndarray) -> None:
    """Adds values that checkpoints printed for epochs that lack them."""
    rows = {int(number): row for row, number in enumerate(numbers)}
    for fact in facts:
        split: PrintedSplit = "val" if fact.name.startswith("val_") else ""
        curve = curves.get((fact.name.removeprefix("val_"), split))
        row = rows.get(fact.epoch or 0)
        if fact.kind != "improved" or fact.number is None or curve is None or row is None:
            continue
        place = bisect_left(curve.rows, row)
        if not curve.percents and (place == len(curve.rows) or curve.rows[place] != row):
            curve.rows.insert(place, row)
            curve.values.insert(place, fact.number)
