"""Histories that are already in memory: a Keras ``History``, its dict, a pandas DataFrame.

In: the object. Out: a `TrainingHistory`. Keras itself is never imported; its objects are known by what they carry.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
import pandas as pd

from reportgen.errors import SourceError
from reportgen.history.checks import COLUMNS
from reportgen.history.facts import MAX_EPOCH, RunFacts, Status
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.metrics import is_loss, parse_key
from reportgen.options import ReadOptions
from reportgen.sources.table.axis import as_epoch
from reportgen.sources.table.columns import history_from_columns
from reportgen.sources.table.naming import EPOCH, STEP, name_columns
from reportgen.text import listed, quoted


def is_keras_history(source: object) -> bool:
    """Whether this is what ``fit`` returns: an object with a ``history`` dict and an ``epoch`` list."""
    return isinstance(getattr(source, "history", None), Mapping) and isinstance(
        getattr(source, "epoch", None), Sequence
    )


def read_keras_history(source: Any, *, options: ReadOptions | None = None) -> TrainingHistory:
    """Reads what ``fit`` returned.

    Args:
        source: A Keras ``History``. Its ``epoch`` list numbers the values, so a resumed run keeps its numbers.
        options: What the user said; Keras does not record the ``validation_freq`` given to ``fit``.

    Raises:
        SourceError: the history is empty, its lists are ragged and no frequency explains it, or a value is no number.
    """
    numbers = list(source.epoch)
    length = max((len(values) for values in source.history.values() if isinstance(values, Sized)), default=0)
    notes: tuple[Note, ...] = ()
    if len(numbers) != length:
        # Keras empties `epoch` at each fit but piles up `history` when a History object is used again.
        if numbers:
            notes = (Note("reused-history"),)
        numbers = list(range(length))
    epochs = [as_epoch(number, row, "History") + 1 for row, number in enumerate(numbers)]
    params = getattr(source, "params", None)
    known = params if isinstance(params, Mapping) else {}
    planned, steps = (
        int(value) if isinstance(value, int | np.integer) and value > 0 else None
        for value in (known.get("epochs"), known.get("steps"))
    )
    status: Status = "unknown"
    if planned and epochs:
        status = "completed" if epochs[-1] >= planned else "stopped-early"
    run = RunFacts(epochs_planned=planned, steps_per_epoch=steps, status=status, notes=notes)
    return read_mapping(source.history, epochs=epochs, options=options, run=run, where="History", known={})


def read_mapping(
    source: Mapping[str, Any],
    *,
    epochs: Sequence[float] | None = None,
    options: ReadOptions | None = None,
    run: RunFacts | None = None,
    where: str = "history dict",
    known: Mapping[str, str] | None = None,
) -> TrainingHistory:
    """Reads a dict of lists such as ``history.history``.

    Args:
        source: Values by logged name, one value per epoch.
        epochs: 1-based epoch of each training value; counted from 1 where None.
        options: What the user said, such as every how many epochs validation ran, where its lists are shorter.
        run: Facts already known.
        where: The source's name, for messages.
        known: What names are, as for `history_from_log`; guessed where None.

    Raises:
        SourceError: not a dict of lists, empty, ragged without an explanation, of one length though a frequency is
            given, or a value is no number.
    """
    columns: dict[str, list[Any]] = {}
    for key, values in source.items():
        if isinstance(values, Mapping):  # pandas' DataFrame.to_json: {"loss": {"0": 0.7, "1": 0.6}}
            values = list(values.values())
        elif isinstance(values, pd.Series | np.ndarray):
            values = values.tolist()
        if isinstance(values, str | bytes | bytearray) or not isinstance(values, Sequence):
            raise SourceError(
                f"{where}: {quoted(key)} is {quoted(values)}, not a list; a history holds one list of numbers per "
                "metric. Pass history.history."
            )
        if str(key) in columns:
            raise SourceError(f"{where}: {quoted(key)} stands there twice; names must differ. Rename one.")
        columns[str(key)] = list(values)
    if not columns:
        raise SourceError(f"{where}: it is empty; a history needs at least one metric. Call fit() first.")
    said = options or ReadOptions()
    names = name_columns(columns, said=said.columns, known=known, where=where).keys
    aligned = _aligned(columns, names, epochs, said.validation_freq, where)
    return history_from_columns(aligned, epochs=epochs, where=where, run=run, options=said, known=known)


def _aligned(
    columns: dict[str, list[Any]],
    keys: Mapping[str, str],
    epochs: Sequence[float] | None,
    validation_freq: int | None,
    where: str,
) -> dict[str, list[Any]]:
    """Spreads validation values over the epochs in which validation ran: those that the frequency divides."""
    if validation_freq is not None and (
        not isinstance(validation_freq, int | np.integer) or not 1 <= validation_freq < MAX_EPOCH
    ):
        raise SourceError(
            f"{where}: validation_freq is {quoted(validation_freq)}; a whole number of 1 or more is needed. Pass the "
            "one given to fit()."
        )
    length = max(len(values) for values in columns.values())
    counted = np.arange(1, length + 1) if epochs is None or len(epochs) != length else np.asarray(epochs)

    def validated(freq: int) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # epochs are not yet known to be finite
            return np.flatnonzero(counted % freq == 0)

    short = {key: values for key, values in columns.items() if len(values) != length}
    if not short:
        if validation_freq is not None and len(validated(validation_freq)) != length:
            end = f" and the run ends at epoch {counted[-1]:.0f}" if validation_freq > counted[-1] else ""
            raise SourceError(
                f"{where}: validation_freq={validation_freq} cannot apply, as no list is shorter than the others{end}; "
                "it is needed only where validation has fewer values. Leave it out."
            )
        return columns
    key, values = next(iter(short.items()))
    is_validation = all(parse_key(keys.get(name, name))[1] == "validation" for name in short)
    unexplained = validation_freq is None or any(len(validated(validation_freq)) != len(v) for v in short.values())
    if validation_freq is None or unexplained or not is_validation:
        n_values = len(values)
        likely = range(max(2, length // (n_values + 1)), length // max(1, n_values - 1) + 2)
        fit = next((freq for freq in likely if len(validated(freq)) == n_values), None) if is_validation else None
        remedy = "Use reportgen.ReportCallback, which notes the epoch of each value."
        if fit and values:
            remedy = f"If validation ran every {fit} epochs, pass validation_freq={fit}."
        given = "" if validation_freq is None else f" (validation_freq={validation_freq} does not explain it)"
        raise SourceError(
            f"{where}: {quoted(key)} has {len(values)} values where others have {length}{given}; every list needs "
            f"one value per epoch, or which epochs it belongs to cannot be told. {remedy}"
        )
    spread = dict(columns)
    for name, values in short.items():
        full: list[Any] = [None] * length
        for row, value in zip(validated(validation_freq).tolist(), values, strict=True):
            full[row] = value
        spread[name] = full
    return spread


def refuse_options(options: ReadOptions, where: str, kind: str, *, takes: frozenset[str] = frozenset()) -> None:
    """Refuses what cannot apply to a source.

    Args:
        options: What the user said.
        where: The source's name, for messages.
        kind: What the source is.
        takes: The options that can apply.

    Raises:
        SourceError: another option is given.
    """
    given = {"validation_freq": options.validation_freq, "columns": options.columns or None}
    for name, value in given.items():
        if value is not None and name not in takes:
            said = f"{name}={quoted(value)[1:-1]}" if name == "validation_freq" else name
            raise SourceError(
                f"{where}: {said} cannot apply to {kind}, which says itself what it would tell. Leave it out."
            )


def read_frame(
    source: pd.DataFrame, *, where: str = "DataFrame", options: ReadOptions | None = None
) -> TrainingHistory:
    """Reads a DataFrame, tidy (epoch or step, metric, split, value) or wide (one column per logged name).

    pandas has one mark, NaN, for "nothing logged" and for "training gave NaN". In a tidy frame NaN is a value. In a
    wide frame it is a value in the epochs whose training loss is NaN or infinite, and stands for nothing elsewhere.

    Args:
        source: Of a wide frame, the ``epoch`` column or an index named ``epoch`` numbers the rows, else their order.
        where: The source's name, for messages.
        options: What the user said.

    Raises:
        SourceError: no numeric column, or a cell that is not a number.
        HistoryError: a tidy frame repeats an epoch or holds an unknown split.
    """
    if set(COLUMNS) <= set(source.columns) and {EPOCH, STEP} & set(source.columns):
        return TrainingHistory(source)
    names = [str(name) for name in source.columns]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise SourceError(f"{where}: column {quoted(twice)} stands there twice; names must differ. Rename one.")
    if not names:
        raise SourceError(f"{where}: it has no columns; a history needs at least one metric. Pass the logged values.")
    if not len(source):
        raise SourceError(f"{where}: it has columns {listed(names)} but no rows; at least one epoch is needed.")
    logged = {name: source.iloc[:, position].tolist() for position, name in enumerate(names)}
    losses = [logged[name] for name in names if parse_key(name)[1] == "train" and is_loss(name)]
    diverged = [any(_is_broken(column[row]) for column in losses) for row in range(len(source))]
    columns = {
        name: [
            None if _is_missing(value) and not (broken and isinstance(value, float)) else value
            for value, broken in zip(column, diverged, strict=True)
        ]
        for name, column in logged.items()
    }
    epochs = source.index.to_list() if source.index.name == "epoch" else None
    return history_from_columns(columns, epochs=epochs, where=where, options=options)


def _is_missing(value: object) -> bool:
    """Whether pandas marks a cell as empty: None, NA, NaT, or the NaN that may as well be a value."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _is_broken(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
