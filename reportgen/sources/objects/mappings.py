"""Reads the return value of Keras' ``fit``, and dicts of lists such as ``history.history``, without importing Keras."""

from collections.abc import Mapping, Sequence, Sized
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Final

import numpy as np
import pandas as pd

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name
from reportgen.history.facts import MAX_EPOCH, RunFacts, Status
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_loss, parse_key
from reportgen.model_facts import read_model, read_training
from reportgen.options import ReadOptions
from reportgen.sources.format import may_skip
from reportgen.sources.source_runs import Runs, check_run_count, last_run
from reportgen.sources.table.axis import as_epoch
from reportgen.sources.table.columns import history_from_columns, runs_by_name, runs_from_columns
from reportgen.sources.table.naming import name_columns
from reportgen.text import cited, quoted

_LOGGED_RATES: Final = ("learning_rate", "lr")
_MAX_TRIED: Final = 1_000  # frequencies, for epochs with gaps


def is_keras_history(source: object) -> bool:
    """Whether an object looks like the return value of ``fit``: it has a ``history`` dict and an ``epoch`` list."""
    return isinstance(getattr(source, "history", None), Mapping) and isinstance(
        getattr(source, "epoch", None), Sequence
    )


def read_keras_history(source: Any, *, options: ReadOptions | None = None) -> TrainingHistory:
    """Reads the return value of ``fit``. Its ``epoch`` list numbers the values, so a resumed run keeps its numbering.

    Raises:
        SourceError: the history is empty, its lists differ in length and no frequency explains that, or a value is
            not a number.
    """
    numbers = list(source.epoch)
    length = max((len(values) for values in source.history.values() if isinstance(values, Sized)), default=0)
    notes: tuple[Note, ...] = ()
    if len(numbers) != length:
        # Keras clears `epoch` at each fit() but appends to `history` when a History object is reused.
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
    run = RunFacts(epochs_planned=planned, steps_per_epoch=steps, status=status, notes=notes, tool="keras")
    run = replace(run, **_model_facts(source))
    said, where = options or ReadOptions(), "History"
    columns, found = _aligned(source.history, epochs, said, where, {})
    run = replace(run, notes=(*run.notes, *found))
    return history_from_columns(columns, epochs=epochs, where=where, run=run, options=said, known={})


def _model_facts(source: Any) -> dict[str, Any]:
    """The facts of the model that a Keras ``History`` belongs to; empty if the model has been trained again since."""
    model, logged = getattr(source, "model", None), source.history
    if model is None or getattr(model, "history", None) is not source:
        return {}
    settings = read_training(model, {}, ())
    if any(name in logged for name in _LOGGED_RATES):  # it has changed, and the curve says how
        settings.pop(_LOGGED_RATES[0], None)
    facts: dict[str, Any] = {}
    with suppress(Exception):  # the model may be of any class
        facts = read_model(model)
    return {**facts, "settings": tuple(settings.items())}


def read_mapping(
    source: Mapping[str, Any],
    *,
    options: ReadOptions | None = None,
    run: RunFacts | None = None,
    where: str = "history dict",
    known: Mapping[str, str] | None = None,
) -> TrainingHistory | Runs:
    """Reads a dict of lists such as ``history.history``.

    It may hold several runs, such as in a list ``fold`` or in lists named ``loss_fold1``.

    Args:
        source: Values by logged name, one value per epoch.
        options: The options of the user, such as ``validation_freq`` for shorter validation lists.
        run: Known facts.
        where: Name of the source, for messages.
        known: As for `history_from_log`.

    Raises:
        SourceError: it is not a dict of lists, it is empty, its lists differ in length without explanation, a frequency
            does not apply, or a value is not a number.
    """
    said = options or ReadOptions()
    wide = runs_by_name([str(name) for name in source], said.columns, known)
    if wide:
        check_run_count(len(wide), where)
        parts = list(wide.values())

        def read(index: int) -> TrainingHistory:
            own = {name: source[key] for name, key in parts[index].items()}
            return last_run(read_mapping(own, options=replace(said, columns={}), run=run, where=where, known=known))

        return Runs(tuple(wide), read)
    columns, notes = _aligned(source, None, said, where, known)
    if notes:
        run = replace(run or RunFacts(), notes=(*(run.notes if run else ()), *notes))
    return runs_from_columns(columns, where=where, run=run, options=said, known=known)


def _aligned(
    source: Mapping[str, Any],
    epochs: Sequence[float] | None,
    options: ReadOptions,
    where: str,
    known: Mapping[str, str] | None,
) -> tuple[dict[str, list[Any]], list[Note]]:
    """The lists of a dict, each with a value or None per epoch, and notes on what was left out or assumed."""
    columns: dict[str, list[Any]] = {}
    single: dict[str, Any] = {}  # what is not a list
    twice = []
    for key, values in source.items():
        if isinstance(values, Mapping):  # pandas' DataFrame.to_json: {"loss": {"0": 0.7, "1": 0.6}}
            values = list(values.values())
        elif isinstance(values, pd.Series | np.ndarray):
            values = values.tolist()
        name = str(key).strip()
        if name in columns or name in single:
            twice.append(name)
        elif isinstance(values, str | bytes | bytearray) or not isinstance(values, Sequence):
            single[name] = values
        else:
            columns[name] = list(values)
    for name, values in single.items():
        if not columns or is_loss(name):
            raise SourceError(
                f"{where}: {cited_name(name)} is {cited(values)}, not a list; a history has one list of numbers per "
                "metric. Pass history.history."
            )
    if not columns:
        raise SourceError(f"{where}: it is empty; a history needs at least one metric. Call fit() first.")
    found: list[Note] = []
    if single:
        found.append(Note.of("no-lists", columns=short_names(single)))
    if twice:
        found.append(Note.of("columns-twice", columns=short_names(twice)))
    names, _ = name_columns(columns, options, known=known, where=where)
    aligned, assumed = _spread(columns, names, epochs, options, where)
    return aligned, [*found, *assumed]


def _spread(
    columns: dict[str, list[Any]],
    keys: Mapping[str, str],
    epochs: Sequence[float] | None,
    options: ReadOptions,
    where: str,
) -> tuple[dict[str, list[Any]], tuple[Note, ...]]:
    """Assigns validation values to the epochs that have validation: the multiples of the frequency.

    A frequency that was not given is assumed if it is the only one that fits; a note says so.
    """
    validation_freq = options.validation_freq
    if validation_freq is not None and (
        not isinstance(validation_freq, int | np.integer) or not 1 <= validation_freq < MAX_EPOCH
    ):
        raise SourceError(
            f"{where}: validation_freq is {quoted(validation_freq)}; a whole number of 1 or more is needed. Pass the "
            "one given to fit(). If that was a list of epochs, use ReportCallback or CSVLogger, which log the epochs."
        )
    length = max(len(values) for values in columns.values())
    counted = np.arange(1, length + 1) if epochs is None or len(epochs) != length else np.asarray(epochs)

    def validated(freq: int) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # epochs may not be finite
            return np.flatnonzero(counted % freq == 0)

    short = {key: values for key, values in columns.items() if len(values) != length}
    if not short:
        lenient = may_skip(options, "validation_freq")
        if validation_freq is not None and len(validated(validation_freq)) != length and not lenient:
            end = f" and the run ends at epoch {counted[-1]:.0f}" if validation_freq > counted[-1] else ""
            raise SourceError(
                f"{where}: validation_freq={validation_freq} does not apply, since no list is shorter than the "
                f"others{end}. Leave it out."
            )
        return columns, ()
    key, values = next(iter(short.items()))
    is_validation = all(parse_key(keys.get(name, name))[1] == "validation" for name in short)

    is_counted_on = bool((np.diff(counted) == 1).all())

    def explains(freq: int) -> bool:
        past = (counted[-1] // freq - (counted[0] - 1) // freq) if is_counted_on else len(validated(freq))
        return all(past == len(values) for values in short.values())

    notes: tuple[Note, ...] = ()
    likely: list[int] = []
    if is_validation and all(short.values()):
        most = length // max(1, len(values) - 1) + 2
        candidates = range(max(2, length // (len(values) + 1)), most if is_counted_on else min(most, _MAX_TRIED))
        last = [int(counted[-1])] if is_counted_on and counted[-1] >= most else []  # of epochs that do not begin at 1
        likely = list(islice(filter(explains, chain(candidates, last)), 2))
    if validation_freq is None and len(likely) == 1:
        validation_freq = likely[0]
        notes = (Note.of("assumed-frequency", freq=validation_freq, count=len(values)),)
    if validation_freq is None or not is_validation or not explains(validation_freq):
        remedy = "Use reportgen.ReportCallback, which records the epoch of each value."
        if likely:
            others = ", one of several that fit" if len(likely) > 1 else ""
            both = f"validation_freq={likely[0]} (--validation-freq {likely[0]})"
            remedy = f"If validation ran every {likely[0]} epochs, pass {both}{others}."
        given = "" if validation_freq is None else f" (validation_freq={validation_freq} does not explain it)"
        raise SourceError(
            f"{where}: {cited_name(key)} has {len(values)} values, others have {length}{given}; the epochs of its "
            f"values are unknown. {remedy}"
        )
    spread = dict(columns)
    for name, values in short.items():
        full: list[Any] = [None] * length
        for row, value in zip(validated(validation_freq).tolist(), values, strict=True):
            full[row] = value
        spread[name] = full
    return spread, notes
