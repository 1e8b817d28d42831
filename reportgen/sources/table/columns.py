"""Turns the columns of a log into a `TrainingHistory`: the last step of every reader."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name, cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_loss, is_of_batches, is_schedule, parse_key
from reportgen.options import DEFAULT_READ, ReadOptions
from reportgen.sources.table.axis import Positions, as_epoch, counted_note, lay_out, number_epochs
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.counters import settle_counters
from reportgen.sources.table.naming import EPOCH, STEP, name_columns

MAX_NAME_CHARACTERS: Final = 100_000_000  # total of all names, since a table repeats them for each value; our choice


def history_from_columns(
    columns: Mapping[str, Sequence[Any]],
    *,
    where: str,
    epochs: Sequence[float] | np.ndarray | None = None,
    run: RunFacts | None = None,
    options: ReadOptions | None = None,
    known: Mapping[str, str] | None = None,
) -> TrainingHistory:
    """Makes a history from columns of equal length.

    Args:
        columns: Values by logged name; an ``epoch`` column among them numbers the rows unless ``epochs`` is given.
        where: Name of the source, for messages.
        epochs: Shape (n_rows,), as the logger counted them (default: the epoch column, or else the order of rows).
        run: Known facts.
        options: The options of the user.
        known: As for `history_from_log`.

    Raises:
        SourceError: no row, no numeric metric, more than a history can have, a cell that is not a number, or epochs
            that cannot be counted.
    """
    named: dict[str, Sequence[Any]] = {}
    twice = []
    for key, column in columns.items():
        name = str(key).strip()
        if name in named:
            twice.append(name)
        else:
            named[name] = column
    log = Logged(where)
    log.add_rows(named)
    if twice:
        log.notes.append(Note.of("columns-twice", columns=short_names(twice)))
    return history_from_log(log, options=options, known=known, epochs=epochs, run=run)


def history_from_log(
    log: Logged,
    *,
    options: ReadOptions | None = None,
    known: Mapping[str, str] | None = None,
    epochs: Sequence[float] | np.ndarray | None = None,
    steps: np.ndarray | None = None,
    run: RunFacts | None = None,
    durations_s: np.ndarray | None = None,
) -> TrainingHistory:
    """Makes a history from logged cells.

    Args:
        log: The cells.
        options: The options of the user.
        known: Meanings of columns by name in the log: a name as Keras logs it, ``epoch``, ``step``, or empty to leave
            it out. Other columns keep their name. Default: meanings are guessed from the names, and columns without
            numbers are left out.
        epochs: Shape (n_rows,), as the logger counted them; takes precedence over columns.
        steps: Shape (n_rows,), steps to count instead of epochs; takes precedence over columns.
        run: Known facts.
        durations_s: Shape (n_rows,), seconds per row.

    Raises:
        SourceError: no row, no numeric metric, more than a history can have, a cell that is not a number, or epochs
            that cannot be counted.
    """
    where = log.where
    keys, guesses = name_columns(log.names, options or DEFAULT_READ, known=known, where=where)
    if known is None and epochs is None and steps is None:
        keys = settle_counters(log, keys, (options or DEFAULT_READ).columns)
    if not set(keys.values()) - {EPOCH, STEP}:
        raise SourceError(
            f"{where}: it has no metrics; a history needs at least one column of numbers besides the epoch. Log a loss."
        )
    if not log.n_rows:
        raise SourceError(f"{where}: it has no rows; a history needs at least one epoch. Train for an epoch.")
    columns, left_out = _numbers(log, keys)
    log.notes += log.odd_notes(keys.keys() - set(left_out))
    if epochs is None and steps is None:
        durations_s = _without_odd_epochs(log, keys, columns, durations_s)
    log.forget()  # otherwise a long log would be held in memory twice
    facts = run or RunFacts()
    said = [*facts.notes, *log.notes, *guesses]
    if left_out:
        said.append(Note.of("no-numbers", columns=short_names(left_out)))
    stated_epochs, stated_steps = columns.pop(EPOCH, None), columns.pop(STEP, None)
    if steps is not None:
        axis = _axis(log, columns, None, Column(np.arange(log.n_rows), steps.astype(np.float64)))
    elif epochs is None:
        axis = _axis(log, columns, stated_epochs, stated_steps)
    else:
        given = [as_epoch(value, row, where) for row, value in enumerate(epochs)]
        axis = number_epochs(given, where=where)
    frame, averaged = _frame(columns, axis, where)
    said += axis.notes
    if averaged:
        said.append(counted_note("averaged", axis.counts))
    if axis.counts == "step" and _is_finer_than_evaluations(frame):
        said.append(Note("judged-by-evaluation"))
    facts = replace(facts, resumed_at=facts.resumed_at + axis.resumed_at, notes=tuple(said))
    if (
        axis.counts == "epoch"
        and durations_s is not None
        and np.isfinite(durations_s).all()
        and (durations_s >= 0).all()
    ):
        kept = axis.place >= 0
        sums = np.bincount(axis.place[kept], weights=durations_s[kept], minlength=len(axis.epochs))
        facts = replace(facts, durations_s=tuple(sums[_present(axis, frame)].tolist()))
    del axis  # for a long log it takes as much memory as the curves
    return TrainingHistory(frame, facts)


def _without_odd_epochs(
    log: Logged, keys: Mapping[str, str], columns: dict[str, Column], durations_s: np.ndarray | None
) -> np.ndarray | None:
    """Removes rows whose epoch or step is not a number from the log and its columns; returns the other durations."""
    rows = {row for name, key in keys.items() if key in (EPOCH, STEP) for row in log.odd_rows(name)}
    if not rows:
        return durations_s
    odd = np.array(sorted(rows), dtype=np.int64)
    for key, column in columns.items():
        kept = ~np.isin(column.rows, odd)
        columns[key] = Column((column.rows - np.searchsorted(odd, column.rows))[kept], column.values[kept])
    log.n_rows -= len(odd)
    return None if durations_s is None else np.delete(durations_s, odd)


def _is_finer_than_evaluations(frame: pd.DataFrame) -> bool:
    """Whether training was logged between evaluations, not counting batch values if there are epoch values, too."""
    names = frame["metric"].unique().tolist()
    steps = frame["step"][~frame["metric"].isin([name for name in names if is_of_batches(name, names)])]
    validated = frame["split"] == "validation"
    return bool(validated.any()) and steps.nunique() > frame["step"][validated].nunique()


def _present(axis: Positions, frame: pd.DataFrame) -> np.ndarray:
    """Which epochs have a value."""
    present = np.zeros(len(axis.epochs), dtype=bool)
    present[np.searchsorted(axis.epochs, frame["epoch"].to_numpy())] = True
    return present


def _numbers(log: Logged, wanted: Mapping[str, str]) -> tuple[dict[str, Column], list[str]]:
    """The columns by key, and the names of those that were left out because they contain no number."""
    optional = [name for name, key in wanted.items() if key != EPOCH and not is_loss(key)]
    columns, left_out = log.columns(wanted, optional)
    if left_out and not any(len(part.rows) for key, part in columns.items() if key not in (EPOCH, STEP)):
        columns, left_out = log.columns(wanted)  # raises the error of the first one
    if not any(len(column.rows) for key, column in columns.items() if key not in (EPOCH, STEP)):
        metrics = [name for name, key in wanted.items() if key not in (EPOCH, STEP)]
        raise SourceError(
            f"{log.where}: it has no number in {cited_names(metrics)}; a history needs at least one. Check the log."
        )
    return columns, left_out


def _axis(log: Logged, columns: Mapping[str, Column], epochs: Column | None, steps: Column | None) -> Positions:
    """Which epoch or step each row of a log belongs to."""
    validated = np.zeros(log.n_rows, dtype=bool)
    for key, column in columns.items():
        if parse_key(key)[1] == "validation":
            validated[column.rows] = True

    def ascends(numbers: np.ndarray) -> bool:
        return all(bool((np.diff(numbers[column.rows]) >= 0).all()) for column in columns.values())

    def is_crowded(groups: np.ndarray) -> bool:
        return any(bool((np.diff(groups[column.rows]) == 0).any()) for column in columns.values())

    stated_steps = _spread(steps, log.n_rows)
    if stated_steps is not None:
        stated_steps[~np.isfinite(stated_steps)] = np.nan
        if np.isnan(stated_steps).all():
            stated_steps = None
    return lay_out(
        log.n_rows,
        epochs=_spread(epochs, log.n_rows),
        steps=stated_steps,
        validated=validated,
        is_crowded=is_crowded,
        ascends=ascends,
        where=log.where,
    )


def _spread(column: Column | None, n_rows: int) -> np.ndarray | None:
    """One number per row; NaN if none was logged."""
    if column is None:
        return None
    spread = np.full(n_rows, np.nan)
    spread[column.rows] = column.values
    return spread


def _frame(columns: dict[str, Column], axis: Positions, where: str) -> tuple[pd.DataFrame, bool]:
    """The long frame of a history, and whether training values were averaged."""
    averaged = False
    keys, places, values = [], [], []
    for key in list(columns):
        column = columns.pop(key)  # frees its memory as soon as it is copied
        metric, split = parse_key(key)
        place = axis.place[column.rows]
        kept = place >= 0
        place, numbers = place[kept], column.values[kept]
        if (np.diff(place) < 0).any():
            order = np.argsort(place, kind="stable")
            place, numbers = place[order], numbers[order]
        ends = np.append(np.diff(place) != 0, True) if len(place) else np.zeros(0, dtype=bool)
        if not ends.all():
            if split == "train" and not is_schedule(metric):
                averaged = True
                with np.errstate(invalid="ignore", over="ignore"):
                    starts = np.flatnonzero(np.append(True, ends[:-1]))
                    numbers = np.add.reduceat(numbers, starts) / np.diff(np.append(starts, len(numbers)))
            else:
                numbers = numbers[ends]
            place = place[ends]
        keys.append((metric, split, len(place)))
        places.append(place)
        values.append(numbers)
    if sum(len(metric) * count for metric, _, count in keys) > MAX_NAME_CHARACTERS:
        longest = max((metric for metric, _, _ in keys), key=len)
        raise SourceError(
            f"{where}: the name {cited_name(longest)} has {len(longest):,} characters; a history needs shorter names, "
            "since it repeats them with each value. Rename it."
        )
    counts = [count for _, _, count in keys]
    place = np.concatenate(places)
    steps = {"step": axis.steps[place]} if len(axis.steps) else {}
    made = pd.DataFrame(
        {
            axis.counts: axis.epochs[place],
            **steps,
            "metric": _repeated([metric for metric, _, _ in keys], counts),
            "split": _repeated([split for _, split, _ in keys], counts),
            "value": np.concatenate(values),
        }
    )
    return made, averaged


def _repeated(texts: list[str], counts: list[int]) -> "pd.Categorical":
    """Repeats each text by its count, stored as codes to save memory."""
    different = list(dict.fromkeys(texts))
    codes = np.array([different.index(text) for text in texts], dtype=np.int16)  # there are at most MAX_COLUMNS
    return pd.Categorical.from_codes(np.repeat(codes, counts), pd.Index(different, dtype=object))
