"""Columns as loggers write them, made into a history: numbering of epochs, vectors, absent values.

In: one column per logged name, of numbers, text or lists. Out: a `TrainingHistory`. Every reader ends here, so the
rules on what an epoch number means stand in one place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from reportgen import notes
from reportgen.errors import SourceError, listed, quoted
from reportgen.history import TrainingHistory
from reportgen.run_facts import MAX_EPOCH, RunFacts

EPOCH_NAMES: Final = ("epoch", "epochs", "epoch_number")
MAX_COLUMNS: Final = 10_000  # our choice: more take minutes to read, and no report could show them
_MAX_NOTES: Final = 3
ABSENT: Final = frozenset({"", "na", "n/a", "none", "null", "-"})


@dataclass(frozen=True)
class Numbering:
    """Which epoch each row belongs to.

    Attributes:
        epochs: Shape (n_kept_rows,), int64, 1-based, ascending.
        kept: Indices of the rows that count, one for each of ``epochs``.
        resumed_at: Epochs that were the first of a resumed training.
        notes: What a reader should know, one sentence each.
    """

    epochs: np.ndarray
    kept: np.ndarray
    resumed_at: tuple[int, ...]
    notes: tuple[str, ...]


def number_epochs(logged: Sequence[float] | np.ndarray, *, where: str) -> Numbering:
    """Makes 1-based, ascending epochs of the numbers a logger wrote.

    Numbering that begins at 0 is taken as 0-based. Where the numbers start over at their first value, a second
    training was appended and is counted on; where they go back to a later value, the run was resumed there and the
    rows written last count.

    Args:
        logged: Shape (n_rows,), the epoch column as written.
        where: The source's name, for messages.

    Raises:
        SourceError: a number is not whole, negative or beyond 2**53.
    """
    raw = np.asarray(logged, dtype=np.float64)
    bad = ~((raw >= 0) & (raw < MAX_EPOCH) & (raw == np.floor(raw)))
    if bad.any():
        row = int(bad.argmax())
        raise SourceError(
            f"{where}: epoch {quoted(logged[row])} in row {row + 1} is not a whole number of 0 or more; "
            "epochs are counted. Correct the epoch column."
        )
    steps = raw.astype(np.int64) + (1 if raw.min() == 0 else 0)
    said: list[str] = []
    order = np.arange(len(steps))
    if (np.diff(steps) < 0).any() and len(np.unique(steps)) == len(steps):
        order = np.argsort(steps, kind="stable")
        said.append(notes.SORTED)
    resumed: list[int] = []
    kept_epochs: list[int] = []
    kept_rows: list[int] = []
    shift = 0
    for row, epoch in zip(order.tolist(), steps[order].tolist(), strict=True):
        current = epoch + shift
        if kept_epochs and current <= kept_epochs[-1]:
            if epoch == steps[0] and len(kept_epochs) > 1:
                shift = kept_epochs[-1] + 1 - epoch
                current = epoch + shift
                said.append(notes.STARTED_OVER.format(row=row + 1, epoch=current))
            else:
                last = kept_epochs[-1]
                keep = int(np.searchsorted(kept_epochs, current))
                del kept_epochs[keep:], kept_rows[keep:]
                text = notes.EPOCH_TWICE if current == last else notes.EPOCHS_TWICE
                said.append(text.format(epoch=current, first=current, last=last))
            resumed.append(current)
        kept_epochs.append(current)
        kept_rows.append(row)
    said = list(dict.fromkeys(said))
    if len(said) > _MAX_NOTES:
        said[_MAX_NOTES:] = [notes.MORE_PLACES.format(count=len(said) - _MAX_NOTES)]
    epochs = np.array(kept_epochs, dtype=np.int64)
    gaps = np.flatnonzero(np.diff(epochs) > 1)
    if len(gaps):
        first, last_missing = epochs[gaps[0]] + 1, epochs[gaps[0] + 1] - 1
        missing = int((np.diff(epochs) - 1).sum())
        if len(np.unique(np.diff(epochs))) > 1 or len(epochs) == 2:
            said.append(notes.MISSING.format(count=missing, first=first, last=last_missing))
    return Numbering(epochs, np.array(kept_rows, dtype=np.int64), tuple(sorted(set(resumed))), tuple(said))


def _cell(value: Any, *, key: str, row: int, where: str) -> float | list[float | None] | None:
    """One logged value: a number, a vector, or None where the logger wrote nothing."""
    if value is None or isinstance(value, bool):
        return None if value is None else float(value)
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ABSENT:
            return None
        if text.startswith("["):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                value = None
        else:
            try:
                return float(text.replace("_", "x"))
            except ValueError:
                value = None
        if value is None:
            raise SourceError(
                f"{where}: column {quoted(key)} has text {quoted(text)} in row {row + 1}; every metric needs numbers. "
                "Remove the row or the column."
            )
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        if isinstance(value, list | tuple):
            flat = [None if entry is None else float(entry) for entry in np.asarray(value, dtype=object).ravel()]
            return flat[0] if len(flat) == 1 else flat
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise SourceError(
            f"{where}: column {quoted(key)} has {quoted(value)} in row {row + 1}; every metric needs numbers. "
            "Remove the row or the column."
        ) from None


def clean_columns(columns: Mapping[str, Sequence[Any]], *, where: str) -> dict[str, list[float | None]]:
    """Numbers only: text becomes numbers, a vector per epoch becomes one column per component (``f1[0]``).

    Raises:
        SourceError: a cell is neither a number nor absent, or a vector changes its length.
    """
    cleaned: dict[str, list[float | None]] = {}
    for key, column in columns.items():
        cells = [_cell(value, key=key, row=row, where=where) for row, value in enumerate(column)]
        sizes = {len(cell) for cell in cells if isinstance(cell, list)}
        if not sizes:
            cleaned[key] = cells  # type: ignore[assignment]  # no cell is a list here
            continue
        if len(sizes) > 1 or any(isinstance(cell, float) for cell in cells):
            raise SourceError(
                f"{where}: column {quoted(key)} holds vectors of different lengths; each epoch needs the same number "
                "of values. Remove the column."
            )
        for part in range(sizes.pop()):
            name = f"{key}[{part}]"
            if name in columns:
                raise SourceError(
                    f"{where}: {quoted(name)} is a column and also a component of {quoted(key)}; names must differ. "
                    "Rename one."
                )
            cleaned[name] = [cell[part] if isinstance(cell, list) else None for cell in cells]
    return cleaned


def history_from_columns(
    columns: Mapping[str, Sequence[Any]],
    *,
    where: str,
    epochs: Sequence[float] | np.ndarray | None = None,
    run: RunFacts | None = None,
) -> TrainingHistory:
    """Makes a history of columns of one length.

    Args:
        columns: Values by logged name; an ``epoch`` column among them numbers the rows unless ``epochs`` is given.
        where: The source's name, for messages.
        epochs: Shape (n_rows,), as the logger counted them; the rows' order where None and no column tells.
        run: Facts already known.

    Raises:
        SourceError: no row, no numeric metric, more than `MAX_COLUMNS`, a cell that is not a number, or epochs that
            cannot be counted.
    """
    named: dict[str, Sequence[Any]] = {}
    for key, column in columns.items():
        name = str(key).strip()
        if name in named:
            raise SourceError(f"{where}: {quoted(name)} stands there twice; names must differ. Rename one.")
        named[name] = column
    epoch_key = next((key for key in named if key.lower() in EPOCH_NAMES), None)
    if epoch_key is not None:
        column = named.pop(epoch_key)
        if epochs is None:
            epochs = column
    if not named:
        raise SourceError(
            f"{where}: there is no metric; a history needs at least one column of numbers beside the epoch. Log a loss."
        )
    length = len(next(iter(named.values())))
    if not length:
        raise SourceError(f"{where}: there is no epoch in it; a history needs at least one. Train for an epoch.")
    cleaned = clean_columns(named, where=where)
    if len(cleaned) > MAX_COLUMNS:
        raise SourceError(
            f"{where}: it has {len(cleaned):,} columns of numbers, a vector's components counted; a history needs no "
            f"more than {MAX_COLUMNS:,}. Save fewer metrics."
        )
    if all(value is None for column in cleaned.values() for value in column):
        raise SourceError(
            f"{where}: {listed(list(named))} hold no number at all; a history needs at least one. Check the log."
        )
    counted = range(1, length + 1) if epochs is None else epochs
    numbering = number_epochs([as_epoch(value, row, where) for row, value in enumerate(counted)], where=where)
    rows = numbering.kept.tolist()
    facts = run or RunFacts()
    facts = replace(
        facts,
        resumed_at=facts.resumed_at + numbering.resumed_at,
        notes=facts.notes + numbering.notes,
    )
    return TrainingHistory.from_columns(
        numbering.epochs, {key: [column[row] for row in rows] for key, column in cleaned.items()}, facts
    )


def as_epoch(value: Any, row: int, where: str) -> float:
    """An epoch number as logged, not yet known to be whole.

    Raises:
        SourceError: it is not a number.
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise SourceError(
            f"{where}: epoch {quoted(value)} in row {row + 1} is not a number; epochs are counted. "
            "Correct the epoch column."
        ) from None
