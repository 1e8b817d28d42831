"""Histories that are already in memory: a Keras ``History``, its dict, a pandas DataFrame.

In: the object. Out: a `TrainingHistory`. Keras itself is never imported; its objects are known by what they carry.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reportgen.errors import SourceError, listed, quoted
from reportgen.history import COLUMNS, RunFacts, Status, TrainingHistory
from reportgen.metrics import is_loss, parse_key
from reportgen.sources.columns import history_from_columns


def is_keras_history(source: object) -> bool:
    """Whether this is what ``fit`` returns: an object with a ``history`` dict and an ``epoch`` list."""
    return isinstance(getattr(source, "history", None), Mapping) and isinstance(
        getattr(source, "epoch", None), Sequence
    )


def read_keras_history(source: Any, *, validation_freq: int | None = None) -> TrainingHistory:
    """Reads what ``fit`` returned.

    Args:
        source: A Keras ``History``. Its ``epoch`` list numbers the values, so a resumed run keeps its numbers.
        validation_freq: The ``validation_freq`` given to ``fit``; Keras does not record it.

    Raises:
        SourceError: the history is empty, its lists are ragged and no frequency explains it, or a value is no number.
    """
    numbers = list(source.epoch)
    length = max((len(values) for values in source.history.values()), default=0)
    notes: tuple[str, ...] = ()
    if len(numbers) != length:
        # Keras empties `epoch` at each fit but piles up `history` when a History object is used again.
        if numbers:
            notes = ("The History object was used for more than one fit; its epochs are counted through.",)
        numbers = list(range(length))
    params = getattr(source, "params", None) or {}
    planned = params.get("epochs")
    status: Status = "unknown"
    if planned and numbers:
        status = "completed" if numbers[-1] + 1 >= planned else "stopped-early"
    run = RunFacts(epochs_planned=planned, steps_per_epoch=params.get("steps"), status=status, notes=notes)
    epochs = [number + 1 for number in numbers]
    return read_mapping(source.history, epochs=epochs, validation_freq=validation_freq, run=run, where="History")


def read_mapping(
    source: Mapping[str, Any],
    *,
    epochs: Sequence[int] | None = None,
    validation_freq: int | None = None,
    run: RunFacts | None = None,
    where: str = "history dict",
) -> TrainingHistory:
    """Reads a dict of lists such as ``history.history``.

    Args:
        source: Values by logged name, one value per epoch.
        epochs: 1-based epoch of each training value; counted from 1 where None.
        validation_freq: Every how many epochs validation ran, where its lists are shorter.
        run: Facts already known.
        where: The source's name, for messages.

    Raises:
        SourceError: not a dict of lists, empty, ragged without an explanation, or a value is no number.
    """
    columns: dict[str, list[Any]] = {}
    for key, values in source.items():
        if isinstance(values, Mapping):  # pandas' DataFrame.to_json: {"loss": {"0": 0.7, "1": 0.6}}
            values = list(values.values())
        elif isinstance(values, pd.Series | np.ndarray):
            values = values.tolist()
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise SourceError(
                f"{where}: {quoted(key)} is {quoted(values)}, not a list; a history holds one list of numbers per "
                "metric. Pass history.history."
            )
        columns[str(key)] = list(values)
    if not columns:
        raise SourceError(f"{where}: it is empty; a history needs at least one metric. Call fit() first.")
    return history_from_columns(_aligned(columns, validation_freq, where), epochs=epochs, where=where, run=run)


def _aligned(columns: dict[str, list[Any]], validation_freq: int | None, where: str) -> dict[str, list[Any]]:
    """Spreads validation values over the epochs in which validation ran."""
    length = max(len(values) for values in columns.values())
    short = {key: values for key, values in columns.items() if len(values) != length}
    if not short:
        return columns
    key, values = next(iter(short.items()))
    fits = [freq for freq in range(2, length + 1) if length // freq == len(values)]
    is_validation = all(parse_key(name)[1] == "validation" for name in short)
    if validation_freq is None or not is_validation or any(length // validation_freq != len(v) for v in short.values()):
        remedy = "Use reportgen.ReportCallback, which notes the epoch of each value."
        if fits and is_validation:
            remedy = f"If validation ran every {fits[0]} epochs, pass validation_freq={fits[0]}."
        given = "" if validation_freq is None else f" (validation_freq={validation_freq} does not explain it)"
        raise SourceError(
            f"{where}: {quoted(key)} has {len(values)} values where others have {length}{given}; every list needs "
            f"one value per epoch, or which epochs it belongs to cannot be told. {remedy}"
        )
    spread = dict(columns)
    for name, values in short.items():
        full: list[Any] = [None] * length
        full[validation_freq - 1 : len(values) * validation_freq : validation_freq] = values
        spread[name] = full
    return spread


def read_frame(source: pd.DataFrame, *, where: str = "DataFrame") -> TrainingHistory:
    """Reads a DataFrame, tidy (epoch, metric, split, value) or wide (one column per logged name).

    pandas has one mark, NaN, for "nothing logged" and for "training gave NaN". In a tidy frame NaN is a value. In a
    wide frame it is a value in the epochs whose training loss is NaN or infinite, and stands for nothing elsewhere.

    Args:
        source: Of a wide frame, the ``epoch`` column or an index named ``epoch`` numbers the rows, else their order.
        where: The source's name, for messages.

    Raises:
        SourceError: no numeric column, or a cell that is not a number.
        HistoryError: a tidy frame repeats an epoch or holds an unknown split.
    """
    if set(COLUMNS) <= set(source.columns):
        return TrainingHistory(source)
    if source.columns.has_duplicates:
        twice = str(source.columns[source.columns.duplicated()][0])
        raise SourceError(f"{where}: column {quoted(twice)} stands there twice; names must differ. Rename one.")
    names = [str(name) for name in source.columns]
    if not names:
        raise SourceError(f"{where}: it has no columns; a history needs at least one metric. Pass the logged values.")
    if not len(source):
        raise SourceError(f"{where}: it has columns {listed(names)} but no rows; at least one epoch is needed.")
    losses = source[[name for name in source.columns if is_loss(parse_key(str(name))[0])]]
    train = losses[[name for name in losses.columns if parse_key(str(name))[1] == "train"]]
    diverged = ~np.isfinite(train.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)).all(axis=1)
    columns = {
        str(name): [
            value if there else (np.nan if broken else None)
            for value, there, broken in zip(
                source[name].tolist(), source[name].notna().tolist(), diverged.tolist(), strict=True
            )
        ]
        for name in source.columns
    }
    epochs = source.index.to_list() if source.index.name == "epoch" else None
    return history_from_columns(columns, epochs=epochs, where=where)
