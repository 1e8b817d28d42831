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
from reportgen.sources.source_runs import Runs, check_run_count, last_run, unique_name
from reportgen.sources.table.axis import MAX_NOTES, Positions, as_epoch, counted_note, lay_out, number_epochs
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.counters import settle_counters
from reportgen.sources.table.division import LoggedRows, RunRows, divide
from reportgen.sources.table.label_names import wide_names
from reportgen.sources.table.naming import EPOCH, STEP, is_counter_name, name_columns
from reportgen.sources.table.row_labels import RowRuns, lengthen_names, runs_by_row

_MAX_SEAMS: Final = 20  # of one run; our choice: with more, the program calls fit in a loop, and nothing was resumed
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
    """Makes a history from columns of equal length; the last one if they contain several runs.

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
    if epochs is None:
        return last_run(runs_from_columns(columns, where=where, run=run, options=options, known=known))
    log = _log_of_columns(columns, where)
    return history_from_log(log, options=options, known=known, epochs=epochs, run=run)


def runs_from_columns(
    columns: Mapping[str, Sequence[Any]],
    *,
    where: str,
    run: RunFacts | None = None,
    options: ReadOptions | None = None,
    known: Mapping[str, str] | None = None,
) -> TrainingHistory | Runs:
    """Makes a history, or several runs, from columns of equal length: as `runs_from_log`."""
    return runs_from_log(_log_of_columns(columns, where), options=options, known=known, run=run)


def _log_of_columns(columns: Mapping[str, Sequence[Any]], where: str) -> Logged:
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
    return log


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
    """Makes a history from logged cells; the last run if they contain several, which `runs_from_log` returns all.

    Args:
        log: The cells.
        options: The options of the user.
        known: Meanings of columns by name in the log: a name as Keras logs it, ``epoch``, ``step``, or empty to leave
            it out. Other columns keep their name. Default: meanings are guessed from the names, and columns without
            numbers are left out.
        epochs: Shape (n_rows,), as the logger counted them; takes precedence over columns. All rows are one run.
        steps: Shape (n_rows,), steps to count instead of epochs; takes precedence over columns. As for ``epochs``.
        run: Known facts.
        durations_s: Shape (n_rows,), seconds per row.

    Raises:
        SourceError: no row, no numeric metric, more than a history can have, a cell that is not a number, or epochs
            that cannot be counted.
    """
    if epochs is None and steps is None:
        return last_run(runs_from_log(log, options=options, known=known, run=run, durations_s=durations_s))
    where = log.where
    keys, guesses = name_columns(log.names, options or DEFAULT_READ, known=known, where=where)
    columns, said = _columns(log, keys, guesses)
    log.forget()  # otherwise a long log would be held in memory twice
    for counter in (EPOCH, STEP):
        columns.pop(counter, None)
    rows = LoggedRows(log.n_rows, columns, durations_s=durations_s)
    if steps is not None:
        axis = _axis(replace(rows, steps=steps.astype(np.float64)), where)
    else:
        given = [as_epoch(value, row, where) for row, value in enumerate(epochs if epochs is not None else ())]
        axis = number_epochs(given, where=where)
    return _history(rows, axis, run or RunFacts(), said, where)


def runs_from_log(
    log: Logged,
    *,
    options: ReadOptions | None = None,
    known: Mapping[str, str] | None = None,
    run: RunFacts | None = None,
    durations_s: np.ndarray | None = None,
    word: str = "training",
    headings: Mapping[int, str] | None = None,
    planned: np.ndarray | None = None,
) -> TrainingHistory | Runs:
    """Makes a history from logged cells, or several runs if they contain several runs.

    Columns such as ``fold`` tell runs apart, and so do names such as ``loss_fold1``; `restarts` says where the rows of
    a run end otherwise. A long table, with the names of metrics in a column, is read as well.

    Args:
        log: The cells.
        options: As for `history_from_log`.
        known: As for `history_from_log`.
        run: Known facts of each run.
        durations_s: Shape (n_rows,), seconds per row.
        word: What a run without a name in the log is called, with its number: ``training 2``.
        headings: The rows, from 0, at which the log announces another run, with its name, such as ``fold 2``.
        planned: Shape (n_rows,), the planned epochs of the call that wrote each row; NaN if unknown.

    Raises:
        SourceError: as for `history_from_log`, or there are too many runs.
    """
    options, facts, where = options or DEFAULT_READ, run or RunFacts(), log.where
    lengthen_names(log, options.columns)
    labels = runs_by_row(log, options.columns)
    if labels is not None:
        facts = replace(facts, params=(*facts.params, *labels.params))
    named, left_out = _names_by_run(log, labels, options, known)
    check_run_count(len(named), where)
    runs: dict[str, tuple[LoggedRows, RunRows, tuple[Note, ...]]] = {}
    for name, names in named.items():
        keys, guesses = name_columns(names, options, known=known, where=where)
        keys = {names[own]: key for own, key in keys.items()}
        if known is None:
            keys = settle_counters(log, keys, options.columns)
        columns, said = _columns(log, keys, guesses)
        if left_out:
            said.append(Note.of("columns-of-no-run", columns=short_names(left_out)))
        columns = _within_own(columns, [keys[name] for own, name in names.items() if own != name and name in keys])
        rows, kept = _logged_rows(log, keys, columns, durations_s)
        rows, parts = divide(
            rows,
            labels=None if labels is None else replace(labels, codes=labels.codes[kept]),
            headings={int(np.searchsorted(kept, row)): text for row, text in (headings or {}).items()},
            planned=None if planned is None else planned[kept],
            word=word,
        )
        for part in parts:
            check_run_count(len(runs) + 1, where)
            runs[unique_name(", ".join(filter(None, (name, part.name))), runs)] = (rows, part, tuple(said))
    log.forget()  # otherwise a long log would be held in memory twice

    def read(index: int) -> TrainingHistory:
        rows, part, said = made[index]
        if len(made) > 1:
            rows = rows.between(part.start, part.stop)
        else:
            made.clear()  # a long log would be held in memory twice
        own = labels.own_params[part.label] if labels is not None and labels.own_params and part.label >= 0 else ()
        return _history(rows, _axis(rows, where), replace(facts, params=(*facts.params, *own)), said, where)

    made = list(runs.values())
    return Runs(tuple(runs), read) if len(runs) > 1 else read(0)


def _names_by_run(
    log: Logged, labels: RowRuns | None, options: ReadOptions, known: Mapping[str, str] | None
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The columns of each run: its name in the log by its own name; and the columns that belong to no run."""
    runs = runs_by_name(log.names, options.columns, known) if labels is None or len(labels.names) == 1 else {}
    if not runs:
        return {"": {name: name for name in log.names}}, []
    used = {name for names in runs.values() for name in names.values()}
    return runs, [name for name in log.names if name not in used]


def runs_by_name(
    names: Sequence[str], said: Mapping[str, str], known: Mapping[str, str] | None
) -> dict[str, dict[str, str]]:
    """The columns of each run if their names say it, such as ``loss_fold1``: the name in the log by its own name.

    Epochs, steps and settings belong to all runs. The result is empty if no name is that of several runs' columns.

    Args:
        names: The names in the log.
        said: Meanings that the user has given; these columns belong to all runs.
        known: Meanings known from the format.
    """
    wide = wide_names(name for name in names if name not in said and name not in (known or {}))
    shared = [name for name in names if name in said or is_counter_name(name) or is_schedule(name)]
    runs: dict[str, dict[str, str]] = {}
    for name, part in wide.items():
        runs.setdefault(part.run, {own: own for own in shared if own not in wide}).setdefault(part.base, name)
    return runs


def _within_own(columns: dict[str, Column], own: Sequence[str]) -> dict[str, Column]:
    """The columns of a run up to the last row in which one of its own has a value; others are those of all runs."""
    found = [column.rows[-1] for key, column in columns.items() if key in own and len(column.rows)]
    if not found:
        return columns
    last = int(max(found)) + 1
    ends = {key: int(np.searchsorted(part.rows, last)) for key, part in columns.items() if key not in (EPOCH, STEP)}
    return columns | {key: Column(columns[key].rows[:end], columns[key].values[:end]) for key, end in ends.items()}


def _columns(log: Logged, keys: Mapping[str, str], guesses: tuple[Note, ...]) -> tuple[dict[str, Column], list[Note]]:
    """The columns of a log by key, and notes on how they were read."""
    where = log.where
    if not set(keys.values()) - {EPOCH, STEP}:
        raise SourceError(
            f"{where}: it has no metrics; a history needs at least one column of numbers besides the epoch. Log a loss."
        )
    if not log.n_rows:
        raise SourceError(
            f"{where}: it has no rows; a history needs at least one epoch. Train for at least one epoch, or pass "
            "another log."
        )
    columns, left_out = _numbers(log, keys)
    said = [*log.notes, *log.odd_notes(name for name in keys if name not in left_out), *guesses]
    if left_out:
        said.append(Note.of("no-numbers", columns=short_names(left_out)))
    return columns, said


def _logged_rows(
    log: Logged, keys: Mapping[str, str], columns: dict[str, Column], durations_s: np.ndarray | None
) -> tuple[LoggedRows, np.ndarray]:
    """The rows of a log without those whose epoch or step is not a number, and which rows those are."""
    odd = sorted({row for name, key in keys.items() if key in (EPOCH, STEP) for row in log.odd_rows(name)})
    kept = np.delete(np.arange(log.n_rows), np.array(odd, dtype=np.int64))
    if odd:
        for key, column in columns.items():
            is_kept = ~np.isin(column.rows, odd)
            columns[key] = Column(np.searchsorted(kept, column.rows[is_kept]), column.values[is_kept])
        durations_s = None if durations_s is None else durations_s[kept]
    epochs, steps = (_spread(columns.pop(counter, None), len(kept)) for counter in (EPOCH, STEP))
    if steps is not None:
        steps[~np.isfinite(steps)] = np.nan
    if steps is not None and np.isnan(steps).all():
        steps = None
    return LoggedRows(len(kept), columns, epochs, steps, durations_s), kept


def _history(rows: LoggedRows, axis: Positions, facts: RunFacts, said: Sequence[Note], where: str) -> TrainingHistory:
    """The history of the rows of one run, whose columns are removed from it."""
    frame, averaged = _frame(rows.columns, axis, where)
    notes = [*facts.notes, *said, *axis.notes]
    resumed = list(axis.resumed_at)
    seams = [row for row in rows.seams if axis.place[row] >= 0]
    for row in seams[:MAX_NOTES]:
        epoch = int(axis.epochs[axis.place[row]])
        notes.append(counted_note("restarted", axis.counts, row=rows.first_row + row + 1, epoch=epoch))
    if len(seams) > MAX_NOTES:
        notes.append(counted_note("more-restarts", axis.counts, count=len(seams) - MAX_NOTES))
    if len(seams) <= _MAX_SEAMS:
        resumed += [int(axis.epochs[axis.place[row]]) for row in seams]
    if averaged:
        notes.append(counted_note("averaged", axis.counts))
    if axis.counts == "step" and _is_finer_than_evaluations(frame):
        notes.append(Note("judged-by-evaluation"))
    resumed_at = facts.resumed_at + tuple(sorted(set(resumed)))
    facts = replace(facts, resumed_at=resumed_at, notes=tuple(notes))
    durations_s = rows.durations_s
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


def _axis(rows: LoggedRows, where: str) -> Positions:
    """Which epoch or step each row of a run belongs to."""
    columns = rows.columns
    validated = np.zeros(rows.n_rows, dtype=bool)
    for key, column in columns.items():
        if parse_key(key)[1] == "validation":
            validated[column.rows] = True

    def ascends(numbers: np.ndarray) -> bool:
        return all(bool((np.diff(numbers[column.rows]) >= 0).all()) for column in columns.values())

    def is_crowded(groups: np.ndarray) -> bool:
        return any(bool((np.diff(groups[column.rows]) == 0).any()) for column in columns.values())

    return lay_out(
        rows.n_rows,
        epochs=rows.epochs,
        steps=rows.steps,
        counted_on=rows.counted_on,
        validated=validated,
        is_crowded=is_crowded,
        ascends=ascends,
        where=where,
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
