"""Reads a `TrainingHistory` from any source: a Keras ``History``, a dict, a DataFrame, a path, a URL."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.errors import HistoryError, SourceError, UnknownMetricError
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import parse_key
from reportgen.options import DEFAULT_READ, ReadOptions
from reportgen.sources.folders import read_each, read_opened, read_source
from reportgen.sources.format import LenientOptions, may_skip, options_for
from reportgen.sources.objects.boosters import is_evals_result, read_evals_result
from reportgen.sources.objects.data_frames import read_frame
from reportgen.sources.objects.estimators import is_estimator, read_estimator
from reportgen.sources.objects.mappings import is_keras_history, read_keras_history, read_mapping
from reportgen.sources.opening import open_source
from reportgen.sources.source_runs import (
    Runs,
    check_run_count,
    last_run,
    other_runs,
    run_index,
    unique_name,
    with_notes,
)
from reportgen.sources.table.label_names import is_numbered_run, split_label
from reportgen.text import quoted

_COLUMNS = frozenset({"columns"})
_OF_KERAS = frozenset({"loss", "accuracy", "acc"})
_OF_LISTS = frozenset({"columns", "validation_freq"})


@dataclass(frozen=True)
class LoadedHistory:
    """A history as it was read.

    Attributes:
        history: The run.
        format: The format it was read as, such as ``Keras CSVLogger (csv)``; None for objects.
        name: The name of the run in a source with several, such as ``fold 1``; empty if it is the only one.
    """

    history: TrainingHistory
    format: str | None = None
    name: str = ""


def read(
    source: Any,
    options: ReadOptions = DEFAULT_READ,
    *,
    lenient: Collection[str] = (),
    root: str = "",
    search: bool = True,
) -> LoadedHistory:
    """Reads a run from any supported source.

    Args:
        source: A Keras ``History``, a ``history.history`` dict, a DataFrame, a fitted estimator, a list of them, a path
            (``-`` is standard input), a URL, a `Report`, or a `TrainingHistory`, which is returned unchanged.
        options: How to read it.
        lenient: Names of options to ignore where they do not apply, such as for a baseline read like the run.
        root: A folder that a file on this machine must be in after all links are followed; empty: anywhere.
        search: Whether a folder may be one that only contains a log.

    Raises:
        SourceError: the source is of an unknown kind, contains no history, is larger than 1 GB, or an option does not
            apply to it.
        HistoryError: what it contains is not a valid history.
        UnknownMetricError: a direction is given for a metric that the run does not have, or it lacks the monitor.
        MissingExtraError: a package that this source needs is not installed.
    """
    if lenient:
        options = LenientOptions(**vars(options), lenient=frozenset(lenient))
    if isinstance(source, str | Path):
        with open_source(source, root=root) as opened:
            history, known = read_source(opened, options) if search else read_opened(opened, options)
        loaded = LoadedHistory(history, str(known))
    elif options.format is not None and not may_skip(options, "format"):
        raise SourceError(
            f"{quoted(type(source).__name__)}: format={quoted(options.format)} does not apply to objects, only to "
            "files. Leave it out."
        )
    else:
        loaded = LoadedHistory(_read_object(source, options))
    return replace(loaded, history=_explained(loaded.history, options))


def read_all(source: Any, options: ReadOptions = DEFAULT_READ) -> list[LoadedHistory]:
    """Reads all runs of a source, as `read` reads one of them; a run without a title gets its name in the source.

    Raises:
        SourceError: as for `read`, or ``options.run`` is set.
        HistoryError: as for `read`.
        UnknownMetricError: as for `read`.
        MissingExtraError: as for `read`.
    """
    if options.run is not None:
        raise SourceError(f"run={quoted(options.run)[1:-1]} chooses one run, but all runs are read here. Leave it out.")
    loaded = []
    if not isinstance(source, str | Path):
        runs = _runs_in(source, options)
        if not isinstance(runs, Runs):
            return [read(source, options)]
        for index, name in enumerate(runs.names):
            history = runs.read(index)
            run = history.run if history.run.title else replace(history.run, title=name)
            loaded.append(LoadedHistory(_explained(history.with_run(run), options), name=name))
        return loaded
    with open_source(source) as opened:
        for history, known, name in read_each(opened, options):
            run = history.run if history.run.title else replace(history.run, title=name)
            loaded.append(LoadedHistory(_explained(history.with_run(run), options), str(known), name))
    return loaded


def _explained(history: TrainingHistory, options: ReadOptions) -> TrainingHistory:
    """The run with the directions and the monitor of the options."""
    directions = options.directions
    if may_skip(options, "directions"):
        names = set(history.metric_names)
        directions = {name: way for name, way in directions.items() if {name, parse_key(name)[0]} & names}
    history = history.with_directions(directions)
    try:
        return history.with_monitor(options.monitor)
    except (UnknownMetricError, HistoryError):
        if not may_skip(options, "monitor"):
            raise
        return history


def _read_object(source: Any, options: ReadOptions) -> TrainingHistory:
    """One run of an object: the last one, unless the options choose another one."""
    name = type(source).__name__
    runs = _runs_in(source, replace(options, run=None))
    if not isinstance(runs, Runs):
        options_for(replace(options, columns={}, validation_freq=None), name, "one run", takes=frozenset())
        return runs
    index = run_index(runs.names, options.run, name, runs.titles)
    return with_notes(runs.read(index), other_runs(runs.names, index))


def _runs_in(source: Any, options: ReadOptions) -> TrainingHistory | Runs:
    """The run or the runs in an object."""
    name = type(source).__name__
    if _is_report(source):
        source = source.history
    if isinstance(source, TrainingHistory):
        options_for(options, name, "a finished history", takes=frozenset())
        return source
    if isinstance(source, pd.DataFrame):
        return read_frame(source, options=options_for(options, name, "a data frame", takes=_COLUMNS))
    if is_keras_history(source):
        return read_keras_history(source, options=options_for(options, name, "one run", takes=_OF_LISTS))
    if _is_list_of_runs(source):
        return _each({f"run {number}": each for number, each in enumerate(source, 1)}, options)
    if is_dict_of_runs(source):
        return _each(
            {f"run {key}" if isinstance(key, int) else str(key): each for key, each in source.items()}, options
        )
    if is_evals_result(source):
        known = options_for(options, "evals_result", "boosting rounds", takes=_COLUMNS)
        return read_evals_result(source, options=known)
    if isinstance(source, Mapping):
        return read_mapping(source, options=options_for(options, name, "one run", takes=_OF_LISTS))
    if is_estimator(source):
        return read_estimator(source, options=options_for(options, name, "a fitted estimator", takes=_COLUMNS))
    raise SourceError(
        f"{quoted(name)} is not a supported object; pass a Keras History, a dict of lists, a DataFrame, a fitted "
        "estimator, a list of these, or a path."
    )


def is_one_run(source: Any) -> bool:
    """Whether an object may be one of several in a list."""
    known = isinstance(source, TrainingHistory | pd.DataFrame | Mapping)
    return known or is_keras_history(source) or _is_report(source)


def _is_report(source: Any) -> bool:
    """Whether an object is a `Report`, which holds the history of a run."""
    return isinstance(getattr(source, "history", None), TrainingHistory)


def _is_list_of_runs(source: Any) -> bool:
    return isinstance(source, list | tuple) and bool(source) and all(map(is_one_run, source))


def is_dict_of_runs(source: Any) -> bool:
    """Whether an object is a dict of histories, frames or lists of them, or of dicts by the names of folds or runs."""
    if not isinstance(source, Mapping) or not source:
        return False
    if not all(is_one_run(each) or _is_list_of_runs(each) for each in source.values()):
        return False
    are_dicts = [isinstance(each, Mapping) for each in source.values()]
    if all(map(is_numbered_run, source)) or not any(are_dicts):
        return True
    return all(are_dicts) and (
        all(map(_is_history_dict, source.values()))
        or all(map(is_dict_of_runs, source.values()))
        or all(map(is_evals_result, source.values()))
        or (not any(split_label(str(key)) for key in source) and all(map(_OF_KERAS.intersection, source.values())))
    )


def _is_history_dict(source: Mapping[Any, Any]) -> bool:
    """Whether a dict has a metric and its validation values, as those of Keras and of no booster."""
    return any(f"val_{key}" in source for key in source)


def _each(sources: Mapping[str, Any], options: ReadOptions) -> Runs:
    """The runs in a list or dict of objects, and in lists and dicts in it; of another object with several, the last."""
    readers: dict[str, Callable[[], TrainingHistory]] = {}
    for name, each in sources.items():
        inner = _runs_in(each, options) if _is_list_of_runs(each) or is_dict_of_runs(each) else None
        if isinstance(inner, Runs):
            for index, own in enumerate(inner.names):
                readers[unique_name(f"{name}/{own}", readers)] = partial(inner.read, index)
        else:
            readers[unique_name(name, readers)] = partial(_last_in, each, options)
    check_run_count(len(readers), "list")
    found = list(readers.values())
    return Runs(tuple(readers), lambda index: found[index]())


def _last_in(source: Any, options: ReadOptions) -> TrainingHistory:
    return last_run(_runs_in(source, options))
