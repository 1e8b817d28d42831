"""Finds the epoch or step of each row of a log. Handles resumed runs, several rows per epoch, and logs that use steps.

Epoch numbers become 1-based here. A log that counts only steps, or logs more often than epochs, is counted in steps.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.facts import MAX_EPOCH
from reportgen.history.notes import Note
from reportgen.languages import Axis
from reportgen.sources.restarts import has_parts
from reportgen.text import cited

MAX_NOTES: Final = 3
_NEARLY_WHOLE: Final = 0.05  # of an epoch; Hugging Face's Trainer ends epochs at 0.99 if it accumulates batches
_FEW_EPOCHS: Final = 5  # our choice: with fewer, the logged steps show more than the epochs
_MANY_STEPS: Final = 3  # logged steps per epoch; our choice: with fewer, steps show no more detail than epochs


@dataclass(frozen=True)
class Positions:
    """The epochs of a history, and the position of each row of the log among them.

    Attributes:
        epochs: Shape (n_epochs,), int64, 1-based, ascending; or steps.
        place: Shape (n_rows,), int64: index into ``epochs``; -1 for rows that are not used.
        steps: Shape (n_epochs,), int64, the step at the end of each epoch; empty if unknown.
    """

    epochs: np.ndarray
    place: np.ndarray
    counts: Axis = "epoch"
    steps: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    resumed_at: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


def number_epochs(logged: Sequence[float] | np.ndarray, *, where: str, counts: Axis = "epoch") -> Positions:
    """Makes 1-based, ascending epochs from the numbers that a logger wrote, at most one per row.

    Epochs that begin at 0 are taken as 0-based; steps are not changed. If the numbers start again at their first
    value, a second training was appended, and its numbers continue. If they go back to a later value, the run was
    resumed there, and the rows written last are used.

    Raises:
        SourceError: a number is not whole, is negative, or is above 2**53.
    """
    raw = np.asarray(logged, dtype=np.float64)
    bad = ~((raw >= 0) & (raw < MAX_EPOCH) & (raw == np.floor(raw)))
    if bad.any():
        row = int(bad.argmax())
        raise SourceError(
            f"{where}: {counts} {cited(logged[row])} in row {row + 1} is not a whole number of 0 or more. Correct the "
            f"{counts} column."
        )
    steps = raw.astype(np.int64) + (1 if counts == "epoch" and raw.min() == 0 else 0)
    if (np.diff(steps) == 1).all():
        return Positions(steps, np.arange(len(steps)), counts)
    said: dict[Note, None] = {}
    n_more = 0
    order = np.arange(len(steps))
    if (np.diff(steps) < 0).any() and len(np.unique(steps)) == len(steps):
        order = np.argsort(steps, kind="stable")
        said[counted_note("sorted", counts)] = None
    resumed: list[int] = []
    kept_epochs: list[int] = []
    kept_rows: list[int] = []
    shift = 0
    for row, epoch in zip(order.tolist(), steps[order].tolist(), strict=True):
        current = epoch + shift
        if kept_epochs and current <= kept_epochs[-1]:
            if epoch == steps[0] and len(kept_epochs) > 1:
                shift = kept_epochs[-1] + (1 - epoch if counts == "epoch" else epoch == 0)
                current = epoch + shift
                note = counted_note("restarted", counts, row=row + 1, epoch=current)
            else:
                last = kept_epochs[-1]
                keep = bisect_left(kept_epochs, current)
                del kept_epochs[keep:], kept_rows[keep:]
                note = repeated_note(current, last, counts)
            resumed.append(current)
            if len(said) < MAX_NOTES:
                said[note] = None
            elif note not in said:
                n_more += 1
        kept_epochs.append(current)
        kept_rows.append(row)
    if n_more:
        said[counted_note("more-restarts", counts, count=n_more)] = None
    epochs = np.array(kept_epochs, dtype=np.int64)
    gaps = np.flatnonzero(np.diff(epochs) > 1)
    if len(gaps) and counts == "epoch":
        first, last = int(epochs[gaps[0]]) + 1, int(epochs[gaps[0] + 1]) - 1
        missing = int((np.diff(epochs) - 1).sum())
        if len(np.unique(np.diff(epochs))) > 1 or len(epochs) == 2:
            code = "missing-epoch" if missing == 1 else "missing-epochs"
            said[Note.of(code, count=missing, first=first, last=last)] = None
    place = np.full(len(steps), -1)
    place[kept_rows] = np.arange(len(kept_rows))
    return Positions(epochs, place, counts, resumed_at=tuple(sorted(set(resumed))), notes=tuple(said))


def repeated_note(first: int, last: int, counts: Axis) -> Note:
    """A note that epochs (or steps) were logged more than once."""
    if first == last:
        return counted_note("epoch-twice", counts, epoch=first)
    return counted_note("epochs-twice", counts, first=first, last=last)


def counted_note(code: str, counts: Axis, **values: int) -> Note:
    """A note about epochs, or about steps if the run counts those."""
    return Note.of(code, **values, **({"axis": "step"} if counts == "step" else {}))


def lay_out(
    n_rows: int,
    *,
    epochs: np.ndarray | None,
    steps: np.ndarray | None,
    counted_on: Sequence[int] = (),
    validated: np.ndarray,
    is_crowded: Callable[[np.ndarray], bool],
    ascends: Callable[[np.ndarray], bool],
    where: str,
) -> Positions:
    """Finds the epochs of a log.

    Args:
        n_rows: Number of rows.
        epochs: Shape (n_rows,), the logged epoch of each row, NaN if absent. None if no row has one.
        steps: Shape (n_rows,), the same for steps.
        counted_on: The rows at which the numbering begins again although the training continues.
        validated: Shape (n_rows,), bool: which rows have a validation value.
        is_crowded: Given a group number per row, returns whether any column has two values in a group.
        ascends: Given a number per row, returns whether it never decreases from one value of a column to the next.
        where: Name of the source, for messages.

    Raises:
        SourceError: the epochs are invalid.
    """
    if steps is not None and np.isnan(steps).all():  # of one run among several
        steps = None
    if steps is not None:
        steps = count_on(filled(steps), counted_on, are_epochs=False)
    if epochs is not None and np.isnan(epochs).any():
        if steps is None:
            raise SourceError(
                f"{where}: row {int(np.isnan(epochs).argmax()) + 1} has no epoch. Correct the epoch column."
            )
        epochs = None if np.isnan(epochs).all() else filled(epochs)
    if epochs is None:
        if steps is None:
            return Positions(np.arange(1, n_rows + 1), np.arange(n_rows))
        return _by_step(steps, ascends, where)
    if not np.isfinite(epochs).all():
        return number_epochs(epochs, where=where)  # raises the error
    epochs = count_on(epochs, counted_on, are_epochs=True)
    if not (np.diff(epochs) >= 0).all() and ascends(epochs):
        return _by_number(n_rows, epochs, steps, validated, is_crowded, ascends, where)
    counted = epochs
    if (epochs != np.floor(epochs)).any():  # fractions of epochs
        if (epochs < 0).any() or (steps is None and not (np.diff(epochs) >= 0).all()):
            return number_epochs(epochs, where=where)  # raises the error
        counted = np.maximum(1, np.ceil(epochs - _NEARLY_WHOLE))
        ends = epochs[validated]
        if (np.abs(ends - np.round(ends)) > _NEARLY_WHOLE).any():
            return _by_evaluation(epochs, validated) if steps is None else _by_step(steps, ascends, where)
    elif steps is None:
        groups = _runs(epochs)
        crowded = groups[-1] + 1 == n_rows or (is_crowded(groups) and not has_parts(epochs))
        return number_epochs(epochs, where=where) if crowded else _by_epoch(epochs, groups, None, where)
    groups = _runs(counted)
    finest = epochs if steps is None else steps
    n_evaluations, n_logged = len(np.unique(finest[validated])), len(np.unique(finest))
    n_epochs = int(groups[-1]) + 1
    if n_evaluations > n_epochs or (not n_evaluations and n_epochs < min(_FEW_EPOCHS, n_logged)):
        return _by_evaluation(epochs, validated) if steps is None else _by_step(steps, ascends, where)
    if steps is not None and n_epochs < _FEW_EPOCHS and n_logged >= _MANY_STEPS * n_epochs:
        return _by_step(steps, ascends, where)
    return _by_epoch(counted, groups, steps, where)


def filled(stated: np.ndarray) -> np.ndarray:
    """Fills gaps with the number of the next row, and gaps at the end with the last number."""
    known = np.flatnonzero(~np.isnan(stated))
    following = np.searchsorted(known, np.arange(len(stated)))
    return stated[known[np.minimum(following, len(known) - 1)]]


def count_on(numbers: np.ndarray, rows: Sequence[int], *, are_epochs: bool) -> np.ndarray:
    """The logged numbers of a run, counted on where its numbering begins again.

    Args:
        numbers: Shape (n_rows,), as logged, without NaN.
        rows: The rows at which the numbering begins again.
        are_epochs: Whether they count epochs, of which each follows the one before.
    """
    if not rows:
        return numbers
    made = numbers.copy()
    is_whole = are_epochs and bool((numbers == np.floor(numbers)).all())
    shift, last = 0.0, made[: rows[0]].max()
    for row, end in zip(rows, [*rows[1:], len(made)], strict=True):
        if numbers[row] <= numbers[row - 1]:  # a second counter may go on
            shift = last + 1 - numbers[row] if is_whole else last + (numbers[row] == 0)
        made[row:end] += shift
        last = max(last, made[row:end].max())
    return made


def _by_number(
    n_rows: int,
    epochs: np.ndarray,
    steps: np.ndarray | None,
    validated: np.ndarray,
    is_crowded: Callable[[np.ndarray], bool],
    ascends: Callable[[np.ndarray], bool],
    where: str,
) -> Positions:
    """The positions of rows that were written column by column, such as all training values before all others."""
    order = np.argsort(epochs, kind="stable")
    back = np.empty(n_rows, dtype=np.int64)
    back[order] = np.arange(n_rows)
    found = lay_out(
        n_rows,
        epochs=epochs[order],
        steps=None if steps is None else steps[order],
        validated=validated[order],
        is_crowded=lambda groups: is_crowded(groups[back]),
        ascends=lambda numbers: ascends(numbers[back]),
        where=where,
    )
    return replace(found, place=found.place[back])


def _runs(values: np.ndarray) -> np.ndarray:
    """The group number of each row; equal neighbours form one group."""
    return np.concatenate([[0], np.cumsum(np.diff(values) != 0)])


def _by_step(steps: np.ndarray, ascends: Callable[[np.ndarray], bool], where: str) -> Positions:
    """One position per logged step."""
    if ascends(steps):  # rows of different columns may come in any order
        number_epochs(np.unique(steps), where=where, counts="step")  # raises the error
        counted, place = np.unique(steps, return_inverse=True)
        return Positions(counted.astype(np.int64), place, "step")
    groups = _runs(steps)
    last = np.append(np.flatnonzero(np.diff(groups)), len(groups) - 1)
    numbered = number_epochs(steps[last], where=where, counts="step")
    return replace(numbered, place=numbered.place[groups])


def _by_epoch(epochs: np.ndarray, groups: np.ndarray, steps: np.ndarray | None, where: str) -> Positions:
    """One epoch per group of neighbouring rows with the same epoch."""
    last = np.append(np.flatnonzero(np.diff(groups)), len(groups) - 1)
    numbered = number_epochs(epochs[last], where=where)
    kept = np.argsort(numbered.place)[-len(numbered.epochs) :]  # the others have -1
    kept_steps = _whole(np.zeros(0) if steps is None else steps[last][kept])
    return replace(numbered, place=numbered.place[groups], steps=kept_steps)


def _by_evaluation(done: np.ndarray, validated: np.ndarray) -> Positions:
    """One epoch per evaluation of a log that counts fractions of epochs, or per row if nothing was evaluated."""
    place = np.searchsorted(np.unique(done[validated]), done) if validated.any() else _runs(done)
    last = done[np.append(np.flatnonzero(np.diff(place)), len(place) - 1)]
    code = "evaluations-as-epochs" if validated.any() else "rows-as-epochs"
    note = Note.of(code, first=float(last[0]), last=float(last[-1]))
    return Positions(np.arange(1, len(last) + 1), place, notes=(note,))


def _whole(steps: np.ndarray) -> np.ndarray:
    """Steps as whole numbers; empty if they are not whole."""
    counts = (steps >= 0) & (steps < MAX_EPOCH) & (steps == np.floor(steps))
    return steps.astype(np.int64) if counts.all() else np.zeros(0, dtype=np.int64)


def as_epoch(value: Any, row: int, where: str) -> float:
    """A logged epoch as a number, which may be fractional. Raises SourceError for anything else."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise SourceError(
            f"{where}: epoch {cited(value)} in row {row + 1} is not a number. Correct the epoch column."
        ) from None
